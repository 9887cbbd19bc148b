"""Pages of the catalogue: they fetch, call one service, and answer."""

import re
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.paginator import Page, Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import etag, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import replace_url, trigger_client_event
from django_htmx.middleware import HtmxDetails

from common.api.throttling import count_page
from common.head import conditional_page
from movies.attribution import attributions
from movies.links import film_links
from movies.models import ListKind, Movie, Person
from movies.opinions import FilmState, Opinion
from movies.pictures.urls import Picture
from movies.posters import draw_poster
from movies.posters.cards import film_card, to_png
from movies.selectors.movies import (
    SORTS,
    decades_all,
    genres_all,
    movies_all,
    movies_listed,
)
from movies.selectors.people import also_by, filmography, people_of
from movies.selectors.search import FilmSearch, movies_browse
from movies.selectors.sharing import pages_own
from movies.services.pictures import picture_file, picture_forget, picture_request
from movies.services.ratings import half_stars_from
from movies.signals import film_opened
from movies.visitors import Stranger, Visitor, history_page

FILMS_PER_PAGE: Final = 48
N_AUTOMATIC_PAGES: Final = 5
"""After so many an endless page asks before it goes on: the end of a page is to be reached, too."""
MAX_PAGES_AT_ONCE: Final = 10
CLEARED_KEY: Final = "cleared_picks"
N_FOUND: Final = 8
MAX_QUERY_CHARACTERS: Final = 200
MAX_WAITING: Final = 100
"""Presses that a page may send when it is left."""
WAITING: Final = re.compile(r"[0-9]{1,18}:[a-z_]+")
"""A press that waits: the film's id and what was pressed."""
ONE_DAY_SECONDS: Final = 24 * 3600
ONE_YEAR_SECONDS: Final = 365 * ONE_DAY_SECONDS

T = TypeVar("T")


class HtmxHttpRequest(HttpRequest):
    """A request as ``django_htmx``'s middleware leaves it."""

    htmx: HtmxDetails


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def browse(request: HtmxHttpRequest) -> HttpResponse:
    """Films by words, genre, decade and order.

    ``page`` to ``through`` are shown: an endless page has its end in its address, so that whoever
    comes back finds as many films as they left. htmx gets the results alone, or, where it asks
    for more of them, the last page of them.
    """
    query = request.GET.get("q", "").strip()[:MAX_QUERY_CHARACTERS]
    sort = request.GET.get("sort", "")
    genres, decades = {genre.slug: genre for genre in genres_all()}, decades_all()
    genre = _chosen(genres, request.GET.get("genre", ""))
    decade = _chosen({str(first): first for first in decades}, request.GET.get("decade", ""))
    years = None if decade is None else (decade, decade + 9)
    search = FilmSearch(query)
    paginator = Paginator(movies_browse(search, genre, sort, years), FILMS_PER_PAGE)
    page, last_page = _pages(request, paginator)
    is_fragment = request.htmx and not (
        request.htmx.boosted or request.htmx.history_restore_request
    )
    is_more = is_fragment and request.htmx.target == "more"
    if not is_more and last_page.number > page.number:
        count_page(request, last_page.number - page.number)  # each page of films costs as much
    start = FILMS_PER_PAGE * ((last_page if is_more else page).number - 1)
    visitor = Visitor.from_request(request)
    context = {
        "films": list(paginator.object_list[start : last_page.end_index()]),
        "page": page,
        "last_page": last_page,
        "is_more": is_more,
        "is_fragment": is_fragment,
        "is_automatic": not query and last_page.number < N_AUTOMATIC_PAGES,
        "n_results": paginator.count,
        "n_next": min(FILMS_PER_PAGE, paginator.count - last_page.end_index()),
        "query": query,
        "search": search,
        "genre": genre,
        "genres": list(genres.values()),
        "decade": decade,
        "decades": decades,
        "years": years,
        "sort": sort if sort in SORTS else "",
        "sorts": list(SORTS.items()),
        "is_narrowed": bool(query or genre or decade),
        "visitor": visitor,
    }
    if not is_fragment:
        return render(request, "movies/browse.html", context)
    template = "movies/_films.html" if is_more else "movies/_results.html"
    return replace_url(render(request, template, context), _address(request))


