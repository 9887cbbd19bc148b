"""Titles of films as data sets write them. The site and ``ml`` read them by this one function."""

import re
from dataclasses import dataclass
from functools import lru_cache

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


def article_first(title: str) -> str:
    """Return the title with its article in front, where people say it.

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


@lru_cache(maxsize=1_000)  # each of the steps that read a row asks for its title
def parse_title(raw: str) -> Title:
    """Take a data set's title apart; a title it cannot read stays as it is.

    >>> parse_title("City of Lost Children, The (Cité des enfants perdus, La) (1995)")
    Title(text='The City of Lost Children', year=1995, others=('La Cité des enfants perdus',))
    """
    text = _balanced(" ".join(raw.split()))
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


def without_year(raw: str) -> str:
    """Return a data set's title without the year in parentheses at its end.

    >>> without_year("Fargo (TV Series) (1996)"), without_year("(1996)")
    ('Fargo (TV Series)', '(1996)')
    """
    text = _balanced(" ".join(raw.split()))
    match = _YEAR.search(text)
    return text[: match.start()].rstrip() if match and match.start() > 0 else raw


def _balanced(text: str) -> str:
    """Remove a closing bracket too many from the end.

    >>> _balanced("Mona (1983))")
    'Mona (1983)'
    """
    is_stray = text.endswith("))") and text.count(")") > text.count("(")
    return text[:-1] if is_stray else text
