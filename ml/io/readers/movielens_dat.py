"""MovieLens 1M and 10M: `ratings.dat` and `movies.dat`, fields parted by `::`, Latin-1 in 1M."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from ml.data.dataset import Catalogue, DataError, Dataset
from ml.io.readers.tables import RATING_TYPES, dataset_of, read_columns, split_title, strings

RATINGS, MOVIES = "ratings.dat", "movies.dat"


def recognises(directory: Path) -> bool:
    """Whether the directory holds this form."""
    return (directory / RATINGS).exists()


def read(directory: Path) -> Dataset:
    """Read both files. Raises `DataError`."""
    content = _tab_parted(directory / MOVIES)
    movies = read_columns(
        content,
        {"movie": pa.int64(), "title": pa.string(), "genres": pa.string()},
        name=MOVIES,
        delimiter="\t",
        encoding=_encoding(content),
    )
    named = [split_title(title) for title in strings(movies, "title")]
    catalogue = Catalogue.build(
        movies.column("movie").to_numpy(),
        [title for title, _ in named],
        [year for _, year in named],
        [listed.split("|") for listed in strings(movies, "genres")],
    )
    parted = _tab_parted(directory / RATINGS)
    ratings = read_columns(parted, RATING_TYPES, name=RATINGS, delimiter="\t")
    return dataset_of(ratings, catalogue, parted, name=RATINGS, has_header=False)


def _tab_parted(path: Path) -> bytes:
    try:
        return path.read_bytes().replace(b"::", b"\t")
    except OSError as error:
        raise DataError(f"{path.name}: {error.strerror}") from error


def _encoding(content: bytes) -> str:
    """10M is UTF-8; 1M is Latin-1, whose accented letters are no valid UTF-8."""
    try:
        content.decode("utf8")
    except UnicodeDecodeError:
        return "latin1"
    return "utf8"
