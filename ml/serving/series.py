"""Series of movies, read from their titles. NumPy only.

Two movies are of one series when their titles agree after taking away what tells the parts apart:
a number ("Toy Story 2"), a part ("Part II", "Episode IV"), a subtitle behind a colon ("Star Trek:
First Contact", "Lord of the Rings: The Two Towers"), a word of sequels ("Batman Returns"), or what
follows the hero ("Harry Potter and the ...", "Indiana Jones and the ..."). Equal titles without
such a mark are remakes, not a series. It is a rule of thumb: series without a common title, such as
James Bond's, are not seen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NO_SERIES = -1
ARTICLE = re.compile(r"^(?P<rest>.*), (?P<article>the|a|an)$")
BRACKETS = re.compile(r"\s*\([^)]*\)")
NUMERAL = r"(?:[2-9]|i{1,3}|iv|vi{0,3}|ix|x)"
"""Of a part. Larger numbers belong to titles such as "Apollo 13"."""
NUMBER = re.compile(rf"[\s,:!-]+(?:(?:part|episode|chapter|vol\.?|volume)\s+)?{NUMERAL}$")
BARE_NUMBER = re.compile(r"^[^:]* \d$")
"""Titles that are all of this form count something ("Comedy 3"); of a series the first has none."""
PART = re.compile(r"[\s,:!-]+(?:part|episode|chapter|vol\.?|volume)\s+(?:\w+)$")
SEQUEL_WORDS = re.compile(
    r"\s+(?:returns|reloaded|revolutions|forever|begins|again|resurrection|rises|lives)$"
)
HERO = re.compile(r"(?:^|\()(?P<hero>[\w.]+ [\w.]+) and the ")
WELL_KNOWN_SHARE = 0.3
"""The first movie of a series has at least this share of the ratings of its most rated one: nobody
is sent to "Batman" of 1966 before "Batman Returns"."""


@dataclass(frozen=True)
class MovieSeries:
    """The series of N movies."""

    series: NDArray[np.int32]
    """[N] number of the movie's series, `NO_SERIES` where it has none."""
    part: NDArray[np.int32]
    """[N] 0 for the movie to begin with, 1 for the next one in time, and so on."""

    @classmethod
    def none(cls, n_movies: int) -> MovieSeries:
        """Return movies without any series."""
        nothing = np.full(n_movies, NO_SERIES, dtype=np.int32)
        return cls(nothing, np.zeros(n_movies, dtype=np.int32))

    @classmethod
    def of(
        cls, titles: Sequence[str], years: NDArray[np.float32], n_ratings: NDArray[np.float64]
    ) -> MovieSeries:
        """Group movies by their titles.

        >>> years, n_ratings = np.array([1995, 1999, 1995], np.float32), np.array([9.0, 5, 7])
        >>> found = MovieSeries.of(["Toy Story", "Toy Story 2", "Heat"], years, n_ratings)
        >>> found.series.tolist(), found.part.tolist()
        ([0, 0, -1], [0, 1, 0])
        """
        found = cls.none(len(titles))
        members: dict[str, list[tuple[int, bool]]] = {}
        for place, title in enumerate(titles):
            key, is_marked = series_key(title)
            members.setdefault(key, []).append((place, is_marked))
        for number, group in enumerate(members.values()):
            is_bare = all(BARE_NUMBER.search(titles[place]) for place, _is_marked in group)
            if len(group) > 1 and not is_bare and any(is_marked for _place, is_marked in group):
                places = np.array([place for place, _is_marked in group])
                found.series[places] = number
                found.part[_in_order(places, years, n_ratings)] = np.arange(len(places))
        return found

    def with_new_movies(self, n_movies: int) -> MovieSeries:
        """Append movies of no series."""
        new = MovieSeries.none(n_movies)
        return MovieSeries(
            np.concatenate([self.series, new.series]), np.concatenate([self.part, new.part])
        )

    def take(self, movie_index: NDArray[np.int64]) -> MovieSeries:
        """Return the series of the movies at these positions."""
        return MovieSeries(self.series[movie_index], self.part[movie_index])


def _in_order(
    places: NDArray[np.int64], years: NDArray[np.float32], n_ratings: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the movies of one series by year, the first well-known one in front."""
    by_year = places[np.lexsort((places, np.nan_to_num(years[places], nan=np.inf)))]
    is_known = n_ratings[by_year] >= WELL_KNOWN_SHARE * n_ratings[by_year].max()
    first = int(is_known.argmax())
    return np.concatenate([by_year[[first]], np.delete(by_year, first)])


def series_key(title: str) -> tuple[str, bool]:
    """Return the title without what tells parts apart, and whether anything was taken away.

    >>> series_key("Star Trek II: The Wrath of Khan")
    ('star trek', True)
    >>> series_key("Godfather: Part II, The"), series_key("Heat")
    (('the godfather', True), ('heat', False))
    """
    plain = _plain(title)
    key = plain
    hero = HERO.search(title.casefold())
    if hero:
        return hero["hero"], True
    if ":" in key and len(key.split(":")[0]) > 2:
        key = key.split(":")[0]
    for mark in (PART, NUMBER, SEQUEL_WORDS):
        shorter = mark.sub("", key)
        key = shorter if len(shorter) > 2 else key
    return key.strip(" ,:!-"), len(key) < len(plain)


def _plain(title: str) -> str:
    """Return the title in lower case, without accents and brackets, its article in front."""
    text = unicodedata.normalize("NFKD", BRACKETS.sub("", title)).casefold().strip()
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    head, colon, rest = text.partition(":")
    inverted = ARTICLE.match(text) or ARTICLE.match(head)
    if inverted is None:
        return text
    if ARTICLE.match(text):
        return f"{inverted['article']} {inverted['rest']}"
    return f"{inverted['article']} {inverted['rest']}{colon}{rest}"
