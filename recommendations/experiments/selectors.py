"""What came of the recommendations: per version, position and day, and of two versions compared."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from numpy.typing import NDArray

from common.statistics import (
    Estimate,
    Ratio,
    bootstrap_mean,
    difference,
    people_needed,
    ratio,
    wilson,
)
from ml.data.labels import SOFT_POSITIVE_HALF_STARS
from recommendations.experiments.models import (
    DailyListTotal,
    DailyPositionTotal,
    ImpressionList,
    Reaction,
)
from recommendations.models import TrafficSplit

STARS = np.arange(1, 11) / 2
"""The ten ratings, in stars."""
IS_HIT = Q(kind=Reaction.Kind.CLICK) | Q(half_stars__gte=SOFT_POSITIVE_HALF_STARS)
"""A click, or a positive rating as the method has it: three stars and more."""
HIT = Exists(Reaction.objects.filter(IS_HIT, shown=OuterRef("pk")))

Totals = tuple[list[DailyListTotal], list[DailyPositionTotal]]
Key = tuple[date, int | None, str]


@dataclass(frozen=True)
class PositionNumbers:
    """What came of the films at one position."""

    position: int
    n_shown: int
    n_clicks: int
    n_hides: int
    ratings: NDArray[np.int64]
    """[10] how many of half a star, one star, and so on."""

    @property
    def n_ratings(self) -> int:
        """How many were rated."""
        return int(self.ratings.sum())

    @property
    def click_rate(self) -> Estimate | None:
        """Return the clicks per impression."""
        return wilson(self.n_clicks, self.n_shown)


@dataclass(frozen=True)
class DayNumbers:
    """What came of one day's lists."""

    day: date
    n_lists: int
    n_hits: int
    ratings: NDArray[np.int64]

    @property
    def hit_rate(self) -> Estimate | None:
        """Lists with a hit, of all lists."""
        return wilson(self.n_hits, self.n_lists)

    @property
    def mean_stars(self) -> Estimate | None:
        """Of the recommended films that were rated."""
        return bootstrap_mean(self.ratings, STARS)


@dataclass(frozen=True)
class VersionNumbers:
    """What came of one version's lists."""

    version_id: int | None
    """None for the popular films that are shown without a model."""
    days: tuple[DayNumbers, ...]
    positions: tuple[PositionNumbers, ...]

    @property
    def n_lists(self) -> int:
        """Return the number of lists shown."""
        return sum(day.n_lists for day in self.days)

    @property
    def n_shown(self) -> int:
        """Return the number of films shown."""
        return sum(position.n_shown for position in self.positions)

    @property
    def n_clicks(self) -> int:
        """Return the number of films opened."""
        return sum(position.n_clicks for position in self.positions)

    @property
    def n_ratings(self) -> int:
        """Return the number of films rated."""
        return int(self._ratings.sum())

    @property
    def n_hides(self) -> int:
        """Films that people were not interested in."""
        return sum(position.n_hides for position in self.positions)

    @property
    def hit_rate(self) -> Estimate | None:
        """Lists with a hit, of all lists."""
        return wilson(sum(day.n_hits for day in self.days), self.n_lists)

    @property
    def mean_stars(self) -> Estimate | None:
        """Of the recommended films that were rated."""
        return bootstrap_mean(self._ratings, STARS)

    @property
    def _ratings(self) -> NDArray[np.int64]:
        return _sum_of([position.ratings for position in self.positions])


@dataclass(frozen=True)
class MeasureComparison:
    """One measure on both sides of a split."""

    name: str
    a: Estimate | None
    b: Estimate | None
    difference: Estimate | None
    """B minus A."""
    n_people_needed: int | None
    """To tell a difference as large as the one seen."""


