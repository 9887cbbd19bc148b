"""Yamtrack: the CSV export, which mixes films, series, anime, games and books.

``media_id`` is the film's number at the site that ``source`` names. There is no year.
"""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_lazy as _

from movies.importers.errors import BadRow
from movies.importers.personal.dates import moment
from movies.importers.personal.files import Member, Record, Upload
from movies.importers.personal.protocol import Kind, Refused, Row, joined, rows_of
from movies.importers.personal.values import Scale, number, rating_of

_COLUMNS: Final = frozenset({"media id", "source", "media type", "title", "score", "status"})
_KINDS: Final = {"completed": Kind.SEEN, "planning": Kind.WATCH_LATER}


class Yamtrack:
    """Reads the exports of Yamtrack."""

    name = "yamtrack"
    label = "Yamtrack"
    help = _("Settings, Export: send the CSV file.")

    def recognise(self, upload: Upload) -> bool:
        """Return whether a table has Yamtrack's columns."""
        return any(map(_is_yamtrack, upload.tables()))

    def rows(self, upload: Upload) -> Iterator[Row | Refused]:
        """Yield ratings, completed films as seen, and planned films."""
        for member in filter(_is_yamtrack, upload.tables()):
            yield from rows_of(member, "title", _row)


def _is_yamtrack(member: Member) -> bool:
    return set(member.columns) >= _COLUMNS


def _row(member: Member, record: Record) -> Row:
    what = record.get("media type")
    if what.casefold() != "movie":
        raise BadRow(f"{what or 'this'} is not a film")
    stars, rounded = rating_of(record.get("score"), Scale.TEN)
    kind = Kind.RATING if stars else _KINDS.get(record.get("status").casefold())
    if kind is None:
        raise BadRow("neither rated, watched nor on the list")
    is_tmdb = record.get("source").casefold() == "tmdb"
    times = ("created at",) if kind == Kind.WATCH_LATER else ("end date", "progressed at")
    happened_at, note = moment(record.get(*times), member.date_order)
    return Row(
        member.path,
        record.line,
        kind,
        title=record.get("title"),
        tmdb_id=number(record.get("media id")) if is_tmdb else None,
        is_film=True,
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, rounded),
    )
