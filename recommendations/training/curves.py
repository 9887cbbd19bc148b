"""Curves of a stage's values (losses, a search's best) as points of an SVG, made on the server."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from common.svg import Tick

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 220, 56, 28
N_TICKS = 4


@dataclass(frozen=True)
class Line:
    """One series of points, in the order they were reported."""

    name: str
    number: int
    """From 1, by which the style sheet gives it a colour and dashes."""
    points: str
    """For `<polyline points>`."""
    values: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Curve:
    """Lines over one pair of axes."""

    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH
    label_x: int = LEFT - 8
    label_y: int = HEIGHT - 6


def curve_of(points: Sequence[Sequence[Any]]) -> Curve | None:
    """Lines of a stage's `[[done, {name: value}, message]]`; None where nothing can be drawn.

    A stage may count several things one after another, as copies of a network: where the count
    begins again, so does another line.
    """
    series = list(_series(points))
    flat = [point for _, values in series for point in values]
    if not flat:
        return None
    x_low, x_high = _range([x for x, _ in flat])
    y_low, y_high = _range([y for _, y in flat])

    def x_of(value: float) -> float:
        return round(LEFT + (value - x_low) / (x_high - x_low) * (WIDTH - LEFT - 8), 1)

    def y_of(value: float) -> float:
        return round(8 + (y_high - value) / (y_high - y_low) * (HEIGHT - BOTTOM - 8), 1)

    return Curve(
        tuple(
            Line(name, number, " ".join(f"{x_of(x)},{y_of(y)}" for x, y in values), tuple(values))
            for number, (name, values) in enumerate(series, start=1)
        ),
        tuple(
            Tick(str(x_of(value)), str(value))
            for value in sorted({round(each) for each in _ticks(x_low, x_high)})
            if x_low <= value <= x_high
        ),
        tuple(Tick(str(y_of(value)), f"{value:.3g}") for value in _ticks(y_low, y_high)),
    )


def _series(points: Sequence[Sequence[Any]]) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """Name and points of each line; no value that is not finite, no line of one point."""
    counts = list(_counts(points))
    for part in counts:
        for name in part[0][1]:
            values = [(row[0], row[1][name]) for row in part if row[1].get(name) is not None]
            label = part[-1][2] if len(counts) > 1 and len(part[-1]) > 2 else ""
            if len(values) > 1:
                yield (f"{label}: {name}" if label else name), values


def _counts(points: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    starts = [n for n, (left, right) in enumerate(pairwise(points), 1) if right[0] <= left[0]]
    for start, stop in pairwise([0, *starts, len(points)]):
        if stop > start:
            yield points[start:stop]


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _ticks(low: float, high: float) -> list[float]:
    return [low + (high - low) * n / (N_TICKS - 1) for n in range(N_TICKS)]