@dataclass(frozen=True)
class SplitComparison:
    """Two versions side by side."""

    n_people_a: int
    n_people_b: int
    n_lists_a: int
    n_lists_b: int
    measures: tuple[MeasureComparison, ...]

    def as_json(self) -> dict[str, Any]:
        """To be kept when the impressions are gone."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "SplitComparison":
        """Return the comparison that these JSON values describe."""

        def estimate(fields: dict[str, float] | None) -> Estimate | None:
            return Estimate(**fields) if fields else None

        measures = tuple(
            MeasureComparison(
                name=one["name"],
                a=estimate(one["a"]),
                b=estimate(one["b"]),
                difference=estimate(one["difference"]),
                n_people_needed=one["n_people_needed"],
            )
            for one in kept["measures"]
        )
        return cls(**kept | {"measures": measures})


def online_numbers(since: date, surface: str = "") -> list[VersionNumbers]:
    """Every version's numbers from that day on, the newest version first.

    Days that are summed up come from the totals, the later ones from the lists. Six queries.
    """
    lists, positions = _all_totals(since)
    if surface:
        lists = [total for total in lists if total.surface == surface]
        positions = [total for total in positions if total.surface == surface]
    version_ids = {total.version_id for total in lists}
    return [
        VersionNumbers(
            version_id,
            _days([t for t in lists if t.version_id == version_id], positions),
            _positions([t for t in positions if t.version_id == version_id]),
        )
        for version_id in sorted(version_ids, key=lambda version_id: -(version_id or 0))
    ]


def daily_totals(since: datetime, until: datetime) -> Totals:
    """Return the unsaved totals of the lists shown in this time.

    Three queries.
    """
    shown = ImpressionList.objects.filter(shown_at__gte=since, shown_at__lt=until)
    by_length = _by_day(shown).annotate(n=Count("id"), length=F("movie_ids__len")).order_by()
    hits = _by_day(shown.filter(HIT)).annotate(n=Count("id"))
    n_hits = {(row["day"], row["version_id"], row["surface"]): row["n"] for row in hits}
    lengths: dict[Key, dict[int, int]] = defaultdict(dict)
    for row in by_length.values("day", "version_id", "surface", "length", "n"):
        lengths[row["day"], row["version_id"], row["surface"]][row["length"]] = row["n"]
    reactions = _reactions(since, until)
    lists = [
        DailyListTotal(
            day=key[0],
            version_id=key[1],
            surface=key[2],
            n_lists=sum(counts.values()),
            n_hits=n_hits.get(key, 0),
        )
        for key, counts in lengths.items()
    ]
    positions = [
        _position_total(key, position, counts, reactions.get((key, position), {}))
        for key, counts in lengths.items()
        for position in range(1, max(counts) + 1)
    ]
    return lists, positions


def summed_until() -> date | None:
    """Return the last day whose totals are stored; None if there is none.

    One query.
    """
    last: date | None = DailyListTotal.objects.aggregate(last=Max("day"))["last"]
    return last


def split_running() -> TrafficSplit | None:
    """Return the running split with its versions.

    One query.
    """
    return _splits().filter(ended_at=None).first()


def splits_ended() -> QuerySet[TrafficSplit]:
    """Earlier splits, the latest first."""
    return _splits().filter(ended_at__isnull=False)


def split_comparison(split: TrafficSplit) -> SplitComparison:
    """How the two versions of a split compare: as it stands, or as it stood at the end.

    People are compared, not lists: who gets which version was drawn by person, and one person's
    lists hang together. Two queries while it runs, none afterwards.
    """
    if split.result:
        return SplitComparison.from_json(split.result)
    people = _people(split)
    a, b = people[split.version_a_id], people[split.version_b_id]
    share_b = split.percent_b / 100
    return SplitComparison(
        n_people_a=len(a),
        n_people_b=len(b),
        n_lists_a=int(a[:, 0].sum()),
        n_lists_b=int(b[:, 0].sum()),
        measures=tuple(
            _compared(name, ratio(a[:, up], a[:, down]), ratio(b[:, up], b[:, down]), share_b)
            for name, up, down in (("hit_rate", 1, 0), ("mean_stars", 3, 2), ("hides", 4, 0))
        ),
    )


def _splits() -> QuerySet[TrafficSplit]:
    return TrafficSplit.objects.select_related(
        "version_a", "version_b", "winner", "started_by", "ended_by"
    )


def _all_totals(since: date) -> Totals:
    last = summed_until()
    lists = list(DailyListTotal.objects.filter(day__gte=since))
    positions = list(DailyPositionTotal.objects.filter(day__gte=since))
    first_open = max(since, last + timedelta(days=1)) if last else since
    more_lists, more_positions = daily_totals(midnight(first_open), timezone.now())
    return lists + more_lists, positions + more_positions


def midnight(day: date) -> datetime:
    """When a day begins: days are UTC's, whatever the visitor's clock says."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _by_day(shown: QuerySet[ImpressionList]) -> QuerySet[ImpressionList, Any]:
    return shown.annotate(day=TruncDate("shown_at", tzinfo=UTC)).values(
        "day", "version_id", "surface"
    )


