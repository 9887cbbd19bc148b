"""Directors, writers, cast and countries of movies from Wikidata, joined on title and year.

The source is an SQLite file with a table `omdb`, one film a row, as the package
`bokeh_sampledata` carries it (17,472 films of 1940 to 2014, CC0).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from ml.data.dataset import CREDITS, Catalogue, DataError
from ml.io.descriptions import YEAR_TOLERANCE, title_keys

BUILTIN = "builtin"
PACKAGE = "bokeh_sampledata"
QUERY = 'SELECT Title, Year, Director, Writer, "Cast", Country FROM omdb'


@dataclass(frozen=True)
class Metadata:
    """What is known of one film."""

    title: str
    year: int
    credits: Mapping[str, tuple[str, ...]]
    """Names by kind, one of `CREDITS`."""


def read_metadata(source: str | Path) -> list[Metadata]:
    """Read all films of the built-in file, or of the file at a path.

    Raises
    ------
    DataError
        The package or the file is missing, or the file is of another form.
    """
    path = _builtin_path() if str(source) == BUILTIN else Path(source)
    if not path.is_file():
        raise DataError(f"{path} is not a file")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return [
                Metadata(title, int(year), dict(zip(CREDITS, map(_names, names), strict=True)))
                for title, year, *names in connection.execute(QUERY)
                if title and year
            ]
    except (sqlite3.Error, ValueError) as error:
        raise DataError(f"{path.name} holds no films: {error}") from error


def with_metadata(catalogue: Catalogue, films: Sequence[Metadata]) -> Catalogue:
    """Return the catalogue with the names of the film of equal title and nearest year.

    Titles are equal but for case, accents, punctuation and articles; years differ by at most one.
    Names that the catalogue lists already stay.
    """
    by_title: dict[str, list[Metadata]] = {}
    for film in films:
        for key in title_keys(film.title):
            by_title.setdefault(key, []).append(film)
    found = [
        _match(title, float(year), by_title)
        for title, year in zip(catalogue.titles, catalogue.years, strict=True)
    ]
    known = {kind: catalogue.credits.get(kind, ((),) * len(catalogue)) for kind in CREDITS}
    joined = {
        kind: tuple(
            own or (film.credits[kind] if film else ())
            for own, film in zip(known[kind], found, strict=True)
        )
        for kind in CREDITS
    }
    return replace(catalogue, credits={kind: names for kind, names in joined.items() if any(names)})


def _match(title: str, year: float, by_title: Mapping[str, Sequence[Metadata]]) -> Metadata | None:
    for key in title_keys(title):
        near = [film for film in by_title.get(key, ()) if abs(film.year - year) <= YEAR_TOLERANCE]
        if near:
            return min(near, key=lambda film: abs(film.year - year))
    return None


def _names(text: str | None) -> tuple[str, ...]:
    """Return the names of a comma-separated list, each once.

    >>> _names("Olivier Nakache, Éric Toledano, ")
    ('Olivier Nakache', 'Éric Toledano')
    """
    names = [name.strip() for name in (text or "").split(",")]
    return tuple(dict.fromkeys(name for name in names if name))


def _builtin_path() -> Path:
    package = find_spec(PACKAGE)
    folders = [] if package is None else list(package.submodule_search_locations or [])
    if not folders:
        raise DataError(f"--metadata builtin needs the package {PACKAGE}")
    return Path(folders[0]) / "_data" / "movies.db"
