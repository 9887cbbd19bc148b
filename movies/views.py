"""Pages of the catalogue: they fetch, call one service, and answer."""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event
from django_htmx.middleware import HtmxDetails

from movies.models import ListKind, Movie
from movies.posters import draw_poster
from movies.selectors.movies import SORTS, genres_all, movies_all, movies_browse, movies_titled
from movies.services.ratings import half_stars_from
from movies.signals import film_opened
from movies.visitors import Visitor

FILMS_PER_PAGE: Final = 48
RATINGS_PER_PAGE: Final = 50
MAX_QUERY_CHARACTERS: Final = 200
ONE_DAY_SECONDS: Final = 24 * 3600


class HtmxHttpRequest(HttpRequest):
    """A request as ``django_htmx``'s middleware leaves it."""

    htmx: HtmxDetails


@require_safe
@vary_on_headers("HX-Request")
def browse(request: HtmxHttpRequest) -> HttpResponse:
    """Films by title, genre and order."""
    query = request.GET.get("q", "").strip()[:MAX_QUERY_CHARACTERS]
    sort = request.GET.get("sort", "")
    genres = {genre.slug: genre for genre in genres_all()}
    slug = request.GET.get("genre", "")
    if slug and slug not in genres:
        raise Http404(_("There is no such genre."))
    genre = genres.get(slug)
    page = Paginator(movies_browse(query, genre, sort), FILMS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    visitor = Visitor.from_request(request)
    is_fragment = request.htmx and not request.htmx.boosted
    return render(
        request,
        "movies/_results.html" if is_fragment else "movies/browse.html",
        {
            "page": page,
            "n_results": page.paginator.count,
            "query": query,
            "genre": genre,
            "genres": list(genres.values()),
            "sort": sort if sort in SORTS else "",
            "sorts": list(SORTS.items()),
            "visitor": visitor,
            "half_stars_of": visitor.ratings(),
            "watch_later": visitor.watch_later(),
        },
    )


@require_safe
def detail(request: HttpRequest, movie_id: int) -> HttpResponse:
    """A film's own page."""
    movie = get_object_or_404(movies_all(), pk=movie_id)
    visitor = Visitor.from_request(request)
    film_opened.send_robust(sender=Movie, request=request, movie_id=movie.pk)
    return render(request, "movies/detail.html", _opinion(visitor, movie) | {"visitor": visitor})


@require_safe
@cache_control(public=True, max_age=ONE_DAY_SECONDS, stale_while_revalidate=7 * ONE_DAY_SECONDS)
@conditional_page
def poster(request: HttpRequest, movie_id: int) -> HttpResponse:  # noqa: ARG001 # Django's
    """A film's poster as the site draws it; the ETag is of what is drawn."""
    movie = get_object_or_404(movies_all(), pk=movie_id)
    genres = [genre.name for genre in movie.genres.all()]
    svg = draw_poster(title=movie.title, year=movie.year, genres=genres)
    return HttpResponse(svg, content_type="image/svg+xml")


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
    done %= {"film": movie, "list": kind.label}
    return _answer(request, visitor, movie, done=done, event="lists-changed")


@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """What the visitor wants to see, does not want to see, and has rated."""
    visitor = Visitor.from_request(request)
    history = Paginator(visitor.history(), RATINGS_PER_PAGE)
    context = {
        "visitor": visitor,
        "watch_later": list(movies_titled(visitor.watch_later())),
        "not_interested": list(movies_titled(visitor.excluded())),
        "ratings": history.get_page(request.GET.get("page")),
    }
    return render(request, "movies/lists.html", context)


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
        "is_not_interested": movie.pk in visitor.excluded(),
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
    if request.htmx and not request.htmx.boosted:
        context = _opinion(visitor, movie) | {"error": error, "next": next_url}
        response = render(request, "partials/rating.html", context)
        return trigger_client_event(response, event) if event else response
    if error:
        messages.error(request, error)
    else:
        messages.success(request, done)
    return redirect(next_url)
