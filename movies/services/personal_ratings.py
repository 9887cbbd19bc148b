"""What an import changes in a person's ratings and lists, and how that is taken back.

Each row notes what it found: the rating of its film and the list that it was on. So the rows of a
film, in the order in which they were applied, are a log. Undo replays the log without one import.
What the member says in between counts, even if it changes nothing (``services.statements``).
"""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from django.db import connection
from django.db.models import Count, Max, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from movies.importers.personal.marquee import keeps_lists
from movies.importers.progress import Progress
from movies.models import ListEntry, ListKind, PersonalImport, PersonalImportRow, Rating

BATCH_ROWS: Final = 2_000
Outcome = PersonalImportRow.Outcome
Conflicts = PersonalImport.Conflicts
WRITTEN: Final = (Outcome.ADDED, Outcome.CHANGED)
"""Outcomes of rows that changed something."""
_DECIDED: Final = (*WRITTEN, Outcome.SAME, Outcome.KEPT)
_Stars: TypeAlias = tuple[int, datetime]
"""A rating in half stars, and when it was given."""
_Listed: TypeAlias = tuple[str, datetime]
"""The list that a film is on, and since when."""
_SAVE_RESULTS: Final = """
UPDATE movies_personalimportrow AS row
SET outcome = result.outcome, previous_half_stars = result.half_stars,
    previous_rated_at = result.rated_at, previous_kind = result.kind,
    previous_added_at = result.added_at, applied_at = result.applied_at
FROM unnest(%s::bigint[], %s::text[], %s::smallint[], %s::timestamptz[], %s::text[],
            %s::timestamptz[], %s::timestamptz[])
     AS result (id, outcome, half_stars, rated_at, kind, added_at, applied_at)
WHERE row.id = result.id
"""
_APPLIED_AT: Final = Coalesce("applied_at", "owner__finished_at")
"""When a row was applied; rows of earlier versions have the time of their import only."""
RATING: Final = "rating"
_KINDS: Final = (RATING, ListKind.SEEN, ListKind.NOT_INTERESTED, ListKind.WATCH_LATER)
"""Of two rows about one film, the kind that comes first here counts."""
_SEEN_KINDS: Final = (RATING, ListKind.SEEN)
"""Kinds of rows that say that the person has seen the film."""


class _State(NamedTuple):
    """What a person has said about a film."""

    stars: _Stars | None = None
    listed: _Listed | None = None


_NOTHING: Final = _State()


def rows_apply(job: PersonalImport, progress: Progress) -> dict[str, int]:
    """Import the rows of a job that have a film; the others wait for theirs.

    A film that is rated or marked as seen leaves the list it was on, as it does by a click. Only
    the bundle of an account puts a film that it rates on a list as well, as the account had it.
    Runs in the caller's transaction. Gives the number of rows by outcome.
    """
    unfound = job.rows.filter(movie=None, outcome=Outcome.NONE)
    counts = Counter(counts_of(unfound, Outcome.WAITING))
    unfound.update(outcome=Outcome.WAITING)
    rows = list(job.rows.filter(outcome=Outcome.NONE))
    found = _once_per_film(rows, is_listed_too=keeps_lists(job.source))
    writer = _Writer(job, found)
    done = 0
    for start in range(0, len(found), BATCH_ROWS):
        writer.write(found[start : start + BATCH_ROWS])
        done = min(start + BATCH_ROWS, len(found))
        progress("importing", done, len(found))
    _save_results(rows)
    counts.update(f"{row.kind}_{row.outcome}" for row in rows)
    if n_left := sum(
        row.outcome in WRITTEN and row.previous_kind == ListKind.WATCH_LATER for row in rows
    ):
        counts["left_watch_later"] = n_left
    return dict(counts)


def counts_of(rows: QuerySet[PersonalImportRow], outcome: str) -> dict[str, int]:
    """Return the numbers of rows by kind, named as in the counts of an import."""
    n_by_kind = rows.order_by().values_list("kind").annotate(n=Count("pk"))
    return {f"{kind}_{outcome}": n for kind, n in n_by_kind}


