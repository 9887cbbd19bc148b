"""Words by which sites tell films from series, episodes, games and books, by language.

All words are folded: lower case without accents. In marks, spaces do not count.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from movies.importers.personal.work_words import (
    BESIDE_SERIES,
    FILM_TYPES,
    NUMBERED,
    OTHER_MARKS,
    OTHER_TYPES,
    SERIES,
    SHORT_OR_TV_MARKS,
    TV_TYPES,
)
from movies.titles import fold, parse_title

_CAMEL_CASE: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OF_YEARS: Final = re.compile(r"\b\d{4}\b")


def _all(words: Mapping[str, Sequence[str]]) -> frozenset[str]:
    return frozenset(word for some in words.values() for word in some)


def _squeezed(words: Mapping[str, Sequence[str]]) -> frozenset[str]:
    return frozenset(word.replace(" ", "") for word in _all(words))


_OTHER_TYPES: Final = _all(OTHER_TYPES)
_FILM_TYPES: Final = _all(FILM_TYPES)
_TV_TYPES: Final = _all(TV_TYPES)
_SERIES: Final = _all(SERIES)
_BESIDE_SERIES: Final = _all(BESIDE_SERIES)
_NUMBERED: Final = _all(NUMBERED)
_OTHER_MARKS: Final = _squeezed(OTHER_MARKS)
_SHORT_OR_TV_MARKS: Final = _squeezed(SHORT_OR_TV_MARKS)


def is_film(kind: str) -> bool | None:
    """Return whether a word such as "movie" or "TV Series" means a film; None if it tells nothing.

    >>> is_film("tvMovie"), is_film("TV Mini Series"), is_film("tv"), is_film("DVD")
    (True, False, False, None)
    """
    text = fold(_CAMEL_CASE.sub(" ", kind))
    if any(part in text for part in _OTHER_TYPES):
        return False
    if any(part in text for part in _FILM_TYPES):
        return True
    is_of_tv = any(word.startswith(part) for word in text.split() for part in _TV_TYPES)
    return False if is_of_tv else None


def mark_of_no_film(title: str) -> str:
    """Return the words after a title that mark a series, an episode or a game; empty if none.

    >>> mark_of_no_film("Fargo (TV Series) (1996)"), mark_of_no_film("Kyua (Cure) (1997)")
    ('TV Series', '')
    """
    return next((mark for mark in _marks(title) if _is_no_film(_words(mark))), "")


def is_perhaps_no_film(title: str) -> bool:
    """Return whether words after a title mark a TV film or a short film.

    >>> is_perhaps_no_film("Emma (TV)"), is_perhaps_no_film("Kyua (Cure) (1997)")
    (True, False)
    """
    return any("".join(_words(mark)) in _SHORT_OR_TV_MARKS for mark in _marks(title))


def _marks(title: str) -> tuple[str, ...]:
    return parse_title(title).others if title.rstrip().endswith(")") else ()


def _words(mark: str) -> list[str]:
    return _OF_YEARS.sub(" ", fold(mark)).split()


def _is_no_film(words: Sequence[str]) -> bool:
    if "".join(words) in _OTHER_MARKS:
        return True
    is_series = not _SERIES.isdisjoint(words) and _SERIES.union(_BESIDE_SERIES).issuperset(words)
    return is_series or _is_numbered(words)


def _is_numbered(words: Sequence[str]) -> bool:
    """Return whether the words are such as "season 1 extended" or "2 seasons"."""
    if len(words) < 2:
        return False
    first, second = words[:2]
    if first in _NUMBERED:
        return second[0].isdigit()
    return len(words) == 2 and first.isdecimal() and second.removesuffix("s") in _NUMBERED
