"""Days and times as exports write them. An order of day and month is never guessed."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, Final

from movies.importers.errors import printable
from movies.titles import fold


class DateOrder(StrEnum):
    """The order of day, month and year in a date of numbers."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"
    YEAR_FIRST = "ymd"


_EPOCH: Final = re.compile(r"(\d{9,10}|\d{13})(?:\.\d+)?", re.ASCII)
_EXCEL_DAY: Final = re.compile(r"([3-6]\d{4})(?:\.\d+)?", re.ASCII)
"""Days since 1899-12-30: what is left of a date in Excel without its format, from 1982 on."""
_EXCEL_EPOCH: Final = datetime(1899, 12, 30, tzinfo=UTC)
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")
_IMDB_BEFORE_2017: Final = "%a %b %d %H:%M:%S %Y"
_TIME: Final = (
    r"(?:(?:T|,?\s+)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
    r"(?:\s?(?P<half>[AP])\.?M\.?)?"
    r"(?:\s?(?:Z|UTC|GMT|(?P<sign>[+-])(?P<zone_hours>\d{2}):?(?P<zone_minutes>\d{2})))?)?"
)
_NUMBERS: Final = re.compile(
    r"(?P<first>\d{1,4})\s?(?P<separator>[/.-])\s?(?P<middle>\d{1,2})\s?(?P=separator)\s?"
    rf"(?P<last>\d{{1,4}})\.?{_TIME}",
    re.ASCII | re.IGNORECASE,
)
"""A date of numbers, also with a full stop at its end, as in Hungary and Korea."""
_DAY, _MONTH, _YEAR = (
    r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|[.\u00ba\u00b0])?",
    r"(?P<month>[^\W\d_]{3,})\.?",
    r"(?P<year>\d{4})",
)
_NAMED: Final = tuple(
    re.compile(rf"(?:[^\W\d_]+\.?,?\s+)?{form}{_TIME}", re.IGNORECASE)
    for form in (
        rf"{_DAY}[\s/-]*(?:de\s+|of\s+)?{_MONTH},?[\s/-]*(?:de\s+)?{_YEAR}(?:\s?\u0433\.?)?",
        rf"{_DAY}[\s/-]+{_MONTH}[\s/-]+(?P<year>\d\d)",
        rf"{_MONTH}\s*{_DAY},?\s+{_YEAR}",
        rf"{_YEAR}\.?[\s/-]*{_MONTH}[\s/-]*{_DAY}",
    )
)
"""Dates with the name of the month. English Excel saves them as "3-Jan-20"."""
_EAST_ASIAN: Final = re.compile(
    rf"{_YEAR}\s?[\u5e74\ub144]\s?(?P<month>\d{{1,2}})\s?[\u6708\uc6d4]\s?"
    r"(?P<day>\d{1,2})\s?[\u65e5\u53f7\u865f\uc77c]"
    rf"(?:\s?[(\uff08]\w{{1,3}}[)\uff09])?{_TIME}",
    re.IGNORECASE,
)
"""Chinese, Japanese and Korean dates: numbers before the signs of year, month and day."""
_MONTHS: Final = {
    beginning: number
    for number, beginnings in enumerate(
        (
            "jan ene gen sty led \u044f\u043d\u0432",
            "feb fev lut uno \u0444\u0435\u0432",
            "mar mrz maa mrt bre \u043c\u0430\u0440",
            "apr abr avr kwi dub \u0430\u043f\u0440",
            "may mai mag mei maj kve \u043c\u0430\u0438 \u043c\u0430\u044f",
            "jun giu juin cze cerven cervn \u0438\u044e\u043d",
            "jul lug juil lip cervene cervenc \u0438\u044e\u043b",
            "aug ago aou sie srp \u0430\u0432\u0433",
            "sep set sze wrz zari \u0441\u0435\u043d",
            "oct okt ott out paz rij \u043e\u043a\u0442",
            "nov lis \u043d\u043e\u044f",
            "dec dez dic gru pro \u0434\u0435\u043a",
        ),
        start=1,
    )
    for beginning in beginnings.split()
}
"""The beginnings of months, folded, of which the longest that fits counts.

English, German, Spanish, French, Italian, Portuguese, Dutch, Polish, Czech, Hungarian and Russian.
"""
_LONGEST_BEGINNING: Final = max(map(len, _MONTHS))


