"""Pages of the catalogue: they fetch, call one service, and answer."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.paginator import Page, Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, etag, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import replace_url, trigger_client_event
from django_htmx.middleware import HtmxDetails

from movies.attribution import attributions
from movies.models import ListKind, Movie
from movies.pictures.urls import Picture
from movies.posters import draw_poster
from movies.selectors.movies import (
    SORTS,
    decades_all,
    genres_all,
    movies_all,
    movies_browse,
    movies_listed,
)
from movies.services.pictures import picture_file, picture_forget, picture_request
from movies.services.ratings import half_stars_from
from movies.signals import film_opened
from movies.visitors import Visitor

FILMS_PER_PAGE: Final = 48
N_AUTOMATIC_PAGES: Final = 5
"""After so many an endless page asks before it goes on: the end of a page is to be reached, too."""
MAX_PAGES_AT_ONCE: Final = 25
TAKEN_OFF_KEY: Final = "taken_off"
RATINGS_PER_PAGE: Final = 50
MAX_QUERY_CHARACTERS: Final = 200
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
    paginator = Paginator(movies_browse(query, genre, sort, years), FILMS_PER_PAGE)
    page, last_page = _pages(request, paginator)
    is_fragment = request.htmx and not (
        request.htmx.boosted or request.htmx.history_restore_request
    )
    is_more = is_fragment and request.htmx.target == "more"
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
        "genre": genre,
        "genres": list(genres.values()),
        "decade": decade,
        "decades": decades,
        "years": years,
        "sort": sort if sort in SORTS else "",
        "sorts": list(SORTS.items()),
        "is_narrowed": bool(query or genre or decade),
        "visitor": visitor,
        "half_stars_of": visitor.ratings(),
        "watch_later": visitor.watch_later(),
    }
    if not is_fragment:
        return render(request, "movies/browse.html", context)
    template = "movies/_films.html" if is_more else "movies/_results.html"
    return replace_url(render(request, template, context), _address(request))


@require_safe
def detail(request: HttpRequest, movie_id: int) -> HttpResponse:
    """A film's own page."""
    movie = get_object_or_404(movies_all(), pk=movie_id)
    visitor = Visitor.from_request(request)
    film_opened.send_robust(sender=Movie, request=request, movie_id=movie.pk)
    sources = attributions(movie)
    context = {
        "visitor": visitor,
        "attributions": sources,
        # Once, even where text and picture are of one source.
        "notices": dict.fromkeys(str(source.notice) for source in sources if source.notice),
        "decade": movie.year // 10 * 10 if movie.year else None,
    }
    return render(request, "movies/detail.html", _opinion(visitor, movie) | context)


@require_safe
@cache_control(public=True, max_age=ONE_DAY_SECONDS, stale_while_revalidate=7 * ONE_DAY_SECONDS)
@conditional_page
def poster(request: HttpRequest, movie_id: int) -> HttpResponse:  # noqa: ARG001 # Django's
    """A film's poster as the site draws it; the ETag is of what is drawn.

    Where the film has a picture elsewhere, this is what shows until a worker has fetched it.
    """
    movie = get_object_or_404(movies_all(), pk=movie_id)
    if movie.picture_url and not movie.picture_key:
        picture_request(movie)
    genres = [genre.name for genre in movie.genres.all()]
    svg = draw_poster(title=movie.title, year=movie.year, genres=genres)
    return HttpResponse(svg, content_type="image/svg+xml")


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
    # A form without the field is a mistake, not the wish to lose a rating.
    stars = request.POST.get("stars", "missing")
    try:
        if stars:
            visitor.rate(movie, half_stars_from(stars))
            done = _("You gave %(film)s %(stars)s stars.") % {"film": movie, "stars": stars}
        else:
            visitor.unrate(movie)
            done = _("Your rating of %(film)s is gone.") % {"film": movie}
    except ValidationError as error:
        return _answer(request, visitor, movie, error=error.messages[0])
    return _answer(request, visitor, movie, done=done, event="ratings-changed")


@require_POST
def mark(request: HtmxHttpRequest, movie_id: int) -> HttpResponse:
    """Put a film on a list (``kind``) or, ``on`` being 0, take it from there."""
    movie = get_object_or_404(movies_all(), pk=movie_id)
    visitor = Visitor.from_request(request)
    try:
        kind = _list_kind(request.POST.get("kind", ""))
        if request.POST.get("on") == "0":
            visitor.unmark(movie, kind)
            done = _("%(film)s is off the list “%(list)s”.")
        else:
            visitor.mark(movie, kind)
            done = _("%(film)s is on the list “%(list)s”.")
    except ValidationError as error:
        return _answer(request, visitor, movie, error=error.messages[0])
    if _is_fragment(request) and request.POST.get("shown_as") == "offer":
        return _offer_answer(request, movie, kind, is_on=request.POST.get("on") != "0")
    done %= {"film": movie, "list": kind.label}
    if request.POST.get("on") == "0" and request.POST.get("shown_as") == "list":
        request.session[TAKEN_OFF_KEY] = {"movie_id": movie.pk, "kind": kind}
        return redirect("movies:lists")
    return _answer(request, visitor, movie, done=done, event="lists-changed")


