"""TMDB: ``ratings.csv`` of an account, which mixes films, series and episodes."""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_lazy as _

from movies.importers.errors import BadRow
from movies.importers.personal.dates import moment
from movies.importers.personal.files import Member, Record, Upload
from movies.importers.personal.protocol import LIKE, Kind, Refused, Row, joined, rows_of
from movies.importers.personal.values import Scale, half_stars, imdb_id, number, year_of

_COLUMNS: Final = frozenset({"tmdb id", "type", "name"})


class Tmdb:
    """Reads the exports of TMDB."""

    name = "tmdb"
    label = "TMDB"
    help = _("Profile, Ratings or Watchlist, Export: send the CSV file.")

    def recognise(self, upload: Upload) -> bool:
        """Return whether a table has TMDB's columns."""
        return any(set(member.columns) >= _COLUMNS for member in upload.tables())

    def rows(self, upload: Upload) -> Iterator[Row | Refused]:
        """Yield the ratings, and the watchlist if it is called so."""
        for member in upload.tables():
            if set(member.columns) >= _COLUMNS:
                yield from rows_of(member, "name", _row)


def _row(member: Member, record: Record) -> Row:
    what, rating = record.get("type"), record.get("your rating")
    if what.casefold() != "movie" or record.get("season number", "episode number"):
        raise BadRow(f"{what or 'this'} is not a film")
    is_favourite = not rating and ("favorite" in member.stem or "favourite" in member.stem)
    if not rating and not is_favourite and "watchlist" not in member.stem:
        raise BadRow("you gave no rating")
    stars, rounded = half_stars(rating, Scale.TEN) if rating else (None, "")
    happened_at, note = moment(record.get("date rated", "date added"), member.date_order)
    return Row(
        member.path,
        record.line,
        Kind.RATING if rating else Kind.SEEN if is_favourite else Kind.WATCH_LATER,
        title=record.get("name"),
        year=year_of(record.get("release date")),
        imdb_id=imdb_id(record.get("imdb id")),
        tmdb_id=number(record.get("tmdb id")),
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, rounded, LIKE if is_favourite else ""),
        priority=int(is_favourite),
    )