def rows_undo(job: PersonalImport) -> dict[str, int]:
    """Leave what the person and their other imports would have left without this one.

    What the person has changed since stays. The rows of the other imports note what they would
    have found. Gives the numbers of ratings and marks that changed.
    """
    decided = job.rows.filter(outcome__in=_DECIDED, movie__isnull=False)
    movie_ids = set(decided.values_list("movie_id", flat=True))
    log = PersonalImportRow.objects.filter(
        owner__user=job.user,
        owner__status=PersonalImport.Status.DONE,
        outcome__in=_DECIDED,
        movie__in=decided.values("movie"),
    )
    rows_of: dict[int, list[PersonalImportRow]] = {}
    for row in log.select_related("owner").annotate(when=_APPLIED_AT).order_by("when", "pk"):
        rows_of.setdefault(row.movie_id or 0, []).append(row)
    present = _states(job.user, movie_ids)
    replay = _Replay(job)
    result = {
        movie_id: replay.state_after(rows, present.get(movie_id, _NOTHING))
        for movie_id, rows in rows_of.items()
    }
    counts = _write_states(job.user, present, result)
    _save_results(replay.changed)
    job.rows.filter(outcome__in=[*WRITTEN, Outcome.WAITING]).update(outcome=Outcome.UNDONE)
    return counts | {"shared": replay.n_shared}


class _Replay:
    """The log of a film's rows without those of one import."""

    def __init__(self, job: PersonalImport) -> None:
        self._job = job
        self.changed: list[PersonalImportRow] = []
        """Rows that would have found something else."""
        self.n_shared = 0
        """Rows that found the same already, and would have written it."""

    def state_after(self, rows: Sequence[PersonalImportRow], present: _State) -> _State:
        """Return what the person would have said about the film without the import.

        If a row did not find what the row before it left, the person changed it in between. If a
        row before it notes a statement of that time, the person said the same themself.
        """
        left = state = _found(rows[0], _NOTHING)
        seen_since: datetime | None = None
        seen_since_without: datetime | None = None
        before: PersonalImportRow | None = None
        rated = {(row.owner_id, row.applied_at) for row in rows if row.kind == RATING}
        for row in rows:
            when = row.applied_at or _moment_of(row.owner)
            found = _found(row, left)
            state = _with_own_change(state, left, found, _said_after(before, when))
            left = _after(row, found)
            before = row
            if row.owner_id != self._job.pk:
                if (state, seen_since_without) != (found, seen_since):
                    is_rated_too = (
                        keeps_lists(row.owner.source) and (row.owner_id, row.applied_at) in rated
                    )
                    self._decide_again(row, state, seen_since_without, is_rated_too=is_rated_too)
                state = _after(row, state)
                seen_since_without = when if row.kind in _SEEN_KINDS else seen_since_without
            seen_since = when if row.kind in _SEEN_KINDS else seen_since
        return _with_own_change(state, left, present, _said_after(before))

    def _decide_again(
        self,
        row: PersonalImportRow,
        state: _State,
        seen_since: datetime | None,
        *,
        is_rated_too: bool,
    ) -> None:
        was = row.outcome
        _decide(row, state, seen_since, is_rated_too=is_rated_too)
        self.n_shared += was == Outcome.SAME and row.outcome in WRITTEN
        self.changed.append(row)


class _Said(NamedTuple):
    """Whether the person said something about a film themself between two rows of the log."""

    rating: bool
    listed: bool


def _said_after(row: PersonalImportRow | None, until: datetime | None = None) -> _Said:
    """Return what was said between a row and the time of the next one, or until now."""
    if row is None:
        return _Said(rating=False, listed=False)
    times = row.own_rating_at, row.own_list_at
    return _Said(*(when is not None and (until is None or when < until) for when in times))


def _with_own_change(state: _State, left: _State, found: _State, said: _Said) -> _State:
    """Return a state with what the person said between two rows of the log.

    ``left`` is what the first row left and ``found`` what the second one found. A rating that was
    given or deleted settles the film's list as well; a list leaves the rating, unless it excludes
    ratings.
    """
    if said.rating or found.stars != left.stars:
        return found
    if not said.listed and found.listed == left.listed:
        return state
    is_excluded = found.listed is not None and ListKind(found.listed[0]).excludes_rating
    return _State(None if is_excluded else state.stars, found.listed)


def _found(row: PersonalImportRow, left: _State) -> _State:
    """Return what a row found; rows of earlier versions note it only if they replaced it.

    Such a row found what the row before it left.
    """
    stars = listed = None
    if row.previous_half_stars is not None and row.previous_rated_at is not None:
        stars = row.previous_half_stars, row.previous_rated_at
    if row.previous_kind and row.previous_added_at is not None:
        listed = row.previous_kind, row.previous_added_at
    found = _State(stars, listed)
    return left if found == _NOTHING and row.outcome not in WRITTEN else found