def moment(
    value: Any, order: Callable[[], DateOrder | None] = lambda: None
) -> tuple[datetime | None, str]:
    """Return when something happened, and a note if the date is missing or cannot be used.

    ``order`` is called where a date of numbers could mean several days.

    >>> moment("2020-05-02")[0].isoformat(), moment("2016-02-30T00:00:00.000Z")
    ('2020-05-02T00:00:00+00:00', (None, "the date '2016-02-30T00:00:00.000Z' is impossible"))
    >>> moment("03/04/2020"), moment("03/04/2020", lambda: DateOrder.DAY_FIRST)[0].isoformat()
    ((None, "the date '03/04/2020' could mean several days"), '2020-04-03T00:00:00+00:00')
    >>> moment("June 2018")
    (None, "the date 'June 2018' is not understood")
    """
    text = str(value if value is not None else "").strip()
    if not text:
        return None, ""
    readings = _readings(text)
    found = _the_only(readings) or (_ordered(text, readings, order()) if readings else _plain(text))
    if found is None and readings:
        return None, f"the date {printable(text)!r} could mean several days"
    if found is None:
        return _problem(text)
    if found.year <= 1970:  # the epoch: a program's way to say "unknown"
        return None, "the date is unknown"
    if found > datetime.now(UTC):
        return None, f"the date {printable(text)!r} is in the future"
    return found, ""


def open_orders(texts: Iterable[str]) -> tuple[DateOrder, ...]:
    """Return the orders of day, month and year that the dates of a column leave open.

    One order: the column decides it. Several: the person must be asked. None: no date needs one.

    >>> open_orders(["03/04/2020", "25/12/2020"]), open_orders(["2020-03-04"])
    ((<DateOrder.DAY_FIRST: 'dmy'>,), ())
    >>> [order.value for order in open_orders(["03/04/2020"])]
    ['dmy', 'mdy']
    """
    common, met = set(DateOrder), set[DateOrder]()
    is_needed, is_dotted = False, True
    for text in map(str.strip, texts):
        readings = _readings(text)
        if readings:
            common &= readings.keys()
            met |= readings.keys()
            is_dotted = is_dotted and _is_dotted(text)
            is_needed = is_needed or _the_only(readings) is None
    if not is_needed:
        return ()
    if is_dotted and DateOrder.DAY_FIRST in common:
        return (DateOrder.DAY_FIRST,)
    return tuple(order for order in DateOrder if order in (common or met))


def is_date(text: str) -> bool:
    """Return whether a text is a date of any form, other than a number of seconds or days."""
    text = text.strip()
    is_number = _EPOCH.fullmatch(text) or _EXCEL_DAY.fullmatch(text)
    return bool(_readings(text)) or (not is_number and _plain(text) is not None)


def is_of_numbers(text: str) -> bool:
    """Return whether a text is a date of day, month and year as numbers, in any order."""
    return _NUMBERS.fullmatch(text.strip()) is not None


def _the_only(readings: Mapping[DateOrder, datetime]) -> datetime | None:
    """Return the day that a date means in every order that is possible; None if there are more."""
    days = set(readings.values())
    return days.pop() if len(days) == 1 else None


def _ordered(
    text: str, readings: Mapping[DateOrder, datetime], order: DateOrder | None
) -> datetime | None:
    if order is None and _is_dotted(text):
        order = DateOrder.DAY_FIRST
    return readings.get(order) if order else None


def _is_dotted(text: str) -> bool:
    """Return whether full stops separate the numbers: no country writes the month first then."""
    match = _NUMBERS.fullmatch(text)
    return match is not None and match["separator"] == "."


