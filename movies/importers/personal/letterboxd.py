"""Letterboxd: the zip of an account, or one of its files.

Ratings are taken from ``ratings.csv``. ``diary.csv`` and ``reviews.csv`` repeat them, and count
only for films without a rating there. What lies in ``deleted/`` and ``orphaned/`` is not read.
"""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_lazy as _

from movies.importers.errors import BadRow
from movies.importers.personal.files import Member, Record, Upload
from movies.importers.personal.protocol import Kind, Refused, Row, joined, rows_of
from movies.importers.personal.values import Scale, half_stars, moment, year_of

_COLUMNS: Final = frozenset({"name", "year", "letterboxd uri"})
_NOT_READ: Final = frozenset({"deleted", "orphaned", "likes", "lists"})


class Letterboxd:
    """Reads the exports of Letterboxd."""

    name = "letterboxd"
    label = "Letterboxd"
    help = _("Settings, Data, Export your data: send the zip as it is.")

    def recognise(self, upload: Upload) -> bool:
        """Return whether a table has Letterboxd's columns and tells what it is about."""
        return any(_kind(member) for member in _tables(upload))

    def rows(self, upload: Upload) -> Iterator[Row | Refused]:
        """Yield ratings, watched films and the watchlist."""
        for member in _tables(upload):
            if _kind(member):
                yield from rows_of(member, "name", _row)


def _tables(upload: Upload) -> list[Member]:
    return [
        member
        for member in upload.tables()
        if set(member.columns) >= _COLUMNS and not _NOT_READ & set(member.folders)
    ]


def _kind(member: Member) -> Kind | None:
    """Return what a table holds; None if neither its columns nor its name tell."""
    if "rating" in member.columns:
        return Kind.RATING
    if "watchlist" in member.stem:
        return Kind.WATCH_LATER
    return Kind.SEEN if "watched" in member.stem else None


def _row(member: Member, record: Record) -> Row:
    kind, title, rating = _kind(member) or Kind.SEEN, record.get("name"), record.get("rating")
    is_diary = "rewatch" in member.columns
    if not title:
        raise BadRow("the name of the film is missing")
    if kind == Kind.RATING and not rating:
        if not is_diary:
            raise BadRow("there is no rating")
        kind = Kind.SEEN
    happened_at, note = moment(
        record.get("watched date", "date") if is_diary else record.get("date")
    )
    stars, rounded = half_stars(rating, Scale.FIVE) if kind == Kind.RATING else (None, "")
    return Row(
        member.path,
        record.line,
        kind,
        title=title,
        year=year_of(record.get("year")),
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, rounded),
        priority=int(is_diary),
    )
