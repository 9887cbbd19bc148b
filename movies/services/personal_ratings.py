"""What an import changes in a person's ratings and lists, and how that is taken back."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from django.db import connection
from django.db.models import Count, Max, QuerySet
from django.utils import timezone

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
_LeftList: TypeAlias = tuple[str, datetime | None]
"""The list that a film left, and since when it was on it."""
_NO_LIST: Final = ("", None)
_SAVE_RESULTS: Final = """
UPDATE movies_personalimportrow AS row
SET outcome = result.outcome, previous_half_stars = result.half_stars,
    previous_rated_at = result.rated_at, previous_kind = result.kind,
    previous_added_at = result.added_at, happened_at = result.happened_at
FROM unnest(%s::bigint[], %s::text[], %s::smallint[], %s::timestamptz[], %s::text[],
            %s::timestamptz[], %s::timestamptz[])
     AS result (id, outcome, half_stars, rated_at, kind, added_at, happened_at)
WHERE row.id = result.id
"""
RATING: Final = "rating"
_KINDS: Final = (RATING, ListKind.SEEN, ListKind.NOT_INTERESTED, ListKind.WATCH_LATER)
"""Of two rows about one film, the kind that comes first here counts."""


def rows_apply(job: PersonalImport, progress: Progress) -> dict[str, int]:
    """Import the rows of a job that have a film; the others wait for theirs.

    A film that is rated or marked as seen leaves the list it was on, as it does by a click.
    Runs in the caller's transaction. Gives the number of rows by outcome.
    """
    unfound = job.rows.filter(movie=None, outcome=Outcome.NONE)
    counts = Counter(counts_of(unfound, Outcome.WAITING))
    unfound.update(outcome=Outcome.WAITING)
    rows = list(job.rows.filter(outcome=Outcome.NONE))
    found = _once_per_film(rows)
    writer = _Writer(job, found)
    done = 0
    for start in range(0, len(found), BATCH_ROWS):
        writer.write(found[start : start + BATCH_ROWS])
        done = min(start + BATCH_ROWS, len(found))
        progress("importing", done, len(found))
    _save_results(rows)
    counts.update(f"{row.kind}_{row.outcome}" for row in rows)
    if n_left := sum(row.previous_kind == ListKind.WATCH_LATER for row in rows):
        counts["left_watch_later"] = n_left
    return dict(counts)


def counts_of(rows: QuerySet[PersonalImportRow], outcome: str) -> dict[str, int]:
    """Return the numbers of rows by kind, named as in the counts of an import."""
    n_by_kind = rows.order_by().values_list("kind").annotate(n=Count("pk"))
    return {f"{kind}_{outcome}": n for kind, n in n_by_kind}


def rows_undo(job: PersonalImport) -> dict[str, int]:
    """Take back what a job changed, and put films back on the lists that they left.

    What the person has changed since stays. The ratings become what the person's other imports
    would have left without this one. A list entry that a later import found to be the same belongs
    to that import afterwards and goes with it. Gives the numbers.
    """
    entries = {one.movie_id: one for one in ListEntry.objects.filter(user=job.user)}
    replay = _Replay(job, entries)
    written = list(job.rows.filter(outcome__in=WRITTEN).exclude(kind=RATING))
    rows, n_shared = _hand_over(job, written)
    taken_off: list[int] = []
    put_back = replay.put_back
    for row in rows:
        entry = entries.get(row.movie_id or 0)
        if entry and (entry.kind, entry.added_at) == (row.kind, _moment(row, job)):
            taken_off.append(entry.pk)
            put_back += _previous_entry(job, row.movie_id, _left_list(row))
    Rating.objects.filter(pk__in=replay.removed).delete()
    Rating.objects.bulk_update(replay.restored, ["half_stars", "rated_at"], batch_size=BATCH_ROWS)
    ListEntry.objects.filter(pk__in=taken_off).delete()
    ListEntry.objects.bulk_create(put_back, ignore_conflicts=True, batch_size=BATCH_ROWS)
    _save_results(replay.changed)
    _pass_on(job, rows)
    job.rows.filter(outcome__in=[*WRITTEN, Outcome.WAITING]).update(outcome=Outcome.UNDONE)
    return {
        "ratings_removed": len(replay.removed),
        "ratings_restored": len(replay.restored),
        "marks_removed": len(taken_off),
        "marks_restored": len(put_back),
        "shared": n_shared + replay.n_shared,
    }


@dataclass(slots=True)
class _Course:
    """A film's rating during a replay, and the list that the film left by an undone row."""

    before: _Stars | None
    after: _Stars | None
    left_list: _LeftList = _NO_LIST


