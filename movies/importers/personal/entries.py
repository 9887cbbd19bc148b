"""Entries of a JSON file become rows, as the lines of a table do."""

from collections.abc import Callable, Iterator
from typing import Any

from movies.importers.errors import BadRow
from movies.importers.personal.files import NOT_TEXT, Member, clean, is_not_text
from movies.importers.personal.protocol import Refused, Row
from movies.importers.personal.values import imdb_id, number


def entries_of(
    member: Member,
    entries: Any,
    parse: Callable[[Member, int, dict[str, Any]], Row],
    title_of: Callable[[dict[str, Any]], str],
) -> Iterator[Row | Refused]:
    """Yield a row for each entry; a ``BadRow`` that ``parse`` raises becomes a refusal.

    Entries are counted from 1. A number or a text in place of the list is refused as one entry.
    """
    if isinstance(entries, str | int | float):
        entries = [entries]
    for position, entry in enumerate(entries if isinstance(entries, list) else (), start=1):
        if not isinstance(entry, dict):
            yield Refused(member.path, position, "this is no entry")
            continue
        if member.is_damaged and _is_damaged(entry):
            yield Refused(member.path, position, NOT_TEXT, clean(title_of(entry)))
            continue
        try:
            yield parse(member, position, entry)
        except BadRow as reason:
            yield Refused(member.path, position, str(reason), clean(title_of(entry)))


def ids_of(ids: Any) -> dict[str, Any]:
    """Return the ids of a film at IMDb and TMDB from an object of ids, whatever its case."""
    found = ids if isinstance(ids, dict) else {}
    folded = {str(name).casefold(): value for name, value in found.items()}
    return {"imdb_id": imdb_id(folded.get("imdb")), "tmdb_id": number(folded.get("tmdb"))}


def _is_damaged(value: Any) -> bool:
    """Return whether a text in an entry has a byte that is no character."""
    if isinstance(value, dict):
        return any(map(_is_damaged, value.values()))
    if isinstance(value, list):
        return any(map(_is_damaged, value))
    return isinstance(value, str) and is_not_text(value)
