"""The protocol that every importer of a person's own ratings follows."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from movies.importers.errors import BadRow
from movies.importers.personal.files import UNCLOSED, Member, Record, Upload


class Kind(StrEnum):
    """What a row says about a film."""

    RATING = "rating"
    SEEN = "seen"
    NOT_INTERESTED = "not_interested"
    WATCH_LATER = "watch_later"


@dataclass(frozen=True, slots=True)
class Row:
    """One statement of the person about one film, as the source wrote it."""

    file: str
    line: int
    """Line of a CSV or XML file, position of an entry of a JSON file; counted from 1."""
    kind: Kind
    title: str = ""
    year: int | None = None
    original_title: str = ""
    people: tuple[str, ...] = ()
    """Directors, which decide between films of one title and year."""
    imdb_id: str = ""
    tmdb_id: int | None = None
    is_film: bool = False
    """Whether the source says that it is about a film: TMDB numbers films and series apart."""
    movielens_id: int | None = None
    address: str = ""
    """The film's page at the source, which tells it from films of the same title and year."""
    half_stars: int | None = None
    happened_at: datetime | None = None
    note: str = ""
    """What was changed while reading, such as a rounded rating."""
    priority: int = 0
    """Of several rows about one film, the lowest priority wins, then the latest, then the last."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be imported, and why."""

    file: str
    line: int
    reason: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file of the export of which nothing is imported, and why.

    Without a reason nothing is missing: another file says the same.
    """

    file: str
    reason: str
    n_entries: int


Statement = Row | Refused | LeftOut
LIKE: Final = "a like counts as seen"
"""The note of a film that the person liked or made a favourite without rating it."""


def rows_of(
    member: Member,
    title_column: str,
    parse: Callable[[Member, Record], Row],
    records: Iterable[Record] | None = None,
) -> Iterator[Row | Refused]:
    """Yield the rows of a table; a ``BadRow`` that ``parse`` raises becomes a refusal.

    ``records`` replaces the table's own, for a table whose columns have other names.
    """
    for record in member.records() if records is None else records:
        title = record.get(title_column)
        damage = record.damage or (UNCLOSED if "\n" in title else "")
        if damage:
            yield Refused(member.path, record.line, damage, title)
            continue
        try:
            yield parse(member, record)
        except BadRow as error:
            yield Refused(member.path, record.line, str(error), title)


def counted(n: int, one: str, several: str) -> str:
    """Return a number with its noun in English, as the database keeps it."""
    return f"{n:,} {one if n == 1 else several}"


def joined(*notes: str) -> str:
    """Return the notes that are not empty as one text."""
    return "; ".join(filter(None, notes))


class Importer(Protocol):
    """Reads the exports of one source."""

    name: str
    """The key of the source in the database and in the API."""
    label: str
    """The name of the source as people know it."""
    help: Any
    """Where a person finds the export on the source's site."""

    def recognise(self, upload: Upload) -> bool:
        """Return whether the upload is an export of this source, judged by its content."""

    def rows(self, upload: Upload) -> Iterator[Statement]:
        """Yield every statement about a film, and every row that cannot be read.

        A file about which nothing is yielded is reported as left out, with its number of entries.

        Raises
        ------
        ImportFailed
            A file is damaged, so that nothing may be imported.

        """
