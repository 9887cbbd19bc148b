"""Read a person's file: every row with its film, each film once, and what must be asked."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.conf import settings

from movies.importers.errors import ImportFailed
from movies.importers.personal import IMPORTERS, generic, importer_of
from movies.importers.personal.encodings import LABELS
from movies.importers.personal.files import Upload, clean
from movies.importers.personal.forms import require_readable
from movies.importers.personal.marquee import keeps_lists
from movies.importers.personal.matching import Match, Matcher
from movies.importers.personal.namesakes import settled
from movies.importers.personal.protocol import (
    LeftOut,
    Refused,
    Row,
    Statement,
    counted,
    joined,
)
from movies.importers.personal.works import mark_of_no_film
from movies.importers.progress import Progress
from movies.models import Confidence, PersonalImportRow

PROGRESS_ROWS: Final = 1_000
Outcome = PersonalImportRow.Outcome


class FoundRow(NamedTuple):
    """A row of ``PersonalImportRow``, by its columns. Far smaller than a model instance."""

    file: str
    line_number: int
    kind: str = ""
    title: str = ""
    original_title: str = ""
    year: int | None = None
    imdb_id: str = ""
    tmdb_id: int | None = None
    half_stars: int | None = None
    happened_at: datetime | None = None
    note: str = ""
    confidence: str = ""
    movie_id: int | None = None
    outcome: str = ""
    candidates: str = "{}"
    """The ids of films to choose from, as PostgreSQL writes an array."""


@dataclass
class Reading:
    """What was found in a file."""

    source: str
    rows: list[FoundRow] = field(default_factory=list)
    questions: dict[str, Any] = field(default_factory=dict)
    """What the person must say first; empty if nothing."""
    counts: Counter[str] = field(default_factory=Counter)
    encoding: str = ""
    """The encoding in which a file that is not in Unicode was read; empty if there is none."""


def read(path: Path, name: str, answers: Mapping[str, Any], progress: Progress) -> Reading:
    """Read a file and find the film of each row.

    Raises
    ------
    ImportFailed
        The file is damaged, of no known form, or the answers do not fit it.

    """
    encoding = str(answers.get("encoding") or "")
    if encoding and encoding not in LABELS:
        raise generic.WrongAnswer("encoding", "There is no such choice of encoding.")
    upload = Upload.open(path, name, encoding)
    require_readable(upload)
    importer = importer_of(upload)
    table = generic.table_of(upload) if importer is None or _is_changed(upload) else None
    if importer is not None and table is None:
        return _reading(importer.name, importer.rows(upload), upload, progress)
    if table is None:
        known = ", ".join(one.label for one in IMPORTERS)
        if any(one.header for one in upload.members):
            raise ImportFailed(
                f"{name} is none of the exports that are known: {known}, or a CSV table. "
                "If it is a list with one film in each line, write Title above it."
            )
        raise ImportFailed(
            f"{name} is none of the exports that are known: {known}, or a CSV table."
        )
    source = importer.name if importer else generic.NAME
    guess = table.guessed_encoding
    suggestion = generic.suggestion(table)
    if suggestion["has_header"] and next(table.records(), None) is None:
        raise ImportFailed(f"{name} has column names but no rows.")
    if not generic.has_answers(answers):
        return Reading(source, questions=suggestion | ({"encoding": guess[0]} if guess else {}))
    mapped = generic.Mapped.from_answers(suggestion, answers)
    return _reading(source, generic.rows(table, mapped), upload, progress)


def _is_changed(upload: Upload) -> bool:
    """Return whether a person added ratings to a table: only they know which column counts."""
    return len(upload.members) == 1 and any(map(generic.added_ratings, upload.tables()))


def _reading(
    source: str, statements: Iterator[Statement], upload: Upload, progress: Progress
) -> Reading:
    said = _collected(statements, progress)
    said.left_out += _not_read(upload, said.files, source)
    rows = said.rows
    if not rows and not said.refused and not said.left_out:
        is_empty = all(member.n_entries == 0 for member in upload.members)
        no_rows = f"{upload.name} has column names but no rows."
        raise ImportFailed(no_rows if is_empty else "There is no film in this file.")
    matcher = Matcher(rows)
    found: list[Match] = []
    films: list[Row] = []
    for position, row in enumerate(rows):
        match = matcher.match(row)
        if match.no_film:
            said.refuse(row, match.no_film)
        else:
            films.append(row)
            found.append(match)
        if position % PROGRESS_ROWS == 0:
            progress("matching", position, len(rows))
    rows = films
    matches, repeated = settled(rows, found, keeps_lists=keeps_lists(source))
    reading = Reading(source)
    for position, (row, match) in enumerate(zip(rows, matches, strict=True)):
        reading.rows.append(_stored(row, match, is_repeated=position in repeated))
    reading.rows += [_stored_refusal(one) for one in said.refused]
    reading.counts = Counter(
        count_name(row.kind, row.confidence, row.outcome, is_found=row.movie_id is not None)
        for row in reading.rows
    )
    reading.rows += [_stored_file(one) for one in said.left_out]
    guesses = (one.guessed_encoding for one in upload.members if one.path in said.files)
    reading.encoding = next((guess[0] for guess in guesses if guess), "")
    if n_entries := sum(one.n_entries for one in said.left_out):
        reading.counts[Outcome.LEFT_OUT.value] = n_entries
    return reading


@dataclass
class _Said:
    """The statements of an export, by their type."""

    rows: list[Row] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    files: set[str] = field(default_factory=set)

    def refuse(self, row: Row, mark: str) -> None:
        """Add a refusal of a row whose title is marked as no film."""
        self.refused.append(Refused(row.file, row.line, f"{mark} is not a film", row.title))


def _collected(statements: Iterator[Statement], progress: Progress) -> _Said:
    """Return all statements; a title that is marked as a series becomes a refusal.

    Raises
    ------
    ImportFailed
        There are more rows than are allowed.

    """
    said = _Said()
    for statement in statements:
        said.files.add(statement.file)
        if isinstance(statement, Row) and (mark := mark_of_no_film(statement.title)):
            said.refuse(statement, mark)
        elif isinstance(statement, Row):
            said.rows.append(statement)
        elif isinstance(statement, Refused):
            said.refused.append(statement)
        elif statement.reason:
            said.left_out.append(statement)
        n_rows = len(said.rows) + len(said.refused)
        if n_rows > settings.PERSONAL_IMPORT_MAX_ROWS:
            most = settings.PERSONAL_IMPORT_MAX_ROWS
            raise ImportFailed(f"The file has more than {counted(most, 'row', 'rows')}.")
        if n_rows % PROGRESS_ROWS == 0:
            progress("reading", n_rows, 0)
    return said


def _not_read(upload: Upload, files: Collection[str], source: str) -> list[LeftOut]:
    """Return the files about which the importer said nothing, and those that are damaged.

    A file whose encoding was guessed is among them, so that the person is told the guess.
    """
    left_out = [LeftOut(path, problem, 0) for path, problem in upload.broken.items()]
    for member in upload.members:
        if member.path in files and (guess := member.guessed_encoding):
            encoding, sample = guess
            reason = f"read as {LABELS[encoding]}: {sample}"
            left_out.append(LeftOut(member.path, reason, 0))
        n_entries = 0 if member.path in files else member.n_entries
        if n_entries:
            entries = counted(n_entries, "entry", "entries")
            reason = f"a file with {entries} that is not imported"
            other = importer_of(Upload(member.path, (member,)))
            if other is not None and other.name != source:
                advice = f"a file of {other.label}, which can be brought by itself"
                reason = joined(reason, advice)
            left_out.append(LeftOut(member.path, reason, n_entries))
    return left_out


def _stored(row: Row, match: Match, *, is_repeated: bool) -> FoundRow:
    return FoundRow(
        file=row.file[-200:],
        line_number=row.line,
        kind=row.kind.value,
        title=_storable(row.title),
        original_title=_storable(row.original_title),
        year=row.year,
        imdb_id=row.imdb_id,
        tmdb_id=row.tmdb_id,
        half_stars=row.half_stars,
        happened_at=row.happened_at,
        note=_storable(joined(match.reason, row.note)),
        confidence=match.confidence.value,
        movie_id=match.movie_id,
        outcome=(Outcome.REPEATED if is_repeated else Outcome.NONE).value,
        candidates=f"{{{','.join(map(str, match.candidates))}}}" if match.candidates else "{}",
    )


def _stored_refusal(refused: Refused) -> FoundRow:
    return FoundRow(
        file=refused.file[-200:],
        line_number=refused.line,
        title=_storable(refused.title),
        note=_storable(refused.reason),
        outcome=Outcome.REFUSED.value,
    )


def _stored_file(left_out: LeftOut) -> FoundRow:
    return FoundRow(
        file=_storable(left_out.file)[-200:],
        line_number=0,
        note=_storable(left_out.reason),
        outcome=Outcome.LEFT_OUT.value,
    )


def _storable(text: str) -> str:
    return clean(text)[:300]


def count_name(kind: str, confidence: str, outcome: str, *, is_found: bool) -> str:
    """Return the name under which a checked row is counted in its import.

    >>> count_name("rating", "likely", "", is_found=False)
    'rating_choice'
    """
    is_choice = confidence == Confidence.LIKELY and not is_found
    return outcome or f"{kind}_{'choice' if is_choice else confidence}"
