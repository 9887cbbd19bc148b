"""Numbers that only count the lines of a list: "1. Heat", "2) Alien", "#3 Ran"."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

_SIGNED: Final = re.compile(
    r"\s*(?:(?P<hash>#\s?|\u2116\s?|n[or]\.\s?)\d{1,6}[.):]?(?=\s)|(?P<round>\(\d{1,6}\))"
    r"|(?P<square>\[\d{1,6}\])|(?P<stop>=?\d{1,6}=?(?:\.\)|[.)])))(?:\s+(?=\S)|(?<=[.)])(?=[^\W\d]))",
    re.ASCII | re.IGNORECASE,
)
"""A number before a title with a sign that no title has; also "=3. Heat" (a tie) and "3.Heat"."""
_NOT_DIGIT: Final = re.compile(r"\D+")
_ANY: Final = re.compile(r"\s*#?(?P<number>\d{1,6})(?:[.):]|\.\))?\s+(?=\S)", re.ASCII)
"""A number before a title, also without a sign: "01 Heat", "1: Heat"."""
MIN_LINES: Final = 3
"""Lines that must begin with a number, unless there are only two, "1. Heat" and "2. Alien"."""
_PAIRS: Final = (["1", "2"], ["2", "1"])
IN_ORDER: Final = "in order"
"""The style of numbers without a sign, which count the lines only if they are 1, 2, 3 ..."""


def without_counter(title: str) -> str:
    """Return a title without a number with its sign before it; empty if there is no such number.

    >>> without_counter("5. Heat"), without_counter("#5 Heat"), without_counter("5 Heat")
    ('Heat', 'Heat', '')
    """
    match = _SIGNED.match(title)
    return title[match.end() :] if match else ""


def style_of(texts: Sequence[str]) -> str:
    """Return the style of the numbers that count these lines; an empty text if none do.

    Nearly all lines begin with a number and its sign, in any order: lists count down, have gaps,
    ties and headings. Numbers without a sign must be 1, 2, 3 ...; the name of the column may be
    above them.

    >>> style_of(["3. Heat", "2. Alien", "1. Ran"]), style_of(["1 Heat", "2 Alien", "3 Ran"])
    ('stop', 'in order')
    >>> style_of(["3 Idiots", "8 Mile", "12 Angry Men"]), style_of(["1. April", "12. Mai"])
    ('', '')
    """
    matches = [match for text in texts if (match := _SIGNED.match(text))]
    styles = Counter(str(match.lastgroup) for match in matches)
    style, n_lines = max(styles.items(), key=lambda item: item[1], default=("", 0))
    numbers = [_NOT_DIGIT.sub("", match[0]) for match in matches]
    if 3 * n_lines >= 2 * len(texts) and (n_lines >= MIN_LINES or numbers in _PAIRS):
        return style
    return IN_ORDER if _are_in_order(texts) else ""


def _are_in_order(texts: Sequence[str]) -> bool:
    """Return whether the lines begin with 1, 2, 3 ...; two are enough if both have a sign."""
    found = [_ANY.match(text) for text in texts]
    numbers = found[1:] if found and found[0] is None else found
    counts = [int(match["number"]) for match in numbers if match]
    is_signed = all(match and match[0].strip() != match["number"] for match in numbers)
    is_long_enough = len(counts) >= (MIN_LINES - 1 if is_signed else MIN_LINES)
    return is_long_enough and counts == list(range(1, len(numbers) + 1))


class Counters:
    """Takes the numbers of one style off the lines, which come in their order."""

    def __init__(self, style: str) -> None:
        self._style = style
        self._count = 0

    def take_off(self, text: str) -> str | None:
        """Return a line without the number that counts it; None if none does."""
        if self._style == IN_ORDER:
            match = _ANY.match(text)
            if match is None or int(match["number"]) != self._count + 1:
                return None
            self._count += 1
            return text[match.end() :]
        match = _SIGNED.match(text) if self._style else None
        return text[match.end() :] if match and match.lastgroup == self._style else None
