"""Plot texts for films: Wikipedia's film articles joined on normalised title and year."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ml.data.dataset import Catalogue, DataError

ARTICLES = frozenset(
    "the a an la le les il el los das der die l un une lo i gli det den".split()  # noqa: SIM905
)
YEAR_TOLERANCE = 1
"""Years of release differ between sources by country and festival."""


@dataclass(frozen=True)
class Article:
    """The article about one film."""

    title: str
    year: int
    text: str


def read_articles(path: Path) -> list[Article]:
    """Read JSON lines with `title`, `year`, `extract`; gzip by the suffix `.gz`.

    Raises
    ------
    DataError
        The file cannot be read or a line is not such an object.

    """
    articles = []
    for number, line in enumerate(_lines(path), start=1):
        try:
            value = json.loads(line)
            if value["extract"]:
                articles.append(Article(value["title"], int(value["year"]), value["extract"]))
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(f"{path.name}: line {number} describes no film") from error
    return articles


def with_descriptions(catalogue: Catalogue, articles: Sequence[Article]) -> Catalogue:
    """Return the catalogue with the nearest article's text for each film without a description."""
    by_title: dict[str, list[Article]] = {}
    for article in articles:
        for key in title_keys(article.title):
            by_title.setdefault(key, []).append(article)
    texts = [
        own or _text_for(title, float(year), by_title)
        for own, title, year in zip(
            catalogue.descriptions, catalogue.titles, catalogue.years, strict=True
        )
    ]
    return replace(catalogue, descriptions=tuple(texts))


def title_keys(title: str) -> list[str]:
    """Return normal forms by which two sources' spellings of a title match.

    >>> title_keys("Matrix, The")
    ['the matrix', 'matrix']
    >>> title_keys("Seven (a.k.a. Se7en)")
    ['seven', 'se7en']
    """
    names = [re.sub(r"\([^)]*\)", "", title)]
    names += [
        re.sub(r"^a\.?k\.?a\.? ", "", name, flags=re.IGNORECASE)
        for name in re.findall(r"\(([^)]*)\)", title)
        if not re.fullmatch(r"\d{4}( film)?|film", name)
    ]
    keys: list[str] = []
    for name in names:
        key = _plain(_article_first(name.strip()))
        for variant in (key, re.sub(r"^(the|a|an) ", "", key)):
            if variant and variant not in keys:
                keys.append(variant)
    return keys


def _text_for(title: str, year: float, by_title: dict[str, list[Article]]) -> str:
    for key in title_keys(title):
        near = [a for a in by_title.get(key, ()) if abs(a.year - year) <= YEAR_TOLERANCE]
        if near:
            return min(near, key=lambda article: abs(article.year - year)).text
    return ""


def _article_first(title: str) -> str:
    match = re.match(r"^(.*), ([A-Za-z']+)$", title)
    if match and match[2].lower().strip("'") in ARTICLES:
        return f"{match[2]} {match[1]}"
    return title


def _plain(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", " ", ascii_text.replace("&", " and ")).strip()


def _lines(path: Path) -> Iterator[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as stream:
            yield from stream
    except (OSError, UnicodeError, EOFError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"{path}: {why}") from error
