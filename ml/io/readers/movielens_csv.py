"""MovieLens in CSV: latest-small, latest, 20M, 25M, 32M (`ratings.csv`, `movies.csv`)."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from ml.data.dataset import Catalogue, Dataset
from ml.io.readers.tables import RATING_TYPES, dataset_of, read_columns, split_title, strings

RATINGS, MOVIES = "ratings.csv", "movies.csv"


def recognises(directory: Path) -> bool:
    """Whether the directory holds this form."""
    return (directory / RATINGS).exists()


def read(directory: Path) -> Dataset:
    """Read both files. Raises `DataError`."""
    movies = read_columns(
        directory / MOVIES,
        {"movie": pa.int64(), "title": pa.string(), "genres": pa.string()},
        name=MOVIES,
        header={"movieId": "movie", "title": "title", "genres": "genres"},
    )
    named = [split_title(title) for title in strings(movies, "title")]
    catalogue = Catalogue.build(
        movies.column("movie").to_numpy(),
        [title for title, _ in named],
        [year for _, year in named],
        [listed.split("|") for listed in strings(movies, "genres")],
    )
    ratings = read_columns(
        directory / RATINGS,
        RATING_TYPES,
        name=RATINGS,
        header={
            "userId": "user",
            "movieId": "movie",
            "rating": "rating",
            "timestamp": "timestamp",
        },
    )
    return dataset_of(ratings, catalogue, directory / RATINGS, name=RATINGS, has_header=True)