@require_safe
def detail(request: HttpRequest, movie_id: int) -> HttpResponse:
    """Show a film: its facts, its people, the visitor's opinion and films like it."""
    movie = get_object_or_404(movies_all(), pk=movie_id)
    visitor = Visitor.from_request(request)
    film_opened.send_robust(sender=Movie, request=request, movie_id=movie.pk)
    sources = attributions(movie)
    people = people_of(movie)
    context = {
        "visitor": visitor,
        "attributions": sources,
        # Once, even where text and picture are of one source.
        "notices": dict.fromkeys(str(source.notice) for source in sources if source.notice),
        "decade": movie.year // 10 * 10 if movie.year else None,
        "people": people,
        "also_by": also_by(movie, people.directors),
        "links": film_links(movie),
        "is_bare": not (movie.description or people),
        "half_stars_of": visitor.ratings(),
    }
    return render(request, "movies/detail.html", _opinion(visitor, movie) | context)


@require_safe
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show the films of a person, by what they did in them."""
    someone = get_object_or_404(Person, pk=person_id)
    visitor = Visitor.from_request(request)
    roles = filmography(someone)
    context = {
        "person": someone,
        "roles": roles,
        "n_films": len({movie.pk for role in roles for movie in role.movies}),
        "visitor": visitor,
        "half_stars_of": visitor.ratings(),
        "watch_later": visitor.watch_later(),
    }
    return render(request, "movies/person.html", context)


@require_safe
@cache_control(public=True, max_age=ONE_DAY_SECONDS, stale_while_revalidate=7 * ONE_DAY_SECONDS)
@conditional_page
def poster(request: HttpRequest, movie_id: int) -> HttpResponse:
    """Return a film's poster as the site draws it; the ETag is of what is drawn.

    ``variant`` is the number of one of the film's other motifs, for a page on which a neighbour has
    the same one.

    Where the film has a picture elsewhere, this is what shows until a worker has fetched it.
    """
    movie = get_object_or_404(movies_all(), pk=movie_id)
    if movie.picture_url and not movie.picture_key:
        picture_request(movie)
    genres = [genre.name for genre in movie.genres.all()]
    variant = request.GET.get("variant", "")
    svg = draw_poster(
        title=movie.title,
        year=movie.year,
        genres=genres,
        variant=int(variant) if variant.isdecimal() else 0,
    )
    return HttpResponse(svg, content_type="image/svg+xml")


@require_safe
@cache_control(public=True, max_age=ONE_DAY_SECONDS, stale_while_revalidate=7 * ONE_DAY_SECONDS)
@conditional_page
def share_picture(request: HttpRequest, movie_id: int) -> HttpResponse:  # noqa: ARG001 # Django's
    """Draw what other sites show beside a link to the film: its poster, title and facts."""
    movie = get_object_or_404(movies_all(), pk=movie_id)
    genres = [genre.name for genre in movie.genres.all()]
    directors = ", ".join(person.name for person in people_of(movie).directors[:2])
    poster = draw_poster(title=movie.title, year=movie.year, genres=genres)
    lines = [str(movie.year or ""), directors, ", ".join(genres[:3])]
    return HttpResponse(to_png(film_card(poster, movie.title, lines)), content_type="image/png")


@require_safe
@etag(lambda _request, key, width: f'"{key}-{width}"')
def picture(request: HttpRequest, key: str, width: str) -> HttpResponseBase:  # noqa: ARG001 # Django's
    """One width of a film's picture, which its address names by its content: it never changes.

    Where the file is lost, the film has its drawn poster again.
    """
    if int(width) not in Picture(key).widths:
        raise Http404(_("There is no such picture."))
    try:
        file = default_storage.open(picture_file(key, int(width)))
    except FileNotFoundError:
        movie_ids = picture_forget(key=key)
        if not movie_ids:
            raise Http404(_("There is no such picture.")) from None
        return redirect("movies:poster", movie_ids[0])
    response = FileResponse(file, content_type="image/webp")
    patch_cache_control(response, public=True, max_age=ONE_YEAR_SECONDS, immutable=True)
    return response


@require_POST
def rate(request: HtmxHttpRequest, movie_id: int) -> HttpResponse:
    """Rate a film (``stars`` from 0.5 to 5) or take the rating back (``stars`` empty)."""
    movie = get_object_or_404(movies_all(), pk=movie_id)
    visitor = Visitor.from_request(request)
    before = visitor.state(movie.pk)
    # A missing field is a mistake and must not delete a rating.
    stars = request.POST.get("stars", "missing")
    try:
        if stars:
            visitor.rate(movie, half_stars_from(stars))
            done = _("You gave %(film)s %(stars)s stars.") % {"film": movie, "stars": stars}
        else:
            visitor.unrate(movie)
            done = _("Removed your rating of %(film)s.") % {"film": movie}
    except ValidationError as error:
        return _answer(request, visitor, movie, error=error.messages[0])
    return _answer(request, visitor, movie, done=done, event="ratings-changed", before=before)


@require_POST
def mark(request: HtmxHttpRequest, movie_id: int) -> HttpResponse:
    """Put a film on a list (``kind``) or, if ``on`` is 0, take it off."""
    movie = get_object_or_404(movies_all(), pk=movie_id)
    visitor = Visitor.from_request(request)
    before = visitor.state(movie.pk)
    is_on = request.POST.get("on") != "0"
    try:
        kind = _list_kind(request.POST.get("kind", ""))
        if is_on:
            visitor.mark(movie, kind)
        else:
            visitor.unmark(movie, kind)
    except ValidationError as error:
        return _answer(request, visitor, movie, error=error.messages[0])
    text = _("Added %(film)s to %(list)s.") if is_on else _("Removed %(film)s from %(list)s.")
    done = text % {"film": movie, "list": kind.label}
    return _answer(request, visitor, movie, done=done, event="lists-changed", before=before)


@require_POST
def opinion(request: HtmxHttpRequest, movie_id: int) -> HttpResponse:
    """Save what a button under a film says (``opinion``), or an earlier state (``restore``).

    htmx gets no content: the script has changed the buttons already, and the events say the rest.
    """
    movie = get_object_or_404(movies_all(), pk=movie_id)
    visitor = Visitor.from_request(request)
    before = visitor.state(movie.pk)
    restored = request.POST.get("restore")
    choice = request.POST.get("opinion", "")
    try:
        after = before.after(choice) if restored is None else FilmState.parse(restored)
        visitor.set_state(movie, after)
    except ValidationError as error:
        return _said(request, movie, error=error.messages[0])
    if restored is None:
        return _said(request, movie, done=_done(choice, movie), before=before, after=after)
    done = _("Undone: %(film)s.") % {"film": movie}
    return _said(request, movie, done=done, after=after)


@require_POST
def opinions(request: HtmxHttpRequest) -> HttpResponse:
    """Save the presses that waited when their page was left: ``12:loved,44:seen`` in their order.

    Nobody sees the answer. What cannot be saved is left out, so that the rest is.
    """
    visitor = Visitor.from_request(request)
    waiting = request.POST.get("opinions", "").split(",")[:MAX_WAITING]
    presses = [one.split(":") for one in waiting if WAITING.fullmatch(one)]
    films = movies_all().in_bulk({int(film) for film, _choice in presses})
    for film, choice in presses:
        if movie := films.get(int(film)):
            with suppress(ValidationError):
                visitor.set_state(movie, visitor.state(movie.pk).after(choice))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@require_POST
def picks(request: HtmxHttpRequest) -> HttpResponse:
    """Forget every pick of a session, or put back those that were forgotten last.

    A member's ratings are only removed one at a time.
    """
    visitor = Visitor.from_request(request)
    if isinstance(visitor, Stranger):
        if request.POST.get("restore"):
            visitor.put_ratings(request.session.pop(CLEARED_KEY, {}))
        else:
            request.session[CLEARED_KEY] = visitor.clear_ratings()
    return redirect(_next(request) or "home")


@require_safe
def find(request: HtmxHttpRequest) -> HttpResponse:
    """Return the films that match a few letters, each with its buttons, for a search box."""
    query = request.GET.get("q", "").strip()[:MAX_QUERY_CHARACTERS]
    films = list(movies_browse(query)[:N_FOUND]) if query else []
    return render(request, "partials/found.html", {"films": films, "query": query})


@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """Show the films that the visitor wants to see, has seen, does not want, and has rated."""
    visitor = Visitor.from_request(request)
    sort = request.GET.get("sort", "")
    marked = {kind: visitor.marked(kind) for kind in ListKind}
    films = list(movies_listed(set().union(*marked.values()), sort))
    context = {
        "visitor": visitor,
        **{str(kind): [one for one in films if one.pk in ids] for kind, ids in marked.items()},
        "is_sortable": any(len(ids) > 1 for ids in marked.values()),
        "sort": sort if sort in SORTS else "title",
        "sorts": list(SORTS.items()),
        "ratings": history_page(visitor, request.GET.get("page")),
        "shared_pages": pages_own(request),
    }
    return render(request, "movies/lists.html", context)


def _is_fragment(request: HtmxHttpRequest) -> bool:
    """Whether a part of the page is asked for, not a page."""
    return bool(request.htmx) and not request.htmx.boosted


def _chosen(options: Mapping[str, T], value: str) -> T | None:
    """Return the option of this name. An unknown name is ignored, as if it were not there."""
    return options.get(value)


def _pages(request: HttpRequest, paginator: Paginator) -> tuple[Page, Page]:
    """Return the first and the last page to show, at most ``MAX_PAGES_AT_ONCE`` pages."""
    page = paginator.get_page(request.GET.get("page"))
    through = paginator.get_page(request.GET.get("through") or page.number).number
    last = min(max(through, page.number), page.number + MAX_PAGES_AT_ONCE - 1)
    return page, paginator.page(last)


def _address(request: HttpRequest) -> str:
    """Return the address of what is shown, without the fields that were left empty."""
    fields = [(name, value) for name, value in request.GET.items() if value]
    return f"{request.path}?{urlencode(fields)}" if fields else request.path


def _list_kind(value: str) -> ListKind:
    try:
        return ListKind(value)
    except ValueError:
        raise ValidationError(_("There is no such list.")) from None


def _opinion(visitor: Visitor, movie: Movie) -> dict[str, Any]:
    """Return a visitor's opinion of a film, for the templates."""
    half_stars = visitor.ratings().get(movie.pk)
    return {
        "movie": movie,
        "half_stars": half_stars,
        "stars": half_stars / 2 if half_stars else None,
        "on_watch_later": movie.pk in visitor.watch_later(),
        "is_not_interested": movie.pk in visitor.not_interested(),
        "is_seen": movie.pk in visitor.seen(),
    }


