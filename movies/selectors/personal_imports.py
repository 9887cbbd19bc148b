"""What a person is shown of an import: before it, while it works and afterwards."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import (
    Count,
    Exists,
    F,
    Func,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    TextField,
)
from django.utils.translation import gettext as _

from accounts.models import User
from movies.importers.personal.encodings import READ_AS
from movies.importers.personal.protocol import LIKE
from movies.importers.personal.reasons import reason_text
from movies.models import (
    OPERATORS_TRIAL,
    Confidence,
    Credit,
    ListEntry,
    ListKind,
    Movie,
    PersonalImport,
    PersonalImportRow,
    Rating,
    Role,
)
from movies.selectors.search import FilmSearch

N_SAMPLE: Final = 12
N_SHOWN: Final = 200
N_FOUND: Final = 8
"""Films that a search for a row's film shows."""
_BULKY: Final = ("search", "search_text", "trigrams")
Outcome = PersonalImportRow.Outcome


@dataclass(frozen=True)
class Preview:
    """What an import would do."""

    n_ratings: int
    n_seen: int
    n_watch_later: int
    n_not_interested: int
    n_likely: int
    n_choices: int
    """Rows of which the person must say which of several films is meant."""
    n_chosen: int
    n_unmatched: int
    n_refused: int
    n_repeated: int
    n_rounded: int
    n_undated: int
    """Ratings without a date that makes sense: they get the date of the import."""
    n_likes: int
    n_conflicts: int
    n_same: int
    n_leaving: int
    """Films that leave the list "Watch later", because the file says that they were seen."""
    sample: list[PersonalImportRow]
    likely: list[PersonalImportRow]
    choices: list[PersonalImportRow]
    """Their ``films`` are the ones to choose from, with their ``directors``."""
    conflicts: list[PersonalImportRow]
    """Rows whose film the person rated otherwise.

    ``mine`` is their own rating in half stars and ``mine_at`` its date; ``is_newer`` says whether
    the row is newer.
    """
    chosen: list[PersonalImportRow]
    """Rows of which the person has chosen the film."""
    unmatched: list[PersonalImportRow]
    refused: list[PersonalImportRow]
    left_out: list[PersonalImportRow]
    """Files of which nothing is imported."""

    @property
    def n_to_import(self) -> int:
        """The number of rows that the import can do something with, now or later."""
        n_listed = self.n_seen + self.n_watch_later + self.n_not_interested
        return self.n_ratings + n_listed + self.n_choices + self.n_unmatched

    @property
    def has_decisions(self) -> bool:
        """Whether the person has anything to decide."""
        return bool(self.n_conflicts or self.n_choices or self.n_likely)


def imports_of(user: User) -> QuerySet[PersonalImport]:
    """Return a person's imports, the latest first.

    A file that an operator only checks is not among them until it is imported.
    """
    return PersonalImport.objects.filter(user=user).exclude(OPERATORS_TRIAL)


def preview_of(job: PersonalImport) -> Preview:
    """Return what an import would do. At most twelve queries."""
    rows = _rows_with_own(job)
    open_rows = rows.filter(outcome=Outcome.NONE)
    found = open_rows.filter(movie__isnull=False)
    exact = found.filter(confidence=Confidence.EXACT)
    likely = found.filter(confidence=Confidence.LIKELY)
    conflicts = found.filter(kind="rating", mine__isnull=False).exclude(mine=F("half_stars"))
    shown: list[PersonalImportRow] = list(conflicts[:N_SHOWN])
    for row in shown:
        own = vars(row)
        own["mine_stars"] = own["mine"] / 2
        own["is_newer"] = row.happened_at is not None and row.happened_at > own["mine_at"]
    # Once imported, the rows that have no film wait for it.
    waiting = rows.filter(
        outcome__in=[Outcome.NONE, Outcome.WAITING], confidence=Confidence.UNMATCHED
    )
    choices = list(open_rows.filter(confidence=Confidence.LIKELY, movie=None)[:N_SHOWN])
    candidates_attach(choices)
    return Preview(
        **_numbers(rows),
        sample=list(exact.prefetch_related("movie__genres")[:N_SAMPLE]),
        likely=list(likely[:N_SHOWN]),
        choices=choices,
        conflicts=shown,
        chosen=list(open_rows.filter(confidence=Confidence.CHOSEN)[:N_SHOWN]),
        unmatched=list(waiting[:N_SHOWN]),
        refused=list(rows.filter(outcome=Outcome.REFUSED)[:N_SHOWN]),
        left_out=list(rows.filter(outcome=Outcome.LEFT_OUT)[:N_SHOWN]),
    )


