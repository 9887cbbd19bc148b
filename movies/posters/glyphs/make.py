"""Make the glyph tables of this folder from open fonts; needed only to add or change a face.

Needs fonttools, brotli, skia-pathops and uharfbuzz, and the fonts as WOFF2 (npm: `@fontsource/*`)::

    python movies/posters/glyphs/make.py FOLDER_OF_FONTSOURCE_PACKAGES
"""

import json
import sys
import unicodedata
from pathlib import Path
from typing import Any

import uharfbuzz  # type: ignore[import-not-found]
from fontTools.pens.basePen import BasePen  # type: ignore[import-not-found]
from fontTools.pens.transformPen import TransformPen  # type: ignore[import-not-found]
from fontTools.ttLib import TTFont  # type: ignore[import-not-found]
from fontTools.ttLib.removeOverlaps import removeOverlaps  # type: ignore[import-not-found]

CAP_HEIGHT = 200
"""Height of a capital letter in the units of the tables."""

FACES = {
    "deco": ("limelight", 400),
    "didone": ("abril-fatface", 400),
    "geometric": ("josefin-sans", 700),
    "gothic": ("league-gothic", 400),
    "groovy": ("righteous", 400),
    "headline": ("anton", 400),
    "roman": ("cinzel", 700),
    "slab": ("alfa-slab-one", 400),
    "wide": ("michroma", 400),
}
MIXED_CASE = {"didone"}
PUNCTUATION = " !\"#$%&'()*+,-./0123456789:;=?@[]_–—‘’“”…·°²³½¿¡×"  # noqa: RUF001


class RelativePen(BasePen):  # type: ignore[misc]
    """Writes whole-number relative path commands, y pointing down."""

    def __init__(self, glyph_set: Any) -> None:
        super().__init__(glyph_set)
        self.commands: list[str] = []
        self.x = self.y = 0

    def _steps(self, *points: tuple[float, float]) -> list[int]:
        steps = [round(value) for point in points for value in (point[0], -point[1])]
        return [v - (self.x, self.y)[i % 2] for i, v in enumerate(steps)]

    def _go(self, letter: str, steps: list[int]) -> None:
        text = " ".join(map(str, steps)).replace(" -", "-")
        self.commands.append(letter + text)
        self.x += steps[-2]
        self.y += steps[-1]

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 - fontTools' name
        self._go("m", self._steps(pt))
        self.start = self.x, self.y

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        dx, dy = self._steps(pt)
        if dy == 0:
            self.commands.append(f"h{dx}")
            self.x += dx
        elif dx == 0:
            self.commands.append(f"v{dy}")
            self.y += dy
        else:
            self._go("l", [dx, dy])

    def _qCurveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float]) -> None:  # noqa: N802
        self._go("q", self._steps(pt1, pt2))

    def _curveToOne(self, pt1: Any, pt2: Any, pt3: Any) -> None:  # noqa: N802
        self._go("c", self._steps(pt1, pt2, pt3))

    def _closePath(self) -> None:  # noqa: N802
        self.commands.append("z")
        self.x, self.y = self.start


def characters(*, mixed_case: bool) -> list[str]:
    """Latin letters of Latin-1 and Latin Extended-A, digits and the punctuation of titles."""
    letters = [chr(code) for code in (*range(0x41, 0x180), 0x218, 0x21A)]
    letters = [c for c in letters if unicodedata.category(c) in {"Lu", "Ll"}]
    return [*PUNCTUATION, *(c for c in letters if mixed_case or c.isupper())]


def kerning(path: Path, scale: float, text: list[str]) -> dict[str, int]:
    """Kerning of the pairs of unaccented letters, in table units, where it is visible."""
    font = uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(path))))
    plain = [c for c in text if c.isascii() and (c.isalpha() or c in "'.,-")]

    def advance(string: str) -> int:
        buffer = uharfbuzz.Buffer()
        buffer.add_str(string)
        buffer.guess_segment_properties()
        uharfbuzz.shape(font, buffer, {"liga": False})
        return sum(position.x_advance for position in buffer.glyph_positions)

    alone = {c: advance(c) for c in plain}
    pairs = {a + b: (advance(a + b) - alone[a] - alone[b]) * scale for a in plain for b in plain}
    return {pair: round(value) for pair, value in pairs.items() if abs(value) >= CAP_HEIGHT / 50}


def face(packages: Path, name: str, package: str, weight: int) -> dict[str, Any]:
    """Return the glyph table of one face."""
    text = characters(mixed_case=name in MIXED_CASE)
    table: dict[str, Any] = {"advances": {}, "outlines": {}}
    for subset in ("latin", "latin-ext"):
        path = packages / package / "files" / f"{package}-{subset}-{weight}-normal.woff2"
        if not path.exists():
            continue
        font = TTFont(path)
        removeOverlaps(font)
        names, glyphs = font.getBestCmap(), font.getGlyphSet()
        if subset == "latin":
            scale = CAP_HEIGHT / font["glyf"]["H"].yMax
            plain = packages / f"{package}.ttf"
            font.flavor = None
            font.save(plain)
            table["kerning"] = kerning(plain, scale, text)
        for character in text:
            if ord(character) in names and character not in table["advances"]:
                glyph = glyphs[names[ord(character)]]
                pen = RelativePen(glyphs)
                glyph.draw(TransformPen(pen, (scale, 0, 0, scale, 0, 0)))
                table["advances"][character] = round(glyph.width * scale)
                table["outlines"][character] = "".join(pen.commands)
    return table


if __name__ == "__main__":
    for name, (package, weight) in FACES.items():
        table = face(Path(sys.argv[1]), name, package, weight)
        text = json.dumps(table, ensure_ascii=False, separators=(",", ":"), indent=0)
        Path(__file__).with_name(f"{name}.json").write_text(text + "\n", encoding="utf-8")
