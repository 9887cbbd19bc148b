"""Trakt: the zip of JSON files, or one of them.

``ratings-movies`` holds ratings from 1 to 10. The history is split over several files that repeat
entries. A favourite without a rating counts as seen. Only the name of a file tells the watchlist
and the favourites from lists of one's own, which are left out. Everything about shows, seasons and
episodes is left out.
"""

from collections.abc import Iterator
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from movies.importers.errors import BadRow
from movies.importers.personal.dates import moment
from movies.importers.personal.entries import entries_of, ids_of
from movies.importers.personal.files import Member, Upload, clean
from movies.importers.personal.protocol import LIKE, Kind, LeftOut, Row, Statement, counted, joined
from movies.importers.personal.values import Scale, rating_of, year_of

_TIMES: Final = ("rated_at", "watched_at", "last_watched_at", "listed_at")
_PARTS: Final = ("movie", "show", "episode", "season")
_FAVOURITES: Final = ("favorites", "favourites")
RENAME: Final = "the watchlist must be called watchlist.json"


class Trakt:
    """Reads the exports of Trakt."""

    name = "trakt"
    label = "Trakt"
    help = _("Settings, Data, Export: send the zip as it is.")

    def recognise(self, upload: Upload) -> bool:
        """Return whether a JSON file has entries of Trakt."""
        return any(_is_trakt(member) for member in upload.documents())

    def rows(self, upload: Upload) -> Iterator[Statement]:
        """Yield ratings, watched films and the watchlist; own lists only by their length."""
        for member in filter(_is_trakt, upload.documents()):
            if _is_own_list(member):
                films = counted(member.n_entries, "film", "films")
                reason = f"a list of your own with {films} that is not imported"
                yield LeftOut(member.path, joined(reason, RENAME), member.n_entries)
            else:
                yield from entries_of(member, member.document, _row, _title)


def _is_trakt(member: Member) -> bool:
    return any(map(_is_entry, member.entries()))


def _is_entry(entry: dict[str, Any]) -> bool:
    parts = [part for name in _PARTS if (part := _part(entry, name))]
    ids = [one for part in parts if isinstance(one := part.get("ids"), dict)]
    is_own = any("trakt" in one for one in ids) or entry.get("type") in _PARTS
    is_others = any("simkl" in one for one in ids)
    return bool(parts) and is_own and not is_others and any(name in entry for name in _TIMES)


def _is_own_list(member: Member) -> bool:
    """Return whether a file is a list, and neither the watchlist nor the favourites."""
    is_list = any("listed_at" in entry for entry in member.entries())
    return is_list and not member.is_named("watchlist", *_FAVOURITES)


def _row(member: Member, position: int, entry: dict[str, Any]) -> Row:
    movie = _part(entry, "movie")
    if not movie:
        kind = entry.get("type") or next((name for name in _PARTS if _part(entry, name)), "movie")
        no_film = "neither title nor id" if kind == "movie" else f"{kind} is not a film"
        raise BadRow(no_film)
    kind, stars, rounded = _kind(member, entry)
    is_like = kind == Kind.SEEN and _is_favourite(member)
    happened_at, note = moment(next((entry[name] for name in _TIMES if entry.get(name)), None))
    return Row(
        member.path,
        position,
        kind,
        title=clean(movie.get("title")),
        year=year_of(movie.get("year")),
        is_film=True,
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, rounded, LIKE if is_like else ""),
        priority=int(is_like),
        **ids_of(movie.get("ids")),
    )


def _kind(member: Member, entry: dict[str, Any]) -> tuple[Kind, int | None, str]:
    if "rated_at" in entry:
        stars, rounded = rating_of(entry.get("rating"), Scale.TEN)
        if stars:
            return Kind.RATING, stars, rounded
    if "watched_at" in entry or "last_watched_at" in entry or _is_favourite(member):
        return Kind.SEEN, None, ""
    if "listed_at" not in entry:
        raise BadRow("neither rated nor watched")
    return Kind.WATCH_LATER, None, ""


def _is_favourite(member: Member) -> bool:
    return member.is_named(*_FAVOURITES)


def _title(entry: dict[str, Any]) -> str:
    part = _part(entry, "movie") or _part(entry, "show")
    return clean(part.get("title"))


def _part(entry: dict[str, Any], name: str) -> dict[str, Any]:
    value = entry.get(name)
    return value if isinstance(value, dict) else {}
