"""Letterboxd: the zip of an account, or one of its files.

Ratings are taken from ``ratings.csv``. ``diary.csv`` and ``reviews.csv`` repeat them, and count
only for films without a rating there. A like without a rating counts as seen. What lies in
``deleted/`` and ``orphaned/`` is not read, and lists of one's own have no counterpart here.
The address of a row is its film's, except in the diary, where it is the entry's own.
"""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_lazy as _

from movies.importers.errors import BadRow
from movies.importers.personal.dates import moment
from movies.importers.personal.files import Member, Record, Upload
from movies.importers.personal.protocol import (
    LIKE,
    Kind,
    LeftOut,
    Row,
    Statement,
    counted,
    joined,
    rows_of,
)
from movies.importers.personal.values import Scale, rating_of, year_of

_COLUMNS: Final = frozenset({"name", "year", "letterboxd uri"})
_LIST_START: Final = "Letterboxd list export"
_NOT_READ: Final = frozenset({"deleted", "orphaned"})


class Letterboxd:
    """Reads the exports of Letterboxd."""

    name = "letterboxd"
    label = "Letterboxd"
    help = _("Settings, Data, Export your data: send the zip as it is.")

    def recognise(self, upload: Upload) -> bool:
        """Return whether a table has Letterboxd's columns and tells what it is about.

        A list of one's own is recognised as well, so that it can be named, and so is a zip with
        nothing but deleted entries.
        """
        is_list = any(one.head_text.startswith(_LIST_START) for one in upload.members)
        tables = list(upload.tables())
        is_deleted = bool(tables) and all(_NOT_READ & set(one.folders) for one in tables)
        return is_list or is_deleted or any(_kind(member) for member in _tables(upload))

    def rows(self, upload: Upload) -> Iterator[Statement]:
        """Yield ratings, watched films, likes and the watchlist; own lists only by their length."""
        for member in _tables(upload):
            if _kind(member):
                yield from rows_of(member, "name", _row)
        for member in upload.members:
            if _is_list(member):
                n_films = _n_listed(member)
                films = counted(n_films, "film", "films")
                reason = f"a list of your own with {films} that is not imported"
                yield LeftOut(member.path, reason, n_films)


def _tables(upload: Upload) -> list[Member]:
    return [
        member
        for member in upload.tables()
        if set(member.columns) >= _COLUMNS and not _NOT_READ & set(member.folders)
    ]


def _kind(member: Member) -> Kind | None:
    """Return what a table holds; None if neither its columns nor its name tell."""
    if "likes" in member.folders:
        return Kind.SEEN if member.stem == "films" else None
    if "rating" in member.columns:
        return Kind.RATING
    if member.is_named("watchlist"):
        return Kind.WATCH_LATER
    return Kind.SEEN if member.is_named("watched") else None


def _is_list(member: Member) -> bool:
    """Return whether a file is a list: a table about the list, a blank line, a table of films."""
    is_list = "lists" in member.folders or member.head_text.startswith(_LIST_START)
    return is_list and not _NOT_READ & set(member.folders)


def _n_listed(member: Member) -> int:
    lines = [record.fields for record in member.csv_rows() if any(record.fields)]
    starts = (n for n, fields in enumerate(lines) if fields[0].casefold() == "position")
    return len(lines) - 1 - next(starts, len(lines) - 1)


def _row(member: Member, record: Record) -> Row:
    kind, title = _kind(member) or Kind.SEEN, record.get("name")
    is_diary, is_like = "rewatch" in member.columns, "likes" in member.folders
    if not title:
        raise BadRow("the name of the film is missing")
    stars, rounded = None, ""
    if kind == Kind.RATING:
        stars, rounded = rating_of(record.get("rating"), Scale.FIVE)
        if not stars and not is_diary:
            raise BadRow("there is no rating")
        kind = Kind.RATING if stars else Kind.SEEN
    when = record.get("watched date", "date") if is_diary else record.get("date")
    happened_at, note = moment(when, member.date_order)
    return Row(
        member.path,
        record.line,
        kind,
        title=title,
        year=year_of(record.get("year")),
        address="" if is_diary else record.get("letterboxd uri").casefold(),
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, rounded, LIKE if is_like else ""),
        priority=int(is_diary or is_like),
    )
