"""Data sets that Excel or pandas saved again. The site and ``ml`` read them by these rules."""

import re
from collections.abc import Iterable
from typing import Final

OWN_COLUMNS: Final = frozenset(
    {"name", "title", "const", "rating", "your rating", "letterboxd uri", "movie_id", "tmdb id"}
)
"""Columns of exports in which one person's ratings are."""
OWN_EXPORT: Final = (
    "This is no data set of many people: it has no column userId. The export of one person, such "
    "as Letterboxd's or IMDb's, is imported by manage.py import_ratings."
)
UTF16: Final = (
    "The file is in UTF-16, as Excel saves Unicode text. Save it as CSV UTF-8 (comma delimited)."
)
UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
OLD_ENCODING: Final = "cp1252"
_WHOLE: Final = re.compile(r"\s*(?P<digits>[0-9]+)(?:[.,]0*)?\s*")


def whole_text(text: str) -> str:
    """Return a whole number as pandas writes it in a column with gaps, without the ``.0``.

    >>> whole_text("964982703.0"), whole_text("1,0"), whole_text("1.5")
    ('964982703', '1', '1.5')
    """
    match = _WHOLE.fullmatch(text)
    return match["digits"] if match else text


def decimal_text(text: str) -> str:
    """Return a number with a decimal point in place of a decimal comma.

    >>> decimal_text(" 4,5 "), decimal_text("4.5")
    ('4.5', '4.5')
    """
    return text.strip().replace(",", ".")


def encoding_of(lines: Iterable[bytes]) -> str:
    r"""Return how a file is written: UTF-8, or Excel's encoding in western Europe.

    A file with letters that are UTF-8 is in UTF-8, and what is not UTF-8 in it is damaged.

    >>> encoding_of([b"Heat", "Amélie".encode("cp1252")]), encoding_of(["é".encode(), b"\xff"])
    ('cp1252', 'utf-8')
    """
    is_old = False
    for line in lines:
        if line.isascii():
            continue
        try:
            line.decode()
        except UnicodeDecodeError:
            is_old = True
        else:
            return "utf-8"
    return OLD_ENCODING if is_old else "utf-8"


def is_utf16(start: bytes) -> bool:
    """Return whether a file that begins so is in UTF-16."""
    return start.startswith(UTF16_MARKS)


def is_own_export(columns: Iterable[str]) -> bool:
    """Return whether a table with these columns is the export of one person.

    >>> is_own_export(["Date", "Name", "Year", "Letterboxd URI", "Rating"])
    True
    >>> is_own_export(["userId", "movieId", "rating", "timestamp"])
    False
    """
    names = {name.strip().casefold() for name in columns}
    return not names.isdisjoint(OWN_COLUMNS) and not any("user" in name for name in names)
