"""MovieLens in CSV: latest-small, latest, 20M, 25M, 32M (`ratings.csv`, `movies.csv`)."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import pyarrow as pa

from common.formats.keys import twins_of
from common.formats.ratings import delimiter_of, file_of
from common.formats.titles import parse_title
from common.formats.values import OWN_EXPORT, is_own_export, whole_text
from ml.data.dataset import Catalogue, DataError, Dataset
from ml.io.readers.tables import RATING_TYPES, dataset_of, read_columns, split_title, strings

DATE = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")


def recognises(directory: Path) -> bool:
    """Whether the directory holds this form."""
    return file_of("ratings", _names(directory)) is not None


def read(directory: Path) -> Dataset:
    """Read both files, under GroupLens' names or those of Kaggle's copies. Raises `DataError`."""
    names = _names(directory)
    path = directory / (file_of("ratings", names) or "ratings.csv")
    movies_name = file_of("movies", names) or "movies.csv"
    if is_own_export(_columns(path)):
        raise DataError(f"{path.name}: {OWN_EXPORT}")
    movies = read_columns(
        directory / movies_name,
        {"movie": pa.int64(), "title": pa.string(), "genres": pa.string()},
        name=movies_name,
        delimiter=_delimiter(directory / movies_name),
        header=_header(
            directory / movies_name, {"movieId": "movie", "title": "title", "genres": "genres"}
        ),
        quotes=True,
    )
    numbers: list[int] = movies.column("movie").to_pylist()
    twins = twins_of(
        (
            (number, title.text, title.year)
            for number, title in zip(
                numbers, map(parse_title, strings(movies, "title")), strict=True
            )
        ),
        _links(directory, file_of("links", names)),
    )
    if twins:
        movies = movies.filter(pa.array(number not in twins for number in numbers))
    named = [split_title(title) for title in strings(movies, "title")]
    catalogue = Catalogue.build(
        movies.column("movie").to_numpy(),
        [title for title, _ in named],
        [year for _, year in named],
        [listed.split("|") for listed in strings(movies, "genres")],
    )
    ratings = read_columns(
        path,
        RATING_TYPES | ({"timestamp": pa.timestamp("s")} if _is_dated(path) else {}),
        name=path.name,
        delimiter=_delimiter(path),
        header=_header(
            path,
            {
                "userId": "user",
                "movieId": "movie",
                "rating": "rating",
                "timestamp": "timestamp",
            },
        ),
        quotes=True,
    )
    if _is_dated(path):
        seconds = ratings.column("timestamp").cast(pa.int64())
        ratings = ratings.set_column(
            ratings.schema.get_field_index("timestamp"), "timestamp", seconds
        )
    if twins:
        rated = [twins.get(number, number) for number in ratings.column("movie").to_pylist()]
        place = ratings.schema.get_field_index("movie")
        ratings = ratings.set_column(place, "movie", pa.array(rated, pa.int64()))
    return dataset_of(ratings, catalogue, path, name=path.name, has_header=True)


def _links(directory: Path, name: str | None) -> dict[int, tuple[object, ...]]:
    """Return the films' numbers at IMDb and TMDB; none where there is no such file."""
    if name is None:
        return {}
    links = read_columns(
        directory / name,
        {"movie": pa.int64(), "imdb": pa.string(), "tmdb": pa.string()},
        name=name,
        delimiter=_delimiter(directory / name),
        header=_header(directory / name, {"movieId": "movie", "imdbId": "imdb", "tmdbId": "tmdb"}),
        quotes=True,
    )
    found: dict[int, tuple[object, ...]] = {}
    columns = (links.column("movie").to_pylist(), strings(links, "imdb"), strings(links, "tmdb"))
    for number, imdb, tmdb in zip(*columns, strict=True):
        found[number] = (whole_text(imdb).lstrip("0"), whole_text(tmdb).lstrip("0"))
    return found


def _columns(path: Path) -> list[str]:
    """Return the names of the columns as the file spells them."""
    first = _first_lines(path)[:1]
    text = first[0].removeprefix("\ufeff").rstrip("\r\n") if first else ""
    return next(csv.reader([text], delimiter=_delimiter(path)), [])


def _header(path: Path, wanted: Mapping[str, str]) -> dict[str, str]:
    """Return our names by the file's own; case and spaces do not matter."""
    theirs = {name.strip().casefold(): name for name in _columns(path)}
    return {theirs.get(name.casefold(), name): ours for name, ours in wanted.items()}


def _names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def _delimiter(path: Path) -> str:
    """Return what separates the columns; a file that is not there is refused by its reader."""
    first = _first_lines(path)[:1]
    return delimiter_of(first[0]) if first and first[0] else ","


def _is_dated(path: Path) -> bool:
    """Return whether times are written as dates, as in Kaggle's copy of 20M."""
    lines = _first_lines(path)
    return len(lines) > 1 and bool(DATE.search(lines[1]))


def _first_lines(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            return list(islice(stream, 2))
    except OSError:
        return []
