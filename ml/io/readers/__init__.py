"""Readers: one module per form in which ratings come. `read_dataset` recognises the form."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile

from common.formats.ratings import NETFLIX, is_netflix
from ml.data.dataset import DataError, Dataset
from ml.io.readers import atomic, builtin, movielens_100k, movielens_csv, movielens_dat

BUILTIN = "builtin"


def read_dataset(source: str | Path) -> Dataset:
    """Read a directory or a zip of any MovieLens edition or of RecBole's files, or `builtin`.

    Raises
    ------
    DataError
        No known form is there, or its content cannot be used.

    """
    if str(source) == BUILTIN:
        return builtin.read()
    path = Path(source)
    if path.is_dir():
        return _read_directory(path)
    if not path.is_file():
        raise DataError(f"{path} is not a directory")
    try:
        with TemporaryDirectory() as folder:
            _unpack(path, Path(folder))
            return _read_directory(Path(folder))
    except (BadZipFile, EOFError, zlib.error, RuntimeError) as error:
        raise DataError(f"{path} is neither a directory nor a zip file: {error}") from None


def _unpack(path: Path, folder: Path) -> None:
    """Write the files of a zip into a folder, without the folders inside the zip."""
    with ZipFile(path) as archive:
        for member in archive.infolist():
            if not member.is_dir() and not member.filename.startswith("__MACOSX"):
                target = folder / Path(member.filename).name
                with archive.open(member) as content, target.open("wb") as file:
                    shutil.copyfileobj(content, file)


def _read_directory(directory: Path) -> Dataset:
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
