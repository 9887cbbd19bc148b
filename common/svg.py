"""Estimates over days as places in an SVG, made on the server."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from django.utils.formats import date_format

from common.statistics import Estimate

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 260, 52, 12, 12, 30
N_X_TICKS = 6
MAX_SERIES = 4
"""More lines than that nobody tells apart."""

Values = Mapping[date, Estimate]


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    place: str
    """In the SVG's units, from the left or from the top: a text, so that no language puts a comma
    into it."""
    label: str


@dataclass(frozen=True)
class Mark:
    """The estimate of one day with its interval."""

    x: str
    y: str
    low: str
    high: str
    day: date
    estimate: Estimate


@dataclass(frozen=True)
class Series:
    """The estimates of one version, day by day."""

    name: str
    number: int
    """From 1, by which the style sheet gives it a colour and dashes."""
    points: str
    """For ``<polyline points>``."""
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Chart:
    """Series over one pair of axes."""

    series: tuple[Series, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    label_x: int = LEFT - 8
    label_y: int = HEIGHT - 8


def chart_of(
    values_of: Mapping[str, Values], top: float, ticks: Sequence[tuple[float, str]]
) -> Chart | None:
    """Return a chart of the first ``MAX_SERIES`` series; None where no day has a value.

    Parameters
    ----------
    values_of
        Name -> day -> estimate.
    top
        The value at the upper end of the vertical axis; the lower end is the first tick's.
    ticks
        Values of the vertical axis and their labels, from below.

    """
    chosen = dict(list(values_of.items())[:MAX_SERIES])
    days = sorted({day for values in chosen.values() for day in values})
    if not days:
        return None
    first, n_days, bottom = days[0], max((days[-1] - days[0]).days, 1), ticks[0][0]

    def x_of(day: date) -> str:
        return f"{LEFT + 8 + (day - first).days / n_days * (WIDTH - LEFT - RIGHT - 16):.1f}"

    def y_of(value: float) -> str:
        share = (min(max(value, bottom), top) - bottom) / (top - bottom)
        return f"{TOP + (1 - share) * (HEIGHT - TOP - BOTTOM):.1f}"

    step = ceil((n_days + 1) / N_X_TICKS)
    shown_days = [first + timedelta(days=n) for n in range(0, (days[-1] - first).days + 1, step)]
    return Chart(
        tuple(
            _series(name, number, [_mark(x_of, y_of, day, values[day]) for day in sorted(values)])
            for number, (name, values) in enumerate(chosen.items(), start=1)
        ),
        tuple(Tick(x_of(day), date_format(day, "j M")) for day in shown_days),
        tuple(Tick(y_of(value), label) for value, label in ticks),
    )


def rate_ticks(values_of: Mapping[str, Values]) -> tuple[float, list[tuple[float, str]]]:
    """Return the top and the ticks of an axis of rates, in whole tenths of all."""
    highest = max((one.high for values in values_of.values() for one in values.values()), default=0)
    top = max(0.1, ceil(highest * 10) / 10)
    return top, [(top * n / 4, f"{100 * top * n / 4:.3g} %") for n in range(5)]


def _mark(
    x_of: Callable[[date], str], y_of: Callable[[float], str], day: date, estimate: Estimate
) -> Mark:
    return Mark(
        x_of(day), y_of(estimate.value), y_of(estimate.low), y_of(estimate.high), day, estimate
    )


def _series(name: str, number: int, marks: Sequence[Mark]) -> Series:
    return Series(name, number, " ".join(f"{mark.x},{mark.y}" for mark in marks), tuple(marks))
