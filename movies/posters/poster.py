"""A poster from a title, a year and genres."""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from zlib import crc32

from movies.posters.compositions.patterns import letters
from movies.posters.compositions.shapes import HEIGHT, WIDTH, Compose, Dice, Zone, number
from movies.posters.lettering import CAP_HEIGHT, Face, Line, Style, block_height, face, fit
from movies.posters.moods import MOODS, faces_of, mood_of, motifs_of
from movies.posters.palettes import PALETTES

LONGEST_FOR_LETTERS = 16
"""A title longer than this has no room to be the picture itself."""
JUSTIFIED = {"gothic", "headline", "slab"}
YEAR_CAP_HEIGHT = 36
"""11 pixels high on a poster of 125 pixels."""
DASH = " \N{EN DASH} "
SERIES = re.compile(
    r"(?P<series>.+: (?:Episode|Part|Chapter|Volume) \w+|Mission: Impossible) - (?P<film>.+)"
    r"|(?P<heroes>(?:Harry Potter|Indiana Jones) and the) (?P<adventure>.+)"
)
"""Titles of a series whose mark is not the first colon or dash."""
GAP = 16
"""Between title, subtitle and year."""
LARGEST_BYTES = 5_900
"""A poster whose letters would make it larger is set in the simplest face instead."""
SIMPLEST_FACE = "gothic"


def draw_poster(
    *,
    title: str,
    year: int | None,
    genres: Sequence[str],
    seed: int | None = None,
    variant: int = 0,
) -> str:
    """Return a poster of 400 x 600 as an SVG document, the same for the same arguments.

    It is meant for `<img>`: no script, style sheet, font or other file is needed.

    Parameters
    ----------
    title, year, genres
        What is known of the film.
    seed
        Another seed gives another poster for the same film.
    variant
        Which of the film's motifs it has, its own one first (see `motifs_for`).

    """
    title = " ".join(title.split()) or "?"
    dice = Dice(crc32(f"{title}|{year}".encode()) if seed is None else seed)
    mood = mood_of(genres)
    palette = dice.pick(PALETTES[mood.palettes])
    motifs = _motifs(title, genres, dice)
    art, zone = motifs[variant % len(motifs)](dice, palette)
    name = escape(f"{title} ({year})" if year else title)
    art = f"<title>{name}</title>{art}{_frame(zone, year)}"
    names = dice.shuffled(faces_of(mood, year))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img">'
        f"{art}{_letter(title, year, zone, names, LARGEST_BYTES - len(art))}</svg>"
    )


