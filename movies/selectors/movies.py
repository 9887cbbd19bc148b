"""Films: popular ones, by id, by genre, by title."""

from collections.abc import Collection
from typing import Final

from django.db.models import F, FloatField, Max, Min, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from movies.models import Genre, Movie

PRIOR_N_RATINGS, PRIOR_HALF_STARS = 20, 7
"""A film is taken to have 20 ratings of 3.5 stars to begin with: one rating makes no best film."""

DAMPED_MEAN: Final = Cast(
    F("half_stars_sum") + PRIOR_N_RATINGS * PRIOR_HALF_STARS, FloatField()
) / (F("n_ratings") + PRIOR_N_RATINGS)

# Every order ends in the id: ties would be reshuffled between pages.
ORDERS: Final[dict[str, tuple[str | Combinable, ...]]] = {
    "popular": ("-n_ratings", "id"),
    "best": (DAMPED_MEAN.desc(), "id"),
    "newest": (F("year").desc(nulls_last=True), "id"),
    "title": ("title", "id"),
}
SORTS: Final = {
    "popular": _("Most rated"),
    "best": _("Best rated"),
    "newest": _("Newest"),
    "title": _("Title"),
}


def movies_all() -> QuerySet[Movie]:
    """Every film with its genres, popular films first: two queries for any page of it."""
    return Movie.objects.defer("search", "search_text", "trigrams").prefetch_related("genres")


def movies_by_id(movie_ids: Collection[int]) -> dict[int, Movie]:
    """Films by their id; unknown ids are left out. Two queries."""
    return movies_all().in_bulk(movie_ids)


def movies_listed(movie_ids: Collection[int], sort: str = "") -> QuerySet[Movie]:
    """Return the films of a list in one of ``SORTS``, by title if it is unknown.

    Two queries.
    """
    order = ORDERS.get(sort, ORDERS["title"])
    return movies_all().filter(pk__in=movie_ids).order_by(*order)


def decades_all() -> list[int]:
    """Return the first years of the decades, newest first, from newest to oldest film.

    One query.
    """
    found = Movie.objects.order_by().aggregate(first=Min("year"), last=Max("year"))
    if found["first"] is None:
        return []
    return list(range(found["last"] // 10 * 10, found["first"] // 10 * 10 - 1, -10))


def genres_all() -> QuerySet[Genre]:
    """Every genre by name. One query."""
    # Said here too: an aggregation drops the model's own order.
    return Genre.objects.order_by("name")
