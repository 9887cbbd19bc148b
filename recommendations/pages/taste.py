"""The page "Taste": a visitor's genres, the similarity of genres, and the ratings behind them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from movies.selectors.leaning import leaning_of
from movies.visitors import Visitor, history_page
from recommendations.selectors.rating_history import stars_chart, time_chart
from recommendations.selectors.taste import genre_similarity_matrix, nearest_pairs, taste_of


@require_safe
def taste(request: HttpRequest) -> HttpResponse:
    """Show the visitor's genres, the similarity of genres, and the ratings behind them."""
    visitor = Visitor.from_request(request)
    found = taste_of(visitor)
    similarity = genre_similarity_matrix()
    ratings = visitor.ratings()
    has_stars = bool(ratings) and not visitor.has_only_picks
    context = {
        "visitor": visitor,
        "leaning": leaning_of(ratings),
        "affinities": found.affinities,
        "median": found.median,
        "n_liked": found.n_liked,
        "genre_similarity": similarity,
        "nearest_pairs": nearest_pairs(similarity),
        "history": history_page(visitor, request.GET.get("page")),
        "mean_stars": sum(ratings.values()) / len(ratings) / 2 if has_stars else None,
        "stars_chart": stars_chart(ratings),
        "time_chart": time_chart(visitor),
    }
    return render(request, "recommendations/taste.html", context)