class _Replay:
    """The person's ratings as their imports would have left them without one of the imports.

    A row notes the rating that it found. If that is not the rating that the row before it left,
    the person changed it in between: it then counts in place of everything before.
    """

    def __init__(self, job: PersonalImport, entries: dict[int, ListEntry]) -> None:
        self._job = job
        self._entries = entries
        self.removed: list[int] = []
        self.restored: list[Rating] = []
        self.put_back: list[ListEntry] = []
        self.changed: list[PersonalImportRow] = []
        self.n_shared = 0
        ratings = {one.movie_id: one for one in Rating.objects.filter(user=job.user)}
        written = job.rows.filter(kind=RATING, outcome__in=_DECIDED, movie__isnull=False)
        rows = PersonalImportRow.objects.filter(
            owner__user=job.user,
            owner__status=PersonalImport.Status.DONE,
            kind=RATING,
            outcome__in=_DECIDED,
            movie__in=written.values("movie"),
        )
        by_movie: dict[int | None, list[PersonalImportRow]] = {}
        for row in rows.select_related("owner").order_by("owner__finished_at", "pk"):
            by_movie.setdefault(row.movie_id, []).append(row)
        for movie_id, steps in by_movie.items():
            self._film(_as_applied(steps), ratings.get(movie_id or 0))

    def _film(self, rows: Sequence[PersonalImportRow], rating: Rating | None) -> None:
        """Replay the rows of one film, and note what becomes of its rating."""
        course = _Course(_found(rows[0]), _found(rows[0]))
        for row in rows:
            self._step(course, row)
        if rating is None or (rating.half_stars, rating.rated_at) != course.before:
            return
        if course.after is None:
            self.removed.append(rating.pk)
        elif course.after != course.before:
            rating.half_stars, rating.rated_at = course.after
            self.restored.append(rating)
        if rating.movie_id not in self._entries:
            self.put_back += _previous_entry(self._job, rating.movie_id, course.left_list)

    def _step(self, course: "_Course", row: PersonalImportRow) -> None:
        """Replay one row, unless it is of the import that is undone."""
        found = _found(row)
        if found is None and row.outcome not in WRITTEN:
            found = course.before  # rows of earlier versions do not note what they kept
        if found != course.before:
            course.after, course.left_list = found, _NO_LIST
        course.before = _wanted(row) if row.outcome in WRITTEN else found
        is_undone = row.owner_id == self._job.pk
        if not is_undone and course.after != found:
            self._decide(row, found, course.after)
        if is_undone or row.outcome not in WRITTEN:
            if row.previous_kind and course.left_list == _NO_LIST:
                course.left_list = _left_list(row)
            return
        course.after = _wanted(row)
        if course.left_list != _NO_LIST and not row.previous_kind:
            row.previous_kind, row.previous_added_at = course.left_list
            self._note(row)
        course.left_list = _NO_LIST

    def _decide(self, row: PersonalImportRow, found: _Stars | None, instead: _Stars | None) -> None:
        """Decide again about a row that would have found another rating."""
        was = row.outcome
        row.previous_half_stars, row.previous_rated_at = instead or (None, None)
        row.outcome = _decided(row, instead, row.owner.conflicts)
        if was == Outcome.SAME and row.outcome in WRITTEN:
            self.n_shared += 1
            if found is not None:
                row.happened_at = row.happened_at or found[1]
        self._note(row)

    def _note(self, row: PersonalImportRow) -> None:
        if row not in self.changed[-1:]:
            self.changed.append(row)


def _as_applied(rows: Sequence[PersonalImportRow]) -> list[PersonalImportRow]:
    """Return the rows of one film in the order in which they were applied.

    That is the order of the imports, but a row that waited for its film was applied later: it
    found what a later import left.
    """
    ordered = list(rows)
    for row in rows:
        found, place = _found(row), ordered.index(row)
        if found is None or (place and _left(ordered[place - 1]) == found):
            continue
        for later in range(len(ordered) - 1, place, -1):
            if ordered[later].outcome in WRITTEN and _wanted(ordered[later]) == found:
                ordered.insert(later, ordered.pop(place))
                break
    return ordered


