"""Pages for everybody: the wall, the ten, taste."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from movies.visitors import Visitor
from recommendations.models import Surface
from recommendations.selectors.recommendations import for_visitor
from recommendations.selectors.taste import genre_similarity_matrix, taste_of
from recommendations.selectors.wall import wall_for
from recommendations.services.impressions import impressions_record

HISTORY_PAGE_SIZE = 50


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The wall of posters to pick from, and the ten that follow from the picks."""
    visitor = Visitor.from_request(request)
    ten = for_visitor(visitor)
    impressions_record(request, ten, Surface.HOME)
    context = {
        "wall": wall_for(visitor),
        "ten": ten,
        "n_picks": visitor.n_ratings,
    }
    return render(request, "home.html", context)


@require_GET
def for_you(request: HttpRequest) -> HttpResponse:
    """Ten films for this visitor, each with its reason."""
    visitor = Visitor.from_request(request)
    ten = for_visitor(visitor)
    impressions_record(request, ten, Surface.FOR_YOU)
    context = {"ten": ten, "n_ratings": visitor.n_ratings}
    return render(request, "recommendations/for_you.html", context)


@require_GET
def taste(request: HttpRequest) -> HttpResponse:
    """The visitor's genres, the genres among themselves, and the ratings behind it."""
    visitor = Visitor.from_request(request)
    found = taste_of(visitor)
    history = Paginator(visitor.history(), HISTORY_PAGE_SIZE)
    context = {
        "affinities": found.affinities,
        "median": found.median,
        "n_liked": found.n_liked,
        "genre_similarity": genre_similarity_matrix(),
        "history": history.get_page(request.GET.get("page")),
    }
    return render(request, "recommendations/taste.html", context)
