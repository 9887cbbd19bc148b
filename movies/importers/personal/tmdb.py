"""TMDB: ``ratings.csv`` of an account, which mixes films, series and episodes."""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_lazy as _

from movies.importers.errors import BadRow
from movies.importers.personal.dates import moment
from movies.importers.personal.files import Member, Record, Upload
from movies.importers.personal.protocol import LIKE, Kind, Refused, Row, joined, rows_of
from movies.importers.personal.values import Scale, imdb_id, number, rating_of, year_of

_FAVOURITES: Final = ("favorites", "favourites")
_COLUMNS: Final = frozenset({"tmdb id", "type", "name"})


class Tmdb:
    """Reads the exports of TMDB."""

    name = "tmdb"
    label = "TMDB"
    help = _("Profile, Ratings or Watchlist, Export: send the CSV file.")

    def recognise(self, upload: Upload) -> bool:
        """Return whether a table has TMDB's columns, and ratings or a name that tells."""
        return any(map(_is_tmdb, upload.tables()))

    def rows(self, upload: Upload) -> Iterator[Row | Refused]:
        """Yield the ratings, and the watchlist if it is called so."""
        for member in filter(_is_tmdb, upload.tables()):
            yield from rows_of(member, "name", _row)


def _is_tmdb(member: Member) -> bool:
    if not set(member.columns) >= _COLUMNS:
        return False
    is_named = member.is_named("watchlist", *_FAVOURITES)
    return is_named or any(record.get("your rating") for record in member.records())


def _row(member: Member, record: Record) -> Row:
    what = record.get("type")
    if what.casefold() != "movie" or record.get("season number", "episode number"):
        raise BadRow(f"{what or 'this'} is not a film")
    stars, rounded = rating_of(record.get("your rating"), Scale.TEN)
    is_favourite = not stars and member.is_named(*_FAVOURITES)
    if not stars and not is_favourite and not member.is_named("watchlist"):
        raise BadRow("you gave no rating")
    happened_at, note = moment(record.get("date rated", "date added"), member.date_order)
    return Row(
        member.path,
        record.line,
        Kind.RATING if stars else Kind.SEEN if is_favourite else Kind.WATCH_LATER,
        title=record.get("name"),
        year=year_of(record.get("release date")),
        imdb_id=imdb_id(record.get("imdb id")),
        tmdb_id=number(record.get("tmdb id")),
        is_film=True,
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, rounded, LIKE if is_favourite else ""),
        priority=int(is_favourite),
    )
