"""What compositions are made of: a sheet of 400 x 600, dice, and SVG shapes."""

import random
from collections.abc import Callable, Iterable, Sequence
from math import cos, radians, sin
from typing import Literal, NamedTuple, TypeVar

from movies.posters.palettes import Palette

WIDTH, HEIGHT = 400, 600
MARGIN = 30
MIRRORED = f"matrix(-1 0 0 1 {WIDTH} 0)"
"""The transform that swaps left and right."""

Point = tuple[float, float]
T = TypeVar("T")


class Dice:
    """Choices that the same seed makes again, on every machine."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - drawing, no secrets

    def between(self, low: float, high: float) -> float:
        """Return a random number from low up to high."""
        return low + (high - low) * self._random.random()

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[int(self._random.random() * len(options))]

    def is_heads(self) -> bool:
        """Return true in half of all calls."""
        return self._random.random() < 0.5

    def shuffled(self, options: Iterable[T]) -> list[T]:
        """Return the options in random order."""
        return sorted(options, key=lambda _: self._random.random())


class Zone(NamedTuple):
    """Where the title goes: a box that holds nothing but one flat colour."""

    x: float
    y: float
    width: float
    height: float
    ink: str
    ground: str
    align: Literal["start", "middle"] = "start"
    anchor: Literal["top", "middle", "bottom"] = "bottom"


class Composition(NamedTuple):
    """A drawing and the place it leaves for the title."""

    art: str
    zone: Zone


Compose = Callable[[Dice, Palette], Composition]


def number(value: float) -> str:
    """Return a coordinate to a tenth of a unit, in as few characters as possible.

    >>> number(3.0), number(0.25), number(-0.04)
    ('3', '0.2', '0')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def trace(template: str, *values: float) -> str:
    """Path commands with coordinates put into `{}`.

    >>> trace("M{} 0L{} {}z", 1.04, 2, 3.5)
    'M1 0L2 3.5z'
    """
    return template.format(*(number(value) for value in values))


def _attributes(attributes: dict[str, str | float]) -> str:
    return "".join(
        f' {name.replace("_", "-")}="{value if isinstance(value, str) else number(value)}"'
        for name, value in attributes.items()
    )


def circle(x: float, y: float, radius: float, fill: str, **more: str | float) -> str:
    """Return a filled circle as SVG."""
    place = f'cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"'
    return f'<circle {place} fill="{fill}"{_attributes(more)}/>'


def ring(x: float, y: float, radius: float, stroke: str, width: float, **more: str | float) -> str:
    """Return a circle's outline as SVG."""
    return circle(x, y, radius, "none", stroke=stroke, stroke_width=width, **more)


def rectangle(
    x: float, y: float, width: float, height: float, fill: str, **more: str | float
) -> str:
    """Return a filled rectangle as SVG."""
    place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    return f'<rect {place} fill="{fill}"{_attributes(more)}/>'


def path(commands: str, fill: str, **more: str | float) -> str:
    """Return a path of SVG commands."""
    return f'<path d="{commands}" fill="{fill}"{_attributes(more)}/>'


def outline(points: Iterable[Point]) -> str:
    """Return the commands of a closed polygon."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) + "z"


def polygon(points: Iterable[Point], fill: str, **more: str | float) -> str:
    """Return a filled polygon as SVG."""
    return path(outline(points), fill, **more)


def polar(x: float, y: float, radius: float, degrees: float) -> Point:
    """Return the point at a distance and an angle (0 to the right, growing clockwise)."""
    return x + radius * cos(radians(degrees)), y + radius * sin(radians(degrees))


def sheet(fill: str) -> str:
    """Return a rectangle that fills the whole poster with one colour."""
    return f'<path d="M0 0h{WIDTH}v{HEIGHT}H0z" fill="{fill}"/>'


def group(content: str, transform: str) -> str:
    """Return shapes that are moved together."""
    return f'<g transform="{transform}">{content}</g>'


def at(x: float, y: float, degrees: float = 0, scale: float = 1) -> str:
    """Return the transform that moves, turns and scales a shape."""
    turned = f"rotate({number(degrees)})" if degrees else ""
    scaled = f"scale({scale:.2f})" if scale != 1 else ""
    return f"translate({number(x)} {number(y)}){turned}{scaled}"


def title_at_top(palette: Palette, height: float = 170) -> Zone:
    """Return a zone for the title across the top."""
    width = WIDTH - 2 * MARGIN
    return Zone(MARGIN, MARGIN + 6, width, height, palette.ink, palette.ground, anchor="top")


def title_at_bottom(palette: Palette, height: float = 140) -> Zone:
    """Return a zone for the title across the bottom."""
    y = HEIGHT - MARGIN - 6 - height
    return Zone(MARGIN, y, WIDTH - 2 * MARGIN, height, palette.ink, palette.ground)
