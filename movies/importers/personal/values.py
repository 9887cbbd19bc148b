"""Values as exports write them: ratings on several scales, years, names, numbers of films."""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from movies.importers.errors import BadRow, printable

FIRST_FILM_YEAR: Final = 1870
MAX_ID: Final = 2**31 - 1
_IMDB: Final = re.compile(r"(?:^|[^a-z])tt0*(\d{1,10})(?!\d)", re.IGNORECASE)
_UP: Final = 8
_DOWN: Final = 3
_THUMBS: Final = {
    **dict.fromkeys(("+1", "1", "+", "up", "thumb up", "thumbs up", "\N{THUMBS UP SIGN}"), _UP),
    **dict.fromkeys(("like", "liked", "i like", "yes", "true", "ja", "daumen hoch"), _UP),
    **dict.fromkeys(("-1", "0", "-", "down", "thumb down", "thumbs down"), _DOWN),
    **dict.fromkeys(("\N{THUMBS DOWN SIGN}", "dislike", "disliked", "i dislike"), _DOWN),
    **dict.fromkeys(("no", "false", "nein", "daumen runter"), _DOWN),
}
_WORDS_APART: Final = re.compile(r"(?<=\w)[\s_-]+(?=\w)")
_OF_EMOJI: Final = re.compile("[\N{VARIATION SELECTOR-16}\U0001f3fb-\U0001f3ff]")
"""Marks after a thumb: that it is a picture, and the colour of its skin."""


class Scale(StrEnum):
    """How a source writes a rating."""

    FIVE = "5"
    TEN = "10"
    HUNDRED = "100"
    PERCENT = "percent"
    THUMBS = "thumbs"


_PER_HALF_STAR: Final = {Scale.FIVE: 0.5, Scale.TEN: 1.0, Scale.HUNDRED: 10.0, Scale.PERCENT: 10.0}


def half_stars(text: str | float, scale: Scale) -> tuple[int, str]:
    """Return a rating in half stars, and a note if it had to be rounded.

    Halves are rounded up: 7.5 of ten are four stars. A thumb up is four stars, a thumb down is one
    and a half.

    Raises
    ------
    BadRow
        It is no rating on this scale.

    >>> half_stars("9", Scale.TEN), half_stars("72%", Scale.PERCENT)
    ((9, ''), (7, '72% was rounded to 3.5 stars'))

    """
    shown = printable(str(text).strip())
    if scale == Scale.THUMBS:
        thumb = _thumb(str(text))
        if thumb is None:
            raise BadRow(f"the rating {shown!r} is neither a thumb up nor a thumb down")
        return thumb, ""
    value = _number(shown)
    top = 10 * _PER_HALF_STAR[scale]
    if not 0 < value <= top:
        raise BadRow(f"the rating {shown!r} is not on the scale up to {top:g}")
    exact = value / _PER_HALF_STAR[scale]
    result = max(1, math.floor(exact + 0.5))
    unit = "star" if result == 2 else "stars"
    return result, "" if result == exact else f"{shown} was rounded to {result / 2:g} {unit}"


def scale_of(texts: Iterable[str]) -> Scale | None:
    """Return the scale that these ratings show; None if it must be asked.

    Ratings above 10 show a hundred, above 5 ten. Halves up to 5 show five stars. Whole numbers up
    to 5 could be either, and so the person is asked. Only thumbs have words, signs or zeros.

    >>> scale_of(["3", "85"]), scale_of(["4.5", "2"]), scale_of(["4", "2"])
    (<Scale.HUNDRED: '100'>, <Scale.FIVE: '5'>, None)
    """
    shown = [text.strip() for text in texts]
    values = [_number(text) for text in shown]
    is_thumbs = all(_thumb(text) is not None for text in shown)
    if is_thumbs and any(math.isnan(value) or value <= 0 for value in values):
        return Scale.THUMBS
    if any(map(math.isnan, values)):
        return None
    top = max(values, default=0)
    if any(text.endswith("%") for text in shown):
        return Scale.PERCENT
    if top > 5:  # the scale of five stars
        return Scale.HUNDRED if top > 10 else Scale.TEN  # the scale of ten
    return Scale.FIVE if any(value % 1 == 0.5 for value in values) else None


def is_number(text: str) -> bool:
    """Return whether a text is a number, perhaps with a decimal comma or a percent sign."""
    return not math.isnan(_number(text.strip()))


def _number(text: str) -> float:
    """Return the number that a text is; NaN if it is none."""
    try:
        value = float(text.rstrip("% ").replace(",", "."))
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _thumb(text: str) -> int | None:
    """Return the half stars of a thumb up or down; None if it is neither."""
    bare = _OF_EMOJI.sub("", _WORDS_APART.sub(" ", text.strip().casefold()))
    return _THUMBS.get(bare)


def year_of(value: Any) -> int | None:
    """Return a film's year from a year or a date; None if there is none."""
    text = str(value if value is not None else "").strip()[:4]
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    return year if FIRST_FILM_YEAR < year <= datetime.now(UTC).year + 10 else None


def imdb_id(value: Any) -> str:
    """Return the IMDb id in a text, an address or a bare number; empty if there is none.

    >>> imdb_id("http://www.imdb.com/title/tt0113277/"), imdb_id("0113277"), imdb_id("-")
    ('tt0113277', 'tt0113277', '')
    """
    text = str(value or "").strip()
    if text.isascii() and text.isdigit() and len(text) <= 10 and int(text):
        return f"tt{int(text):07d}"
    match = _IMDB.search(text)
    return f"tt{int(match[1]):07d}" if match and int(match[1]) else ""


def number(value: Any) -> int | None:
    """Return a positive id; None for anything else."""
    text = str(value if value is not None else "").strip().removesuffix(".0")
    is_whole = text.isascii() and text.isdigit() and len(text) <= 10
    return int(text) if is_whole and 0 < int(text) <= MAX_ID else None


def people_of(text: str) -> tuple[str, ...]:
    """Return the names in a list separated by commas."""
    return tuple(filter(None, (name.strip() for name in text.split(","))))
