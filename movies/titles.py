"""Film titles: as data sets write them, as people read them, as a search compares them."""

import re
import unicodedata

from common.formats.titles import Title, article_first, parse_title

__all__ = ["Title", "article_first", "fold", "match_key", "match_keys", "parse_title"]

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
    """Text as a search compares it: lower case, no accents, words separated by single spaces.

    >>> fold("Amélie: Schindler's  Føtex & Søn")
    'amelie schindlers fotex and son'
    """
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
    return tuple(dict.fromkeys(key for key in map(match_key, (title, *others)) if key))