def rows_of_imports(user: User) -> QuerySet[PersonalImportRow]:
    """Return the rows of all of a person's imports."""
    return PersonalImportRow.objects.filter(owner__in=imports_of(user).order_by())


def likely_rows(job: PersonalImport) -> set[int]:
    """Return the ids of the rows whose film was probably found."""
    rows = job.rows.filter(outcome=Outcome.NONE, confidence=Confidence.LIKELY, movie__isnull=False)
    return set(rows.values_list("pk", flat=True))


def row_of(job: PersonalImport, row_id: int) -> PersonalImportRow | None:
    """Return a row of an import with its film, if a film can be chosen for it or is; else None."""
    rows = job.rows.select_related("movie").defer(*(f"movie__{name}" for name in _BULKY))
    open_rows = rows.filter(outcome__in=[Outcome.NONE, Outcome.WAITING])
    return open_rows.exclude(confidence__in=[Confidence.EXACT, ""]).filter(pk=row_id).first()


def films_for_row(candidates: Sequence[int], query: str) -> list[Movie]:
    """Return the films that could be a row's: candidates by id, then those that a search finds.

    Each has ``directors``.
    """
    searched = FilmSearch(query).movies.values_list("pk", flat=True)[:N_FOUND]
    numbers = list(dict.fromkeys([*candidates, *searched]))[:N_FOUND]
    films = films_with_directors(numbers)
    return [films[pk] for pk in numbers if pk in films]


def candidates_attach(rows: Sequence[PersonalImportRow]) -> None:
    """Give each row the ``films`` that could be meant. At most three queries."""
    films = films_with_directors({pk for row in rows for pk in row.candidates})
    for row in rows:
        row.films = [films[pk] for pk in row.candidates if pk in films]


def films_with_directors(movie_ids: Collection[int]) -> dict[int, Movie]:
    """Return films by their id; ``directors`` are the names. At most two queries."""
    if not movie_ids:
        return {}
    directors = Credit.objects.filter(role=Role.DIRECTOR).select_related("person")
    directors = directors.defer(*(f"person__{name}" for name in _BULKY))
    films = Movie.objects.defer(*_BULKY).prefetch_related(
        "genres", Prefetch("credits", directors, to_attr="director_credits")
    )
    found: dict[int, Any] = films.in_bulk(movie_ids)
    for film in found.values():
        names = [credit.person.name for credit in vars(film)["director_credits"]]
        vars(film)["directors"] = ", ".join(names)
    return found


def _rows_with_own(job: PersonalImport) -> Any:
    """Return the rows with what the person has rated and listed already."""
    mine = Rating.objects.filter(user=job.user_id, movie=OuterRef("movie"))
    later = ListEntry.objects.filter(
        user=job.user_id, movie=OuterRef("movie"), kind=ListKind.WATCH_LATER
    )
    rows = job.rows.select_related("movie").defer(*(f"movie__{name}" for name in _BULKY))
    return rows.annotate(
        mine=Subquery(mine.values("half_stars")[:1]),
        mine_at=Subquery(mine.values("rated_at")[:1]),
        is_later=Exists(later),
    )


