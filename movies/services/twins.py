"""Merge films that the catalogue has twice: one title, one year, one number at IMDb or TMDB."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.db.models import Count

from movies.models import Credit, ListEntry, Movie, PersonalImportRow, Rating
from movies.titles import match_keys

_NEWER: Final = """
UPDATE movies_rating AS kept SET half_stars = other.half_stars, rated_at = other.rated_at
FROM movies_rating AS other
WHERE kept.movie_id = %(keep)s AND other.movie_id = %(twin)s
  AND kept.user_id = other.user_id AND other.rated_at > kept.rated_at
"""
_IDS: Final = ("imdb_id", "tmdb_id")
_FILLED: Final = (
    *("description", "description_url", "movielens_id", "imdb_id", "tmdb_id"),
    *("runtime_minutes", "countries", "languages", "awards", "trailer_url", "picture_url"),
)


@dataclass(frozen=True)
class Twins:
    """A film, and the younger rows that are the same film."""

    film: Movie
    others: tuple[Movie, ...]


def twins_find() -> list[Twins]:
    """Return the films that are there more than once. Two queries, and one for each pair's id.

    Films count as one if they share a number at IMDb or TMDB, a spelling of the title and the
    year. A number alone may be a mistake of a data set.
    """
    found: dict[int, Twins] = {}
    taken: set[int] = set()
    for column in _IDS:
        known = Movie.objects.exclude(**{column: "" if column == "imdb_id" else None})
        shared = known.values(column).annotate(n=Count("pk")).filter(n__gt=1)
        numbers = list(shared.order_by(column).values_list(column, flat=True))
        groups: dict[object, list[Movie]] = {}
        for movie in Movie.objects.filter(**{f"{column}__in": numbers}).order_by("pk"):
            groups.setdefault(getattr(movie, column), []).append(movie)
        for movies in groups.values():
            film, *rest = movies
            others = [one for one in rest if one.pk not in taken and _is_same(film, one)]
            if others and film.pk not in taken:
                earlier = found[film.pk].others if film.pk in found else ()
                found[film.pk] = Twins(film, (*earlier, *others))
                taken.update(one.pk for one in others)
    return list(found.values())


@transaction.atomic
def twins_merge() -> int:
    """Merge films that are there more than once into the oldest row; return how many went.

    Of two ratings of one person the later one stays. Lists, people and imports move along, and
    what only the younger row knows is kept.
    """
    n_merged = 0
    for twins in twins_find():
        for other in twins.others:
            _merge(twins.film, other)
            n_merged += 1
    return n_merged


def _is_same(film: Movie, other: Movie) -> bool:
    return film.year == other.year and bool(set(_keys(film)) & set(_keys(other)))


def _keys(movie: Movie) -> Iterable[str]:
    return match_keys(movie.title, *movie.other_titles.split("; "))


def _merge(film: Movie, other: Movie) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_NEWER, {"keep": film.pk, "twin": other.pk})
    rated = Rating.objects.filter(movie=film).values("user")
    Rating.objects.filter(movie=other).exclude(user__in=rated).update(movie=film)
    Rating.objects.filter(movie=other).delete()
    listed = ListEntry.objects.filter(movie=film).values("user")
    ListEntry.objects.filter(movie=other).exclude(user__in=listed).update(movie=film)
    raters = Rating.objects.filter(movie=film).values("user")
    ListEntry.objects.filter(movie=film, user__in=raters).delete()
    if not Credit.objects.filter(movie=film).exists():
        Credit.objects.filter(movie=other).update(movie=film)
    PersonalImportRow.objects.filter(movie=other).update(movie=film)
    if not film.genres.exists():
        film.genres.add(*other.genres.all())
    values = {name: getattr(other, name) for name in _FILLED if not getattr(film, name)}
    other.delete()  # before its unique number moves
    for name, value in values.items():
        setattr(film, name, value)
    film.save(update_fields=[*values, "updated_at"])  # a trigger keeps the totals