def _after(row: PersonalImportRow, found: _State) -> _State:
    """Return what a row left of what it found."""
    if row.outcome not in WRITTEN:
        return found
    when = _moment(row, row.owner)
    if row.kind == RATING:
        return _State(stars=(row.half_stars or 0, when))
    return _State(found.stars, (row.kind, when))


def _decide(
    row: PersonalImportRow, found: _State, seen_since: datetime | None, *, is_rated_too: bool
) -> None:
    """Note in a row what it found and whether it is written.

    ``seen_since`` is the time at which an earlier import said that the film was seen;
    ``is_rated_too`` says whether the row's own import rates the film and keeps it on a list.
    """
    row.previous_half_stars, row.previous_rated_at = found.stars or (None, None)
    row.previous_kind, row.previous_added_at = found.listed or ("", None)
    is_rating = row.kind == RATING
    beside = found._replace(stars=None) if is_rated_too else found
    row.outcome = _of_rating(row, found) if is_rating else _of_mark(row, beside, seen_since)


def _of_rating(row: PersonalImportRow, found: _State) -> Outcome:
    if found.stars is None:
        return Outcome.ADDED
    half_stars, rated_at = found.stars
    if half_stars == row.half_stars:
        return Outcome.SAME
    conflicts = row.owner.conflicts
    is_newer = row.happened_at is not None and row.happened_at > rated_at
    is_taken = conflicts == Conflicts.THEIRS or (conflicts == Conflicts.NEWER and is_newer)
    return Outcome.CHANGED if is_taken else Outcome.KEPT


def _of_mark(row: PersonalImportRow, found: _State, seen_since: datetime | None) -> Outcome:
    """Decide whether a film is put on a list: only a film that was seen leaves another one.

    It stays there as well if it was listed after an earlier import had said that it was seen, for
    example to be watched again.
    """
    if found.listed is not None and found.listed[0] == row.kind:
        return Outcome.SAME
    if found.stars is not None:
        return Outcome.KEPT
    if found.listed is None:
        return Outcome.ADDED
    is_again = seen_since is not None and found.listed[1] > seen_since
    return Outcome.KEPT if row.kind != ListKind.SEEN or is_again else Outcome.ADDED


def _states(user: User, movie_ids: Collection[int]) -> dict[int, _State]:
    """Return what a person has said about films. Two queries."""
    states: dict[int, _State] = {}
    for rating in Rating.objects.filter(user=user):
        if rating.movie_id in movie_ids:
            states[rating.movie_id] = _State(stars=(rating.half_stars, rating.rated_at))
    for entry in ListEntry.objects.filter(user=user):
        if entry.movie_id in movie_ids:
            state = states.get(entry.movie_id, _NOTHING)
            states[entry.movie_id] = state._replace(listed=(entry.kind, entry.added_at))
    return states


def _write_states(
    user: User, present: dict[int, _State], result: dict[int, _State]
) -> dict[str, int]:
    """Write the states that differ from the present ones; return how many ratings and marks."""
    ratings: list[Rating] = []
    entries: list[ListEntry] = []
    unrated: list[int] = []
    unlisted: list[int] = []
    for movie_id, state in result.items():
        before = present.get(movie_id, _NOTHING)
        if state.stars != before.stars:
            unrated += [movie_id] if state.stars is None else []
            ratings += _ratings(user, movie_id, state)
        if state.listed != before.listed:
            unlisted += [movie_id] if before.listed else []
            entries += _entries(user, movie_id, state)
    Rating.objects.filter(user=user, movie__in=unrated).delete()
    _save_ratings(ratings)
    ListEntry.objects.filter(user=user, movie__in=unlisted).delete()
    ListEntry.objects.bulk_create(entries, ignore_conflicts=True, batch_size=BATCH_ROWS)
    return {
        "ratings_removed": len(unrated),
        "ratings_restored": len(ratings),
        "marks_removed": len(unlisted),
        "marks_restored": len(entries),
    }


def _ratings(user: User, movie_id: int, state: _State) -> list[Rating]:
    if state.stars is None:
        return []
    half_stars, rated_at = state.stars
    return [Rating(user=user, movie_id=movie_id, half_stars=half_stars, rated_at=rated_at)]


