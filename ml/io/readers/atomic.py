"""RecBole's atomic files (`*.inter`, `*.item`), the form in which it ships MovieLens 100K."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from ml.data.dataset import Catalogue, Dataset
from ml.io.readers.tables import RATING_TYPES, dataset_of, read_columns, strings


def recognises(directory: Path) -> bool:
    """Whether the directory holds this form."""
    return any(directory.glob("*.inter"))


def read(directory: Path) -> Dataset:
    """Read both files. Raises `DataError`."""
    ratings_path = next(iter(sorted(directory.glob("*.inter"))))
    movies_path = ratings_path.with_suffix(".item")
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
            "item_id:token": "movie",
            "movie_title:token_seq": "title",
            "release_year:token": "year",
            "class:token_seq": "genres",
        },
    )
    catalogue = Catalogue.build(
        movies.column("movie").to_numpy(),
        strings(movies, "title"),
        [_year(text) for text in strings(movies, "year")],
        [listed.split() for listed in strings(movies, "genres")],
    )
    ratings = read_columns(
        ratings_path,
        RATING_TYPES,
        name=ratings_path.name,
        delimiter="\t",
        header={
            "user_id:token": "user",
            "item_id:token": "movie",
            "rating:float": "rating",
            "timestamp:float": "timestamp",
        },
    )
    return dataset_of(ratings, catalogue, ratings_path, name=ratings_path.name, has_header=True)


def _year(text: str) -> float:
    """NaN for anything but a number: the file itself says "unkonwn" once."""
    return float(text) if text.isdigit() else float("nan")
