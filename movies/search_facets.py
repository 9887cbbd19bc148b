"""Genres, countries and years that a search names instead of a title: "film noir", "1994"."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

_GENRES: Final = {
    "Action": "action",
    "Adventure": "adventure adventures abenteuer abenteuerfilme",
    "Animation": "animation animated anime cartoon cartoons zeichentrick zeichentrickfilme",
    "Children": "children kids kinderfilme",
    "Comedy": "comedy comedies komodie komodien",
    "Crime": "crime krimi krimis",
    "Documentary": "documentary documentaries dokumentarfilm dokumentarfilme doku",
    "Drama": "drama dramas dramen",
    "Fantasy": "fantasy",
    "Film-Noir": "noir noirs filmnoir",
    "Horror": "horror horrorfilme",
    "Musical": "musical musicals",
    "Mystery": "mystery mysteries",
    "Romance": "romance romances romantic romantisch romantische liebesfilm liebesfilme",
    "Sci-Fi": "scifi sciencefiction",
    "Thriller": "thriller thrillers",
    "War": "war kriegsfilm kriegsfilme",
    "Western": "western westerns",
}
_COUNTRIES: Final = {
    "Argentina": "argentine argentinian argentinische",
    "Australia": "australian australische",
    "Austria": "austrian osterreichische",
    "Belgium": "belgian belgische",
    "Brazil": "brazilian brasilianische",
    "Canada": "canadian kanadische",
    "Denmark": "danish danische",
    "Finland": "finnish finnische",
    "France": "french franzosische",
    "Germany": "german deutsche",
    "Hong Kong": "hongkong",
    "Hungary": "hungarian ungarische",
    "India": "indian bollywood indische",
    "Iran": "iranian iranische",
    "Ireland": "irish irische",
    "Israel": "israeli israelische",
    "Italy": "italian italienische",
    "Japan": "japanese japanische",
    "Mexico": "mexican mexikanische",
    "Netherlands": "dutch niederlandische",
    "New Zealand": "newzealand",
    "Norway": "norwegian norwegische",
    "People's Republic of China": "china chinese chinesische",
    "Poland": "polish polnische",
    "Russia": "russian russische",
    "South Korea": "korea korean southkorea southkorean koreanische",
    "Spain": "spanish spanische",
    "Sweden": "swedish schwedische",
    "Switzerland": "swiss schweizer",
    "Taiwan": "taiwanese",
    "United Kingdom": "british english britain uk britische englische",
    "United States": "american usa amerikanische",
}
_FILLERS: Final = frozenset(
    {
        *("film", "films", "movie", "movies", "filme", "cinema", "kino", "the", "a", "an", "of"),
        *("from", "in", "best", "good", "great", "classic"),
    }
)


def _by_word(named: dict[str, str]) -> dict[str, str]:
    words = {word: name for name, many in named.items() for word in many.split()}
    return words | {name.casefold(): name for name in named if name.isalpha()}


_GENRE_OF: Final = _by_word(_GENRES)
_COUNTRY_OF: Final = _by_word(_COUNTRIES)
_YEAR: Final = re.compile(r"^(?:18|19|20)\d\d$")
_DECADE: Final = re.compile(r"^(?P<first>(?:19|20)\d0)(?:s|er)$")


class Facets(NamedTuple):
    """The genres, countries and years that all words of a query name."""

    genres: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    years: tuple[int, int] | None = None
    """First and last."""


def parse_facets(words: Sequence[str], year: int | None) -> Facets | None:
    """Return what a query names, or None if one of its words is something else.

    Parameters
    ----------
    words
        Folded words.
    year
        A year that the query ends with beside these words.

    >>> parse_facets(["french", "comedies"], 1994)
    Facets(genres=('Comedy',), countries=('France',), years=(1994, 1994))
    >>> parse_facets(["1940s", "film", "noir"], None)
    Facets(genres=('Film-Noir',), countries=(), years=(1940, 1949))
    >>> parse_facets(["french", "kiss"], None), parse_facets(["the", "film"], None)
    (None, None)
    """
    genres: dict[str, None] = {}
    countries: dict[str, None] = {}
    years = None if year is None else (year, year)
    left = list(words)
    while left:
        pair = "".join(left[:2]) if len(left) > 1 else ""
        word = pair if pair in _GENRE_OF or pair in _COUNTRY_OF else left[0]
        left = left[2:] if word == pair else left[1:]
        if word in _GENRE_OF:
            genres[_GENRE_OF[word]] = None
        elif word in _COUNTRY_OF:
            countries[_COUNTRY_OF[word]] = None
        elif _YEAR.match(word) and years is None:
            years = (int(word), int(word))
        elif (match := _DECADE.match(word)) and years is None:
            years = (int(match["first"]), int(match["first"]) + 9)
        elif word not in _FILLERS:
            return None
    if not (genres or countries or years):
        return None
    return Facets(tuple(genres), tuple(countries), years)
