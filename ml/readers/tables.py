"""What the readers share: a delimited file as typed columns, with errors that say where."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from ml.dataset import Catalogue, DataError, Dataset

YEAR_AT_END = re.compile(r"^(?P<title>.*\S)\s*\((?P<year>\d{4})(?:[-\u2013]\d{0,4})?\)\s*$")

RATING_TYPES = {
    "user": pa.int64(),
    "movie": pa.int64(),
    "rating": pa.float64(),
    "timestamp": pa.int64(),
}


def read_columns(
    source: Path | BytesIO,
    types: Mapping[str, pa.DataType],
    *,
    name: str,
    delimiter: str = ",",
    header: Mapping[str, str] | None = None,
    columns: Sequence[str] | None = None,
    encoding: str = "utf8",
) -> pa.Table:
    """Read the columns that `types` names.

    `header` maps the file's own column names to ours, where the file has a first line of names;
    else `columns` names the columns in the file's order.

    Raises:
        DataError: the file is missing, empty, not text, lacks a column or holds a bad value.
    """
    wanted = list(types) if header is None else list(header)
    theirs = types if header is None else {key: types[ours] for key, ours in header.items()}
    try:
        table = pacsv.read_csv(
            source,
            read_options=pacsv.ReadOptions(
                column_names=None if header is not None else list(columns or types),
                encoding=encoding,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, quote_char='"' if delimiter == "," else False
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict(theirs), include_columns=wanted, strings_can_be_null=False
            ),
        )
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError, UnicodeError) as error:
        raise DataError(f"{name}: {_one_line(error)}") from error
    if header is not None:
        table = table.rename_columns([header[key] for key in wanted])
    for column in types:
        if table.column(column).null_count:
            row = table.column(column).is_null().to_numpy().argmax()
            raise DataError(f"{name}: row {row + 1} has no {column}")
    return table


def split_title(title: str) -> tuple[str, float]:
    """The title without its year, and the year, NaN where there is none.

    >>> split_title("Toy Story (1995)")
    ('Toy Story', 1995.0)
    """
    match = YEAR_AT_END.match(title)
    if match is None:
        return title.strip(), float("nan")
    return match["title"], float(match["year"])


def dataset_of(table: pa.Table, catalogue: Catalogue, name: str) -> Dataset:
    """Ratings (columns of `RATING_TYPES`) joined to their films.

    Raises:
        DataError: a rating that is no half star, or what `Dataset.build` refuses.
    """
    stars: NDArray[np.float64] = table.column("rating").to_numpy()
    wrong = np.flatnonzero(~(np.isfinite(stars) & (stars * 2 == np.round(stars * 2))))
    if len(wrong):
        raise DataError(f"{name}: rating {wrong[0] + 1} is {stars[wrong[0]]:g}, not a half star")
    try:
        return Dataset.build(
            catalogue,
            table.column("user").to_numpy(),
            table.column("movie").to_numpy(),
            (stars * 2).astype(np.int64),
            table.column("timestamp").to_numpy(),
        )
    except DataError as error:
        raise DataError(f"{name}: {error}") from error


def _one_line(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())


def strings(table: pa.Table, column: str) -> list[str]:
    """A text column as a list."""
    values: list[Any] = table.column(column).to_pylist()
    return ["" if value is None else str(value) for value in values]
