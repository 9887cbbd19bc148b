"""IMDb: ``ratings.csv`` and lists, in the layouts of before and after 2017.

Only the person's own rating counts, never the one of all visitors. Series, episodes and games are
left out by their type; a type that is not known is left to the match by IMDb id.
"""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_lazy as _

from movies.importers.errors import BadRow
from movies.importers.personal.dates import moment
from movies.importers.personal.files import Member, Record, Upload
from movies.importers.personal.generic import added_ratings
from movies.importers.personal.protocol import Kind, Refused, Row, joined, rows_of
from movies.importers.personal.values import Scale, imdb_id, people_of, rating_of, year_of
from movies.importers.personal.works import is_film

_OWN: Final = ("your rating", "you rated")


class Imdb:
    """Reads the exports of IMDb."""

    name = "imdb"
    label = "IMDb"
    help = _("Your ratings, Export: send the CSV file.")

    def recognise(self, upload: Upload) -> bool:
        """Return whether a table has the columns of IMDb, and tells what it is about.

        A list without ratings is the watchlist or one of the person's own: only its name tells.
        Ratings in a column that the person added count, too: they are asked about it.
        """
        return any(map(_is_imdb, upload.tables()))

    def rows(self, upload: Upload) -> Iterator[Row | Refused]:
        """Yield the ratings, and what is on a watchlist."""
        for member in filter(_is_imdb, upload.tables()):
            yield from rows_of(member, "title", _row)


def _is_imdb(member: Member) -> bool:
    columns = set(member.columns)
    if not columns >= {"const", "title"} or not columns & {"url", "title type", *_OWN}:
        return False
    own = (*_OWN, *added_ratings(member))
    return _is_watchlist(member) or any(record.get(*own) for record in member.records())


def _is_watchlist(member: Member) -> bool:
    return member.is_named("watchlist")


def _row(member: Member, record: Record) -> Row:
    what, identifier = record.get("title type"), imdb_id(record.get("const", "url"))
    if is_film(what) is False:
        raise BadRow(f"{what} is not a film")
    if not (identifier or record.get("title")):
        raise BadRow("neither id nor title")
    stars, rounded = rating_of(record.get(*_OWN), Scale.TEN)
    if not stars and not _is_watchlist(member):
        is_list = "position" in member.columns
        raise BadRow("a list of your own is not imported" if is_list else "you gave no rating")
    happened_at, note = moment(record.get("date rated", "created"), member.date_order)
    return Row(
        member.path,
        record.line,
        Kind.RATING if stars else Kind.WATCH_LATER,
        title=record.get("title"),
        original_title=record.get("original title"),
        year=year_of(record.get("year", "release date", "release date (month/day/year)")),
        people=people_of(record.get("directors")),
        imdb_id=identifier,
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, rounded),
    )
