"""Values as exports write them: ratings on several scales, days and times, numbers of films."""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from movies.importers.errors import BadRow, printable

FIRST_FILM_YEAR: Final = 1870
MAX_ID: Final = 2**31 - 1
_FORMS: Final = (
    "%Y-%m-%d",
    "%a %b %d %H:%M:%S %Y",  # IMDb until 2016
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%d %B %Y",
    "%d %b %Y",
    "%B %d, %Y",
    "%b %d, %Y",
)
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")
_IMDB: Final = re.compile(r"(?:^|[^a-z])tt0*(\d{1,10})(?!\d)", re.IGNORECASE)
_THUMBS: Final = {
    **dict.fromkeys(("up", "like", "liked", "1", "yes", "true", "thumbs up", "+"), 8),
    **dict.fromkeys(("down", "dislike", "disliked", "-1", "0", "no", "false", "-"), 3),
    "thumbs down": 3,
}


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
        if shown.casefold() not in _THUMBS:
            raise BadRow(f"the rating {shown!r} is neither a thumb up nor a thumb down")
        return _THUMBS[shown.casefold()], ""
    try:
        value = float(shown.rstrip("% ").replace(",", "."))
    except ValueError:
        value = math.nan
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
    to 5 could be either, and so the person is asked.

    >>> scale_of(["3", "85"]), scale_of(["4.5", "2"]), scale_of(["4", "2"])
    (<Scale.HUNDRED: '100'>, <Scale.FIVE: '5'>, None)
    """
    values: list[float] = []
    is_percent = False
    for text in texts:
        is_percent = is_percent or text.strip().endswith("%")
        try:
            values.append(float(text.strip().rstrip("% ").replace(",", ".")))
        except ValueError:
            return Scale.THUMBS if text.strip().casefold() in _THUMBS else None
    top = max(values, default=0)
    if is_percent:
        return Scale.PERCENT
    if top > 5:  # the scale of five stars
        return Scale.HUNDRED if top > 10 else Scale.TEN  # the scale of ten
    return Scale.FIVE if any(value % 1 == 0.5 for value in values) else None


def moment(value: Any) -> tuple[datetime | None, str]:
    """Return when something happened, and a note if the date is missing or impossible.

    >>> moment("2020-05-02")[0].isoformat(), moment("2016-02-30T00:00:00.000Z")
    ('2020-05-02T00:00:00+00:00', (None, "the date '2016-02-30T00:00:00.000Z' is impossible"))
    """
    text = str(value if value is not None else "").strip()
    if not text:
        return None, ""
    found = _parsed(text)
    if found is None:
        return None, f"the date {printable(text)!r} is impossible"
    if found.year <= 1970:  # the epoch: a program's way to say "unknown"
        return None, "the date is unknown"
    if found > datetime.now(UTC) + timedelta(days=1):
        return None, f"the date {printable(text)!r} is in the future"
    return found, ""


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


def _parsed(text: str) -> datetime | None:
    if text.isascii() and text.isdigit() and len(text) in {9, 10, 13}:
        return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)
    found: datetime | None
    try:
        found = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    except ValueError:
        found = next((one for form in _FORMS if (one := _by_form(text, form))), None)
    if found is None:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _by_form(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 # the caller adds the zone
    except ValueError:
        return None
