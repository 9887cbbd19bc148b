"""What an import changes in a person's ratings and lists, and how that is taken back."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from movies.importers.progress import Progress
from movies.models import (
    Confidence,
    ListEntry,
    ListKind,
    PersonalImport,
    PersonalImportRow,
    Rating,
)

BATCH_ROWS: Final = 2_000
Outcome = PersonalImportRow.Outcome
Conflicts = PersonalImport.Conflicts
_SAVE_RESULTS: Final = """
UPDATE movies_personalimportrow AS row
SET outcome = result.outcome, previous_half_stars = result.half_stars,
    previous_rated_at = result.rated_at
FROM unnest(%s::bigint[], %s::text[], %s::smallint[], %s::timestamptz[])
     AS result (id, outcome, half_stars, rated_at)
WHERE row.id = result.id
"""
RATING: Final = "rating"


def rows_apply(job: PersonalImport, progress: Progress) -> dict[str, int]:
    """Import the rows of a job that have a film; the others wait for theirs.

    Runs in the caller's transaction. Gives the number of rows by outcome.
    """
    unfound = job.rows.filter(
        Q(movie=None) | Q(confidence=Confidence.UNMATCHED), outcome=Outcome.NONE
    )
    counts = Counter(counts_of(unfound, Outcome.WAITING))
    unfound.update(outcome=Outcome.WAITING)
    found = list(job.rows.filter(outcome=Outcome.NONE))
    writer = _Writer(job, found)
    done = 0
    for start in range(0, len(found), BATCH_ROWS):
        writer.write(found[start : start + BATCH_ROWS])
        done = min(start + BATCH_ROWS, len(found))
        progress("importing", done, len(found))
    _save_results(found)
    return dict(counts + Counter(f"{row.kind}_{row.outcome}" for row in found))


def counts_of(rows: QuerySet[PersonalImportRow], outcome: str) -> dict[str, int]:
    """Return the numbers of rows by kind, named as in the counts of an import."""
    n_by_kind = rows.order_by().values_list("kind").annotate(n=Count("pk"))
    return {f"{kind}_{outcome}": n for kind, n in n_by_kind}


def rows_undo(job: PersonalImport) -> dict[str, int]:
    """Take back what a job changed; what the person has changed since stays. Gives the numbers."""
    rows = list(job.rows.filter(outcome__in=[Outcome.ADDED, Outcome.CHANGED]))
    ratings = {one.movie_id: one for one in Rating.objects.filter(user=job.user)}
    entries = {(one.movie_id, one.kind): one for one in ListEntry.objects.filter(user=job.user)}
    added: list[int] = []
    restored: list[Rating] = []
    taken_off: list[int] = []
    for row in rows:
        when = _moment(row, job)
        rating = ratings.get(row.movie_id or 0)
        entry = entries.get((row.movie_id or 0, row.kind))
        if row.kind == RATING and rating and _is(rating, row.half_stars, when):
            if row.outcome == Outcome.ADDED:
                added.append(rating.pk)
            elif row.previous_half_stars and row.previous_rated_at:
                rating.half_stars = row.previous_half_stars
                rating.rated_at = row.previous_rated_at
                restored.append(rating)
        elif row.kind != RATING and entry and entry.added_at == when:
            taken_off.append(entry.pk)
    Rating.objects.filter(pk__in=added).delete()
    Rating.objects.bulk_update(restored, ["half_stars", "rated_at"], batch_size=BATCH_ROWS)
    ListEntry.objects.filter(pk__in=taken_off).delete()
    _pass_on(job, rows)
    job.rows.filter(outcome__in=[Outcome.ADDED, Outcome.CHANGED, Outcome.WAITING]).update(
        outcome=Outcome.UNDONE
    )
    return {
        "ratings_removed": len(added),
        "ratings_restored": len(restored),
        "marks_removed": len(taken_off),
    }


def _pass_on(job: PersonalImport, undone: Iterable[PersonalImportRow]) -> None:
    """Let later imports go back to what was before this one, and not to its ratings."""
    before = {row.movie_id: row for row in undone if row.kind == RATING}
    later = PersonalImportRow.objects.filter(
        owner__user=job.user, kind=RATING, outcome=Outcome.CHANGED
    ).exclude(owner=job)
    changed = []
    for row in later:
        given = before.get(row.movie_id)
        if given is None or (row.previous_half_stars, row.previous_rated_at) != (
            given.half_stars,
            _moment(given, job),
        ):
            continue
        row.outcome = given.outcome
        row.previous_half_stars = given.previous_half_stars
        row.previous_rated_at = given.previous_rated_at
        changed.append(row)
    _save_results(changed)


class _Writer:
    """Writes rows against what the person has rated and listed already."""

    def __init__(self, job: PersonalImport, rows: Iterable[PersonalImportRow]) -> None:
        self._job = job
        movie_ids = {row.movie_id for row in rows if row.movie_id}
        ratings = Rating.objects.filter(user=job.user)
        self._ratings = {one.movie_id: one for one in ratings if one.movie_id in movie_ids}
        self._kinds = dict(ListEntry.objects.filter(user=job.user).values_list("movie_id", "kind"))

    def write(self, rows: Sequence[PersonalImportRow]) -> None:
        """Decide each row's outcome, then write all ratings and list entries at once."""
        ratings = [rating for row in rows if (rating := self._rating(row))]
        entries = [entry for row in rows if (entry := self._entry(row))]
        Rating.objects.bulk_create(
            sorted(ratings, key=lambda rating: rating.movie_id),
            update_conflicts=True,
            unique_fields=["user", "movie"],
            update_fields=["half_stars", "rated_at"],
        )
        ListEntry.objects.bulk_create(entries, ignore_conflicts=True)

    def _rating(self, row: PersonalImportRow) -> Rating | None:
        if row.kind != RATING or row.movie_id is None or row.half_stars is None:
            return None
        mine = self._ratings.get(row.movie_id)
        row.outcome = _outcome(row, mine, self._job.conflicts)
        if row.outcome not in {Outcome.ADDED, Outcome.CHANGED}:
            return None
        if mine is not None:
            row.previous_half_stars, row.previous_rated_at = mine.half_stars, mine.rated_at
        rating = Rating(
            user=self._job.user,
            movie_id=row.movie_id,
            half_stars=row.half_stars,
            rated_at=_moment(row, self._job),
        )
        self._ratings[row.movie_id] = rating
        return rating

    def _entry(self, row: PersonalImportRow) -> ListEntry | None:
        if row.kind == RATING or row.movie_id is None:
            return None
        if self._kinds.get(row.movie_id) == row.kind:
            row.outcome = Outcome.SAME
            return None
        if row.movie_id in self._ratings or row.movie_id in self._kinds:
            row.outcome = Outcome.KEPT
            return None
        row.outcome = Outcome.ADDED
        self._kinds[row.movie_id] = row.kind
        return ListEntry(
            user=self._job.user,
            movie_id=row.movie_id,
            kind=ListKind(row.kind),
            added_at=_moment(row, self._job),
        )


