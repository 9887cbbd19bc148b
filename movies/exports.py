"""Ratings and lists in a person's export."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.exports import Section
from accounts.models import User
from movies.models import ListEntry, Movie
from movies.selectors.personal_imports import imports_of, rows_of_imports
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
        "movielens_id": movie.movielens_id,
    }


def _ratings(user: User) -> Iterator[dict[str, Any]]:
    for rating in ratings_of(user).iterator(CHUNK):
        yield _film(rating.movie) | {"stars": rating.stars, "rated_at": rating.rated_at}


def _lists(user: User) -> Iterator[dict[str, Any]]:
    for entry in (
        ListEntry.objects.filter(user=user).select_related("movie").order_by("pk").iterator(CHUNK)
    ):
        yield {"list": entry.kind, **_film(entry.movie), "added_at": entry.added_at}


def _imports(user: User) -> Iterator[dict[str, Any]]:
    for job in imports_of(user).order_by("pk"):
        yield {
            "import": job.pk,
            "source": job.source,
            "file_name": job.file_name,
            "digest": job.digest,
            "status": job.status,
            "conflicts": job.conflicts,
            "counts": job.counts,
            "created_at": job.created_at,
            "finished_at": job.finished_at,
        }


def _import_rows(user: User) -> Iterator[dict[str, Any]]:
    for row in rows_of_imports(user).order_by("pk").iterator(chunk_size=1_000):
        yield {
            "import": row.owner_id,
            "file": row.file,
            "line": row.line_number,
            "kind": row.kind,
            "title": row.title,
            "year": row.year,
            "imdb_id": row.imdb_id,
            "tmdb_id": row.tmdb_id,
            "stars": row.stars,
            "happened_at": row.happened_at,
            "confidence": row.confidence,
            "movie_id": row.movie_id,
            "outcome": row.outcome,
            "note": row.note,
        }


SECTIONS = (
    Section("ratings", _("Ratings"), _ratings, lambda user: user.ratings.count()),
    Section("lists", _("Films on lists"), _lists, lambda user: user.list_entries.count()),
    Section("imports", _("Imports"), _imports, lambda user: imports_of(user).count()),
    Section(
        "import_rows",
        _("Rows of your imports"),
        _import_rows,
        lambda user: rows_of_imports(user).count(),
    ),
)
