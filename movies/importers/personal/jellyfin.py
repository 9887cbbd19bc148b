"""Jellyfin and Emby: the items of a library as its API gives them to a user (JSON)."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from movies.importers.errors import BadRow
from movies.importers.personal.dates import moment
from movies.importers.personal.entries import entries_of, ids_of
from movies.importers.personal.files import Member, Upload, clean
from movies.importers.personal.protocol import LIKE, Kind, Refused, Row, joined
from movies.importers.personal.values import Scale, rating_of, year_of


class Jellyfin:
    """Jellyfin's and Emby's libraries."""

    name = "jellyfin"
    label = "Jellyfin"
    help = _("Save the answer of /Users/ID/Items?Recursive=true&Fields=ProviderIds as a file.")

    def recognise(self, upload: Upload) -> bool:
        """Return whether a JSON file has items with a user's data."""
        return any(map(_is_library, upload.documents()))

    def rows(self, upload: Upload) -> Iterator[Row | Refused]:
        """Yield ratings and watched films; what was neither rated nor watched is no statement."""
        for member in filter(_is_library, upload.documents()):
            document = member.document
            items = document.get("Items") if isinstance(document, dict) else document
            yield from entries_of(member, items, _row, lambda item: clean(item.get("Name")))


def _is_library(member: Member) -> bool:
    return any(
        isinstance(entry.get("UserData"), dict) and "Name" in entry and "Type" in entry
        for entry in member.entries()
    )


def _row(member: Member, position: int, item: dict[str, Any]) -> Row:
    if item.get("Type") != "Movie":
        raise BadRow(f"{clean(item.get('Type')) or 'this'} is not a film")
    own = item.get("UserData")
    own = own if isinstance(own, dict) else {}
    stars, rounded = rating_of(own.get("Rating"), Scale.TEN)
    if not stars and not own.get("Played") and not own.get("IsFavorite"):
        raise BadRow("neither rated nor played")
    is_only_liked = not stars and not own.get("Played")
    happened_at, note = moment(own.get("LastPlayedDate"))
    return Row(
        member.path,
        position,
        Kind.RATING if stars else Kind.SEEN,
        title=clean(item.get("Name")),
        original_title=clean(item.get("OriginalTitle")),
        year=year_of(item.get("ProductionYear")),
        is_film=True,
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, rounded, LIKE if is_only_liked else ""),
        **ids_of(item.get("ProviderIds")),
    )