def _plain(text: str) -> datetime | None:
    """Return a date that can be read in one way only; None if it is none."""
    if match := _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(match[1]) / (1000 if len(match[1]) == 13 else 1), UTC)
    if _EXCEL_DAY.fullmatch(text):
        return _EXCEL_EPOCH + timedelta(days=float(text))
    for parse in (_iso, _of_imdb, _named, _east_asian):
        if found := parse(text):
            return _in_utc(found)
    return None


def _in_utc(found: datetime) -> datetime | None:
    """Return a moment in UTC, which is its zone if it has none; None outside the years 1-9999."""
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError:
        return None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    except ValueError:
        return None


def _of_imdb(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _IMDB_BEFORE_2017)  # noqa: DTZ007 # the caller adds the zone
    except ValueError:
        return None


def _named(text: str) -> datetime | None:
    match = _match_of_named(text)
    if match is None:
        return None
    return _at(_full_year(match["year"]), _month(match), int(match["day"]), match)


def _match_of_named(text: str) -> re.Match[str] | None:
    """Return the parts of a date with the name of a month; None if it has no such form."""
    matches = (match for form in _NAMED if (match := form.fullmatch(text)))
    return next((match for match in matches if _month(match)), None)


def _month(match: re.Match[str]) -> int:
    """Return the number of the month that has a name; 0 if no month has it."""
    name = fold(match["month"])
    beginnings = (name[:n] for n in range(_LONGEST_BEGINNING, 2, -1))
    return next((_MONTHS[one] for one in beginnings if one in _MONTHS), 0)


def _east_asian(text: str) -> datetime | None:
    match = _EAST_ASIAN.fullmatch(text)
    if match is None:
        return None
    return _at(int(match["year"]), int(match["month"]), int(match["day"]), match)


def _problem(text: str) -> tuple[None, str]:
    """Return no moment, and whether the day does not exist or the text is no whole date."""
    is_of_numbers = _NUMBERS.fullmatch(text) or _EAST_ASIAN.fullmatch(text) or _iso(text)
    if is_of_numbers or _match_of_named(text):
        return None, f"the date {printable(text)!r} is impossible"
    return None, f"the date {printable(text)!r} is not understood"


def _readings(text: str) -> dict[DateOrder, datetime]:
    """Return the day that a date of numbers means in each order in which it is possible."""
    match = _NUMBERS.fullmatch(text)
    if match is None:
        return {}
    first, middle, last = match["first"], match["middle"], match["last"]
    in_order = {
        DateOrder.DAY_FIRST: (last, middle, first),
        DateOrder.MONTH_FIRST: (last, first, middle),
        DateOrder.YEAR_FIRST: (first, middle, last),
    }
    readings: dict[DateOrder, datetime] = {}
    for order, (year, month, day) in in_order.items():
        if len(year) in {2, 4} and len(month) <= 2 and len(day) <= 2:
            found = _at(_full_year(year), int(month), int(day), match)
            if found is not None:
                readings[order] = found
    return readings


def _full_year(text: str) -> int:
    """Return a year of four digits; of two digits, the last such year that is not to come."""
    if len(text) == 4:
        return int(text)
    this_year = datetime.now(UTC).year
    year = this_year - this_year % 100 + int(text)
    return year if year <= this_year else year - 100


def _at(year: int, month: int, day: int, time: re.Match[str]) -> datetime | None:
    """Return a day with the time that was matched beside it; None if there is no such moment."""
    hour, half = int(time["hour"] or 0), (time["half"] or "").upper()
    if half:
        hour = hour % 12 + (12 if half == "P" else 0)
    microsecond = int((time["fraction"] or "")[:6].ljust(6, "0"))
    zone = timedelta(hours=int(time["zone_hours"] or 0), minutes=int(time["zone_minutes"] or 0))
    try:
        return datetime(
            *(year, month, day, hour, int(time["minute"] or 0), int(time["second"] or 0)),
            microsecond,
            tzinfo=timezone(-zone if time["sign"] == "-" else zone),
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
