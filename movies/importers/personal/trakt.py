"""Trakt: the zip of JSON files, or one of them.

``ratings-movies`` holds ratings from 1 to 10. The history is split over several files that repeat
entries. A favourite without a rating counts as seen. Everything about shows, seasons and episodes
is left out.
"""

from collections.abc import Iterator
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from movies.importers.errors import BadRow
from movies.importers.personal.dates import moment
from movies.importers.personal.entries import clean, entries_of, ids_of
from movies.importers.personal.files import Member, Upload
from movies.importers.personal.protocol import LIKE, Kind, Refused, Row, joined
from movies.importers.personal.values import Scale, half_stars, year_of

_TIMES: Final = ("rated_at", "watched_at", "last_watched_at", "listed_at")


class Trakt:
    """Reads the exports of Trakt."""

    name = "trakt"
    label = "Trakt"
    help = _("Settings, Data, Export: send the zip as it is.")

    def recognise(self, upload: Upload) -> bool:
        """Return whether a JSON file has entries of Trakt."""
        return any(_is_trakt(member) for member in upload.documents())

    def rows(self, upload: Upload) -> Iterator[Row | Refused]:
        """Yield ratings, watched films and the watchlist."""
        for member in upload.documents():
            if _is_trakt(member):
                yield from entries_of(member, member.document, _row, _title)


def _is_trakt(member: Member) -> bool:
    entry = member.first_entry
    is_timed = any(name in entry for name in _TIMES)
    ids = [_part(entry, name).get("ids") for name in ("movie", "show", "episode", "season")]
    return is_timed and any(isinstance(one, dict) and "trakt" in one for one in ids)


def _row(member: Member, position: int, entry: dict[str, Any]) -> Row:
    movie = _part(entry, "movie")
    if not movie:
        raise BadRow(f"{entry.get('type') or 'show'} is not a film")
    kind = _kind(member, entry)
    stars, rounded = half_stars(entry["rating"], Scale.TEN) if kind == Kind.RATING else (None, "")
    is_like = kind == Kind.SEEN and _is_favourite(member)
    happened_at, note = moment(next((entry[name] for name in _TIMES if entry.get(name)), None))
    return Row(
        member.path,
        position,
        kind,
        title=clean(movie.get("title")),
        year=year_of(movie.get("year")),
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, rounded, LIKE if is_like else ""),
        priority=int(is_like),
        **ids_of(movie.get("ids")),
    )


def _kind(member: Member, entry: dict[str, Any]) -> Kind:
    if entry.get("rating") is not None and "rated_at" in entry:
        return Kind.RATING
    if "watched_at" in entry or "last_watched_at" in entry:
        return Kind.SEEN
    if _is_favourite(member):
        return Kind.SEEN
    if "watchlist" not in member.path.casefold() and "rank" not in entry:
        raise BadRow("neither rated nor watched")
    if "watchlist" not in member.path.casefold() and "list" in member.path.casefold():
        raise BadRow("a list of your own is not imported")
    return Kind.WATCH_LATER


def _is_favourite(member: Member) -> bool:
    return "favorite" in member.stem or "favourite" in member.stem


def _title(entry: dict[str, Any]) -> str:
    part = _part(entry, "movie") or _part(entry, "show")
    return clean(part.get("title"))


def _part(entry: dict[str, Any], name: str) -> dict[str, Any]:
    value = entry.get(name)
    return value if isinstance(value, dict) else {}