def _numbers(rows: Any) -> dict[str, int]:
    is_open = Q(outcome=Outcome.NONE)
    found = is_open & Q(movie__isnull=False)
    is_rating = found & Q(kind="rating")
    is_probable = Q(confidence=Confidence.LIKELY)
    conditions = {
        "n_ratings": is_rating,
        "n_seen": found & Q(kind="seen"),
        "n_watch_later": found & Q(kind="watch_later"),
        "n_not_interested": found & Q(kind="not_interested"),
        "n_likely": found & is_probable,
        "n_choices": is_open & is_probable & Q(movie=None),
        "n_chosen": found & Q(confidence=Confidence.CHOSEN),
        "n_unmatched": Q(outcome__in=[Outcome.NONE, Outcome.WAITING])
        & Q(confidence=Confidence.UNMATCHED),
        "n_refused": Q(outcome=Outcome.REFUSED),
        "n_repeated": Q(outcome=Outcome.REPEATED),
        "n_rounded": found & Q(note__contains="was rounded to"),
        "n_undated": is_rating & Q(happened_at=None),
        "n_likes": found & Q(note__contains=LIKE),
        "n_conflicts": is_rating & Q(mine__isnull=False) & ~Q(mine=F("half_stars")),
        "n_same": is_rating & Q(mine=F("half_stars")),
        "n_leaving": found & Q(kind__in=["rating", "seen"], mine=None, is_later=True),
    }
    numbers: dict[str, int] = rows.aggregate(
        **{name: Count("pk", condition) for name, condition in conditions.items()}
    )
    return numbers


_REPORTED: Final = (
    *("file", "line_number", "kind", "title", "year", "half_stars", "date"),
    *("movie_id", "movie__title", "movie__year", "candidates", "confidence", "outcome", "note"),
    *("previous_half_stars", "date_before"),
)


def report_rows(job: PersonalImport) -> Iterator[list[Any]]:
    """Yield the report of an import as rows of a table, its column names first.

    Names, outcomes and reasons are in the language of the moment.
    """
    yield [
        *(_("file"), _("line"), _("what"), _("title"), _("year"), _("stars"), _("date")),
        *(_("film"), _("match"), _("outcome"), _("note"), _("stars before"), _("date before")),
    ]
    words = _Words(job)
    # Instances with their films' descriptions, and dates as objects, take 25 times as long.
    rows = job.rows.order_by("pk").annotate(
        date=_IsoDate("happened_at"), date_before=_IsoDate("previous_rated_at")
    )
    for row in rows.values(*_REPORTED).iterator(chunk_size=2_000):
        yield [
            row["file"],
            row["line_number"] or "",
            words.kinds.get(row["kind"], row["kind"]),
            row["title"],
            row["year"] or "",
            _stars(row["half_stars"]),
            row["date"] or "",
            words.film(row),
            words.confidences.get(row["confidence"], row["confidence"]),
            # A file whose encoding was guessed is imported: its row only tells the guess.
            ""
            if row["note"].startswith(READ_AS)
            else words.outcomes.get(row["outcome"], row["outcome"]),
            words.reason(row["note"]),
            _stars(row["previous_half_stars"]),
            row["date_before"] or "",
        ]


class _IsoDate(Func):
    """A time as text, written by the database."""

    function = "to_char"
    template = (
        """%(function)s(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS+00:00')"""
    )
    output_field = TextField()


def _stars(half_stars: int | None) -> float | str:
    return half_stars / 2 if half_stars else ""


class _Words:
    """The words of a report in the language of the moment, each translated once."""

    def __init__(self, job: PersonalImport) -> None:
        self.kinds = {"rating": _("Rating"), **{k: str(text) for k, text in ListKind.choices}}
        self.confidences = {key: str(text) for key, text in Confidence.choices}
        self.outcomes = {key: str(text) for key, text in Outcome.choices}
        self._reasons: dict[str, str] = {}
        rows = job.rows.filter(movie=None).exclude(candidates=[])
        numbers = {pk for found in rows.values_list("candidates", flat=True) for pk in found}
        self._films = films_with_directors(numbers)

    def reason(self, note: str) -> str:
        """Return the reasons of a row."""
        if note not in self._reasons:
            self._reasons[note] = reason_text(note)
        return self._reasons[note]

    def film(self, row: Mapping[str, Any]) -> str:
        """Return the film of a row, or the films that could be meant, each with its number."""
        if row["movie_id"]:
            title, year = row["movie__title"], row["movie__year"]
            return f"{title} ({year})" if year else str(title)
        films = [self._films[pk] for pk in row["candidates"] if pk in self._films]
        return " | ".join(film_text(film) for film in films)


def film_text(film: Movie) -> str:
    """Return a film with its number and its directors, to tell it from a namesake."""
    directors = vars(film)["directors"]
    return f"{film.pk}: {film}, {directors}" if directors else f"{film.pk}: {film}"
