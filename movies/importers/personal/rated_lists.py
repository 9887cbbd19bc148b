"""Lists of one film a line with its rating: "Heat (1995) 9/10", "Heat - 4.5", "8.5 Heat"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice, pairwise
from typing import Final, NamedTuple

from movies.importers.personal.files import Member, Record

N_LOOKED_AT: Final = 200
MAX_LINE: Final = 120
"""A longer line is prose."""
_OUT_OF: Final = r"\d{1,3}(?:[.,]\d+)?\s*/\s*\d{1,3}"
_SIGNS: Final = "[\u2605\u2606\u2b50*]+\\s?(?:\u00bd|1/2)?|(?<!\\b\\d\\s)\u00bd"
"""Stars; half a star alone, but not the number of "8 \u00bd"."""
_NUMBER: Final = r"\d{1,3}(?:[.,]\d+)?[+-]?\s*(?:%|stars?|sterne?|points?|punkte?|\u2605)?"
_LETTER: Final = r"[A-F][+-]?"
_THUMB: Final = "[\U0001f44d\U0001f44e][\U0001f3fb-\U0001f3ff]?"
_RATING: Final = f"{_OUT_OF}|{_SIGNS}|{_NUMBER}|{_LETTER}|{_THUMB}"
_YEAR: Final = r"\((?P<year>\d{4})\)"
_BULLET: Final = re.compile(r"^[-\u2022\u2013]\s+")
_COUNT: Final = re.compile(r"\s*#?(?P<number>\d{1,6})(?:[.):]|\.\))?\s+(?=\S)", re.ASCII)
"""The number of a line before a title: "1. Heat", "1) Heat", "#1 Heat", "01 Heat"."""
_DASH: Final = r"[-\u2013\u2014:|=,;]"
_AFTER: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?P<title>.+?)\s*,?\s*{_YEAR}\s*{_DASH}*\s*(?P<rating>{_RATING})",
        rf"(?P<title>.+?)(?:\s+[-\u2013\u2014|=]|:)\s*(?P<rating>{_RATING})",
        rf"(?P<title>.+?),?\s+(?P<year>(?:18|19|20)\d\d),?\s+(?P<rating>{_OUT_OF}|{_SIGNS}|{_THUMB})",
        rf"(?P<title>.+?)\s+(?P<rating>{_OUT_OF}|{_SIGNS}|{_THUMB})",
    )
)
"""A rating after the title: a plain number needs a year or a dash before it ("Rocky 2")."""
_BEFORE: Final = (
    re.compile(
        rf"(?P<rating>{_OUT_OF}|{_SIGNS}|{_NUMBER}|{_THUMB})\s*{_DASH}?\s+(?P<title>.+?)"
        rf"(?:\s*{_YEAR})?",
        re.IGNORECASE,
    ),
)
"""A rating before the title."""


class _Line(NamedTuple):
    """The parts of a line; a line without a rating is a title."""

    title: str
    year: str = ""
    rating: str = ""


class TitleList(Member):
    """A list of one film a line, without the numbers that count the lines."""

    def __init__(self, member: Member) -> None:
        super().__init__(member.path, member.n_bytes, member.open_stream)
        self.preferred_encoding = member.preferred_encoding
        self.delimiter = "\t"

    def csv_rows(self) -> Iterator[Record]:
        """Yield the lines of the list; each number that continues the count is left out."""
        count = 0
        for record in super().csv_rows():
            match = _COUNT.match(record.fields[0]) if self._is_counted and record.fields else None
            if match and int(match["number"]) == count + 1:
                count += 1
                first, *others = record.fields
                yield replace(record, fields=(first[match.end() :], *others))
            else:
                yield record

    @cached_property
    def _is_counted(self) -> bool:
        """Whether the first lines begin with 1, 2, 3 ...; a name of the column may be above them.

        Two lines are enough if a sign is beside each number, else there must be three.
        """
        lines = (record.fields[0] for record in super().csv_rows() if any(record.fields))
        found = [_COUNT.match(text) for text in islice(lines, N_LOOKED_AT)]
        numbers = found[1:] if found and found[0] is None else found
        counts = [int(match["number"]) for match in numbers if match]
        is_signed = all(match and match[0].strip() != match["number"] for match in numbers)
        is_long_enough = len(counts) >= (2 if is_signed else 3)
        return is_long_enough and counts == list(range(1, len(numbers) + 1))


class RatedList(TitleList):
    """A list as a table with the columns title, year and rating."""

    POSITIONS: Final = {"title": 0, "year": 1, "rating": 2}

    def __init__(self, member: Member, forms: Sequence[re.Pattern[str]]) -> None:
        super().__init__(member)
        self._forms = forms

    def csv_rows(self) -> Iterator[Record]:
        """Yield the lines of the list, each as a row of three values."""
        for record in super().csv_rows():
            text = " ".join(record.fields)
            yield replace(record, fields=_parsed(text, self._forms) if text else ())


def rated_list(member: Member) -> RatedList | None:
    """Return a file as a list of rated films; None if most of its lines have no rating.

    Numbers that only count the lines are no ratings.
    """
    lines = TitleList(member)
    if not lines.header:
        return None
    records = islice(lines.records(has_header=False), N_LOOKED_AT)
    texts = [" ".join(record.fields) for record in records]
    for forms in (_AFTER, _BEFORE):
        found = [_parsed(text, forms) for text in texts]
        ratings = [line.rating for line in found if line.rating]
        if 2 * len(ratings) > len(texts) and not (forms is _BEFORE and _is_count(ratings)):
            return RatedList(member, forms)
    return None


def _parsed(text: str, forms: Sequence[re.Pattern[str]]) -> _Line:
    """Return the parts of a line.

    >>> _parsed("Heat (1995) - 4.5", _AFTER), _parsed("8.5 Heat", _BEFORE)
    (_Line(title='Heat', year='1995', rating='4.5'), _Line(title='Heat', year='', rating='8.5'))
    """
    text = _BULLET.sub("", text)
    for form in forms if len(text) <= MAX_LINE else ():
        if match := form.fullmatch(text):
            return _Line(match["title"], match.groupdict().get("year") or "", match["rating"])
    return _Line(text)


def _is_count(ratings: Sequence[str]) -> bool:
    """Return whether numbers before titles count the lines up or down."""
    if len(ratings) < 2 or not all(text.isdecimal() for text in ratings):
        return False
    steps = {int(second) - int(first) for first, second in pairwise(ratings)}
    return steps in ({1}, {-1})
