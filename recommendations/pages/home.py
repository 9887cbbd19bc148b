"""The home page: a wall of posters to pick from, and the ten films that follow."""

from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from ml.serving.taste import DEFAULT_NOVELTY
from movies.models import Rating
from movies.opinions import LOVED_FROM
from movies.posters.rows import read_motifs
from movies.views import CLEARED_KEY, HtmxHttpRequest
from movies.visitors import Visitor
from recommendations.selectors.recommendations import Refinement, for_visitor
from recommendations.selectors.wall import (
    MAX_POSTERS,
    N_FRESH_PER_PICK,
    N_MORE,
    N_POSTERS,
    WallKind,
    wall_for,
    wall_fresh,
    wall_ids,
    wall_refreshed,
)
from recommendations.signals import Surface, list_shown

MAX_SHOWN = 300
"""Posters of the wall that a request may name; the oldest of more are ignored."""
MAX_DIGITS = 10
N_TEN = 10
N_PICKS_LISTED = 3
N_BULBS = 5
"""Picks after which the ten are well founded: one bulb lights for each."""


@require_safe
@vary_on_headers("HX-Request")
def home(request: HtmxHttpRequest) -> HttpResponse:
    """Show the wall and the ten. After a pick htmx gets the ten, the picks and new posters.

    ``wall`` names the chip, ``n`` the number of posters, ``novelty`` how unknown the ten may be.
    htmx adds ``shown``, the ids on the wall, and ``passed``, the ids that give way to new films,
    with the motifs of the posters around each of these (``Posters-Around``). "More films" gets the
    places to add.
    """
    visitor = Visitor.from_request(request)
    if request.htmx and request.htmx.target == "your-ten":
        return _answer(request, visitor)
    kind = WallKind.read(request.GET.get("wall", ""))
    n_posters = min(MAX_POSTERS, max([N_POSTERS, *_ids(request.GET.get("n", ""))]))
    on_wall = wall_ids(visitor, kind, n_posters)
    is_all = len(on_wall) < n_posters or n_posters >= MAX_POSTERS
    if kind == WallKind.ALL:
        on_wall = wall_refreshed(visitor, on_wall)
    if request.htmx and request.htmx.target == "wall-posters":
        shown = _ids(request.GET.get("shown", ""))
        added = [one for one in on_wall[n_posters - N_MORE :] if one not in set(shown)]
        on_wall = [*shown, *added]
    else:
        added = on_wall
    context = _ten(request, visitor, on_wall) | {
        "wall": wall_for(visitor, added),
        "kinds": WallKind,
        "kind": kind,
        "n_more": 0 if is_all else n_posters + N_MORE,
    }
    return render(request, "home.html", context)


@login_required
@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    """Redirect a new member to "For you", or to the wall if there are no ratings yet."""
    if Visitor.from_request(request).n_ratings:
        return redirect("recommendations:for-you")
    text = _("Welcome, %(name)s. Pick five films you love.")
    messages.success(request, text % {"name": request.user.get_username()})
    return redirect("home")


def _answer(request: HtmxHttpRequest, visitor: Visitor) -> HttpResponse:
    shown = _ids(request.GET.get("shown", ""))
    passed = _ids(request.GET.get("passed", ""))[:N_FRESH_PER_PICK]
    fresh = wall_fresh(visitor, shown, len(passed))
    context = _ten(request, visitor, [*shown, *fresh])
    posters = wall_for(visitor, fresh)
    around = [read_motifs(one) for one in request.headers.get("Posters-Around", "").split(";")]
    replaced = list(zip_longest(passed[: len(posters)], posters, around[: len(posters)]))
    return render(request, "partials/home_answer.html", context | {"replaced": replaced})


def _ten(request: HttpRequest, visitor: Visitor, on_wall: list[int]) -> dict[str, Any]:
    novelty = _novelty(request.GET.get("novelty", ""))
    refinement = Refinement(exclude=frozenset(on_wall), novelty=novelty)
    ten = for_visitor(visitor, refinement=refinement)
    if len(ten.items) < N_TEN:  # a small catalogue hangs on the wall as a whole
        ten = for_visitor(visitor, refinement=Refinement(novelty=novelty))
    list_shown.send(
        sender=None,
        request=request,
        movie_ids=[item.movie.pk for item in ten.items],
        model_version=ten.model_version,
        surface=Surface.HOME,
    )
    liked = [rating for rating in visitor.history()[:50] if rating.half_stars >= LOVED_FROM]
    return {
        "ten": ten,
        "novelty": novelty,
        "n_picks": visitor.n_ratings,
        "picks": _movies(liked),
        "n_unlisted": max(0, visitor.n_ratings - N_PICKS_LISTED),
        "bulbs": [number < visitor.n_ratings for number in range(N_BULBS)],
        "has_cleared": CLEARED_KEY in request.session and not visitor.n_ratings,
    }


def _movies(ratings: list[Rating]) -> list[Any]:
    return [rating.movie for rating in ratings[:N_PICKS_LISTED]]


def _novelty(text: str) -> float:
    """Return the number of an address if it is from 0 to 1, else the site's default."""
    try:
        number = float(text)
    except ValueError:
        return DEFAULT_NOVELTY
    return number if 0 <= number <= 1 else DEFAULT_NOVELTY


def _ids(text: str) -> list[int]:
    """Return the ids of an address, "12,7". Anything else in it is ignored."""
    parts = [part for part in text.split(",") if part.isascii() and part.isdigit()]
    return [int(part) for part in parts[-MAX_SHOWN:] if len(part) < MAX_DIGITS]