@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """What the visitor wants to see, does not want to see, and has rated."""
    visitor = Visitor.from_request(request)
    history = Paginator(visitor.history(), RATINGS_PER_PAGE)
    sort = request.GET.get("sort", "")
    context = {
        "visitor": visitor,
        "watch_later": list(movies_listed(visitor.watch_later(), sort)),
        "not_interested": list(movies_listed(visitor.marked(ListKind.NOT_INTERESTED), sort)),
        "sort": sort if sort in SORTS else "title",
        "sorts": list(SORTS.items()),
        "taken_off": _taken_off(request, visitor),
        "ratings": history.get_page(request.GET.get("page")),
    }
    return render(request, "movies/lists.html", context)


def _is_fragment(request: HtmxHttpRequest) -> bool:
    """Whether a part of the page is asked for, not a page."""
    return bool(request.htmx) and not request.htmx.boosted


def _offer_answer(
    request: HtmxHttpRequest, movie: Movie, kind: ListKind, *, is_on: bool
) -> HttpResponse:
    """What takes the place of a recommended film's button, or of the film once it is unwanted.

    Its list stays as it is, so that the hand can undo; it changes when the film is to come back.
    """
    context = {
        "movie": movie,
        "kind": kind,
        "is_on": is_on,
        "is_terse": request.POST.get("is_terse"),
        "next": request.POST.get("next", ""),
    }
    is_gone = is_on and kind == ListKind.NOT_INTERESTED
    template = "partials/offer_gone.html" if is_gone else "partials/offer_mark.html"
    response = render(request, template, context)
    is_back = kind == ListKind.NOT_INTERESTED and not is_on
    return trigger_client_event(response, "lists-changed") if is_back else response


def _taken_off(request: HttpRequest, visitor: Visitor) -> dict[str, Any] | None:
    """The film just taken from a list, said once, so that it can be put back."""
    taken = request.session.pop(TAKEN_OFF_KEY, None)
    if taken is None or taken["movie_id"] in visitor.marked(ListKind(taken["kind"])):
        return None
    movie = movies_all().filter(pk=taken["movie_id"]).first()
    return {"movie": movie, "kind": ListKind(taken["kind"])} if movie else None


def _chosen(options: Mapping[str, T], value: str) -> T | None:
    """The option of this name, None for no name.

    Raises:
        Http404: there is no such option.

    """
    if not value:
        return None
    if value not in options:
        raise Http404(_("There is no such genre or decade."))
    return options[value]


def _pages(request: HttpRequest, paginator: Paginator) -> tuple[Page, Page]:
    """The first and the last page to show, not more than ``MAX_PAGES_AT_ONCE`` of them."""
    page = paginator.get_page(request.GET.get("page"))
    through = paginator.get_page(request.GET.get("through") or page.number).number
    last = min(max(through, page.number), page.number + MAX_PAGES_AT_ONCE - 1)
    return page, paginator.page(last)


def _address(request: HttpRequest) -> str:
    """The address of what is shown, without the fields that were left empty."""
    fields = [(name, value) for name, value in request.GET.items() if value]
    return f"{request.path}?{urlencode(fields)}" if fields else request.path


def _list_kind(value: str) -> ListKind:
    try:
        return ListKind(value)
    except ValueError:
        raise ValidationError(_("There is no such list.")) from None


def _opinion(visitor: Visitor, movie: Movie) -> dict[str, Any]:
    """What a visitor thinks of a film, for the templates."""
    half_stars = visitor.ratings().get(movie.pk)
    return {
        "movie": movie,
        "half_stars": half_stars,
        "stars": half_stars / 2 if half_stars else None,
        "on_watch_later": movie.pk in visitor.watch_later(),
        "is_not_interested": movie.pk in visitor.marked(ListKind.NOT_INTERESTED),
    }


def _answer(
    request: HtmxHttpRequest,
    visitor: Visitor,
    movie: Movie,
    *,
    done: str = "",
    error: str = "",
    event: str = "",
) -> HttpResponse:
    """After a write: the film's controls for htmx, else back to where the form was, with a message.

    An error is a 200 for htmx, which by default shows no other answer.
    """
    next_url = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        next_url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        next_url = movie.get_absolute_url()
    if _is_fragment(request):
        context = _opinion(visitor, movie) | {"error": error, "next": next_url}
        response = render(request, "partials/rating.html", context)
        return trigger_client_event(response, event) if event else response
    if error:
        messages.error(request, error)
    else:
        messages.success(request, done)
    return redirect(next_url)
