"""Pictures for links that are shared: posters and a few words, 1200 x 630, as SVG and PNG.

Open Graph readers take no SVG, so resvg renders the picture. It loads no file and no font: the
letters are outlines, as on the posters.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Final

import resvg_py

from movies.posters.lettering import CAP_HEIGHT, Line, block_height, face, fit
from movies.posters.poster import outlined_rows

WIDTH, HEIGHT = 1200, 630
GROUND, INK, SOFT, BULB = "#1b1210", "#f6ead6", "#bcae9d", "#ffb938"
MARGIN: Final = 56
FACE: Final = "gothic"
POSTER_RATIO: Final = 1.5
_IDS: Final = re.compile(r'(id="|href="#|url\(#)')


def film_card(poster: str, title: str, lines: Sequence[str]) -> str:
    """Draw one poster beside its film's title and a few short lines."""
    height = HEIGHT - 2 * MARGIN
    width = height / POSTER_RATIO
    x = MARGIN + width + MARGIN
    words = _words(title, lines, x, WIDTH - MARGIN)
    return _page(_poster(poster, 0, MARGIN, MARGIN, width) + words)


def ten_card(posters: Sequence[str], title: str) -> str:
    """Draw up to ten posters in two rows under a title."""
    width, gap, top = 150.0, 16.0, 128.0
    left = (WIDTH - 5 * width - 4 * gap) / 2
    drawn = [
        _poster(poster, n, left + n % 5 * (width + gap), top + n // 5 * (width * 1.5 + gap), width)
        for n, poster in enumerate(posters[:10])
    ]
    line = _line(title, 40, WIDTH - 2 * left)
    heading = _text([line], left, 40 + line.cap_height, INK, "h")
    return _page("".join(drawn) + heading)


def words_card(title: str, lines: Sequence[str], posters: Sequence[str]) -> str:
    """Draw a title and lines of words, with up to three posters on the right."""
    width, gap = 170.0, 18.0
    left = WIDTH - MARGIN - len(posters[:3]) * (width + gap) + gap
    top = (HEIGHT - width * POSTER_RATIO) / 2
    drawn = [
        _poster(poster, n, left + n * (width + gap), top, width)
        for n, poster in enumerate(posters[:3])
    ]
    return _page("".join(drawn) + _words(title, lines, MARGIN, left - gap))


def to_png(svg: str) -> bytes:
    """Render a picture of this module."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts="<text" not in svg))


def _page(content: str) -> str:
    bulbs = "".join(
        f'<circle cx="{x}" cy="{y}" r="5"/>'
        for y in (16, HEIGHT - 16)
        for x in range(30, WIDTH, 38)
    )
    name = _line("Marquee", 26, 200)
    mark = _text([name], WIDTH - MARGIN - name.width, HEIGHT - 36, BULB, "m")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}"><path d="M0 0H{WIDTH}V{HEIGHT}H0z" fill="{GROUND}"/>'
        f'<g fill="{BULB}">{bulbs}</g>{content}{mark}</svg>'
    )


def _poster(svg: str, number: int, x: float, y: float, width: float) -> str:
    """Nest a poster, with its ids renamed so that posters do not share letters."""
    body = _IDS.sub(rf"\g<1>p{number}-", svg[svg.index(">") + 1 : svg.rindex("</svg>")])
    return (
        f'<svg x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{width * POSTER_RATIO:.0f}" '
        f'viewBox="0 0 400 600">{body}</svg>'
    )


def _words(title: str, lines: Sequence[str], left: float, right: float) -> str:
    """Set a title and smaller lines below it, centred in height."""
    typeface = face(FACE)
    title = title.upper()
    width = right - left
    if not typeface.can_set(title):
        return _system_text(title, left, HEIGHT / 2 - 40, 56)
    block = fit(title, typeface, width=width, height=300, largest=110)
    smaller = [_line(line, 30, width) for line in lines if line]
    tall = block_height(block, typeface) + len(smaller) * 56
    y = (HEIGHT - tall) / 2
    parts = []
    for i, line in enumerate(block):
        y += line.cap_height * (typeface.pitch if i else 1)
        parts.append(_text([line], left, y, INK, f"t{i}"))
    for i, line in enumerate(smaller):
        y += 56
        parts.append(_text([line], left, y, SOFT, f"l{i}"))
    return "".join(parts)


def _line(text: str, cap_height: float, width: float) -> Line:
    """Return one line in capitals, made smaller where it is too wide."""
    typeface = face(FACE)
    text = "".join(character for character in text.upper() if character in typeface.advances)
    natural = typeface.width(text) * cap_height / CAP_HEIGHT
    size = cap_height * min(1.0, width / natural) if natural else cap_height
    return Line(text, size, typeface.width(text) * size / CAP_HEIGHT)


def _text(lines: Sequence[Line], x: float, y: float, colour: str, prefix: str) -> str:
    drawn = outlined_rows([(line, x, y) for line in lines], face(FACE), colour)
    return _IDS.sub(rf"\g<1>{prefix}-", drawn)


def _system_text(text: str, x: float, y: float, size: int) -> str:
    """Set a title that the face has no letters for."""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" font-family="sans-serif" '
        f'font-weight="700" fill="{INK}">{escape(text)}</text>'
    )