def _answer(
    request: HtmxHttpRequest,
    visitor: Visitor,
    movie: Movie,
    *,
    done: str = "",
    error: str = "",
    event: str = "",
    before: FilmState | None = None,
) -> HttpResponse:
    """After a write: the film's controls for htmx, else back to where the form was, with a message.

    An error is a 200 for htmx, which by default shows no other answer.
    """
    if not _is_fragment(request):
        return _said(request, movie, done=done, error=error, before=before)
    next_url = _next(request) or movie.get_absolute_url()
    context = _opinion(visitor, movie) | {"error": error, "next": next_url}
    context["has_own_marks"] = "own_marks" in request.POST
    response = render(request, "partials/rating.html", context)
    if not event:
        return response
    _tell(response, movie, done, before=before, after=visitor.state(movie.pk))
    return trigger_client_event(response, event)


def _said(
    request: HtmxHttpRequest,
    movie: Movie,
    *,
    done: str = "",
    error: str = "",
    before: FilmState | None = None,
    after: FilmState | None = None,
) -> HttpResponse:
    """Answer a write without content: events for htmx, else a message and the page before."""
    if _is_fragment(request):
        response = HttpResponse(status=HTTPStatus.NO_CONTENT)
        if error:
            return trigger_client_event(response, "not-saved", {"text": error})
        _tell(response, movie, done, before=before, after=after)
        trigger_client_event(response, "ratings-changed")
        return trigger_client_event(response, "lists-changed")
    if error:
        messages.error(request, error)
    else:
        undo = "" if before is None else f"undo {movie.pk} {before}"
        messages.success(request, done, extra_tags=undo)
    return redirect(_next(request) or movie.get_absolute_url())


