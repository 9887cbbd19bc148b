"""Film titles: as data sets write them, as people read them, as a search compares them."""

import re
import unicodedata
from dataclasses import dataclass

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
_TRAILING_ARTICLE = re.compile(
    r"^(?P<rest>.+), (?P<article>the|a|an|la|le|les|l'|un|une|il|lo|i|gli|el|los|las|der|die|das|"
    r"ein|eine|den|det|de|en|o|os|as)$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\s*\((?P<year>\d{4})(?:\s*[-\u2013]\s*(?:\d{4})?)?\)\s*$")
_LAST_PARENTHESES = re.compile(r"^(?P<rest>.*\S)\s*\((?P<inner>(?:[^()]|\([^()]*\))*)\)$")
_ALSO_KNOWN_AS = re.compile(r"^a\.?k\.?a\.?:?\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Title:
    """A data set's title taken apart."""

    text: str
    """As people read it: no year, article first."""
    year: int | None
    others: tuple[str, ...]
    """Original and alternative titles, which data sets put in parentheses."""


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
    """What two spellings of one title have in common: folded, without the English article.

    >>> match_key("The Matrix") == match_key("matrix")
    True
    """
    folded = fold(title)
    first, _, rest = folded.partition(" ")
    return rest if first in ENGLISH_ARTICLES and rest else folded


def match_keys(title: str, *others: str) -> tuple[str, ...]:
    """The keys under which a film may be known elsewhere, the best first, none twice."""
    return tuple(dict.fromkeys(key for key in map(match_key, (title, *others)) if key))


def article_first(title: str) -> str:
    """The article where people say it.

    >>> article_first("Matrix, The"), article_first("Avventura, L'")
    ('The Matrix', "L'Avventura")
    >>> article_first("Corrina, Corrina")
    'Corrina, Corrina'
    """
    match = _TRAILING_ARTICLE.match(title)
    if match is None:
        return title
    space = "" if match["article"].endswith("'") else " "
    return f"{match['article']}{space}{match['rest']}"


def parse_title(raw: str) -> Title:
    """Take a data set's title apart; a title it cannot read stays as it is.

    >>> parse_title("City of Lost Children, The (Cité des enfants perdus, La) (1995)")
    Title(text='The City of Lost Children', year=1995, others=('La Cité des enfants perdus',))
    """
    text = " ".join(raw.split())
    year: int | None = None
    if (match := _YEAR.search(text)) and match.start() > 0:
        year, text = int(match["year"]), text[: match.start()].rstrip()
    others: list[str] = []
    while match := _LAST_PARENTHESES.match(text):
        if match["rest"].casefold().endswith((" or", ":")):  # "Birdman: Or (The Unexpected ...)"
            break
        others.insert(0, article_first(_ALSO_KNOWN_AS.sub("", match["inner"].strip())))
        text = match["rest"]
    return Title(article_first(text) or raw.strip(), year, tuple(o for o in others if o))