def _reactions(since: datetime, until: datetime) -> dict[tuple[Key, int], dict[Any, int]]:
    """(day, version and surface, position) -> (kind, half stars) -> how many. One query."""
    rows = (
        Reaction.objects.filter(shown__shown_at__gte=since, shown__shown_at__lt=until)
        .annotate(
            day=TruncDate("shown__shown_at", tzinfo=UTC),
            version_id=F("shown__version_id"),
            surface=F("shown__surface"),
        )
        .values("day", "version_id", "surface", "position", "kind", "half_stars")
        .annotate(n=Count("id"))
    )
    found: dict[tuple[Key, int], dict[Any, int]] = defaultdict(dict)
    for row in rows:
        key = (row["day"], row["version_id"], row["surface"])
        found[key, row["position"]][row["kind"], row["half_stars"]] = row["n"]
    return found


def _position_total(
    key: Key, position: int, n_of_length: dict[int, int], reactions: dict[Any, int]
) -> DailyPositionTotal:
    return DailyPositionTotal(
        day=key[0],
        version_id=key[1],
        surface=key[2],
        position=position,
        n_shown=sum(n for length, n in n_of_length.items() if length >= position),
        n_clicks=reactions.get((Reaction.Kind.CLICK, None), 0),
        n_hides=reactions.get((Reaction.Kind.HIDE, None), 0),
        ratings=[reactions.get((Reaction.Kind.RATING, half), 0) for half in range(1, 11)],
    )


def _days(
    lists: Sequence[DailyListTotal], positions: Iterable[DailyPositionTotal]
) -> tuple[DayNumbers, ...]:
    version_id = lists[0].version_id
    ratings: dict[date, list[list[int]]] = defaultdict(list)
    for total in positions:
        if total.version_id == version_id:
            ratings[total.day].append(total.ratings)
    by_day = groupby(sorted(lists, key=lambda total: total.day), key=lambda total: total.day)
    days = []
    for day, group in by_day:
        of_day = list(group)
        days.append(
            DayNumbers(
                day,
                sum(total.n_lists for total in of_day),
                sum(total.n_hits for total in of_day),
                _sum_of(ratings[day]),
            )
        )
    return tuple(days)


def _positions(totals: Sequence[DailyPositionTotal]) -> tuple[PositionNumbers, ...]:
    by_position: dict[int, list[DailyPositionTotal]] = defaultdict(list)
    for total in totals:
        by_position[total.position].append(total)
    return tuple(
        PositionNumbers(
            position,
            sum(total.n_shown for total in group),
            sum(total.n_clicks for total in group),
            sum(total.n_hides for total in group),
            _sum_of([total.ratings for total in group]),
        )
        for position, group in sorted(by_position.items())
    )


def _sum_of(histograms: Sequence[Sequence[int] | NDArray[np.int64]]) -> NDArray[np.int64]:
    total: NDArray[np.int64] = np.array(histograms, dtype=np.int64).reshape(-1, 10).sum(axis=0)
    return total


def _people(split: TrafficSplit) -> dict[int, NDArray[np.float64]]:
    """Run id -> [P, 5] each person's lists, hits, ratings, sum of stars, hides. Two queries."""
    shown = ImpressionList.objects.filter(split=split)
    who = ("version_id", "user_id", "session")
    lists = shown.values(*who).annotate(n_lists=Count("id"), n_hits=Count("id", filter=Q(HIT)))
    reactions = (
        Reaction.objects.filter(shown__split=split)
        .values("shown__version_id", "shown__user_id", "shown__session")
        .annotate(
            n_ratings=Count("half_stars"),
            half_stars=Sum("half_stars", default=0),
            n_hides=Count("id", filter=Q(kind=Reaction.Kind.HIDE)),
        )
    )
    opinions = {
        (row["shown__version_id"], row["shown__user_id"], row["shown__session"]): (
            row["n_ratings"],
            row["half_stars"] / 2,
            row["n_hides"],
        )
        for row in reactions
    }
    rows: dict[int | None, list[tuple[float, ...]]] = defaultdict(list)
    for row in lists:
        key = tuple(row[name] for name in who)
        rows[row["version_id"]].append(
            (row["n_lists"], row["n_hits"], *opinions.get(key, (0, 0, 0)))
        )
    return {
        version_id: np.array(rows[version_id], dtype=np.float64).reshape(-1, 5)
        for version_id in (split.version_a_id, split.version_b_id)
    }


def _compared(name: str, a: Ratio | None, b: Ratio | None, share_b: float) -> MeasureComparison:
    return MeasureComparison(
        name=name,
        a=a.estimate if a else None,
        b=b.estimate if b else None,
        difference=difference(a, b) if a and b else None,
        n_people_needed=people_needed(a, b, share_b) if a and b else None,
    )
