"""Plots as SVG text, drawn by hand so that a report needs no plotting library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from itertools import cycle

from ml.evaluation.results import MeanRow

WIDTH = 720
LABEL_WIDTH, RIGHT_MARGIN, LINE_HEIGHT, TOP = 130, 70, 26, 40
HEIGHT = 360
COLOURS = (
    "#1b6ca8",
    "#c2571a",
    "#2f8f5b",
    "#8e44ad",
    "#b03a5b",
    "#6b6b6b",
    "#8a6d00",
    "#00838f",
    "#5d4037",
    "#e91e8c",
)
LABEL_GAP = 15
"""Between the names of two lines that end near one another."""
STYLE = (
    "<style>text{font:13px system-ui,sans-serif;fill:#222}.faint{stroke:#ddd}"
    ".mark{stroke-width:2;stroke:#1b6ca8}circle{fill:#1b6ca8}rect{fill:#fff}</style>"
)


def interval_plot(metric: str, rows: Sequence[MeanRow]) -> str:
    """One line per model, best first: the mean and its 95 % interval."""
    best_first = sorted(rows, key=lambda row: -row.mean)
    highest = max(row.high for row in best_first) * 1.05 or 1.0
    scale = (WIDTH - LABEL_WIDTH - RIGHT_MARGIN) / highest
    height = TOP + LINE_HEIGHT * len(best_first) + 10
    parts = [_label(LABEL_WIDTH, 22, f"{metric}, mean and 95 % interval")]
    for place, row in enumerate(best_first):
        y = TOP + LINE_HEIGHT * place + LINE_HEIGHT / 2
        left, middle, right = (
            LABEL_WIDTH + scale * value for value in (row.low, row.mean, row.high)
        )
        parts += [
            _label(LABEL_WIDTH - 10, y + 4, row.model, "end"),
            _segment(LABEL_WIDTH, y, WIDTH - RIGHT_MARGIN, y, "faint"),
            _segment(left, y, right, y, "mark"),
            f'<circle cx="{middle:.1f}" cy="{y:.1f}" r="4"/>',
            _label(right + 8, y + 4, f"{row.mean:.3f}"),
        ]
    return _svg(height, parts)


def growth_plot(
    title: str, x_label: str, series: Mapping[str, Sequence[tuple[float, float]]]
) -> str:
    """Lines of positive (x, y) points on logarithmic axes."""
    points = [point for line in series.values() for point in line]
    (x_low, x_high), (y_low, y_high) = (_decades(values) for values in zip(*points, strict=True))
    plot_width, plot_height = WIDTH - LABEL_WIDTH - 170, HEIGHT - TOP - 50

    def at(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - x_low) / (x_high - x_low)
        up = (math.log10(y) - y_low) / (y_high - y_low)
        return LABEL_WIDTH + across * plot_width, TOP + (1 - up) * plot_height

    parts = [_label(LABEL_WIDTH, 22, title)]
    for exponent in range(x_low, x_high + 1):
        x, bottom = at(10.0**exponent, 10.0**y_low)
        parts.append(_segment(x, TOP, x, bottom, "faint"))
        parts.append(_label(x, bottom + 20, f"{10**exponent:,}", "middle"))
    for exponent in range(y_low, y_high + 1):
        left, y = at(10.0**x_low, 10.0**exponent)
        parts.append(_segment(left, y, left + plot_width, y, "faint"))
        parts.append(_label(left - 8, y + 4, f"{10.0**exponent:g}", "end"))
    parts.append(_label(LABEL_WIDTH + plot_width / 2, HEIGHT - 8, x_label, "middle"))
    ends: list[tuple[float, float, str]] = []
    for colour, (name, line) in zip(cycle(COLOURS), series.items(), strict=False):
        placed = [at(x, y) for x, y in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        ends.append((placed[-1][1], placed[-1][0], name))
    lowest: dict[float, float] = {}
    for y, x, name in sorted(ends):
        lowest[x] = max(y + 4, lowest.get(x, -math.inf) + LABEL_GAP)
        parts.append(_label(x + 8, lowest[x], name))
    return _svg(HEIGHT, parts)


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _segment(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _label(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(height: float, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'width="{WIDTH}" height="{height:.0f}">{STYLE}\n'
        f'<rect width="{WIDTH}" height="{height:.0f}"/>\n{body}\n</svg>\n'
    )
