"""Keys under which a title may be found although another site writes it in another form.

A title is split into parts at colons, dashes and "or" before another title. Its *full keys* hold
all parts, its *part keys* only some of them: "Star Wars: Episode IV - A New Hope" has the full key
``starwars4newhope`` and the part keys ``starwars``, ``starwars4`` and ``newhope``. Two titles fit
if a full key of one is a full key or a part key of the other. Two part keys never fit: sequels
have parts in common.

Words are compared by one spelling: numerals as in the search (``movies.search_text``), American
for British spellings, no articles, no "and", and no "part" or "episode" before a number.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, combinations
from typing import Final, Generic, NamedTuple, TypeVar

from common.formats.keys import ENGLISH_ARTICLES, fold
from movies.search_text import SPELLINGS

MAX_PARTS: Final = 4
"""Parts of a title that are combined; the rest belongs to the last one."""
MIN_WORDS_WITHOUT_START: Final = 2
"""Words that a part key needs without the first part: "Apocalypse" alone could be any film."""
_BREAK: Final = re.compile(
    r"\s*(?::(?!\d)|\s-|-\s|\s\u2013|\u2013\s|\s\u2014|\u2014\s)\s*(?:or\b[\s:,(]*)?"
    r"|(?:,\s*|\s+)or(?:\s*[:(]\s*|,\s+)"
    r"|(?<=\b[a-z]\.[a-z]\.)\s+(?=the\b)",
    re.IGNORECASE,
)
"""Colons, dashes beside a space, and "or" with punctuation: "Birdman or (The Unexpected ...)".

