"""Any table of films: the person says which column is what, helped by a suggestion."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from movies.importers.errors import BadRow, ImportFailed
from movies.importers.personal.files import Member, Record, Upload
from movies.importers.personal.protocol import Kind, Refused, Row, joined, rows_of
from movies.importers.personal.values import (
    Scale,
    half_stars,
    imdb_id,
    moment,
    number,
    people_of,
    scale_of,
    year_of,
)
from movies.titles import fold, parse_title

NAME: Final = "table"
LABEL: Final = "CSV"
N_SAMPLES: Final = 3
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
    "title": ("title", "name", "film", "film title", "movie", "titel", "titulo", "titre", "titolo"),
    "year": ("year", "jahr", "ano", "annee", "anno", "release year", "release date"),
    "rating": (
        *(
            "your rating",
            "my rating",
            "rating",
            "rate",
            "score",
            "stars",
            "your vote",
            "user rating",
        ),
        *("bewertung", "note", "nota", "voto", "puntuacion", "calificacion", "sterne", "rank"),
    ),
    "date": (
        *("date rated", "rated at", "rating date", "date", "datum", "fecha", "data", "date seen"),
        *("watched date", "watched", "date added", "created", "timestamp"),
    ),
    "imdb_id": ("imdb id", "imdb", "imdbid", "const", "imdb url", "tconst"),
    "tmdb_id": ("tmdb id", "tmdb", "tmdbid", "themoviedb"),
    "original_title": ("original title", "originaltitel", "titulo original", "titre original"),
    "people": ("director", "directors", "regie", "realisateur", "regista"),
}


@dataclass(frozen=True)
class Mapped:
    """What the person confirmed: a column for each field, the scale, the list without ratings."""

    columns: Mapping[str, str]
    scale: Scale | None = None
    kind: Kind = Kind.RATING

    @classmethod
    def from_answers(cls, member: Member, answers: Mapping[str, Any]) -> "Mapped":
        """Check the answers against the table.

        Raises
        ------
        ImportFailed
            A column that is not there, neither title nor id, or no scale.

        """
        columns = {
            field: str(column)
            for field, column in dict(answers.get("columns") or {}).items()
            if column and field in FIELDS
        }
        missing = [column for column in columns.values() if column not in member.columns]
        if missing:
            raise ImportFailed(f"There is no column {missing[0]!r} in {member.path}.")
        if not {"title", "imdb_id", "tmdb_id"} & columns.keys():
            raise ImportFailed("Say which column holds the title, or an id of IMDb or TMDB.")
        try:
            kind = Kind(answers.get("kind") or Kind.RATING)
            scale = Scale(answers["scale"]) if answers.get("scale") else None
        except ValueError:
            raise ImportFailed("There is no such scale or list.") from None
        if kind == Kind.RATING and ("rating" not in columns or scale is None):
            raise ImportFailed("Say which column holds your rating, and on which scale it is.")
        return cls(columns, scale, kind)


def table_of(upload: Upload) -> Member | None:
    """Return the largest table of an upload; None if there is none."""
    return max(upload.tables(), key=lambda member: member.n_bytes, default=None)


def suggestion(member: Member) -> dict[str, Any]:
    """Suggest which column is what, with sample values; the person confirms or corrects it."""
    folded = {fold(column): column for column in member.columns}
    columns = {
        field: next((folded[word] for word in words if word in folded), "")
        for field, words in _WORDS.items()
    }
    samples = [record.values for record in islice(member.records(), 200)]
    ratings = [values[columns["rating"]] for values in samples if values.get(columns["rating"])]
    return {
        "columns": columns,
        "scale": scale_of(ratings) or "" if ratings else "",
        "kind": Kind.RATING if columns["rating"] else "",
        "available": list(member.columns),
        "samples": [[values.get(c, "") for c in member.columns] for values in samples[:N_SAMPLES]],
    }


def rows(member: Member, mapped: Mapped) -> Iterator[Row | Refused]:
    """Yield the rows of a table by a confirmed mapping."""
    yield from rows_of(
        member,
        mapped.columns.get("title", ""),
        lambda _member, record: _row(member, record, mapped),
    )


def _row(member: Member, record: Record, mapped: Mapped) -> Row:
    def get(field: str) -> str:
        return record.get(mapped.columns.get(field, ""))

    stars, note = None, ""
    if mapped.kind == Kind.RATING and mapped.scale is not None:
        if not get("rating"):
            raise BadRow("there is no rating")
        stars, note = half_stars(get("rating"), mapped.scale)
    title = parse_title(get("title"))
    identifier, tmdb_id = imdb_id(get("imdb_id")), number(get("tmdb_id"))
    if not (title.text or identifier or tmdb_id):
        raise BadRow("neither title nor id")
    happened_at, date_note = moment(get("date"))
    return Row(
        member.path,
        record.line,
        mapped.kind,
        title=get("title") if not title.year else title.text,
        original_title=get("original_title"),
        year=year_of(get("year")) or title.year,
        people=people_of(get("people")),
        imdb_id=identifier,
        tmdb_id=tmdb_id,
        half_stars=stars,
        happened_at=happened_at,
        note=joined(note, date_note),
    )
