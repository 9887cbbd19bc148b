"""IMDb: ``ratings.csv`` and lists, in the layouts of before and after 2017.

Only the person's own rating counts, never the one of all visitors. Series, episodes and games are
left out by their type; a type that is not known is left to the match by IMDb id.
"""

import re
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_lazy as _

from movies.importers.errors import BadRow
from movies.importers.personal.dates import moment
from movies.importers.personal.files import Member, Record, Upload
from movies.importers.personal.protocol import Kind, Refused, Row, joined, rows_of
from movies.importers.personal.values import Scale, half_stars, imdb_id, people_of, year_of

_OWN: Final = ("your rating", "you rated")
_NO_FILM: Final = re.compile(r"serie|episod|game|podcast|music", re.IGNORECASE)


class Imdb:
    """Reads the exports of IMDb."""

    name = "imdb"
    label = "IMDb"
    help = _("Your ratings, Export: send the CSV file.")

    def recognise(self, upload: Upload) -> bool:
        """Return whether a table has the columns of IMDb."""
        return any(map(_is_imdb, upload.tables()))

    def rows(self, upload: Upload) -> Iterator[Row | Refused]:
        """Yield the ratings, and what is on a watchlist."""
        for member in filter(_is_imdb, upload.tables()):
            yield from rows_of(member, "title", _row)


def _is_imdb(member: Member) -> bool:
    columns = set(member.columns)
    return "const" in columns and "title" in columns and {"url", *_OWN} & columns != set()


def _row(member: Member, record: Record) -> Row:
    rating, what = record.get(*_OWN), record.get("title type")
    identifier = imdb_id(record.get("const", "url"))
    if _NO_FILM.search(what):
        raise BadRow(f"{what} is not a film")
    if not (identifier or record.get("title")):
        raise BadRow("neither id nor title")
    if not rating and "watchlist" not in member.stem:
        is_list = "position" in member.columns
        raise BadRow("a list of your own is not imported" if is_list else "you gave no rating")
    stars, rounded = half_stars(rating, Scale.TEN) if rating else (None, "")
    happened_at, note = moment(record.get("date rated", "created"), member.date_order)
    return Row(
        member.path,
        record.line,
        Kind.RATING if rating else Kind.WATCH_LATER,
        title=record.get("title"),
        original_title=record.get("original title"),
        year=year_of(record.get("year", "release date", "release date (month/day/year)")),
        people=people_of(record.get("directors")),
        imdb_id=identifier,
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, rounded),
    )