def _tell(
    response: HttpResponse,
    movie: Movie,
    done: str,
    *,
    before: FilmState | None,
    after: FilmState | None,
) -> None:
    """Tell the script what was done, how to undo it, and what the film's buttons must show."""
    detail: dict[str, Any] = {"text": done, "movie": movie.pk}
    if before is not None:
        detail["undo"] = {
            "url": reverse("movies:opinion", args=[movie.pk]),
            "restore": str(before),
        }
    if after is not None:
        detail |= {"opinion": after.opinion, "later": after.on_watch_later}
    trigger_client_event(response, "done", detail)


def _done(choice: str, movie: Movie) -> str:
    """Return the sentence that says what a button under a film has done."""
    sentences = {
        Opinion.LOVED: _("Added %(film)s."),
        Opinion.SEEN: _("Marked %(film)s as seen."),
        Opinion.NOT_INTERESTED: _("We won\N{RIGHT SINGLE QUOTATION MARK}t suggest %(film)s again."),
        "watch_later": _("Saved %(film)s for later."),
    }
    return sentences.get(choice, _("Removed %(film)s.")) % {"film": movie.title}


def _next(request: HttpRequest) -> str:
    """Return the page that the form names, or "" if that is on another site."""
    next_url = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        next_url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return next_url if is_ours else ""
