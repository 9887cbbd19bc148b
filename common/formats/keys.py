"""Spellings of titles compared: lower case, no accents, no article. Pure Python."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

# Letters that Unicode does not take apart into a base letter and an accent.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    }
)
_APOSTROPHES = re.compile("['\u2019`\u02bb\u02bc]")
_NOT_A_WORD = re.compile(r"[\W_]+")
ENGLISH_ARTICLES = frozenset({"the", "a", "an"})


def fold(text: str) -> str:
    """Return text in lower case without accents, words separated by single spaces.

    >>> fold("Amélie: Schindler's  Føtex & Søn")
    'amelie schindlers fotex and son'
    """
    if text.isascii():  # nothing to normalise: four times as fast
        bare = _APOSTROPHES.sub("", text.casefold().replace("&", " and "))
        return _NOT_A_WORD.sub(" ", bare).strip()
    # An acute accent that stands alone is somebody's apostrophe; NFKD makes it a space.
    text = unicodedata.normalize("NFKD", text.replace("\u00b4", "'")).casefold()
    # Again: some letters fold into accented ones.
    text = unicodedata.normalize("NFKD", text).translate(_LETTERS).replace("&", " and ")
    bare = "".join(c for c in _APOSTROPHES.sub("", text) if not unicodedata.combining(c))
    return _NOT_A_WORD.sub(" ", bare).strip()


def match_key(title: str) -> str:
    """Return what two spellings of one title have in common: folded, without the English article.

    >>> match_key("The Matrix") == match_key("matrix")
    True
    """
    folded = fold(title)
    first, _, rest = folded.partition(" ")
    return rest if first in ENGLISH_ARTICLES and rest else folded


def match_keys(title: str, *others: str) -> tuple[str, ...]:
    """Return the keys under which a film may be known elsewhere, the best first, each once."""
    titles = dict.fromkeys(filter(None, (title, *others)))
    return tuple(dict.fromkeys(key for key in map(match_key, titles) if key))


Film = tuple[int, str, int | None]
"""Number, title and year of a film of a data set."""


def twins_of(films: Iterable[Film], links: Mapping[int, tuple[object, ...]]) -> dict[int, int]:
    """Return the numbers that are films of an earlier number.

    Two numbers are one film if the title and the year are the same, and a number elsewhere is.

    Parameters
    ----------
    films
        Films in the order of the data set.
    links
        Number -> its numbers elsewhere (IMDb, TMDB), empty where unknown.

    >>> films = [(1, "Solaris", 1972), (2, "Solaris", 1972), (3, "Solaris", 1972)]
    >>> twins_of(films, {1: ("69293", 593), 2: ("69293", None), 3: ("99", 9)})
    {2: 1}

    """
    first: dict[tuple[str, int | None, int, object], int] = {}
    twins: dict[int, int] = {}
    for number, title, year in films:
        ids = [
            (match_key(title), year, place, elsewhere)
            for place, elsewhere in enumerate(links.get(number, ()))
            if elsewhere
        ]
        found = next((first[key] for key in ids if key in first), None)
        if found is not None:
            twins[number] = found
        for key in ids:
            first.setdefault(key, number if found is None else found)
    return twins
