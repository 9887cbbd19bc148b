"""Films: popular ones, by id, by genre, by title."""

from collections.abc import Collection
from typing import Final

from django.contrib.postgres.search import SearchQuery
from django.db.models import Case, F, FloatField, IntegerField, Max, Min, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from movies.models import Genre, Movie
from movies.titles import ENGLISH_ARTICLES, fold

PRIOR_N_RATINGS, PRIOR_HALF_STARS = 20, 7
"""A film is taken to have 20 ratings of 3.5 stars to begin with: one rating makes no best film."""

DAMPED_MEAN: Final = Cast(
    F("half_stars_sum") + PRIOR_N_RATINGS * PRIOR_HALF_STARS, FloatField()
) / (F("n_ratings") + PRIOR_N_RATINGS)

# Every order ends in the id: ties would be reshuffled between pages.
_ORDERS: Final[dict[str, tuple[str | Combinable, ...]]] = {
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
    return Movie.objects.defer("search", "search_text").prefetch_related("genres")


def movies_by_id(movie_ids: Collection[int]) -> dict[int, Movie]:
    """Films by their id; unknown ids are left out. Two queries."""
    return movies_all().in_bulk(movie_ids)


def movies_listed(movie_ids: Collection[int], sort: str = "") -> QuerySet[Movie]:
    """The films of a list in one of ``SORTS``, by title unless that is known. Two queries."""
    order = _ORDERS.get(sort, _ORDERS["title"])
    return movies_all().filter(pk__in=movie_ids).order_by(*order)


def movies_browse(
    query: str = "",
    genre: Genre | None = None,
    sort: str = "",
    years: tuple[int, int] | None = None,
) -> QuerySet[Movie]:
    """The films of a genre and of years (first and last) whose titles match, in one of ``SORTS``.

    Without a ``sort`` that is known, a search gives the best matches first and anything else the
    most rated films. Two queries for a page.
    """
    movies = movies_search(query) if query else movies_all().order_by(*_ORDERS["popular"])
    if genre is not None:
        movies = movies.filter(genres=genre)
    if years is not None:
        movies = movies.filter(year__range=years)
    return movies.order_by(*_ORDERS[sort]) if sort in _ORDERS else movies


def movies_search(query: str) -> QuerySet[Movie]:
    """Films with all the words of ``query`` in their titles, the last of which may be unfinished.

    Case, accents, apostrophes and the article do not matter. The very title comes first
    (``match`` 2), then titles with these whole words (1), then the rest (0); more rated films
    first among equals. A query without any letter or digit finds nothing. Two queries for a page.
    """
    words = fold(query).split()
    words = [word for word in words if word not in ENGLISH_ARTICLES] or words
    if not words:
        return movies_all().annotate(match=Value(0)).none()
    whole = SearchQuery(" & ".join(words), config="simple", search_type="raw")
    begun = SearchQuery(" & ".join(words) + ":*", config="simple", search_type="raw")
    match = Case(
        When(title__iexact=query.replace("\0", "").strip(), then=Value(2)),
        When(search=whole, then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    )
    return (
        movies_all()
        .filter(search=begun)
        .annotate(match=match)
        .order_by("-match", "-n_ratings", "id")
    )


def decades_all() -> list[int]:
    """The first years of the decades from the newest film's back to the oldest's. One query."""
    found = Movie.objects.order_by().aggregate(first=Min("year"), last=Max("year"))
    if found["first"] is None:
        return []
    return list(range(found["last"] // 10 * 10, found["first"] // 10 * 10 - 1, -10))


def genres_all() -> QuerySet[Genre]:
    """Every genre by name. One query."""
    # Said here too: an aggregation drops the model's own order.
    return Genre.objects.order_by("name")