def _entries(user: User, movie_id: int, state: _State) -> list[ListEntry]:
    if state.listed is None:
        return []
    kind, added_at = state.listed
    return [ListEntry(user=user, movie_id=movie_id, kind=ListKind(kind), added_at=added_at)]


def _save_ratings(ratings: list[Rating]) -> None:
    Rating.objects.bulk_create(
        sorted(ratings, key=lambda rating: rating.movie_id),
        batch_size=BATCH_ROWS,
        update_conflicts=True,
        unique_fields=["user", "movie"],
        update_fields=["half_stars", "rated_at"],
    )


def _once_per_film(
    rows: Sequence[PersonalImportRow], *, is_listed_too: bool
) -> list[PersonalImportRow]:
    """Return one row for each film: the latest, of the same time the last; the others repeat it.

    Two rows can mean one film only if the person chose the film of one of them, or if the file says
    that a film is rated and on a list.
    """

    def best_first(row: PersonalImportRow) -> tuple[int, float, int]:
        when = row.happened_at.timestamp() if row.happened_at else -math.inf
        return _KINDS.index(row.kind), -when, -row.pk

    kept: dict[tuple[int | None, bool], PersonalImportRow] = {}
    for row in sorted(rows, key=best_first):
        is_list = is_listed_too and row.kind != RATING
        if kept.setdefault((row.movie_id, is_list), row) is not row:
            row.outcome = Outcome.REPEATED
    kept_rows = (row for row in rows if row.outcome == Outcome.NONE)
    return sorted(kept_rows, key=lambda row: row.kind != RATING)  # a rating first, then its list


class _Writer:
    """Writes rows against what the person has rated and listed already."""

    def __init__(self, job: PersonalImport, rows: Sequence[PersonalImportRow]) -> None:
        self._job = job
        is_listed_too = keeps_lists(job.source)
        self._rated = {row.movie_id for row in rows if is_listed_too and row.kind == RATING}
        self._states = _states(job.user, {row.movie_id for row in rows if row.movie_id})
        listed = [movie_id for movie_id, state in self._states.items() if state.listed]
        self._seen_since = _seen_since(job, listed)
        self._applied_at = timezone.now()

    def write(self, rows: Sequence[PersonalImportRow]) -> None:
        """Decide each row's outcome, then write all ratings and list entries at once."""
        ratings: list[Rating] = []
        entries: list[ListEntry] = []
        left: list[int] = []
        for row in rows:
            movie_id = row.movie_id or 0
            found = self._states.get(movie_id, _NOTHING)
            _decide(
                row, found, self._seen_since.get(movie_id), is_rated_too=movie_id in self._rated
            )
            row.applied_at = self._applied_at
            if row.outcome in WRITTEN:
                left += [movie_id] if found.listed else []
                state = self._states[movie_id] = _after(row, found)
                is_rating = row.kind == RATING
                ratings += _ratings(self._job.user, movie_id, state) if is_rating else []
                entries += _entries(self._job.user, movie_id, state)
        _save_ratings(ratings)
        ListEntry.objects.filter(user=self._job.user, movie__in=left).delete()
        ListEntry.objects.bulk_create(entries, ignore_conflicts=True)


def _seen_since(job: PersonalImport, movie_ids: Collection[int]) -> dict[int | None, datetime]:
    """Return when another import last said that films were seen. At most one query."""
    if not movie_ids:
        return {}
    others = PersonalImportRow.objects.filter(
        owner__user=job.user,
        owner__status=PersonalImport.Status.DONE,
        movie__in=movie_ids,
        kind__in=_SEEN_KINDS,
        outcome__in=_DECIDED,
    ).exclude(owner=job)
    return dict(others.order_by().values_list("movie").annotate(when=Max(_APPLIED_AT)))


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
                [row.previous_kind for row in batch],
                [row.previous_added_at for row in batch],
                [row.applied_at for row in batch],
            )
            cursor.execute(_SAVE_RESULTS, columns)


def _moment(row: PersonalImportRow, job: PersonalImport) -> datetime:
    """Return when a row happened; a row without a date happened when it was imported."""
    return row.happened_at or _moment_of(job)


def _moment_of(job: PersonalImport) -> datetime:
    return job.finished_at or timezone.now()
