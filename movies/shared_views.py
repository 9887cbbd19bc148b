"""Pages and pictures of what people share."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from common.head import conditional_page
from movies.models import Movie, SharedPage
from movies.posters import draw_poster
from movies.posters.cards import ten_card, to_png, words_card
from movies.selectors.movies import movies_by_id
from movies.selectors.sharing import page_is_own
from movies.services.sharing import page_revoke
from movies.visitors import Visitor

FIVE_MINUTES = 300
"""How long a picture may be kept elsewhere after its link was revoked."""


@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show a shared page to everybody who has the link."""
    page = get_object_or_404(SharedPage, token=token)
    visitor = Visitor.from_request(request)
    context = {
        "page": page,
        "films": _movies(page),
        "is_own": page_is_own(request, page),
        "visitor": visitor,
        "half_stars_of": visitor.ratings(),
    }
    return render(request, "movies/shared.html", context)


@require_safe
@cache_control(public=True, max_age=FIVE_MINUTES)
@conditional_page
def shared_picture(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001 # Django's
    """Draw the picture that other sites show beside the link."""
    page = get_object_or_404(SharedPage, token=token)
    posters = [_poster(movie) for movie in _movies(page)]
    if page.kind == SharedPage.Kind.TEN:
        svg = ten_card(posters, _("My ten films"))
    else:
        svg = words_card(_("My taste in films"), page.lines, posters)
    return HttpResponse(to_png(svg), content_type="image/png")


@require_POST
def revoke(request: HttpRequest, token: str) -> HttpResponse:
    """Stop sharing a page; the link is not found from then on."""
    page = get_object_or_404(SharedPage, token=token)
    if page_revoke(request=request, page=page):
        messages.success(request, _("The link no longer works."))
        return redirect("movies:lists")
    return redirect(page)


def _movies(page: SharedPage) -> list[Movie]:
    movies = movies_by_id(page.movie_ids)
    return [movies[pk] for pk in page.movie_ids if pk in movies]


def _poster(movie: Movie) -> str:
    genres = [genre.name for genre in movie.genres.all()]
    return draw_poster(title=movie.title, year=movie.year, genres=genres)
