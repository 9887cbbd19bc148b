"""Words by which sites tell films from series, episodes, games and books, by language.

All words are compared folded: lower case without accents. In marks, spaces do not count.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from movies.importers.personal.work_words import (
    BESIDE_EDITIONS,
    BESIDE_SERIES,
    EDITIONS,
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
_BREAK: Final = re.compile(r"\s*:\s+|\s+[-\u2013\u2014]\s+")
_WORD: Final = re.compile(r"\w+")
_NUMBER: Final = re.compile(r"\d{1,3}")
_ORDINAL: Final = re.compile(r"\d{1,3}(?:st|nd|rd|th|a|o|e|eme|ere)?")
_PART_NUMBER: Final = re.compile(r"(?<!\d)0*[1-9]\d{0,2}(?!\d)")
_SEASON_CODE: Final = re.compile(r"s\d{1,2}e\d{1,3}|s\d\d")


def _all(words: Mapping[str, Sequence[str]]) -> frozenset[str]:
    return frozenset(fold(word) for some in words.values() for word in some)


def _squeezed(words: Mapping[str, Sequence[str]]) -> frozenset[str]:
    return frozenset(word.replace(" ", "") for word in _all(words))


_OTHER_TYPES: Final = _all(OTHER_TYPES)
_FILM_TYPES: Final = _all(FILM_TYPES)
_TV_TYPES: Final = _all(TV_TYPES)
_SERIES: Final = _all(SERIES)
_BESIDE_SERIES: Final = _all(BESIDE_SERIES)
_EDITIONS: Final = _all(EDITIONS)
_BESIDE_EDITIONS: Final = _all(BESIDE_EDITIONS)
_NUMBERED: Final = _all(NUMBERED)
_MAY_BE_PART: Final = re.compile(rf"\b(?:{'|'.join(sorted(_NUMBERED))}|s\d\d?(?:e\d+)?)\b")
_OTHER_MARKS: Final = _squeezed(OTHER_MARKS)
_SHORT_OR_TV_MARKS: Final = _squeezed(SHORT_OR_TV_MARKS)


def words_apart(text: str) -> str:
    """Return a text with a space between the words of "WatchedDate" and "tvMovie".

    >>> words_apart("WatchedDate"), words_apart("imdbID"), words_apart("IMDb")
    ('Watched Date', 'imdb ID', 'IMDb')
    """
    return _CAMEL_CASE.sub(" ", text)


def is_film(kind: str) -> bool | None:
    """Return whether a word such as "movie" or "TV Series" means a film; None if it tells nothing.

    >>> is_film("tvMovie"), is_film("TV Mini Series"), is_film("tv"), is_film("DVD")
    (True, False, False, None)
    """
    text = fold(words_apart(kind))
    if any(part in text for part in _OTHER_TYPES):
        return False
    if any(part in text for part in _FILM_TYPES):
        return True
    is_of_tv = any(word.startswith(part) for word in text.split() for part in _TV_TYPES)
    return False if is_of_tv else None


def is_kind_of_work(text: str) -> bool:
    """Return whether a text has nothing but words for films or for series.

    >>> is_kind_of_work("TV Mini-Series"), is_kind_of_work("Scary Movie")
    (True, False)
    """
    words = fold(words_apart(text)).split()
    return bool(words) and all(is_film(one) is not None or one in _BESIDE_SERIES for one in words)


def is_part(text: str) -> bool:
    """Return whether the value of a column of seasons or episodes has the number of one.

    >>> is_part("2.0"), is_part("Season 1"), is_part("S01E02"), is_part("0"), is_part("Winter 2020")
    (True, True, True, False, False)
    """
    return _PART_NUMBER.search(text) is not None


def mark_of_no_film(title: str) -> str:
    """Return the words after a title that mark a series, an episode or a game; empty if none.

    >>> mark_of_no_film("Fargo (TV Series) (1996)"), mark_of_no_film("Kyua (Cure) (1997)")
    ('TV Series', '')
    """
    return next((mark for mark in _marks(title) if _is_no_film(_words(mark))), "")


def part_of_series(title: str) -> str:
    """Return the words outside brackets that mark a series, a season or an episode; empty if none.

    Films have such titles as well ("Open Season 2"): ask the catalogue for the whole title first.

    >>> part_of_series("Fargo: Season 1: Eating the Blame"), part_of_series("Season of the Witch")
    ('Season 1', '')
    """
    text = parse_title(title).text
    _first, *pieces = _BREAK.split(text)
    if mark := next((piece for piece in pieces if _is_no_film(_words(piece))), ""):
        return mark
    if not _MAY_BE_PART.search(fold(text)):
        return ""
    words = _WORD.findall(text)
    folded = [fold(word) for word in words]
    for position, (first, second) in enumerate(pairwise(folded)):
        is_numbered = first in _NUMBERED and _NUMBER.fullmatch(second)
        is_counted = second in _NUMBERED and _ORDINAL.fullmatch(first)
        if position and (is_numbered or is_counted):
            return f"{words[position]} {words[position + 1]}"
    codes = zip(words[1:], folded[1:], strict=True)
    return next((word for word, code in codes if _SEASON_CODE.fullmatch(code)), "")


def is_edition(mark: str) -> bool:
    """Return whether words after a title name an edition of the film.

    >>> is_edition("Director's Cut"), is_edition("4K"), is_edition("Fan Edit")
    (True, True, False)
    """
    return _is_made_of(_words(mark), _EDITIONS, _BESIDE_EDITIONS)


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
    return _is_made_of(words, _SERIES, _BESIDE_SERIES) or _is_numbered(words)


def _is_made_of(words: Sequence[str], nouns: frozenset[str], beside: frozenset[str]) -> bool:
    """Return whether one of the words is such a noun, and all are nouns or words beside them."""
    return not nouns.isdisjoint(words) and (nouns | beside).issuperset(words)


def _is_numbered(words: Sequence[str]) -> bool:
    """Return whether the words are such as "season 1 extended" or "2 seasons"."""
    if len(words) < 2:
        return False
    first, second = words[:2]
    if first in _NUMBERED:
        return second[0].isdigit()
    return len(words) == 2 and first.isdecimal() and second.removesuffix("s") in _NUMBERED
