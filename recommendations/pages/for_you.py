"""The page "For you": the ten with their reasons, and more films by genre."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from movies.selectors.movies import genres_all
from movies.views import HtmxHttpRequest
from movies.visitors import Visitor
from recommendations.pages.refining import Filter, Refining
from recommendations.selectors.for_you import for_you as for_you_of
from recommendations.selectors.recommendations import RecommendedMovie, for_visitor
from recommendations.signals import Surface, list_shown


@require_safe
def for_you(request: HtmxHttpRequest) -> HttpResponse:
    """Ten films for this visitor and more of their genres, as they ask for them, with reasons.

    The address says what was asked, so it can be kept, sent and gone back to; a form leaves empty
    fields in it, which are taken out.
    """
    visitor = Visitor.from_request(request)
    genres = list(genres_all())
    refining = Refining.from_query(request.GET, genres)
    found = for_you_of(visitor, genres, refining.refinement)
    version = found.ten.model_version
    _send_shown(request, _ids_of(found.ten.items), version, Surface.FOR_YOU)
    for rail in found.rails:
        _send_shown(request, _ids_of(rail.items), version, Surface.RAIL)
    context = {
        "ten": found.ten,
        "rails": found.rails,
        "genres": genres,
        "refining": refining,
        "diversity": f"{refining.percent / 100:g}",
        "novelty": f"{refining.novelty / 100:g}",
        "first_years": refining.first_years,
        "last_years": refining.last_years,
        "culprits": [] if found.ten.items else _culprits(visitor, refining),
    }
    response = render(request, "recommendations/for_you.html", context)
    if request.htmx.trigger != "refine":
        return response
    return push_url(response, f"{request.path}?{refining.query}".rstrip("?"))


def _culprits(visitor: Visitor, refining: Refining) -> list[Filter]:
    """Return the filters of which each alone could be removed to find films."""
    return [
        part for part in refining.filters if for_visitor(visitor, 1, part.refinement_without).items
    ]


def _ids_of(items: Iterable[RecommendedMovie]) -> list[int]:
    return [item.movie.pk for item in items]


def _send_shown(
    request: HttpRequest, movie_ids: list[int], model_version: int | None, surface: Surface
) -> None:
    list_shown.send(
        sender=None,
        request=request,
        movie_ids=movie_ids,
        model_version=model_version,
        surface=surface,
    )