def _left(row: PersonalImportRow) -> _Stars | None:
    """Return the rating that a row left."""
    return _wanted(row) if row.outcome in WRITTEN else _found(row)


def _found(row: PersonalImportRow) -> _Stars | None:
    """Return the rating that a row found; None if it found none."""
    if row.previous_half_stars is None or row.previous_rated_at is None:
        return None
    return row.previous_half_stars, row.previous_rated_at


def _wanted(row: PersonalImportRow) -> _Stars:
    """Return the rating that a row brings."""
    return row.half_stars or 0, _moment(row, row.owner)


def _left_list(row: PersonalImportRow) -> _LeftList:
    """Return the list that the film left by this row, and since when it was on it."""
    return row.previous_kind, row.previous_added_at


def _previous_entry(
    job: PersonalImport, movie_id: int | None, left_list: _LeftList
) -> list[ListEntry]:
    """Return the entry of the list that a film left; none if it was on none."""
    kind, when = left_list
    if not kind or when is None or movie_id is None:
        return []
    return [ListEntry(user=job.user, movie_id=movie_id, kind=ListKind(kind), added_at=when)]


def _others(job: PersonalImport) -> QuerySet[PersonalImportRow]:
    """Return the rows of the person's other finished imports, the earliest import first."""
    others = PersonalImportRow.objects.filter(
        owner__user=job.user, owner__status=PersonalImport.Status.DONE
    )
    return others.exclude(owner=job).order_by("owner__finished_at", "pk")


def _hand_over(
    job: PersonalImport, written: Sequence[PersonalImportRow]
) -> tuple[list[PersonalImportRow], int]:
    """Give what a later import brought as well to that import; return what is left, and how many.

    Two imports of one file so take back nothing until both of them are undone.
    """
    holders: dict[tuple[int | None, str, int | None], PersonalImportRow] = {}
    same = _others(job).filter(outcome=Outcome.SAME, owner__finished_at__gt=job.finished_at)
    for row in same:
        holders.setdefault((row.movie_id, row.kind, row.half_stars), row)
    own: list[PersonalImportRow] = []
    changed: list[PersonalImportRow] = []
    for row in written:
        holder = holders.get((row.movie_id, row.kind, row.half_stars))
        if holder is None or row.movie_id is None:
            own.append(row)
            continue
        holder.outcome, holder.happened_at = row.outcome, _moment(row, job)
        holder.previous_kind, holder.previous_added_at = _left_list(row)
        changed.append(holder)
    _save_results(changed)
    return own, len(changed)


def _pass_on(job: PersonalImport, undone: Iterable[PersonalImportRow]) -> None:
    """Let later imports put films back on the list before this one, and not on the one it wrote."""
    before = {row.movie_id: row for row in undone}
    changed: list[PersonalImportRow] = []
    for row in _others(job).filter(outcome__in=WRITTEN):
        given = before.get(row.movie_id)
        if given is None:
            continue
        if (row.previous_kind, row.previous_added_at) != (given.kind, _moment(given, job)):
            continue
        row.previous_kind, row.previous_added_at = _left_list(given)
        changed.append(row)
    _save_results(changed)


def _once_per_film(rows: Sequence[PersonalImportRow]) -> list[PersonalImportRow]:
    """Return one row for each film: the latest, of the same time the last; the others repeat it.

    Two rows can mean one film only if the person chose the film of one of them.
    """

    def best_first(row: PersonalImportRow) -> tuple[int, float, int]:
        when = row.happened_at.timestamp() if row.happened_at else -math.inf
        return _KINDS.index(row.kind), -when, -row.pk

    kept: dict[int | None, PersonalImportRow] = {}
    for row in sorted(rows, key=best_first):
        if kept.setdefault(row.movie_id, row) is not row:
            row.outcome = Outcome.REPEATED
    return [row for row in rows if row.outcome == Outcome.NONE]


