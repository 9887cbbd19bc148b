"""Import any edition of MovieLens: films, raters, ratings.

Importing an edition again adds what is new in it and changes what changed: the same files twice add
nothing. Everything happens in one transaction.
"""

import hashlib
from typing import Final

from django.db import connection
from django.utils.text import slugify

from movies.importers.errors import ImportFailed, Problems
from movies.importers.files import Source, SourceFile, readable
from movies.importers.movielens.editions import edition_of
from movies.importers.movielens.films import import_films
from movies.importers.movielens.ratings import (
    DIGEST_START,
    add_raters,
    drop_duplicates,
    merge_ratings,
    stage_ratings,
)
from movies.importers.progress import Progress, silent
from movies.importers.runs import import_run
from movies.models import ImportReport

MAX_NAME_CHARACTERS: Final = 50
DIGEST_CHUNK_BYTES: Final = 1024 * 1024


def import_movielens(
    *,
    source: Source,
    name: str = "",
    default_name: str = "",
    max_users: int | None = None,
    scale: int = 5,
    progress: Progress = silent,
    report: ImportReport | None = None,
) -> ImportReport:
    """Import ``source``, whose raters are known by ``name``.

    Without a name it is ``default_name``, or else that of the folder.

    Ratings that were imported before keep the name of their raters, whatever the folder.
    ``scale`` is the best rating of the data set.

    ``max_users`` takes the ratings of that many users alone, the first ones of the file. ``report``
    is that of a request, if the import was asked for by one.

    Raises
    ------
    ImportFailed
        Nothing was imported; the message, which the report keeps, says why.

    """
    problems = Problems()
    fallback = default_name or source.name
    with (
        import_run(raters_name(name or fallback), source.location, problems, report) as report,
        connection.cursor() as cursor,
    ):
        edition = edition_of(source, scale)
        movie_ids, report.counts = import_films(edition, problems, progress)
        n_staged, report.digest = stage_ratings(
            cursor, edition, movie_ids, problems, max_users, progress
        )
        if n_staged == 0:
            first = problems.first_in(edition.RATINGS)
            raise ImportFailed(f"{edition.RATINGS} has no row that can be imported.{first}")
        earlier = _earlier_name(report.digest) or _name_by_bytes(edition.ratings_file)
        name = raters_name(name or earlier or fallback)
        report.source = name
        n_staged -= drop_duplicates(cursor, edition.RATINGS, problems)
        report.counts["raters_added"] = add_raters(cursor, name)
        n_added, n_changed = merge_ratings(cursor, name, progress)
        report.counts |= {
            "ratings_added": n_added,
            "ratings_changed": n_changed,
            "ratings_unchanged": n_staged - n_added - n_changed,
        }
        # The planner would take the tables for empty until autovacuum comes along.
        cursor.execute("ANALYZE movies_movie, movies_movie_genres, movies_rating")
    return report


def _earlier_name(digest: str) -> str:
    """Return the name of the raters of an earlier import of the same ratings."""
    earlier = ImportReport.objects.filter(digest=digest, status=ImportReport.Status.DONE)
    return earlier.order_by("pk").values_list("source", flat=True).first() or ""


def _name_by_bytes(ratings: SourceFile) -> str:
    """Return the name of the raters of an import by an older version, which compared the bytes.

    Line ends did not count. The file is read only if there is such an import.
    """
    done = ImportReport.objects.filter(status=ImportReport.Status.DONE).exclude(digest="")
    if not done.exclude(digest__startswith=DIGEST_START).exists():
        return ""
    digest = hashlib.sha256()
    with readable(ratings.name), ratings.open() as stream:
        while chunk := stream.read(DIGEST_CHUNK_BYTES):
            digest.update(chunk.replace(b"\r", b""))
    return _earlier_name(digest.hexdigest())


def raters_name(text: str) -> str:
    """Return the name under which the raters of an import are stored.

    >>> raters_name("ML latest-small.zip"), raters_name("…")
    ('ml-latest-smallzip', 'movielens')
    """
    return (slugify(text) or "movielens")[:MAX_NAME_CHARACTERS]
