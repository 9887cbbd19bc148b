"""RecBole's atomic files (`*.inter`, `*.item`), its form of MovieLens."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from common.formats.ratings import (
    ATOMIC_FILM_COLUMNS,
    ATOMIC_GENRES,
    ATOMIC_RATING_COLUMNS,
    INTER_SUFFIX,
    ITEM_SUFFIX,
    atomic_genres_column,
)
from ml.data.dataset import Catalogue, Dataset
from ml.io.readers.tables import RATING_TYPES, dataset_of, read_columns, split_title, strings


def recognises(directory: Path) -> bool:
    """Whether the directory holds this form."""
    return any(directory.glob(f"*{INTER_SUFFIX}"))


def read(directory: Path) -> Dataset:
    """Read both files. Raises `DataError`."""
    ratings_path = next(iter(sorted(directory.glob(f"*{INTER_SUFFIX}"))))
    movies_path = ratings_path.with_suffix(ITEM_SUFFIX)
    genres = atomic_genres_column(_names_of_columns(movies_path)) or ATOMIC_GENRES[0]
    movies = read_columns(
        movies_path,
        {
            "movie": pa.int64(),
            "title": pa.string(),
            "year": pa.string(),
            "genres": pa.string(),
        },
        name=movies_path.name,
        delimiter="\t",
        header={
            **dict(zip(ATOMIC_FILM_COLUMNS, ("movie", "title", "year"), strict=True)),
            genres: "genres",
        },
    )
    catalogue = Catalogue.build(
        movies.column("movie").to_numpy(),
        [split_title(title)[0] for title in strings(movies, "title")],
        [_year(text) for text in strings(movies, "year")],
        [listed.split() for listed in strings(movies, "genres")],
    )
    ratings = read_columns(
        ratings_path,
        RATING_TYPES,
        name=ratings_path.name,
        delimiter="\t",
        header=dict(zip(ATOMIC_RATING_COLUMNS, RATING_TYPES, strict=True)),
    )
    return dataset_of(ratings, catalogue, ratings_path, name=ratings_path.name, has_header=True)


def _names_of_columns(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            return stream.readline().rstrip("\r\n").split("\t")
    except OSError:  # the reader refuses it
        return []


def _year(text: str) -> float:
    """NaN for anything but a number: the file itself says "unkonwn" once."""
    return float(text) if text.isdigit() else float("nan")