Also "the" after initials: "E.T. the Extra-Terrestrial".
"""
_NAME: Final = re.compile(
    r"^(?!(?:(?:It|He|She|That|What|There|Here|Who|Let)['\u2019]|(?:My|Your|His|Her|Our|Their|No)\s))"
    r"(?:(?P<word>[A-Z]\w+)|[A-Z][\w.]*(?:\s+(?:[A-Z][\w.]*|de|del|van|von|der|di|la)){1,3})"
    r"(?:['\u2019]s|s['\u2019])\s+(?P<rest>(?P<article>(?:[Tt]he|[Aa]n?)\s)?.+)$"
)
"""A name before a title: "Bram Stoker's Dracula", but one word only before an article."""
_LETTER_DIGIT: Final = re.compile(r"(?<=[a-z])[0134578](?=[a-z])")
_LETTERS: Final = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "v", "8": "b"}
"""Letters for which a digit is written inside a word, as in "Se7en" and "Fant4stic"."""
_ROMAN: Final = {"i": "1", "v": "5", "x": "10"}
"""Numerals that the search does not know, because they are words at the start of a title."""
_BEFORE_NUMBER: Final = frozenset({*("part", "pt", "vol", "volume", "chapter", "episode", "ep")})
_LEFT_OUT: Final = ENGLISH_ARTICLES | {"and"}
_SPELLINGS: Final = dict(
    pair.split("=")
    for pair in (
        *("armour=armor", "behaviour=behavior", "colour=color", "favour=favor", "flavour=flavor"),
        *("harbour=harbor", "honour=honor", "humour=humor", "labour=labor", "neighbour=neighbor"),
        *("odour=odor", "rumour=rumor", "saviour=savior", "vapour=vapor", "centre=center"),
        *("metre=meter", "theatre=theater", "grey=gray", "traveller=traveler", "cheque=check"),
        *("jewellery=jewelry", "programme=program", "catalogue=catalog", "dialogue=dialog"),
        *(
            "defence=defense",
            "licence=license",
            "mum=mom",
            "judgement=judgment",
            "pyjama=pajama",
            "tyre=tire",
        ),
        *("doctor=dr", "mister=mr", "saint=st", "versus=vs", "philosopher=sorcerer"),
    )
)
"""British spellings and abbreviations, without the "s" of a plural or a genitive."""


_Item = TypeVar("_Item")


class Variants(NamedTuple):
    """The keys of titles under which other forms of them are found."""

    full: frozenset[str]
    parts: frozenset[str]


def variants_of(titles: Iterable[str]) -> Variants:
    """Return the full keys and the part keys of a film's titles.

    >>> variants_of(["Rocky II"]) == variants_of(["Rocky 2"])
    True
    >>> variants_of(["Kill Bill: Vol. 2"])
    Variants(full=frozenset({'killbill2'}), parts=frozenset({'killbill'}))
    """
    full: set[str] = set()
    parts: set[str] = set()
    for title in titles:
        bare = _without_name(title)
        for form in (title, bare) if bare else (title,):
            pieces = list(filter(None, map(_words, _BREAK.split(form, MAX_PARTS - 1))))
            (full if form is title else parts).add("".join(chain.from_iterable(pieces)))
            parts.update(_some_of(pieces))
    return Variants(frozenset(full - {""}), frozenset(parts - full - {""}))


class Found(NamedTuple, Generic[_Item]):
    """The films that a title could mean, and whether one of them is it as far as titles tell."""

    items: list[_Item]
    is_sure: bool


class VariantIndex(Generic[_Item]):
    """Films by the keys of their titles."""

    def __init__(self) -> None:
        self._full: dict[str, list[tuple[_Item, int | None]]] = {}
        self._parts: dict[str, list[tuple[_Item, int | None]]] = {}

    def add(self, item: _Item, variants: Variants, year: int | None) -> None:
        """Add a film under its keys."""
        for keys, films in ((variants.full, self._full), (variants.parts, self._parts)):
            for key in keys:
                films.setdefault(key, []).append((item, year))

    def find(self, variants: Variants, year: int | None) -> Found[_Item]:
        """Return the films that fit a title and its year.

        They are sure if they have the year, or the next or previous one and the whole title. With
        a part of the title they are not: a sequel may come out a year later. Nor are they without
        a year.
        """
        whole = _films(self._full, variants.full)
        in_part = _films(self._parts, variants.full) + _films(self._full, variants.parts)
        if year is None:
            return Found([item for item, _year in whole + in_part], is_sure=False)
        if same := [item for item, of in whole + in_part if of == year]:
            return Found(same, is_sure=True)
        if near := [item for item, of in whole if of and abs(of - year) == 1]:
            return Found(near, is_sure=True)
        return Found([item for item, of in in_part if of and abs(of - year) == 1], is_sure=False)


def _films(
    films: Mapping[str, Sequence[tuple[_Item, int | None]]], keys: Iterable[str]
) -> list[tuple[_Item, int | None]]:
    return [film for key in sorted(keys) for film in films.get(key, ())]


def _without_name(title: str) -> str:
    """Return a title without the name of its author before it; empty if there is no such name.

    >>> _without_name("Marvel's The Avengers"), _without_name("Rosemary's Baby")
    ('The Avengers', '')
    """
    match = _NAME.match(title)
    is_name = match is not None and bool(match["article"] or not match["word"])
    first, _space, _rest = title.partition(" ")
    is_article = first.casefold() in ENGLISH_ARTICLES
    return match["rest"] if match is not None and is_name and not is_article else ""


def _some_of(pieces: Sequence[Sequence[str]]) -> Iterable[str]:
    """Yield the keys of some of the parts of a title."""
    for size in range(1, len(pieces)):
        for chosen in combinations(range(len(pieces)), size):
            words = [word for position in chosen for word in pieces[position]]
            if chosen[0] == 0 or len(words) >= MIN_WORDS_WITHOUT_START:
                yield "".join(words)


def _words(part: str) -> list[str]:
    """Return the words of a part of a title in one spelling each."""
    words = [_spelling(word) for word in fold(part).split()]
    found: list[str] = []
    for position, word in enumerate(words):
        is_numbered = bool(found) and found[-1] in _BEFORE_NUMBER
        if is_numbered or (position and position == len(words) - 1):
            word = _ROMAN.get(word, word)  # noqa: PLW2901
        if is_numbered and word.isdecimal():
            found.pop()
        if word not in _LEFT_OUT:
            found.append(word)
    return found


@lru_cache(maxsize=100_000)
def _spelling(word: str) -> str:
    """Return a word as this module compares it.

    >>> _spelling("colours"), _spelling("ii"), _spelling("se7en"), _spelling("grey")
    ('colors', '2', '7', 'gray')
    """
    word = _LETTER_DIGIT.sub(lambda match: _LETTERS[match[0]], word)
    if word in SPELLINGS:
        return SPELLINGS[word][0]
    if word in _SPELLINGS:
        return _SPELLINGS[word]
    singular = word.removesuffix("s")
    return f"{_SPELLINGS[singular]}s" if singular in _SPELLINGS else word
