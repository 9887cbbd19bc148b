"""Which movies a program asks for, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from common.api.deprecation import Deprecation, OldParameters
from common.api.exceptions import QueryError
from common.api.serializers import QueryIntegerField, QueryListField, StrictChoiceField, not_known
from movies.fields import Lowered, Unnest
from movies.models import Credit, Genre, Movie
from movies.selectors.movies import DAMPED_MEAN, movies_all
from movies.selectors.people import people_named
from movies.selectors.search import movies_search

MAX_ID: Final = 2**63 - 1
MAX_IDS: Final = 500
MAX_YEAR: Final = 9999
MAX_COUNT: Final = 2**31 - 1
MAX_GENRES: Final = 50
MAX_NAMES: Final = 50
MAX_MINUTES: Final = 2**15 - 1
IMDB_ID: Final = _("An id of IMDb is tt and 5 to 10 digits, such as tt0113277.")
OLD_PARAMETERS: Final = OldParameters(
    {"genre": "genres", "exclude_genre": "exclude_genres"},
    Deprecation(datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 7, 1, tzinfo=UTC)),
)
"""Deprecated names of the films' parameters; the present ones are those of recommendations."""


@dataclass(frozen=True)
class Order:
    """An order of movies for pages: it ends in the id, and none of its columns is ever null."""

    meaning: Any
    columns: tuple[str, ...]
    annotations: dict[str, Any] = field(default_factory=dict)


BY_ID: Final = Order(_("the id on this site, lowest first"), ("id",))
BY_MATCH: Final = Order(_("the best match first"), ("-match", "-n_ratings", "id"))
ORDERS: Final = {
    "id": BY_ID,
    "popular": Order(_("most ratings first"), ("-n_ratings", "id")),
    "best": Order(
        _("highest mean rating first, where each film has 20 more ratings of 3.5 stars"),
        ("-damped_mean", "id"),
        {"damped_mean": DAMPED_MEAN},
    ),
    "newest": Order(
        _("latest year first, films without a year last"),
        ("-year_or_zero", "id"),
        {"year_or_zero": Coalesce("year", Value(0))},
    ),
    "title": Order(
        _("title by Unicode code points: signs and digits, A to Z, a to z, then accented letters"),
        ("title", "id"),
    ),
}


def genres_named(names: Sequence[str]) -> list[Genre]:
    """Return genres by their names or slugs, in any case.

    Raises
    ------
    ValidationError
        There is no such genre.

    """
    if not names:
        return []
    genres = list(Genre.objects.all())
    by_word = {genre.slug: genre for genre in genres}
    by_word |= {genre.name.casefold(): genre for genre in genres}
    found: dict[str, Genre] = {}
    for name in names:
        genre = by_word.get(name.casefold()) or by_word.get(slugify(name, allow_unicode=True))
        if genre is None:
            known = [genre.name for genre in genres]
            raise serializers.ValidationError(not_known(name, known))
        found[genre.slug] = genre
    return list(found.values())


class GenresField(QueryListField):
    """Genres by name or slug."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            child=serializers.CharField(max_length=50),
            max_length=MAX_GENRES,
            required=False,
            **kwargs,
        )

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the genres; a name that is no genre's is a mistake, not an empty list."""
        return genres_named(super().run_validation(data))


class NamesField(QueryListField):
    """Several names, such as those of people."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            child=serializers.CharField(max_length=200),
            max_length=MAX_NAMES,
            required=False,
            **kwargs,
        )


class FactsField(NamesField):
    """Names of countries or languages, in lower case; each is that of a film of the catalogue."""

    def __init__(self, column: str, **kwargs: Any) -> None:
        self.column = column
        super().__init__(**kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the names; one that no film has is a mistake, as with genres."""
        names = super().run_validation(data)
        movies = Movie.objects.alias(lowered=Lowered(self.column))
        for name in names:
            if not movies.filter(Q(lowered__contains=[name.lower()])).exists():
                raise serializers.ValidationError(not_known(name, self._known()))
        return [name.lower() for name in names]

    def _known(self) -> list[str]:
        values = Movie.objects.annotate(value=Unnest(self.column)).order_by("value")
        return list(values.values_list("value", flat=True).distinct())


