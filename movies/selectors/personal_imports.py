"""What a person is shown of an import: before it, while it works and afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from movies.models import (
    Confidence,
    ListEntry,
    ListKind,
    PersonalImport,
    PersonalImportRow,
    Rating,
)

N_SAMPLE: Final = 12
N_SHOWN: Final = 200
Outcome = PersonalImportRow.Outcome


@dataclass(frozen=True)
class Preview:
    """What an import would do."""

    n_ratings: int
    n_seen: int
    n_watch_later: int
    n_likely: int
    n_unmatched: int
    n_refused: int
    n_repeated: int
    n_rounded: int
    n_conflicts: int
    n_same: int
    n_leaving: int
    """Films that leave the list "Watch later", because the file says that they were seen."""
    sample: list[PersonalImportRow]
    likely: list[PersonalImportRow]
    conflicts: list[PersonalImportRow]
    """Rows whose film the person rated otherwise; ``mine`` is their own rating in half stars."""
    unmatched: list[PersonalImportRow]
    refused: list[PersonalImportRow]


def imports_of(user: User) -> QuerySet[PersonalImport]:
    """Return a person's imports, the latest first."""
    return PersonalImport.objects.filter(user=user)


def preview_of(job: PersonalImport) -> Preview:
    """Return what an import would do. Six queries."""
    mine = Rating.objects.filter(user=job.user_id, movie=OuterRef("movie"))
    rows = job.rows.select_related("movie").defer(
        "movie__search", "movie__search_text", "movie__trigrams"
    )
    later = ListEntry.objects.filter(
        user=job.user_id, movie=OuterRef("movie"), kind=ListKind.WATCH_LATER
    )
    rows = rows.annotate(mine=Subquery(mine.values("half_stars")[:1]), is_later=Exists(later))
    open_rows = rows.filter(outcome=Outcome.NONE)
    found = Q(outcome=Outcome.NONE) & ~Q(confidence=Confidence.UNMATCHED)
    is_rating = Q(kind="rating")
    numbers = rows.aggregate(
        n_ratings=Count("pk", found & is_rating),
        n_seen=Count("pk", found & Q(kind="seen")),
        n_watch_later=Count("pk", found & Q(kind="watch_later")),
        n_likely=Count("pk", Q(outcome=Outcome.NONE, confidence=Confidence.LIKELY)),
        n_unmatched=Count("pk", Q(outcome=Outcome.NONE, confidence=Confidence.UNMATCHED)),
        n_refused=Count("pk", Q(outcome=Outcome.REFUSED)),
        n_repeated=Count("pk", Q(outcome=Outcome.REPEATED)),
        n_rounded=Count("pk", found & Q(note__contains="was rounded to")),
        n_conflicts=Count(
            "pk", found & is_rating & Q(mine__isnull=False) & ~Q(mine=F("half_stars"))
        ),
        n_same=Count("pk", found & is_rating & Q(mine=F("half_stars"))),
        n_leaving=Count(
            "pk", found & Q(kind__in=["rating", "seen"], mine__isnull=True, is_later=True)
        ),
    )
    conflicts = open_rows.filter(kind="rating", mine__isnull=False).exclude(mine=F("half_stars"))
    exact = open_rows.filter(confidence=Confidence.EXACT)
    shown: list[PersonalImportRow] = list(conflicts[:N_SHOWN])
    for row in shown:
        vars(row)["mine_stars"] = vars(row)["mine"] / 2
    return Preview(
        **numbers,
        sample=list(exact[:N_SAMPLE]),
        likely=list(open_rows.filter(confidence=Confidence.LIKELY)[:N_SHOWN]),
        conflicts=shown,
        unmatched=list(
            rows.filter(
                outcome__in=[Outcome.NONE, Outcome.WAITING], confidence=Confidence.UNMATCHED
            )[:N_SHOWN]
        ),
        refused=list(rows.filter(outcome=Outcome.REFUSED)[:N_SHOWN]),
    )


def report_rows(job: PersonalImport) -> Iterator[list[Any]]:
    """Yield the report of an import as rows of a table, its column names first."""
    yield [
        "file",
        "line",
        "what",
        "title",
        "year",
        "stars",
        "date",
        "film",
        "match",
        "outcome",
        "note",
    ]
    rows = job.rows.select_related("movie").defer(
        "movie__search", "movie__search_text", "movie__trigrams"
    )
    for row in rows.iterator(chunk_size=2_000):
        yield [
            row.file,
            row.line_number,
            row.kind,
            row.title,
            row.year or "",
            row.stars or "",
            row.happened_at.isoformat() if row.happened_at else "",
            str(row.movie) if row.movie else "",
            row.confidence,
            row.outcome,
            row.note,
        ]
