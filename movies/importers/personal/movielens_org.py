"""MovieLens.org: what a member of that site exports; its numbers of films are the catalogue's."""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_lazy as _

from movies.importers.errors import BadRow
from movies.importers.personal.files import Member, Record, Upload
from movies.importers.personal.protocol import Kind, Refused, Row, rows_of
from movies.importers.personal.values import Scale, imdb_id, number, rating_of
from movies.titles import parse_title

_COLUMNS: Final = frozenset({"movie id", "imdb id", "tmdb id", "rating", "average rating", "title"})
"""All of them and no other: a private table may have numbers of its own as ``movie_id``."""


class MovieLensOrg:
    """Reads the exports of MovieLens.org."""

    name = "movielens"
    label = "MovieLens.org"
    help = _("Profile, Export ratings: send the CSV file.")

    def recognise(self, upload: Upload) -> bool:
        """Return whether a table has MovieLens.org's columns."""
        return any(map(_is_movielens, upload.tables()))

    def rows(self, upload: Upload) -> Iterator[Row | Refused]:
        """Yield the ratings of the file."""
        for member in filter(_is_movielens, upload.tables()):
            yield from rows_of(member, "title", _row)


def _is_movielens(member: Member) -> bool:
    return set(member.columns) == _COLUMNS


def _row(member: Member, record: Record) -> Row:
    stars, rounded = rating_of(record.get("rating"), Scale.FIVE)
    if not stars:
        raise BadRow("there is no rating")
    title = parse_title(record.get("title"))
    return Row(
        member.path,
        record.line,
        Kind.RATING,
        title=record.get("title"),
        year=title.year,
        movielens_id=number(record.get("movie id")),
        imdb_id=imdb_id(record.get("imdb id")),
        tmdb_id=number(record.get("tmdb id")),
        is_film=True,
        half_stars=stars,
        note=rounded,
    )
