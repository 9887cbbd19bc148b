"""Ratings and lists in a person's export."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.exports import Section
from accounts.models import User
from movies.models import ListEntry, Movie
from movies.selectors.ratings import ratings_of

CHUNK = 2000
"""Rows read at a time, so that a long history is never held in memory as a whole."""


def _film(movie: Movie) -> dict[str, Any]:
    return {
        "movie_id": movie.pk,
        "title": movie.title,
        "year": movie.year,
        "imdb_id": movie.imdb_id,
        "tmdb_id": movie.tmdb_id,
    }


def _ratings(user: User) -> Iterator[dict[str, Any]]:
    for rating in ratings_of(user).iterator(CHUNK):
        yield _film(rating.movie) | {"stars": rating.stars, "rated_at": rating.rated_at}


def _lists(user: User) -> Iterator[dict[str, Any]]:
    for entry in (
        ListEntry.objects.filter(user=user).select_related("movie").order_by("pk").iterator(CHUNK)
    ):
        yield {"list": entry.kind, **_film(entry.movie), "added_at": entry.added_at}


SECTIONS = (
    Section("ratings", _("Ratings"), _ratings, lambda user: user.ratings.count()),
    Section("lists", _("Films on lists"), _lists, lambda user: user.list_entries.count()),
)
