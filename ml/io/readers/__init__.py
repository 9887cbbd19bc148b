"""Readers: one module per form in which ratings come. `read_dataset` recognises the form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from common.formats.ratings import NETFLIX, is_netflix
from ml.data.dataset import DataError, Dataset
from ml.io.readers import atomic, builtin, movielens_100k, movielens_csv, movielens_dat

BUILTIN = "builtin"


def read_dataset(source: str | Path) -> Dataset:
    """Read a directory of any MovieLens edition or of RecBole's atomic files, or `builtin`.

    Raises
    ------
    DataError
        No known form is there, or its content cannot be used.

    """
    if str(source) == BUILTIN:
        return builtin.read()
    directory = Path(source)
    if not directory.is_dir():
        raise DataError(f"{directory} is not a directory")
    for recognises, read in _FORMS:
        if recognises(directory):
            return read(directory)
    if is_netflix(path.name for path in directory.iterdir()):
        raise DataError(f"{directory}: {NETFLIX}")
    raise DataError(
        f"{directory} holds no ratings.csv, ratings.dat, u.data or *.inter: no form that is known"
    )


_FORMS: tuple[tuple[Callable[[Path], bool], Callable[[Path], Dataset]], ...] = (
    (movielens_csv.recognises, movielens_csv.read),
    (movielens_dat.recognises, movielens_dat.read),
    (movielens_100k.recognises, movielens_100k.read),
    (atomic.recognises, atomic.read),
)