def _save_results(rows: Sequence[PersonalImportRow]) -> None:
    """Write what became of the rows. ``bulk_update`` takes ten times as long."""
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH_ROWS):
            batch = rows[start : start + BATCH_ROWS]
            columns = (
                [row.pk for row in batch],
                [str(row.outcome) for row in batch],
                [row.previous_half_stars for row in batch],
                [row.previous_rated_at for row in batch],
            )
            cursor.execute(_SAVE_RESULTS, columns)


def _outcome(row: PersonalImportRow, mine: Rating | None, conflicts: str) -> Outcome:
    if mine is None:
        return Outcome.ADDED
    if mine.half_stars == row.half_stars:
        return Outcome.SAME
    is_newer = row.happened_at is not None and row.happened_at > mine.rated_at
    is_taken = conflicts == Conflicts.THEIRS or (conflicts == Conflicts.NEWER and is_newer)
    return Outcome.CHANGED if is_taken else Outcome.KEPT


def _moment(row: PersonalImportRow, job: PersonalImport) -> datetime:
    """When the row happened; a row without a date happened when it was imported."""
    return row.happened_at or job.finished_at or timezone.now()


def _is(rating: Rating, half_stars: int | None, when: datetime) -> bool:
    return rating.half_stars == half_stars and rating.rated_at == when
