"""Titles as outlines: the same letters, and the same fit, in every browser.

An SVG that is shown as a picture can load no font, and the fonts of a system differ. So the posters
carry their letters as paths, from the glyph tables beside this module (capitals 200 units high, y
pointing down; see ``glyphs/README.md`` for the fonts they come from and their licences).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Style = Literal["even", "justified"]

CAP_HEIGHT = 200
"""Height of a capital letter in a face's units."""


@dataclass(frozen=True)
class Face:
    """A typeface, as far as a title needs one."""

    name: str
    advances: dict[str, int]
    outlines: dict[str, str]
    kerning: dict[str, int]
    tracking: int = 0
    """Space added after each letter, in the face's units."""
    pitch: float = 1.24
    """From one baseline to the next, in cap heights."""
    is_uppercase: bool = True

    @property
    def descent(self) -> float:
        """How far letters hang below the baseline, in cap heights; capitals do not."""
        return 0.0 if self.is_uppercase else 0.22

    def can_set(self, text: str) -> bool:
        """Whether the face has every character of the text."""
        return all(character in self.advances for character in text)

    def positions(self, text: str) -> list[int]:
        """Where each character starts, in the face's units, and where the text ends."""
        starts, x = [0], 0
        for character, following in zip(text, [*text[1:], ""], strict=True):
            x += self.advances[character] + self.tracking
            x += self.kerning.get(character + following, 0)
            starts.append(x)
        starts[-1] -= self.tracking
        return starts

    def width(self, text: str) -> int:
        """Width of the text in the face's units."""
        return self.positions(text)[-1] if text else 0


_SETTINGS: dict[str, tuple[int, float, bool]] = {
    "deco": (8, 1.28, True),
    "didone": (0, 1.5, False),
    "geometric": (14, 1.34, True),
    "gothic": (5, 1.17, True),
    "groovy": (2, 1.24, True),
    "headline": (4, 1.2, True),
    "roman": (12, 1.36, True),
    "slab": (0, 1.24, True),
    "wide": (10, 1.5, True),
}


@cache
def face(name: str) -> Face:
    """Return the face of that name, read once."""
    path = Path(__file__).parent / "glyphs" / f"{name}.json"
    table = json.loads(path.read_text(encoding="utf-8"))
    tracking, pitch, is_uppercase = _SETTINGS[name]
    return Face(name=name, **table, tracking=tracking, pitch=pitch, is_uppercase=is_uppercase)


@dataclass(frozen=True)
class Line:
    """One line of a title and its size."""

    text: str
    cap_height: float
    width: float


def _wrap(widths: Sequence[int], space: int, limit: float) -> list[int]:
    """How many words each line takes, filling lines up to the limit."""
    counts, used = [0], 0.0
    for width in widths:
        needed = used + space + width if counts[-1] else width
        if counts[-1] and needed > limit:
            counts.append(1)
            used = width
        else:
            counts[-1] += 1
            used = needed
    return counts


def _balance(widths: Sequence[int], space: int, limit: float) -> list[int]:
    """Return the same number of lines as filling takes, with lengths as even as words allow."""
    counts = _wrap(widths, space, limit)
    low, high = float(max(widths)), limit
    for _ in range(6):
        middle = (low + high) / 2
        if len(_wrap(widths, space, middle)) == len(counts):
            high = middle
        else:
            low = middle
    return _wrap(widths, space, high)


def fit(
    text: str,
    typeface: Face,
    *,
    width: float,
    height: float,
    largest: float,
    style: Style = "even",
) -> list[Line]:
    """Break a title into lines and size them to fill a box without leaving it.

    ``even`` gives every line one size; ``justified`` lets short lines grow towards the full width,
    as on a playbill. Lengths are in the units of the poster.
    """
    words = text.split()
    widths = [typeface.width(word) for word in words]
    space = typeface.advances[" "] + typeface.tracking * 2
    size = min(largest, width * CAP_HEIGHT / max(widths))
    while True:
        counts = _balance(widths, space, width * CAP_HEIGHT / size)
        if size * (1 + (len(counts) - 1) * typeface.pitch + typeface.descent) <= height:
            break
        size *= 0.93
    lines, start = [], 0
    for count in counts:
        line = " ".join(words[start : start + count])
        lines.append(Line(line, size, typeface.width(line) * size / CAP_HEIGHT))
        start += count
    return _justify(lines, typeface, width, height) if style == "justified" else lines


def _justify(lines: list[Line], typeface: Face, width: float, height: float) -> list[Line]:
    """Let lines grow towards the width, at most to 1.7 times, as far as the height allows."""
    for share in (1.0, 0.75, 0.5, 0.25):
        factors = [1 + (min(width / line.width, 1.7) - 1) * share for line in lines]
        grown = [
            Line(line.text, line.cap_height * factor, line.width * factor)
            for line, factor in zip(lines, factors, strict=True)
        ]
        if block_height(grown, typeface) <= height:
            return grown
    return lines


def block_height(lines: Sequence[Line], typeface: Face) -> float:
    """Height of a title, from the top of its first capital to what hangs below its last line."""
    first, *rest = (line.cap_height for line in lines)
    hanging = lines[-1].cap_height * typeface.descent
    return first + sum(size * typeface.pitch for size in rest) + hanging
