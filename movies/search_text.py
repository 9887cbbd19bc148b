"""What a search compares: the terms of titles and names, of queries, and their trigrams.

A title is indexed in four lines, one weight of the search vector each:

A. its words, folded: ``spider man 2``;
B. words that people run together or write with points: ``spiderman``, ``ai`` for "A.I.";
C. the whole of each title without spaces, with arabic numerals: ``spiderman2``;
D. the initials of titles of three words and more: ``lotr``.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from anyascii import anyascii

from common.formats.keys import ENGLISH_ARTICLES, fold, match_key

_NUMBERS: Final = (
    *(("1", "one"), ("2", "ii", "two"), ("3", "iii", "three"), ("4", "iv", "four")),
    *(("5", "five"), ("6", "vi", "six"), ("7", "vii", "seven"), ("8", "viii", "eight")),
    *(("9", "ix", "nine"), ("10", "ten"), ("11", "xi", "eleven"), ("12", "xii", "twelve")),
    *(("13", "xiii", "thirteen"), ("14", "xiv", "fourteen")),
)
"""Spellings of a number. "I", "V" and "X" are words as well: they are added as answers only."""
_ONE_WAY: Final = {"1": "i", "5": "v", "10": "x"}
SPELLINGS: Final = {spelling: numbers for numbers in _NUMBERS for spelling in numbers}
_DOTTED: Final = re.compile(r"\b(?:\w\.\s?){2,}(?:\w\b)?")
_HYPHENATED: Final = re.compile(r"\w+(?:[-\u00b7'\u2019.]\w+)+")
_YEAR_AT_END: Final = re.compile(r"^(?P<rest>.*\S)\s*[\s(](?P<year>(?:18|19|20)\d\d)\)?\s*$")
_SUBTITLE: Final = re.compile(r"\s*(?:: | - | \u2013 )")
MAX_KEY_CHARACTERS: Final = 40
MIN_INITIALS, MAX_INITIALS = 3, 6
MAX_QUERY_WORDS: Final = 20


class Query(NamedTuple):
    """A visitor's words, taken apart."""

    words: tuple[str, ...]
    """Folded, without English articles unless there is nothing else."""
    year: int | None
    """A year at the end, as in "heat 1995" or "Heat (1995)"."""
    key: str
    """All words without spaces, numerals arabic."""


def parse_query(text: str) -> Query:
    """Take a query apart.

    >>> parse_query("Heat (1995)")
    Query(words=('heat',), year=1995, key='heat')
    >>> parse_query("A.I."), parse_query("1984").year
    (Query(words=('ai',), year=None, key='ai'), None)
    """
    year = None
    if match := _YEAR_AT_END.match(text):
        text, year = match["rest"], int(match["year"])
    folded = fold(_without_points(text))
    words = folded.split()[:MAX_QUERY_WORDS]
    plain = tuple(word for word in words if word not in ENGLISH_ARTICLES) or tuple(words)
    return Query(plain, year, squeeze(plain))


def transliterated(text: str) -> str:
    """Return a text of another script in Latin letters, folded; "" where it is Latin already.

    >>> transliterated("Сталкер"), transliterated("Amélie")
    ('stalker', '')
    """
    folded = fold(text)
    return "" if folded.isascii() else fold(anyascii(text))


def squeeze(words: Iterable[str]) -> str:
    """Join words without spaces, with arabic numerals.

    >>> squeeze(["rocky", "ii"]), squeeze(["spider", "man"])
    ('rocky2', 'spiderman')
    """
    return "".join(SPELLINGS.get(word, (word,))[0] for word in words)[:MAX_KEY_CHARACTERS]


def spellings(word: str) -> tuple[str, ...]:
    """Return a word and, if it is a number, its other spellings.

    >>> spellings("2"), spellings("heat"), spellings("5")
    (('2', 'ii', 'two'), ('heat',), ('5', 'five', 'v'))
    """
    found = SPELLINGS.get(word, (word,))
    one_way = _ONE_WAY.get(found[0]) if len(found) > 1 else None
    return (*found, one_way) if one_way else found


def index_text(titles: Sequence[str]) -> str:
    """Return the four lines under which a film of these titles is found."""
    words = " ".join(fold(title) for title in titles)
    latin = " ".join(filter(None, (transliterated(title) for title in titles)))
    lines = (
        f"{words} {latin}".strip(),
        " ".join(dict.fromkeys(one for title in titles for one in _joined(title))),
        " ".join(dict.fromkeys(one for title in titles for one in _keys(title))),
        " ".join(dict.fromkeys(one for title in titles for one in _initials(title))),
    )
    return "\n".join(lines)


def trigrams(texts: Iterable[str]) -> list[str]:
    """Return the trigrams of folded texts without their spaces, each once, sorted.

    >>> trigrams(["heat", "up"])
    ['eat', 'hea', 'up']
    """
    found: set[str] = set()
    for text in texts:
        squeezed = text.replace(" ", "")[: 2 * MAX_KEY_CHARACTERS]
        found |= {squeezed[i : i + 3] for i in range(max(1, len(squeezed) - 2))}
    return sorted(found - {""})


def title_forms(titles: Iterable[str]) -> list[str]:
    """Return the folded titles without their article, and what stands before a subtitle."""
    forms = [match_key(part) for title in titles for part in (title, _SUBTITLE.split(title)[0])]
    return list(dict.fromkeys(form for form in forms if form))


def _without_points(text: str) -> str:
    """Join letters with points: "A.I. Artificial" becomes "AI Artificial"."""
    return _DOTTED.sub(lambda match: match[0].replace(".", "").replace(" ", "") + " ", text)


def _joined(title: str) -> list[str]:
    """Return what people write as one word: with hyphens or points, and pairs of words."""
    pieces = [fold(match[0]).replace(" ", "") for match in _HYPHENATED.finditer(title)]
    pieces += [fold(match[0]).replace(" ", "") for match in _DOTTED.finditer(title)]
    words = fold(title).split()
    return pieces + [first + second for first, second in pairwise(words)]


def _keys(title: str) -> list[str]:
    forms = (title, _SUBTITLE.split(title)[0], _without_points(title))
    return [squeeze(match_key(form).split()) for form in forms]


def _initials(title: str) -> list[str]:
    found = []
    for part in (title, _SUBTITLE.split(title)[0]):
        words = fold(part).split()
        for start in (words, words[1:] if words[:1] and words[0] in ENGLISH_ARTICLES else []):
            initials = "".join(word[0] for word in start)
            if MIN_INITIALS <= len(initials) <= MAX_INITIALS:
                found.append(initials)
    return found
