"""MovieLens 100K: `u.data`, `u.item` (Latin-1, genres as 0/1 flags), `u.genre`."""

from __future__ import annotations

from pathlib import Path

from ml.data.dataset import Catalogue, DataError, Dataset
from ml.io.readers.tables import RATING_TYPES, dataset_of, read_columns, split_title

RATINGS, MOVIES, GENRES = "u.data", "u.item", "u.genre"
N_FIELDS_BEFORE_FLAGS = 5
"""Id, title, release date, video release date, address."""


def recognises(directory: Path) -> bool:
    """Whether the directory holds this form."""
    return (directory / RATINGS).exists()


def read(directory: Path) -> Dataset:
    """Read the three files. Raises `DataError`."""
    names = [line.split("|")[0] for line in _lines(directory / GENRES)]
    ids: list[int] = []
    titles: list[str] = []
    years: list[float] = []
    genres: list[list[str]] = []
    for number, line in enumerate(_lines(directory / MOVIES), start=1):
        fields = line.split("|")
        if len(fields) != N_FIELDS_BEFORE_FLAGS + len(names) or not fields[0].isdigit():
            raise DataError(f"{MOVIES}: line {number} is not a film of {len(names)} genre flags")
        title, year = split_title(fields[1])
        ids.append(int(fields[0]))
        titles.append(title)
        years.append(year)
        flags = fields[N_FIELDS_BEFORE_FLAGS:]
        genres.append([name for name, flag in zip(names, flags, strict=True) if flag == "1"])
    catalogue = Catalogue.build(ids, titles, years, genres)
    ratings = read_columns(directory / RATINGS, RATING_TYPES, name=RATINGS, delimiter="\t")
    return dataset_of(ratings, catalogue, directory / RATINGS, name=RATINGS, has_header=False)


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise DataError(f"{path.name}: {error.strerror}") from error
    return [line for line in text.split("\n") if line.strip()]
