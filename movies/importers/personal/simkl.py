"""Simkl: the CSV export and the JSON backup, plain or zipped.

The backup lists films of anime among the anime, as ``show`` with an ``anime_type``. The table does
not tell films of anime from series.
"""

from collections.abc import Iterator
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from movies.importers.errors import BadRow
from movies.importers.personal.dates import moment
from movies.importers.personal.entries import entries_of, ids_of
from movies.importers.personal.files import Member, Record, Upload, clean
from movies.importers.personal.protocol import Kind, Refused, Row, joined, rows_of
from movies.importers.personal.values import Scale, imdb_id, number, rating_of, year_of

_SEEN: Final = frozenset({"completed", "watching"})
_LATER: Final = frozenset({"plantowatch", "plan to watch"})
_COLUMNS: Final = frozenset({"simkl id", "title", "type", "watchlist", "rating"})
_SECTIONS: Final = frozenset({"movies", "shows", "anime"})
ANIME: Final = "an anime may be a series: only the JSON backup tells"


class Simkl:
    """Reads the exports of Simkl."""

    name = "simkl"
    label = "Simkl"
    help = _("Settings, Export: send the CSV file or the JSON backup.")

    def recognise(self, upload: Upload) -> bool:
        """Return whether there is a table or a backup of Simkl."""
        return any(map(_is_table, upload.tables())) or any(map(_is_backup, upload.documents()))

    def rows(self, upload: Upload) -> Iterator[Row | Refused]:
        """Yield ratings, watched films and the films to watch."""
        for member in filter(_is_table, upload.tables()):
            yield from rows_of(member, "title", _row)
        for member in filter(_is_backup, upload.documents()):
            document = member.document
            for section in document if isinstance(document, dict) else ():
                if section in _SECTIONS:
                    yield from entries_of(member, document[section], _entry, _title)


def _is_table(member: Member) -> bool:
    return set(member.columns) >= _COLUMNS


def _is_backup(member: Member) -> bool:
    return any(map(_is_entry, member.entries()))


def _is_entry(entry: dict[str, Any]) -> bool:
    media = entry.get("movie") or entry.get("show")
    ids = media.get("ids") if isinstance(media, dict) else None
    return isinstance(ids, dict) and "simkl" in ids


def _row(member: Member, record: Record) -> Row:
    if record.get("type").casefold() == "anime":
        raise BadRow(ANIME)
    if record.get("type").casefold() != "movie":
        raise BadRow(f"{record.get('type') or 'this'} is not a film")
    kind, stars, rounded = _kind(record.get("rating"), record.get("watchlist"))
    happened_at, note = moment(record.get("watcheddate", "watched date"), member.date_order)
    return Row(
        member.path,
        record.line,
        kind,
        title=record.get("title"),
        year=year_of(record.get("year")),
        imdb_id=imdb_id(record.get("imdb")),
        tmdb_id=number(record.get("tmdb")),
        is_film=True,
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, rounded),
    )


def _entry(member: Member, position: int, entry: dict[str, Any]) -> Row:
    movie = _film(entry)
    if not isinstance(movie, dict):
        raise BadRow(f"{clean(entry.get('anime_type')) or 'show'} is not a film")
    kind, stars, rounded = _kind(entry.get("user_rating"), entry.get("status"))
    when = entry.get("user_rated_at") if kind == Kind.RATING else None
    happened_at, note = moment(when or entry.get("last_watched_at"))
    return Row(
        member.path,
        position,
        kind,
        title=clean(movie.get("title")),
        year=year_of(movie.get("year")),
        is_film=True,
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, rounded),
        **ids_of(movie.get("ids")),
    )


def _film(entry: dict[str, Any]) -> Any:
    """Return what the entry says about its film; None if it is about a series."""
    is_film_of_anime = str(entry.get("anime_type")).casefold() == "movie"
    return entry.get("movie") or (entry.get("show") if is_film_of_anime else None)


def _kind(rating: Any, status: Any) -> tuple[Kind, int | None, str]:
    stars, rounded = rating_of(rating, Scale.TEN)
    if stars:
        return Kind.RATING, stars, rounded
    if str(status).casefold() in _SEEN:
        return Kind.SEEN, None, ""
    if str(status).casefold() in _LATER:
        return Kind.WATCH_LATER, None, ""
    raise BadRow("neither rated, watched nor on the list")


def _title(entry: dict[str, Any]) -> str:
    media = entry.get("movie") or entry.get("show")
    return clean(media.get("title")) if isinstance(media, dict) else ""