class MovieQuerySerializer(serializers.Serializer[Any]):
    """Which movies, and in which order."""

    search = serializers.CharField(
        max_length=200,
        required=False,
        help_text=_("Words of the title, the last of which may be unfinished; best matches first."),
    )
    ids = QueryListField(
        child=QueryIntegerField(min_value=1, max_value=MAX_ID),
        max_length=MAX_IDS,
        required=False,
        help_text=_("Ids of this site; unknown ones are left out."),
    )
    imdb_id = QueryListField(
        child=serializers.RegexField(r"^tt[0-9]{5,10}$", error_messages={"invalid": IMDB_ID}),
        max_length=MAX_IDS,
        required=False,
        help_text=_("Ids of IMDb, such as tt0113277; unknown ones are left out."),
    )
    tmdb_id = QueryListField(
        child=QueryIntegerField(min_value=1, max_value=MAX_COUNT),
        max_length=MAX_IDS,
        required=False,
        help_text=_("Ids of TMDB; unknown ones are left out."),
    )
    movielens_id = QueryListField(
        child=QueryIntegerField(min_value=1, max_value=MAX_COUNT),
        max_length=MAX_IDS,
        required=False,
        help_text=_("Ids of MovieLens; unknown ones are left out."),
    )
    genres = GenresField(help_text=_("Names or slugs; a film has at least one of them."))
    exclude_genres = GenresField(help_text=_("Names or slugs; a film has none of them."))
    person = NamesField(
        help_text=_(
            "Names in any case, or ids of people; a film was directed, written or played in by at "
            "least one of them."
        )
    )
    country = FactsField(
        "countries", help_text=_("Names in any case; a film is of at least one of them.")
    )
    language = FactsField(
        "languages", help_text=_("Names in any case; a film is in at least one of them.")
    )
    runtime_min = QueryIntegerField(
        min_value=0,
        max_value=MAX_MINUTES,
        required=False,
        help_text=_("Not shorter than these minutes."),
    )
    runtime_max = QueryIntegerField(
        min_value=0,
        max_value=MAX_MINUTES,
        required=False,
        help_text=_("Not longer than these minutes."),
    )
    year_min = QueryIntegerField(
        min_value=0, max_value=MAX_YEAR, required=False, help_text=_("Not older than this year.")
    )
    year_max = QueryIntegerField(
        min_value=0, max_value=MAX_YEAR, required=False, help_text=_("Not newer than this year.")
    )
    ratings_min = QueryIntegerField(
        min_value=0,
        max_value=MAX_COUNT,
        required=False,
        help_text=_("Rated by at least this number of people."),
    )
    order = StrictChoiceField(
        [(name, order.meaning) for name, order in ORDERS.items()],
        required=False,
        help_text=_(
            "By id unless told otherwise (a search: best match first). Only by id does a walk "
            "through all pages see each film once while people rate."
        ),
    )


_LOOKUPS: Final = {
    "ids": "pk__in",
    "imdb_id": "imdb_id__in",
    "tmdb_id": "tmdb_id__in",
    "movielens_id": "movielens_id__in",
    "year_min": "year__gte",
    "year_max": "year__lte",
    "ratings_min": "n_ratings__gte",
    "runtime_min": "runtime_minutes__gte",
    "runtime_max": "runtime_minutes__lte",
}
_RANGES: Final = {
    ("year_min", "year_max"): _("The last year must not be before the first."),
    ("runtime_min", "runtime_max"): _("The longest runtime must not be below the shortest."),
}
_ARRAYS: Final = {"country": "countries", "language": "languages"}


def movies_filtered(query: dict[str, Any]) -> QuerySet[Movie]:
    """Return the movies of a validated ``MovieQuerySerializer``, with the columns of their order.

    Raises
    ------
    QueryError
        A range ends before it begins.

    """
    for (first, last), text in _RANGES.items():
        if first in query and last in query and query[first] > query[last]:
            raise QueryError({last: [text]})
    movies = movies_search(query["search"]) if "search" in query else movies_all()
    movies = movies.filter(
        **{lookup: query[name] for name, lookup in _LOOKUPS.items() if name in query}
    )
    movies = _by_facts(movies, query)
    if genres := query.get("genres"):
        movies = movies.filter(pk__in=Movie.objects.filter(genres__in=genres).values("pk"))
    if genres := query.get("exclude_genres"):
        movies = movies.exclude(genres__in=genres)
    return movies.annotate(**ORDERS[query.get("order", "id")].annotations)


def _by_facts(movies: QuerySet[Movie], query: dict[str, Any]) -> QuerySet[Movie]:
    """Keep the movies of the countries, languages and people of a query."""
    for parameter, column in _ARRAYS.items():
        if names := query.get(parameter):
            movies = movies.alias(**{parameter: Lowered(column)}).filter(
                **{f"{parameter}__overlap": names}
            )
    if names := query.get("person"):
        ids = [int(name) for name in names if _is_id(name)]
        ids += people_named([name for name in names if not name.isdecimal()])
        movies = movies.filter(pk__in=Credit.objects.filter(person__in=ids).values("movie"))
    return movies


def _is_id(name: str) -> bool:
    return name.isascii() and name.isdecimal() and int(name) <= MAX_ID
