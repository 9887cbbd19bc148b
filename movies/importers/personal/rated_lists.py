"""Lists of one film a line, with or without its rating: "Heat (1995) 9/10", "8.5 Heat"."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from functools import cached_property
from itertools import islice, pairwise
from typing import Final, NamedTuple

from movies.importers.personal.counters import IN_ORDER, Counters, style_of
from movies.importers.personal.files import Member, Record
from movies.importers.personal.values import with_year_in_brackets
from movies.titles import parse_title

N_LOOKED_AT: Final = 200
MAX_LINE: Final = 120
"""A longer line is prose."""
HEADING: Final = "the line is a heading or a comment"
NOT_TICKED: Final = "the box of the line is not ticked"
_OUT_OF: Final = r"\d{1,3}(?:[.,]\d+)?\s*/\s*\d{1,3}"
_SIGNS: Final = "[\u2605\u2606\u2b50*]+\\s?(?:\u00bd|1/2)?|(?<!\\b\\d\\s)\u00bd"
"""Stars; half a star alone, but not the number of "8 \u00bd"."""
_UNIT: Final = r"(?:%|stars?|sterne?|points?|punkte?|\u2605)"
_NUMBER: Final = rf"\d{{1,3}}(?:[.,]\d+)?[+-]?\s*{_UNIT}?"
_LETTER: Final = r"[A-F][+-]?"
_THUMB: Final = "[\U0001f44d\U0001f44e][\U0001f3fb-\U0001f3ff]?"
_PLAIN: Final = f"{_OUT_OF}|{_SIGNS}|{_THUMB}"
"""Ratings that cannot be a part of a title."""
_RATING: Final = f"{_OUT_OF}|{_SIGNS}|{_NUMBER}|{_LETTER}|{_THUMB}"
_YEAR: Final = r"[(\[](?P<year>\d{4})[)\]]"
_REMARK: Final = r"(?:\s*\((?!\d{4}\))[^()]*\))?"
"""A remark in brackets after a rating: "Alien 9/10 (again!)"."""
_BULLET: Final = re.compile(r"[-\u2022\u2013\u2014\u2023\u25aa\u25cf\u25e6\u00b7]\s+")
_STAR: Final = re.compile(r"\*\s+")
"""A bullet of Markdown, unless another line of the list begins with several stars."""
_BOX: Final = re.compile(
    r"(?:\[(?P<box>[ xX\u2713\u2714]?)\]|(?P<sign>[\u2610\u2611\u2612\u2705\u2713\u2714\u2b1c]))\s+"
)
_EMPTY_BOXES: Final = frozenset({"", " ", "\u2610", "\u2b1c"})
_COMMENT: Final = re.compile(r"(?:#|//)(?!\d)|[-=_*~#]{3,}$|[^:]*:$")
"""A heading of Markdown, a comment, a rule, or words with a colon after them."""
_DASH: Final = r"[-\u2013\u2014:|=,;]"
_AFTER: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?P<title>.+?)\s*,?\s*{_YEAR}\s*{_DASH}*\s*(?P<rating>{_RATING}){_REMARK}",
        rf"(?P<title>.+?)(?:\s+[-\u2013\u2014|=]|:)\s*(?P<rating>{_RATING})",
        rf"(?P<title>.+?),?\s+(?P<year>(?:18|19|20)\d\d),?\s+(?P<rating>{_PLAIN}){_REMARK}",
        rf"(?P<title>.+?)\s+(?P<rating>{_PLAIN})\s*{_YEAR}",
        rf"(?P<title>.+?)(?:\s+[-\u2013\u2014|=]|:)?\s+(?P<rating>{_PLAIN}){_REMARK}",
    )
)
"""A rating after the title: a plain number needs a year or a dash before it ("Rocky 2")."""


def _before(rating: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<rating>{rating})\s*{_DASH}?\s+(?P<title>(?!(?:1/2|\u00bd)?\s*(?:\(\d{{4}}\))?$).+?)"
        rf"(?:\s*{_YEAR})?",
        re.IGNORECASE,
    )


_BEFORE: Final = (_before(f"{_PLAIN}|{_NUMBER}"),)
"""A rating before the title."""
_BEFORE_IN_COUNTED: Final = (_before(rf"{_PLAIN}|\d{{1,3}}(?:[.,]\d+)?\s*{_UNIT}"),)
"""A rating between the number of a line and the title: a plain number belongs to the title."""
_BARE: Final = re.compile(rf"(?P<number>\d{{1,3}})\s+(?!{_DASH})", re.ASCII)
"""A number before other words, such as that of "12 Angry Men"."""
_MAX_RATINGS: Final = (10, 100)


class Reading(Enum):
    """What numbers before the titles of a list are."""

    RATINGS = "ratings"
    TITLES = "titles"
    OPEN = "open"
    """Ratings or a part of the titles: only the person can tell."""


class _Line(NamedTuple):
    """The parts of a line, and the whole; a line without a rating is a title."""

    title: str
    year: str = ""
    rating: str = ""
    whole: str = ""


class TitleList(Member):
    """A list of one film a line, without bullets, boxes and the numbers that count the lines."""

    def __init__(self, member: Member) -> None:
        super().__init__(member.path, member.n_bytes, member.open_stream)
        self.preferred_encoding = member.preferred_encoding
        self.delimiter = "\t"

    def csv_rows(self) -> Iterator[Record]:
        """Yield the lines of the list; headings, comments and lines not ticked as damaged."""
        counters = Counters(self._style)
        for record in super().csv_rows():
            if not any(record.fields):
                yield record
                continue
            first, *others = record.fields
            line = self._without_bullet(first)
            box = _BOX.match(line)
            bare = line[box.end() :] if box else line
            title = counters.take_off(bare)
            text = with_year_in_brackets(bare if title is None else title)
            damage = record.damage
            if self._is_ticked and _is_empty(box):
                damage = NOT_TICKED
            elif title is None and self._is_heading(text):
                damage = HEADING
            yield replace(record, fields=(text, *others), damage=damage)

    @property
    def is_counted(self) -> bool:
        """Whether the lines begin with numbers that count them."""
        return bool(self._style)

    @property
    def is_film_first(self) -> bool:
        """Whether the first line has a number that counts it, and so is no name of the column."""
        return Counters(self._style).take_off(self._lines[0]) is not None

    @cached_property
    def _style(self) -> str:
        return style_of(self._lines)

    @cached_property
    def _lines(self) -> list[str]:
        """The first lines without bullets and boxes."""
        lines = map(self._without_bullet, self._raw_lines)
        return [_BOX.sub("", line, count=1) if _BOX.match(line) else line for line in lines]

    @cached_property
    def _raw_lines(self) -> list[str]:
        lines = (record.fields[0] for record in super().csv_rows() if any(record.fields))
        return list(islice(lines, N_LOOKED_AT))

    @cached_property
    def _is_ticked(self) -> bool:
        """Whether there are boxes, and some of them are ticked."""
        boxes = [_BOX.match(self._without_bullet(line)) for line in self._raw_lines]
        return any(box and not _is_empty(box) for box in boxes)

    @cached_property
    def _has_star_bullets(self) -> bool:
        return not any(line.startswith("**") for line in self._raw_lines)

    @cached_property
    def _has_comments(self) -> bool:
        """Whether signs of comments are before a few lines only."""
        return 2 * sum(_COMMENT.match(line) is not None for line in self._lines) < len(self._lines)

    def _without_bullet(self, line: str) -> str:
        match = _BULLET.match(line) or (self._has_star_bullets and _STAR.match(line))
        return line[match.end() :] if match else line

    def _is_heading(self, text: str) -> bool:
        """Return whether a line that is not counted is a heading or a comment, and no film.

        In a counted list every film has its number, or else its year.
        """
        if self._is_film(text):
            return False
        is_comment = self._has_comments and _COMMENT.match(text) is not None
        return is_comment or self._style not in {"", IN_ORDER}

    def _is_film(self, text: str) -> bool:
        return parse_title(text).year is not None


class RatedList(TitleList):
    """A list as a table with the columns title, year, rating and the whole line."""

    def __init__(
        self, member: Member, forms: Sequence[re.Pattern[str]], reading: Reading = Reading.RATINGS
    ) -> None:
        super().__init__(member)
        self._forms = forms
        self._reading = reading

    @property
    def positions(self) -> Mapping[str, int]:
        """The columns that are suggested; none if the person must say what the numbers are."""
        if self._reading == Reading.OPEN:
            return {}
        if self._reading == Reading.TITLES:
            return {"title": 3}
        return {"title": 0, "year": 1, "rating": 2}

    def csv_rows(self) -> Iterator[Record]:
        """Yield the lines of the list, each as a row of four values."""
        for record in super().csv_rows():
            text = " ".join(record.fields)
            yield replace(record, fields=_parsed(text, self._forms) if text else ())

    def _is_film(self, text: str) -> bool:
        return super()._is_film(text) or bool(_parsed(text, self._forms).rating)


def rated_list(member: Member, *, is_named: bool = False) -> RatedList | None:
    """Return a file as a list of rated films; None if most of its lines have no rating.

    Numbers that only count the lines are no ratings. Behind such numbers, and below the name of a
    column of titles (``is_named``), a further plain number belongs to the title.
    """
    lines = TitleList(member)
    if not lines.header:
        return None
    records = islice(lines.records(has_header=False), N_LOOKED_AT)
    texts = [" ".join(record.fields) for record in records if record.damage != HEADING]
    before = _BEFORE_IN_COUNTED if lines.is_counted or is_named else _BEFORE
    for forms in (_AFTER, before):
        found = [_parsed(text, forms) for text in texts]
        ratings = [line.rating for line in found if line.rating]
        if 2 * len(ratings) > len(texts) and not (forms is _BEFORE and _is_count(ratings)):
            reading = _reading(found) if forms is _BEFORE else Reading.RATINGS
            return RatedList(member, forms, reading)
    return None


def _parsed(text: str, forms: Sequence[re.Pattern[str]]) -> _Line:
    """Return the parts of a line.

    >>> _parsed("Heat (1995) - 4.5", _AFTER)
    _Line(title='Heat', year='1995', rating='4.5', whole='Heat (1995) - 4.5')
    >>> _parsed("8.5 Heat", _BEFORE)
    _Line(title='Heat', year='', rating='8.5', whole='8.5 Heat')
    """
    for form in forms if len(text) <= MAX_LINE else ():
        if match := form.fullmatch(text):
            year = match.groupdict().get("year") or ""
            return _Line(match["title"], year, match["rating"], text)
    return _Line(text, whole=text)


def _reading(lines: Sequence[_Line]) -> Reading:
    """Return whether numbers before titles are ratings: they have decimals, a sign, or recur.

    Numbers up to 10 beside higher ones are on no scale, and so they belong to the titles.
    """
    rated = [line for line in lines if line.rating]
    matches = [_BARE.match(line.whole) for line in rated if line.rating.isdecimal()]
    numbers = [int(match["number"]) for match in matches if match]
    if 2 * len(numbers) <= len(rated):
        return Reading.RATINGS
    ten, hundred = _MAX_RATINGS
    if max(numbers) > hundred or min(numbers) <= ten < max(numbers):
        return Reading.TITLES
    is_recurrent = len(numbers) > 3 and 4 * len(set(numbers)) <= 3 * len(numbers)
    return Reading.RATINGS if is_recurrent else Reading.OPEN


def _is_empty(box: re.Match[str] | None) -> bool:
    return box is not None and (box["sign"] or box["box"]) in _EMPTY_BOXES


def _is_count(ratings: Sequence[str]) -> bool:
    """Return whether numbers before titles count the lines up or down."""
    if len(ratings) < 2 or not all(text.isdecimal() for text in ratings):
        return False
    steps = {int(second) - int(first) for first, second in pairwise(ratings)}
    return steps in ({1}, {-1})
