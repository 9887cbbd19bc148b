"""What the readers share: a delimited file as typed columns, with errors that say where."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from common.formats.ratings import N_SCALE_ROWS, OTHER_SCALE, is_other_scale
from common.formats.titles import parse_title
from ml.data.dataset import BadRatingError, Catalogue, DataError, Dataset, refuse

logger = logging.getLogger(__name__)
ROW = re.compile(r"Row #(?P<number>\d+): ")
"""In a message of pyarrow, which counts the line of names, but no blank one."""
RATING_TYPES = {
    "user": pa.int64(),
    "movie": pa.int64(),
    "rating": pa.float64(),
    "timestamp": pa.int64(),
}


Source = Path | bytes
"""A file, or its content."""


def read_columns(
    source: Source,
    types: Mapping[str, pa.DataType],
    *,
    name: str,
    delimiter: str = ",",
    header: Mapping[str, str] | None = None,
    encoding: str = "utf8",
) -> pa.Table:
    """Read the columns that `types` names.

    `header` maps the file's own column names to ours, where the file has a first line of names;
    else the columns stand in the order of `types`.

    Raises
    ------
    DataError
        The file is missing, empty, not text, lacks a column or holds a bad value.

    """
    wanted = list(types) if header is None else list(header)
    theirs = types if header is None else {key: types[ours] for key, ours in header.items()}

    def read(use_threads: bool) -> pa.Table:
        return pacsv.read_csv(
            BytesIO(source) if isinstance(source, bytes) else source,
            read_options=pacsv.ReadOptions(
                use_threads=use_threads,
                column_names=None if header is not None else list(types),
                encoding=encoding,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, quote_char='"' if delimiter == "," else False
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict(theirs), include_columns=wanted, strings_can_be_null=False
            ),
        )

    try:
        table = _with_rows_in_errors(read)
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError, UnicodeError) as error:
        raise DataError(_refusal(name, source, error)) from error
    if header is not None:
        table = table.rename_columns([header[key] for key in wanted])
    for column in types:
        if table.column(column).null_count:
            row = int(table.column(column).is_null().to_numpy().argmax())
            line = line_number(source, row, has_header=header is not None)
            raise DataError(f"{name}, line {line}: no {column}")
    return table


def line_number(source: Source, row: int, *, has_header: bool) -> int:
    """Return the line number, from 1, of a row number, from 0.

    Blank lines are no rows.
    """
    if isinstance(source, bytes):
        return _line_of(BytesIO(source), row + has_header)
    with source.open("rb") as stream:
        return _line_of(stream, row + has_header)


def _line_of(lines: Iterable[bytes], place: int) -> int:
    filled = (number for number, line in enumerate(lines, start=1) if line.strip(b"\r\n"))
    return next(islice(filled, place, None))


def _with_rows_in_errors(read: Callable[[bool], pa.Table]) -> pa.Table:
    """Read by several threads; where that fails once more by one, which can say in which row."""
    try:
        return read(True)
    except pa.ArrowInvalid:
        return read(False)


def _refusal(name: str, source: Source, error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    plain = " ".join(text.split())
    row = ROW.search(plain)
    if row is None:
        return f"{name}: {plain}"
    line = line_number(source, int(row["number"]) - 1, has_header=False)
    return f"{name}, line {line}: {ROW.sub('', plain)}"


def split_title(raw: str) -> tuple[str, float]:
    """Return the title with its other titles in parentheses, and the year, NaN if there is none.

    >>> split_title("Toy Story (1995)"), split_title("Millions Game, The (Das Millionenspiel)")[0]
    (('Toy Story', 1995.0), 'The Millions Game (Das Millionenspiel)')
    """
    title = parse_title(raw)
    text = " ".join((title.text, *(f"({other})" for other in title.others)))
    return text, float("nan") if title.year is None else float(title.year)


def dataset_of(
    table: pa.Table, catalogue: Catalogue, source: Source, *, name: str, has_header: bool
) -> Dataset:
    """Return ratings (columns of `RATING_TYPES`) joined to their films.

    Ratings of films that the catalogue does not list are left out with a warning, as the site's
    importer does.

    Raises
    ------
    DataError
        A rating that is no half star, or what `Dataset.build` refuses, and its line.

    """
    movies: NDArray[np.int64] = table.column("movie").to_numpy()
    rows = np.flatnonzero(catalogue.index_of(movies) >= 0)
    if n_unknown := len(movies) - len(rows):
        logger.warning("%s: %s ratings of films that are not listed are left out.", name, n_unknown)
        table = table.take(pa.array(rows))
    stars: NDArray[np.float64] = table.column("rating").to_numpy()
    if is_other_scale(stars[:N_SCALE_ROWS].tolist()):
        raise DataError(f"{name}: {OTHER_SCALE}")
    try:
        refuse(
            ~(np.isfinite(stars) & (stars * 2 == np.round(stars * 2))),
            lambda row: f"is {stars[row]:g}, not a half star",
        )
        return Dataset.build(
            catalogue,
            table.column("user").to_numpy(),
            table.column("movie").to_numpy(),
            (stars * 2).astype(np.int64),
            table.column("timestamp").to_numpy(),
        )
    except BadRatingError as error:
        line = line_number(source, int(rows[error.row]), has_header=has_header)
        raise DataError(f"{name}, line {line}: the rating {error.reason}") from error
    except DataError as error:
        raise DataError(f"{name}: {error}") from error


def strings(table: pa.Table, column: str) -> list[str]:
    """Return a text column as a list."""
    values: list[Any] = table.column(column).to_pylist()
    return ["" if value is None else str(value) for value in values]
