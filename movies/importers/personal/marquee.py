"""Marquee's own account bundle, from this site or from another instance of it."""

from collections.abc import Iterator
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from movies.importers.errors import BadRow
from movies.importers.personal.dates import moment
from movies.importers.personal.entries import entries_of
from movies.importers.personal.files import Member, Upload, clean
from movies.importers.personal.protocol import Kind, LeftOut, Row, Statement, joined
from movies.importers.personal.values import Scale, imdb_id, number, rating_of, year_of

_KEYS: Final = frozenset({"exported_at", "profile", "ratings"})


class Marquee:
    """Exports of this software."""

    name = "marquee"
    label = "Marquee"
    help = _("Profile, Download everything: send the zip as it is.")

    def recognise(self, upload: Upload) -> bool:
        """Return whether a JSON file is an export of an account."""
        return any(map(_is_export, upload.documents()))

    def rows(self, upload: Upload) -> Iterator[Statement]:
        """Yield the ratings, everything on the lists, and what earlier imports wait for."""
        for member in filter(_is_export, upload.documents()):
            document = member.document
            yield from entries_of(member, document.get("ratings"), _rating, _title)
            yield from entries_of(member, document.get("lists"), _listed, _title)
            rows = document.get("import_rows")
            if isinstance(rows, list):
                rows = [row for row in rows if isinstance(row, dict) and _is_waiting(row)]
            yield from entries_of(member, rows, _waiting, _title)
        for member in upload.tables():
            yield LeftOut(member.path, "", 0)  # the same as in the JSON file


def keeps_lists(source: str) -> bool:
    """Return whether a film that is rated in a file of a source may be on a list there as well."""
    return source == Marquee.name


def _is_export(member: Member) -> bool:
    document = member.document
    is_account = isinstance(document, dict) and set(document) >= _KEYS
    return is_account and isinstance(document["ratings"], list)


def _rating(member: Member, position: int, entry: dict[str, Any]) -> Row:
    stars, rounded = rating_of(entry.get("stars"), Scale.FIVE)
    if not stars:
        raise BadRow("there is no rating")
    return _row(member, position, entry, Kind.RATING, stars, rounded)


def _listed(member: Member, position: int, entry: dict[str, Any]) -> Row:
    try:
        kind = Kind(str(entry.get("list")))
    except ValueError:
        raise BadRow(f"there is no list {clean(entry.get('list'))!r}") from None
    return _row(member, position, entry, kind, None, "")


def _is_waiting(entry: dict[str, Any]) -> bool:
    return entry.get("outcome") == "waiting"


def _waiting(member: Member, position: int, entry: dict[str, Any]) -> Row:
    """Return a row of an earlier import whose film was missing on the site that exported it."""
    if entry.get("kind") == Kind.RATING:
        return _rating(member, position, entry)
    return _listed(member, position, entry | {"list": entry.get("kind")})


def _row(
    member: Member,
    position: int,
    entry: dict[str, Any],
    kind: Kind,
    stars: int | None,
    rounded: str,
) -> Row:
    happened_at, note = moment(
        entry.get("rated_at") or entry.get("added_at") or entry.get("happened_at")
    )
    return Row(
        member.path,
        position,
        kind,
        title=_title(entry),
        year=year_of(entry.get("year")),
        imdb_id=imdb_id(entry.get("imdb_id")),
        tmdb_id=number(entry.get("tmdb_id")),
        is_film=True,
        movielens_id=number(entry.get("movielens_id")),
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, rounded),
    )


def _title(entry: dict[str, Any]) -> str:
    return clean(entry.get("title"))
