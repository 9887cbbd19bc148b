"""Values as exports write them: ratings on several scales, years, names, numbers of films."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from movies.importers.errors import BadRow, printable

FIRST_FILM_YEAR: Final = 1870
MAX_ID: Final = 2**31 - 1
_IMDB: Final = re.compile(r"(?:^|[^a-z])tt0*(\d{1,10})(?!\d)", re.IGNORECASE)
_TOPS: Final = frozenset({4, 5, 6, 10, 20, 100})
_OUT_OF: Final = re.compile(r"([\d.,]+)\s*(?:/|out of|of|von|sur|de|su)\s*(\d+)", re.IGNORECASE)
_SIGNS: Final = re.compile(
    r"(?P<full>[\u2605\u2b50\U0001f31f*]*)(?P<half>\N{VULGAR FRACTION ONE HALF}|1/2|\u2bea|\u2be8)?"
    r"(?P<empty>[\u2606\u2729]*)"
)
"""Stars as signs: full, half and empty ones."""
_UNIT: Final = re.compile(
    r"\s*(?:stars?|sterne?|[eé]toiles?|estrellas?|stell[ae]|points?|punkte?|[\u2605\u2b50])$",
    re.IGNORECASE,
)
_HALF: Final = re.compile(r"(?<=\d)\s?\N{VULGAR FRACTION ONE HALF}$")
_NO_RATING: Final = frozenset({"", "-", "\N{EN DASH}", "none", "null", "nan", "n/a", "unrated"})
_UP: Final = 8
_DOWN: Final = 3
_THUMBS: Final = {
    **dict.fromkeys(("+1", "1", "+", "up", "thumb up", "thumbs up", "\N{THUMBS UP SIGN}"), _UP),
    **dict.fromkeys(("like", "liked", "i like", "yes", "true", "ja", "daumen hoch"), _UP),
    **dict.fromkeys(("-1", "0", "-", "down", "thumb down", "thumbs down"), _DOWN),
    **dict.fromkeys(("\N{THUMBS DOWN SIGN}", "dislike", "disliked", "i dislike"), _DOWN),
    **dict.fromkeys(("no", "false", "nein", "daumen runter"), _DOWN),
}
_LETTERS: Final = {
    f"{letter}{sign}": middle + step
    for letter, middle in (("a", 9), ("b", 7), ("c", 5), ("d", 3))
    for sign, step in (("+", 1), ("", 0), ("-", -1))
} | {"e": 2, "f": 1}
"""Half stars of letter grades."""
_GRADE: Final = re.compile(r"([1-6](?:[.,]\d{1,2})?)\s*([+\u2212-]?)")
"""A school grade, also "2+", "2-" and "1,7"."""
_YEAR_FIRST: Final = re.compile(r"\d{4}", re.ASCII)
_YEAR: Final = re.compile(r"(?<![\d:+])\d{4}(?!\d)", re.ASCII)
"""Four digits in a date, and not the zone of its time."""
_YEAR_AT_END: Final = re.compile(
    r"(?P<title>.*\S)\s*(?:\[(?P<in_brackets>\d{4})\]|,\s*(?P<after_comma>\d{4}))", re.ASCII
)
_NEGATIVE: Final = frozenset({"0", "no", "false", "nein"})
"""Thumbs down that may also say that a film has no mark."""
_WORDS_APART: Final = re.compile(r"(?<=\w)[\s_-]+(?=\w)")
_OF_EMOJI: Final = re.compile("[\N{VARIATION SELECTOR-16}\U0001f3fb-\U0001f3ff]")
"""Marks after a thumb: that it is a picture, and the colour of its skin."""


class Scale(StrEnum):
    """How a source writes a rating."""

    FOUR = "4"
    FIVE = "5"
    TEN = "10"
    TWENTY = "20"
    HUNDRED = "100"
    PERCENT = "percent"
    THUMBS = "thumbs"
    GRADES = "grades"
    """School grades from 1, the best, to 6."""
    LETTERS = "letters"
    """School grades from A+, the best, to F."""


_TOP: Final = {
    Scale.FOUR: 4,
    Scale.FIVE: 5,
    Scale.TEN: 10,
    Scale.TWENTY: 20,
    Scale.HUNDRED: 100,
    Scale.PERCENT: 100,
}
_NAMED_TOP: Final = re.compile(
    r"(?:[(\[/]|\b(?:of|out of|von|sur|de|su|max)\b\.?)\s*(4|5|10|20|100)\s*[)\]]?$", re.IGNORECASE
)
"""The best rating at the end of the name of a column."""


def rating_of(value: Any, scale: Scale) -> tuple[int | None, str]:
    """Return a rating in half stars, and a note if it had to be rounded; None if there is none.

    Nothing, a dash and 0 are no rating: no scale begins at 0, but programs write it for none.

    Raises
    ------
    BadRow
        It is no rating on this scale.

    >>> rating_of("", Scale.TEN), rating_of(0.0, Scale.TEN), rating_of("0", Scale.THUMBS)
    ((None, ''), (None, ''), (3, ''))
    """
    text = str(value if value is not None else "").strip()
    is_zero = scale != Scale.THUMBS and _parsed(text)[0] == 0
    if is_zero or text.casefold() in _NO_RATING:
        return None, ""
    return half_stars(text, scale)


def half_stars(text: str | float, scale: Scale) -> tuple[int, str]:
    """Return a rating in half stars, and a note if it had to be rounded.

    Halves are rounded up: 7.5 of ten are four stars. A thumb up is four stars, a thumb down is one
    and a half. The school grade 1 is five stars, and each further grade one star less. A+ is five
    stars, A four and a half, and each further letter one star less. A rating that names its own
    scale, such as "8/10" or "80%", is on that scale.

    Raises
    ------
    BadRow
        It is no rating on this scale.

    >>> half_stars("9", Scale.TEN), half_stars("72%", Scale.PERCENT), half_stars("8/10", Scale.FIVE)
    ((9, ''), (7, '72% was rounded to 3.5 stars'), (8, ''))

    """
    shown = printable(str(text).strip())
    thumb = _thumb(str(text)) if scale == Scale.THUMBS else None
    if thumb is not None:
        return thumb, ""
    if scale in _EXACT_OF:
        return _of_grade(shown, scale)
    value, own_top = _parsed(shown)
    if scale == Scale.THUMBS and own_top is None:
        raise BadRow(f"the rating {shown!r} is neither a thumb up nor a thumb down")
    top = own_top or _TOP[scale]
    if not 0 < value <= top:
        raise BadRow(f"the rating {shown!r} is not on the scale up to {top:g}")
    return _rounded(shown, value * 10 / top)


def _of_grade(shown: str, scale: Scale) -> tuple[int, str]:
    """Return a grade in half stars, and a note if it had to be rounded.

    Raises
    ------
    BadRow
        It is no such grade.

    """
    exact = _EXACT_OF[scale](shown)
    if exact is None and scale == Scale.GRADES:
        raise BadRow(f"the rating {shown!r} is not among the grades from 1 to 6")
    if exact is None:
        raise BadRow(f"the rating {shown!r} is not among the grades from A+ to F")
    return _rounded(shown, exact)


def _rounded(shown: str, exact: float) -> tuple[int, str]:
    """Return half stars as a whole number from 1 to 10, and a note if they were rounded."""
    result = min(10, max(1, math.floor(exact + 0.5)))
    unit = "star" if result == 2 else "stars"
    return result, "" if result == exact else f"{shown} was rounded to {result / 2:g} {unit}"


def _school_grade(text: str) -> float | None:
    """Return the half stars of a school grade, not rounded; None if it is none.

    >>> _school_grade("1"), _school_grade("2,5"), _school_grade("6"), _school_grade("7")
    (10.0, 7.0, 0.0, None)
    """
    match = _GRADE.fullmatch(text.strip())
    if match is None or float(match[1].replace(",", ".")) > 6:
        return None
    tendency = {"": 0.0, "+": -0.3}.get(match[2], 0.3)
    return 12 - 2 * (float(match[1].replace(",", ".")) + tendency)


def _letter_grade(text: str) -> float | None:
    """Return the half stars of a letter grade; None if it is none."""
    return _LETTERS.get(text.strip().casefold().replace("\u2212", "-"))


_EXACT_OF: Final[Mapping[Scale, Callable[[str], float | None]]] = {
    Scale.GRADES: _school_grade,
    Scale.LETTERS: _letter_grade,
}
"""The scales of grades: what a text means in half stars."""


def scale_of(texts: Iterable[str] | Mapping[str, int]) -> Scale | None:
    """Return the scale that these ratings show; None if it must be asked.

    Ratings above 20 show a hundred, above 5 ten, unless they are outliers. Halves up to 5 show
    five stars, and so do signs if all ratings are signs. From 11 to 20 the highest rating could be
    of 20 or of a hundred, and so the person is asked. Whole numbers up to 5 could be either, and
    so the person is asked. Thumbs have words, signs or a negative number; only 1 and 0 could also
    be marks. Letters are grades if all ratings are, and so are numbers if one of them is such as
    "2-". Whole numbers of which 6 is the highest could be grades as well: they are asked for, too.
    Ratings that name their own scale, such as "8/10" and "80%", count only if all of them
    do. A mapping has the number of times that each rating occurs.

    >>> scale_of(["3", "85"]), scale_of(["4.5", "2"]), scale_of(["4", "2"]), scale_of(["4/10"])
    (<Scale.HUNDRED: '100'>, <Scale.FIVE: '5'>, None, <Scale.TEN: '10'>)
    """
    shown = [text for one in texts if (text := one.strip()).casefold() not in _NO_RATING]
    parsed = [_parsed(text) for text in shown]
    named_tops = [top for _value, top in parsed if top]
    values = {text: value for text, (value, top) in zip(shown, parsed, strict=True) if not top}
    is_thumbs = bool(shown) and all(_thumb(text) is not None for text in shown)
    if is_thumbs and any(math.isnan(value) or value < 0 for value in values.values()):
        return Scale.THUMBS
    if shown and all(_letter_grade(text) is not None for text in shown):
        return Scale.LETTERS
    if any(text[-1] in "+-" for text in shown) and all(_school_grade(text) for text in shown):
        return Scale.GRADES
    if any(map(math.isnan, values.values())) or outliers(texts):
        return None
    if shown and all(text.endswith("%") for text in shown):
        return Scale.PERCENT
    highest = max(values.values() or named_tops, default=0)
    if 5 < highest <= 6 and all(_school_grade(text) is not None for text in values):
        return None
    if highest > 5:  # the scale of five stars
        return _of_highest(highest)
    is_halves = any(value % 1 == 0.5 for value in values.values())
    is_five = is_halves or (bool(values) and all(map(_signs, values)))
    return Scale.FIVE if is_five or (named_tops and not values) else None


def _of_highest(highest: float) -> Scale | None:
    """Return the scale whose highest rating is above 5; None if it must be asked."""
    if highest <= _TOP[Scale.TEN]:
        return Scale.TEN
    return Scale.HUNDRED if highest > _TOP[Scale.TWENTY] else None


def scale_named(column: str) -> Scale | None:
    """Return the scale that the name of a column ends with; None if there is none.

    >>> scale_named("Stars (of 4)"), scale_named("Note sur 20"), scale_named("Rating 10")
    (<Scale.FOUR: '4'>, <Scale.TWENTY: '20'>, None)
    """
    match = _NAMED_TOP.search(column.strip())
    return Scale(match[1]) if match else None


def without_scale(column: str) -> str:
    """Return the name of a column without the scale at its end.

    >>> without_scale("Note sur 20"), without_scale("Stars (of 4)")
    ('Note ', 'Stars ')
    """
    return _NAMED_TOP.sub("", column.strip())


def outliers(texts: Iterable[str] | Mapping[str, int]) -> list[str]:
    """Return the ratings above a scale on which at least three of four ratings are, highest first.

    >>> outliers(["9", "8", "8.5", "17"]), outliers(["9", "8", "17"])
    (['17'], [])
    """
    counts = Counter(texts)
    parsed = {text: _parsed(text.strip()) for text in counts}
    values = {text: value for text, (value, top) in parsed.items() if value > 0 and not top}
    n_values = sum(counts[text] for text in values)
    for scale in (Scale.FIVE, Scale.TEN, Scale.TWENTY):
        above = [text for text, value in values.items() if value > _TOP[scale]]
        if above and 4 * sum(counts[text] for text in above) <= n_values:
            return sorted(above, key=lambda text: -values[text])
    return []


def is_thumb_down(text: str) -> bool:
    """Return whether a text says that a film is bad, and not only "no" or 0."""
    return _thumb(text) == _DOWN and _plain_thumb(text) not in _NEGATIVE | _NO_RATING


def is_negative(text: str) -> bool:
    """Return whether a text is "no" or 0: a thumb down, or that there is no mark."""
    return _plain_thumb(text) in _NEGATIVE


def is_number(text: str) -> bool:
    """Return whether a text is a number: also with a decimal comma, as "8/10" or as stars."""
    return not math.isnan(number_of(text))


def number_of(text: str) -> float:
    """Return the number in a text such as "7,5", "72%", "8/10" or stars; NaN if it is none."""
    return _parsed(text.strip())[0]


def n_signs(text: str) -> float:
    """Return the number of stars of a rating in signs, which names no scale; 0 for anything else.

    >>> n_signs("\u2605\u2605\u00bd"), n_signs("\u2605\u2605\u2606\u2606\u2606"), n_signs("4")
    (2.5, 0, 0)
    """
    value, top = _parsed(text.strip())
    return value if top is None and _signs(text) else 0


def is_rating(text: str) -> bool:
    """Return whether a text may be a rating: a number up to 100, stars, a thumb, grade or dash."""
    value, top = _parsed(text.strip())
    is_on_a_scale = 0 <= value <= (top or _TOP[Scale.HUNDRED])
    is_grade = any(grade(text) is not None for grade in _EXACT_OF.values())
    return (
        is_on_a_scale
        or is_grade
        or _thumb(text) is not None
        or text.strip().casefold() in _NO_RATING
    )


@lru_cache(maxsize=1_000)
def _parsed(text: str) -> tuple[float, int | None]:
    """Return the number that a rating is and the top of the scale that it names; NaN if none.

    >>> _parsed("7,5 / 10"), _parsed("***"), _parsed("3\u00bd"), _parsed("\u2605\u2606\u2606\u2606")
    ((7.5, 10), (3.0, None), (3.5, None), (1.0, 4))
    """
    if text.endswith("%"):
        return _number(text), _TOP[Scale.PERCENT]
    if match := _OUT_OF.fullmatch(text):
        top = int(match[2])
        return (_number(match[1]), top) if top in _TOPS else (math.nan, None)
    if signs := _signs(text):
        n_full, is_half, n_empty = len(signs["full"]), bool(signs["half"]), len(signs["empty"])
        n_all = n_full + is_half + n_empty
        return n_full + is_half / 2, n_all if n_empty and n_all in _TOPS else None
    return _number(_HALF.sub(".5", _UNIT.sub("", text))), None


def _signs(text: str) -> re.Match[str] | None:
    """Return the stars of a rating in signs; None if there is anything else or nothing."""
    bare = _OF_EMOJI.sub("", text).replace(" ", "")
    return _SIGNS.fullmatch(bare) if bare else None


def _number(text: str) -> float:
    """Return the number that a text is; NaN if it is none."""
    try:
        value = float(text.rstrip("% ").replace(",", "."))
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _thumb(text: str) -> int | None:
    """Return the half stars of a thumb up or down; None if it is neither."""
    return _THUMBS.get(_plain_thumb(text))


def _plain_thumb(text: str) -> str:
    """Return a thumb in lower case, without the colour of its skin."""
    return _OF_EMOJI.sub("", _WORDS_APART.sub(" ", text.strip().casefold()))


def year_of(value: Any) -> int | None:
    """Return a film's year from a year or a date; None if there is none.

    >>> year_of("1979-05-25"), year_of("25.05.1979"), year_of("(1979)"), year_of("79")
    (1979, 1979, 1979, None)
    """
    text = str(value if value is not None else "").strip()
    years = [text[:4]] if _YEAR_FIRST.match(text) else _YEAR.findall(text)
    year = int(years[0]) if len(years) == 1 else 0
    return year if FIRST_FILM_YEAR < year <= datetime.now(UTC).year + 10 else None


def with_year_in_brackets(title: str) -> str:
    """Return a title whose year at its end is in round brackets, if a sign shows that it is one.

    >>> with_year_in_brackets("Alien [1979]"), with_year_in_brackets("Ran, 1985")
    ('Alien (1979)', 'Ran (1985)')
    >>> with_year_in_brackets("Blade Runner 2049"), with_year_in_brackets("[1979]")
    ('Blade Runner 2049', '[1979]')
    """
    match = _YEAR_AT_END.fullmatch(title)
    year = year_of(match["in_brackets"] or match["after_comma"]) if match else None
    return f"{match['title']} ({year})" if match and year else title


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