class _Writer:
    """Writes rows against what the person has rated and listed already."""

    def __init__(self, job: PersonalImport, rows: Iterable[PersonalImportRow]) -> None:
        self._job = job
        movie_ids = {row.movie_id for row in rows if row.movie_id}
        ratings = Rating.objects.filter(user=job.user)
        self._ratings = {one.movie_id: one for one in ratings if one.movie_id in movie_ids}
        entries = ListEntry.objects.filter(user=job.user)
        self._entries = {one.movie_id: one for one in entries if one.movie_id in movie_ids}
        known = _others(job).filter(movie__in=list(self._entries), kind__in=_KINDS[:2])
        since = known.order_by().values("movie").annotate(when=Max("owner__finished_at"))
        self._known_since = {one["movie"]: one["when"] for one in since} if self._entries else {}
        self._left: list[int] = []

    def write(self, rows: Sequence[PersonalImportRow]) -> None:
        """Decide each row's outcome, then write all ratings and list entries at once."""
        self._left = []
        ratings = [rating for row in rows if (rating := self._rating(row))]
        entries = [entry for row in rows if (entry := self._entry(row))]
        Rating.objects.bulk_create(
            sorted(ratings, key=lambda rating: rating.movie_id),
            update_conflicts=True,
            unique_fields=["user", "movie"],
            update_fields=["half_stars", "rated_at"],
        )
        ListEntry.objects.filter(user=self._job.user, movie__in=self._left).delete()
        ListEntry.objects.bulk_create(entries, ignore_conflicts=True)

    def _rating(self, row: PersonalImportRow) -> Rating | None:
        if row.kind != RATING or row.movie_id is None or row.half_stars is None:
            return None
        mine = self._ratings.get(row.movie_id)
        found = (mine.half_stars, mine.rated_at) if mine else None
        row.previous_half_stars, row.previous_rated_at = found or (None, None)
        row.outcome = _decided(row, found, self._job.conflicts)
        if row.outcome not in WRITTEN:
            return None
        self._take_off(row)
        return Rating(
            user=self._job.user,
            movie_id=row.movie_id,
            half_stars=row.half_stars,
            rated_at=_moment(row, self._job),
        )

    def _entry(self, row: PersonalImportRow) -> ListEntry | None:
        if row.kind == RATING or row.movie_id is None:
            return None
        mine = self._entries.get(row.movie_id)
        if mine is not None and mine.kind == row.kind:
            row.outcome = Outcome.SAME
            return None
        if row.movie_id in self._ratings or (mine is not None and self._is_kept(mine, row)):
            row.outcome = Outcome.KEPT
            return None
        row.outcome = Outcome.ADDED
        self._take_off(row)
        return ListEntry(
            user=self._job.user,
            movie_id=row.movie_id,
            kind=ListKind(row.kind),
            added_at=_moment(row, self._job),
        )

    def _is_kept(self, mine: ListEntry, row: PersonalImportRow) -> bool:
        """Return whether the film stays on its list: only a film that was seen leaves it.

        It stays as well if it was listed after an earlier import had said that it was seen, for
        example to be watched again.
        """
        known_since = self._known_since.get(mine.movie_id)
        is_again = known_since is not None and mine.added_at > known_since
        return row.kind != ListKind.SEEN or is_again

    def _take_off(self, row: PersonalImportRow) -> None:
        """Note that a film leaves its list, and which one it was."""
        mine = self._entries.get(row.movie_id or 0)
        if mine is not None:
            row.previous_kind, row.previous_added_at = mine.kind, mine.added_at
            self._left.append(mine.movie_id)


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
                [row.happened_at for row in batch],
            )
            cursor.execute(_SAVE_RESULTS, columns)


def _decided(row: PersonalImportRow, found: _Stars | None, conflicts: str) -> Outcome:
    """Decide whether a row's rating is written over the rating that it found."""
    if found is None:
        return Outcome.ADDED
    half_stars, rated_at = found
    if half_stars == row.half_stars:
        return Outcome.SAME
    is_newer = row.happened_at is not None and row.happened_at > rated_at
    is_taken = conflicts == Conflicts.THEIRS or (conflicts == Conflicts.NEWER and is_newer)
    return Outcome.CHANGED if is_taken else Outcome.KEPT


def _moment(row: PersonalImportRow, job: PersonalImport) -> datetime:
    """When the row happened; a row without a date happened when it was imported."""
    return row.happened_at or job.finished_at or timezone.now()
