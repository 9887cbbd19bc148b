"""A visitor's ratings as charts: how many stars they give, and when they rated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from movies.models import HALF_STARS_MAX, HALF_STARS_MIN, Rating
from movies.visitors import Visitor

MAX_BARS = 12
"""More would be too narrow to be read on a phone; what is older stands in one bar."""
FEWEST_BARS = 10
BAR_PITCH, BAR_WIDTH, BARS_HEIGHT = 36, 28, 100


@dataclass(frozen=True)
class Bar:
    """One bar of a chart, in the units of its drawing."""

    label: str
    value: int
    x: int
    height: int
    """0 to `BARS_HEIGHT`, that of the largest value."""

    @property
    def y(self) -> int:
        """Where the bar begins, from the top."""
        return BARS_HEIGHT - self.height

    @property
    def middle(self) -> int:
        """Where its label stands."""
        return self.x + BAR_WIDTH // 2


@dataclass(frozen=True)
class Chart:
    """Bars side by side."""

    bars: tuple[Bar, ...]

    @property
    def width(self) -> int:
        """Of the whole drawing: that of ten bars at least, or few would be drawn huge."""
        return max(FEWEST_BARS, len(self.bars)) * BAR_PITCH


def stars_chart(ratings: Mapping[int, int]) -> Chart:
    """How many films got half a star, one star, and so on; of film id -> half stars."""
    given = list(ratings.values())
    return _chart(
        [
            (f"{half // 2 or ''}{'½' if half % 2 else ''}", given.count(half))
            for half in range(HALF_STARS_MIN, HALF_STARS_MAX + 1)
        ]
    )


def time_chart(visitor: Visitor) -> Chart | None:
    """How many films were rated in each month, or each year where there are more than `MAX_BARS`.

    None for a stranger, whose ratings are all of this visit, and without ratings. One query.
    """
    if visitor.user is None:
        return None
    rows = (
        Rating.objects.filter(user=visitor.user)
        .annotate(month=TruncMonth("rated_at"))
        .values_list("month")
        .annotate(n=Count("id"))
        .order_by("month")
    )
    return _chart(by_time(list(rows))) if rows else None


def by_time(counts: Sequence[tuple[datetime, int]]) -> list[tuple[str, int]]:
    """Return counts of months, in order, as labelled months or years without gaps.

    >>> by_time([(datetime(2020, 11, 1), 3), (datetime(2021, 1, 1), 2)])
    [('Nov 20', 3), ('Dec 20', 0), ('Jan 21', 2)]
    >>> by_time([(datetime(2019, 1, 1), 3), (datetime(2021, 1, 1), 2)])
    [('2019', 3), ('2020', 0), ('2021', 2)]
    """
    number_of = {12 * month.year + month.month - 1: n for month, n in counts}
    first, last = min(number_of), max(number_of)
    if last - first < MAX_BARS:
        return [
            (date_format(datetime(month // 12, month % 12 + 1, 1), "M y"), number_of.get(month, 0))  # noqa: DTZ001
            for month in range(first, last + 1)
        ]
    years: dict[int, int] = dict.fromkeys(range(first // 12, last // 12 + 1), 0)
    for month, n in number_of.items():
        years[month // 12] += n
    recent = list(years)[-MAX_BARS:]
    older = sum(n for year, n in years.items() if year < recent[0])
    if not older:
        return [(str(year), years[year]) for year in recent]
    before = (_("before"), older + years[recent[0]])
    return [before, *((str(year), years[year]) for year in recent[1:])]


def _chart(values: Sequence[tuple[str, int]]) -> Chart:
    most = max([1, *(value for _label, value in values)])
    return Chart(
        tuple(
            Bar(label, value, place * BAR_PITCH, round(BARS_HEIGHT * value / most))
            for place, (label, value) in enumerate(values)
        )
    )
