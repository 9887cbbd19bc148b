"""Any table of films: the person says which column is what, helped by a suggestion."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, Final, TypeVar

from movies.importers.errors import BadRow, ImportFailed
from movies.importers.personal.dates import DateOrder, is_date, is_of_numbers, moment, open_orders
from movies.importers.personal.files import Member, Record, Upload
from movies.importers.personal.protocol import Kind, Refused, Row, joined, rows_of
from movies.importers.personal.values import (
    Scale,
    half_stars,
    imdb_id,
    is_number,
    number,
    people_of,
    scale_of,
    year_of,
)
from movies.titles import fold, parse_title

NAME: Final = "table"
LABEL: Final = "CSV"
N_SAMPLES: Final = 3
N_LOOKED_AT: Final = 200
FIELDS: Final = (
    "title",
    "year",
    "rating",
    "date",
    "imdb_id",
    "tmdb_id",
    "original_title",
    "people",
)
# The words that sites in several languages use for their columns, folded.
_WORDS: Final[Mapping[str, Sequence[str]]] = {
    "title": (
        *("title", "name", "film", "film title", "movie", "movie title", "film name"),
        *("movie name", "titel", "filmtitel", "titulo", "titre", "titolo", "pelicula"),
    ),
    "year": (
        *("year", "jahr", "ano", "annee", "anno", "release year", "release date"),
        *("erscheinungsjahr", "produktionsjahr"),
    ),
    "rating": (
        *("your rating", "my rating", "user rating", "your vote", "my vote", "rating", "rate"),
        *("score", "stars", "star rating", "vote", "votes", "grade", "bewertung", "bewertungen"),
        *("wertung", "punkte", "sterne", "note", "nota", "voto", "voti", "puntuacion"),
        *("calificacion", "etoiles", "stelle", "estrellas", "thumb", "thumbs", "liked", "like"),
        "rank",
    ),
    "date": (
        *("date rated", "rated at", "rated on", "rating date", "date", "datum", "fecha", "data"),
        *("date seen", "watched date", "date watched", "watched at", "watched on", "watched"),
        *(
            "seen on",
            "bewertet am",
            "gesehen am",
            "date added",
            "created",
            "created at",
            "timestamp",
        ),
    ),
    "imdb_id": ("imdb id", "imdb", "imdbid", "const", "imdb url", "tconst"),
    "tmdb_id": ("tmdb id", "tmdb", "tmdbid", "themoviedb"),
    "original_title": ("original title", "originaltitel", "titulo original", "titre original"),
    "people": ("director", "directors", "regie", "realisateur", "regista"),
}
_OWN: Final = frozenset(
    {
        *("my", "your", "user", "own", "personal", "mein", "meine", "dein", "deine", "ihre", "mi"),
        *("tu", "mon", "ma", "votre", "il", "la", "mio", "mia", "meu", "minha"),
    }
)
"""Words that may stand before the name of a column, folded."""
_IN_BRACKETS: Final = re.compile(r"\([^)]*\)|\[[^]]*\]")
_FILM_ID: Final = re.compile(r"tt\d{7,10}|https?://\S+", re.IGNORECASE)
_COMMA_IN_A_ROW: Final = re.compile(r",\S")
_Choice = TypeVar("_Choice", bound=StrEnum)


class WrongAnswer(ImportFailed):
    """An answer does not fit the table; ``parameter`` names it."""

    def __init__(self, parameter: str, text: str) -> None:
        super().__init__(text)
        self.parameter = parameter


@dataclass(frozen=True)
class Mapped:
    """What the person confirmed about a table."""

    columns: Mapping[str, int]
    """The position of the column that holds a field."""
    scale: Scale | None = None
    kind: Kind = Kind.RATING
    date_order: DateOrder | None = None
    has_header: bool = True

    @classmethod
    def from_answers(cls, suggestion: Mapping[str, Any], answers: Mapping[str, Any]) -> "Mapped":
        """Check the answers against what was asked.

        Raises
        ------
        WrongAnswer
            A column that is not there, neither title nor id, no scale, or no order of dates.

        """
        chosen = dict(answers.get("columns") or {})
        if unknown := sorted(chosen.keys() - FIELDS):
            text = f"There is no field {unknown[0]!r}. Known are: {', '.join(FIELDS)}."
            raise WrongAnswer("columns", text)
        columns = {
            field: _position(str(column), suggestion["available"])
            for field, column in chosen.items()
            if column
        }
        if not {"title", "imdb_id", "tmdb_id"} & columns.keys():
            text = "Say which column holds the title, or an id of IMDb or TMDB."
            raise WrongAnswer("columns", text)
        kind = _one_of(Kind, "kind", answers) or Kind.RATING
        scale = _one_of(Scale, "scale", answers)
        if kind == Kind.RATING and "rating" not in columns:
            raise WrongAnswer("columns", "Say which column holds your rating.")
        if kind == Kind.RATING and scale is None:
            raise WrongAnswer("scale", "Say on which scale your ratings are.")
        has_header = answers.get("has_header")
        if has_header is None:
            has_header = suggestion.get("has_header", True)
        return cls(columns, scale, kind, _order(suggestion, columns, answers), bool(has_header))


def table_of(upload: Upload) -> Member | None:
    """Return the largest table of an upload; None if there is none."""
    tables = filter(_is_table, upload.tables())
    return max(tables, key=lambda member: member.n_bytes, default=None)


def suggestion(member: Member) -> dict[str, Any]:
    """Suggest which column is what, with sample values; the person confirms or corrects it.

    Every column has a label of its own that is not empty, so an empty text means no column.
    """
    by_name = _by_name(member.header)
    has_header = bool(by_name) or not _looks_like_a_row(member.header)
    labels = labels_of(member.header if has_header else [""] * len(member.header), has_header)
    samples, dates = _looked_at(member, has_header, len(labels))
    positions = by_name if has_header else _by_content(samples, len(labels))
    ratings = [
        row[positions["rating"]]
        for row in samples
        if "rating" in positions and any(row[positions["rating"] :][:1])
    ]
    orders = {label: open_orders(texts) for label, texts in zip(labels, dates, strict=True)}
    return {
        "columns": {f: labels[positions[f]] if f in positions else "" for f in FIELDS},
        "scale": scale_of(ratings) or "" if ratings else "",
        "kind": Kind.RATING if "rating" in positions else "",
        "has_header": has_header,
        "date_orders": {label: list(some) for label, some in orders.items() if some},
        "available": list(labels),
        "samples": [[*row, *[""] * len(labels)][: len(labels)] for row in samples[:N_SAMPLES]],
    }


def labels_of(header: Sequence[str], has_header: bool = True) -> tuple[str, ...]:
    """Return a label for each column: its name, or its number where the name is no label.

    >>> labels_of(["", "title", "rating", "rating"])[0::2], labels_of(["", ""], False)
    (('column 1 (no name)', 'rating (column 3)'), ('column 1', 'column 2'))
    """
    labels: list[str] = []
    for position, name in enumerate(header, start=1):
        place = f"column {position}"
        label = name if header.count(name) == 1 else f"{name} ({place})"
        if not name:
            label = f"{place} (no name)" if has_header else place
        while label in labels:
            label = f"{label} ({place})"
        labels.append(label)
    return tuple(labels)


def rows(member: Member, mapped: Mapped) -> Iterator[Row | Refused]:
    """Yield the rows of a table by a confirmed mapping."""
    records = (
        Record(
            record.line,
            {
                field: record.fields[position]
                for field, position in mapped.columns.items()
                if position < len(record.fields)
            },
            is_damaged=record.is_damaged,
        )
        for record in member.records(has_header=mapped.has_header)
    )
    yield from rows_of(
        member, "title", lambda _member, record: _row(member, record, mapped), records
    )


def _row(member: Member, record: Record, mapped: Mapped) -> Row:
    stars, note = None, ""
    if mapped.kind == Kind.RATING and mapped.scale is not None:
        if not record.get("rating"):
            raise BadRow("there is no rating")
        stars, note = half_stars(record.get("rating"), mapped.scale)
    title = parse_title(record.get("title"))
    identifier, tmdb_id = imdb_id(record.get("imdb_id")), number(record.get("tmdb_id"))
    if not (title.text or identifier or tmdb_id):
        raise BadRow("neither title nor id")
    happened_at, date_note = moment(record.get("date"), lambda: mapped.date_order)
    return Row(
        member.path,
        record.line,
        mapped.kind,
        title=record.get("title") if not title.year else title.text,
        original_title=record.get("original_title"),
        year=year_of(record.get("year")) or title.year,
        people=people_of(record.get("people")),
        imdb_id=identifier,
        tmdb_id=tmdb_id,
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, date_note),
    )


def _order(
    suggestion: Mapping[str, Any], columns: Mapping[str, int], answers: Mapping[str, Any]
) -> DateOrder | None:
    """Return the order of day, month and year in the column of dates; None if none is needed.

    Raises
    ------
    WrongAnswer
        The column does not show the order, and the person did not say it.

    """
    order = _one_of(DateOrder, "date_order", answers)
    if "date" not in columns:
        return order
    label = suggestion["available"][columns["date"]]
    orders = suggestion.get("date_orders", {}).get(label, [])
    if len(orders) == 1:
        return DateOrder(orders[0])
    if orders and order is None:
        text = f"Say in which order day, month and year are in the column {label!r}."
        raise WrongAnswer("date_order", text)
    return order


def _position(column: str, labels: Sequence[str]) -> int:
    """Return the position of a column by its label.

    Raises
    ------
    WrongAnswer
        There is no such column.

    """
    if column in labels:
        return labels.index(column)
    alike = [n for n, label in enumerate(labels) if _squeezed(label) == _squeezed(column)]
    if len(alike) != 1:
        raise WrongAnswer("columns", f"There is no column {column!r} in this file.")
    return alike[0]


def _squeezed(label: str) -> str:
    return " ".join(label.replace("_", " ").split()).casefold()


def _one_of(choices: type[_Choice], parameter: str, answers: Mapping[str, Any]) -> _Choice | None:
    try:
        return choices(answers[parameter]) if answers.get(parameter) else None
    except ValueError:
        raise WrongAnswer(parameter, f"There is no such choice of {parameter}.") from None


def _is_table(member: Member) -> bool:
    """Return whether a file is a table, and not prose whose lines happen to have commas."""
    if _by_name(member.header):
        return True
    lines = [record.fields for record in islice(member.records(has_header=False), N_LOOKED_AT)]
    if 2 * sum(len(fields) == len(member.header) for fields in lines) < len(lines):
        return False
    is_spaced = member.delimiter == "," and not _COMMA_IN_A_ROW.search(member.head_text)
    return not is_spaced or 2 * sum(map(_looks_like_a_row, lines)) > len(lines)


def _looks_like_a_row(fields: Sequence[str]) -> bool:
    """Return whether there is a number, a date or an id: names of columns are none of these."""
    filled = [field for field in fields if field]
    if filled == [str(n) for n in range(len(filled))]:  # how pandas numbers columns without a name
        return False
    return any(map(_is_value, filled))


def _is_value(text: str) -> bool:
    return is_number(text) or is_date(text) or bool(_FILM_ID.fullmatch(text))


def _by_name(header: Sequence[str]) -> dict[str, int]:
    """Return the positions of the fields whose columns have a name that is known."""
    known: dict[str, int] = {}
    for spelling in (fold, _bare):
        for position, name in enumerate(header):
            known.setdefault(spelling(name), position)
    found = {
        field: next((known[word] for word in words if word in known), None)
        for field, words in _WORDS.items()
    }
    return {field: position for field, position in found.items() if position is not None}


def _bare(name: str) -> str:
    """Return a name of a column without brackets, numbers at its end and words such as "my"."""
    words = fold(_IN_BRACKETS.sub(" ", name)).split()
    while len(words) > 1 and words[0] in _OWN:
        words = words[1:]
    return " ".join(words).rstrip("0123456789 ")


def _by_content(rows_: Sequence[Sequence[str]], n_columns: int) -> dict[str, int]:
    """Return the positions of the fields that the values of a table without names show.

    Numbers before the title are no ratings: they may only count the rows.
    """
    found: dict[str, int] = {}
    for position in range(n_columns):
        values = [row[position] for row in rows_ if row[position:] and row[position]]
        fits = (field for field, is_it in _CONTENTS if values and all(map(is_it, values)))
        field = next(fits, "")
        if field and (field != "rating" or "title" in found):
            found.setdefault(field, position)
    return found


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isdecimal() and year_of(text) is not None


_CONTENTS: Final[tuple[tuple[str, Callable[[str], bool]], ...]] = (
    ("year", _is_year),
    ("imdb_id", lambda text: bool(_FILM_ID.fullmatch(text) and imdb_id(text))),
    ("date", is_date),
    ("rating", lambda text: is_number(text) and len(text) <= len("100%")),
    ("title", lambda text: not _is_value(text)),
)
"""The fields that values show, the surest first."""


def _looked_at(
    member: Member, has_header: bool, n_columns: int
) -> tuple[list[Sequence[str]], list[set[str]]]:
    """Return the first rows, and the dates of numbers in each column of the whole table."""
    samples: list[Sequence[str]] = []
    dates: list[set[str]] = [set() for _column in range(n_columns)]
    for record in member.records(has_header=has_header):
        if len(samples) < N_LOOKED_AT:
            samples.append([field.replace("\0", "") for field in record.fields])
        for texts, field in zip(dates, record.fields, strict=False):
            if is_of_numbers(field):
                texts.add(field)
    return samples, dates