@lru_cache(maxsize=8192)
def motifs_for(title: str, year: int | None, genres: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of all motifs that a film's poster can have, its own one first.

    >>> motifs_for("Titanic", 1997, ("Drama", "Romance"))[0]
    'sea'
    """
    title = " ".join(title.split()) or "?"
    dice = Dice(crc32(f"{title}|{year}".encode()))
    dice.pick(PALETTES[mood_of(genres).palettes])
    return tuple(one.__name__ for one in _motifs(title, genres, dice))


def _motifs(title: str, genres: Sequence[str], dice: Dice) -> list[Compose]:
    """Return the motif that the dice choose, then those that suit the film less and less."""
    moods = [mood for genre, mood in MOODS.items() if genre in genres] + list(MOODS.values())
    groups = [motifs_of(title), *([*mood.compositions] for mood in (mood_of(genres), *moods))]
    if len(title) > LONGEST_FOR_LETTERS:
        groups = [[one for one in group if one is not letters] for group in groups]
    own = dice.pick(groups[0] or groups[1])
    others = Dice(len(title))  # the drawing goes on with the first dice
    return list(dict.fromkeys([own, *(one for group in groups for one in others.shuffled(group))]))


def _frame(zone: Zone, year: int | None) -> str:
    """Return the edge of posters of a time.

    Before 1950 it is a line, before 1970 a margin of paper.
    """
    if year is None or year >= 1970:
        return ""
    if year < 1950:
        line = f'stroke="{zone.ink}" stroke-width="2"'
        return f'<path d="M13 13H387V587H13z" fill="none" {line}/>'
    return '<path d="M0 0H400V600H0z" fill="none" stroke="#f4ecdc" stroke-width="26"/>'


def _cased(text: str, typeface: Face) -> str:
    return text.upper() if typeface.is_uppercase else text


def _can_set(title: str, typeface: Face) -> bool:
    return typeface.can_set(_cased("".join(split_title(title)), typeface))


def split_title(title: str) -> tuple[str, str]:
    """Split a title at a colon or dash, and that of a series before the words of this film.

    Other names in brackets are left out.

    >>> split_title("Star Wars: Episode IV - A New Hope")
    ('Star Wars: Episode IV', 'A New Hope')
    >>> split_title("Harry Potter and the Goblet of Fire")
    ('Harry Potter and the', 'Goblet of Fire')
    >>> split_title("Seven (a.k.a. Se7en)")
    ('Seven', '')
    >>> split_title("Mission: Impossible")
    ('Mission: Impossible', '')
    """
    main = title.split(" (", maxsplit=1)[0].strip() or title
    if found := SERIES.fullmatch(main):
        head, tail = filter(None, found.groups())
        return head, tail
    for mark in (" or: ", ": ", " - "):
        head, _, tail = main.partition(mark)
        is_pair = " " in head or " " in tail
        if head and tail and is_pair and len(main) > LONGEST_FOR_LETTERS:
            return head, tail.replace(" - ", DASH)
    return main.replace(" - ", DASH), ""


def is_series(head: str, tail: str) -> bool:
    """Whether the words before the colon are likely those of a series, and the rest tells apart.

    >>> is_series("The Lord of the Rings", "The Two Towers"), is_series("2001", "A Space Odyssey")
    (True, False)
    """
    return len(head.split()) > 1 and len(tail.split()) > 1 and not head[-1].isdigit()


def _letter(title: str, year: int | None, zone: Zone, names: Sequence[str], size: int) -> str:
    """Return the title in the first of these faces that has its letters and fits the size."""
    faces = [face(name) for name in (*names, SIMPLEST_FACE)]
    able = [one for one in faces if _can_set(title, one)]
    settings = (_lettering(title, year, zone, one) for one in able)
    setting = next((one for one in settings if len(one) <= size), "")
    if not setting and able:
        return _lettering(title, year, zone, able[-1])
    return setting or _plain_text(title, year, zone)


def _lettering(title: str, year: int | None, zone: Zone, typeface: Face) -> str:
    """Title, subtitle and year in the zone, top to bottom."""
    main, subtitle = (_cased(part, typeface) for part in split_title(title))
    height = zone.height - (YEAR_CAP_HEIGHT + GAP if year else 0)
    style: Style = "justified" if typeface.name in JUSTIFIED else "even"
    box = {"width": zone.width, "largest": zone.height * 0.6}
    if not subtitle:
        blocks = [fit(main, typeface, height=height, style=style, **box)]
    elif is_series(main, subtitle):
        heading = fit(main, typeface, width=zone.width, height=height * 0.26, largest=24)
        rest = height - block_height(heading, typeface) - GAP
        blocks = [heading, fit(subtitle, typeface, height=rest, style=style, **box)]
    else:
        blocks = [fit(main, typeface, height=height * 0.58, style=style, **box)]
        largest = 0.8 * min(line.cap_height for line in blocks[0])
        rest = height - block_height(blocks[0], typeface) - GAP
        blocks.append(fit(subtitle, typeface, width=zone.width, height=rest, largest=largest))
    if year:
        width = typeface.width(str(year)) * YEAR_CAP_HEIGHT / CAP_HEIGHT
        blocks.append([Line(str(year), YEAR_CAP_HEIGHT, width)])
    return _place(blocks, zone, typeface)


def _place(blocks: list[list[Line]], zone: Zone, typeface: Face) -> str:
    """Blocks under one another, with the zone's alignment, as outlines."""
    tall = sum(block_height(block, typeface) for block in blocks) + GAP * (len(blocks) - 1)
    slack = {"top": 0.0, "middle": 0.5, "bottom": 1.0}[zone.anchor] * (zone.height - tall)
    y = zone.y + slack
    rows = []
    for block in blocks:
        for i, line in enumerate(block):
            y += line.cap_height * (typeface.pitch if i else 1)
            x = zone.x + (zone.width - line.width) / 2 if zone.align == "middle" else zone.x
            rows.append((line, x, y))
        y += GAP + typeface.descent * block[-1].cap_height
    return outlined_rows(rows, typeface, zone.ink)


def outlined_rows(rows: Sequence[tuple[Line, float, float]], typeface: Face, colour: str) -> str:
    """Return lines of letters as outlines; each line comes with its left end and its baseline."""
    glyphs: dict[str, int] = {}
    drawn = "".join(_row(line, x, y, typeface, glyphs) for line, x, y in rows)
    outlines = "".join(
        f'<path id="g{index}" d="{typeface.outlines[character]}"/>'
        for character, index in glyphs.items()
    )
    return f'<defs>{outlines}</defs><g fill="{colour}">{drawn}</g>'


def _row(line: Line, x: float, y: float, typeface: Face, glyphs: dict[str, int]) -> str:
    uses = "".join(
        f'<use href="#g{glyphs.setdefault(character, len(glyphs))}" x="{start}"/>'
        for character, start in zip(line.text, typeface.positions(line.text), strict=False)
        if character != " "
    )
    scale = line.cap_height / CAP_HEIGHT
    return f'<g transform="translate({number(x)} {number(y)})scale({scale:.3f})">{uses}</g>'


def _plain_text(title: str, year: int | None, zone: Zone) -> str:
    """For scripts that no face has: the system's letters, squeezed into the zone where needed."""
    x = number(zone.x + (zone.width / 2 if zone.align == "middle" else 0))
    y = zone.y + zone.height / 2
    size = min(40.0, zone.width / len(title) * 1.9)
    squeeze = f'textLength="{number(zone.width)}" lengthAdjust="spacingAndGlyphs"'
    style = f'font-family="sans-serif" font-weight="700" text-anchor="{zone.align}"'
    return (
        f'<g fill="{zone.ink}" {style}><text x="{x}" y="{number(y)}" font-size="{number(size)}" '
        f"{squeeze if size < 40 else ''}>{escape(title)}</text>"
        f'<text x="{x}" y="{number(y + 34)}" font-size="16">{year or ""}</text></g>'
    )
