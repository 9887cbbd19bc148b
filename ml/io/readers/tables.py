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
from common.formats.values import UTF16, decimal_text, encoding_of, is_utf16, whole_text
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
    quotes: bool = False,
) -> pa.Table:
    """Read the columns that `types` names.

    `header` maps the file's own column names to ours, where the file has a first line of names;
    else the columns stand in the order of `types`. `quotes`: whether they enclose values. Numbers
    with a decimal comma or as `1.0`, and Excel's encoding, are read at a second try.

    Raises
    ------
    DataError
        The file is missing, empty, not text, lacks a column or holds a bad value.

    """
    wanted = list(types) if header is None else list(header)
    theirs = types if header is None else {key: types[ours] for key, ours in header.items()}
    _require_utf8(source, name)

    def read(
        use_threads: bool,
        types: Mapping[str, pa.DataType] = theirs,
        encoding: str = encoding,
    ) -> pa.Table:
        return pacsv.read_csv(
            BytesIO(source) if isinstance(source, bytes) else source,
            read_options=pacsv.ReadOptions(
                use_threads=use_threads,
                column_names=None if header is not None else wanted,
                encoding=encoding,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, quote_char='"' if quotes else False
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict(types), include_columns=wanted, strings_can_be_null=False
            ),
        )

    try:
        try:
            table = read(True)
        except pa.ArrowInvalid:
            table = read(False, dict.fromkeys(wanted, pa.string()), _encoding(source, encoding))
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError, UnicodeError) as error:
        raise DataError(_refusal(name, source, error)) from error
    if header is not None:
        table = table.rename_columns([header[key] for key in wanted])
    try:
        table = _typed(table, types)
    except _BadValueError as error:
        line = line_number(source, error.row, has_header=header is not None)
        raise DataError(f"{name}, line {line}: {error}") from None
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


class _BadValueError(ValueError):
    """A value that is missing or is not of the type of its column."""

    def __init__(self, column: str, row: int, text: str = "") -> None:
        super().__init__(f"the {column} {text!r} is no number" if text else f"no {column}")
        self.row = row


def _typed(table: pa.Table, types: Mapping[str, pa.DataType]) -> pa.Table:
    """Return a table whose columns of text have their types, by `common.formats.values`.

    Raises
    ------
    _BadValueError
        A value is missing or of another type.

    """
    for place, (column, kind) in enumerate(types.items()):
        if table.column(column).null_count:
            raise _BadValueError(column, int(table.column(column).is_null().to_numpy().argmax()))
        if table.column(column).type == kind:
            continue
        plain = _PLAIN.get(kind, str.strip)
        texts = [plain(text) for text in table.column(column).to_pylist()]
        try:
            values = pa.array(texts, pa.string()).cast(kind)
        except pa.ArrowInvalid:
            row = next(row for row, text in enumerate(texts) if not _is_of(text, kind))
            raise _BadValueError(column, row, texts[row]) from None
        table = table.set_column(place, column, values)
    return table


def _is_of(text: str, kind: pa.DataType) -> bool:
    try:
        pa.scalar(text, pa.string()).cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


_PLAIN: dict[pa.DataType, Callable[[str], str]] = {
    pa.int64(): whole_text,
    pa.float64(): decimal_text,
}


def _require_utf8(source: Source, name: str) -> None:
    """Refuse a file that is not there or in UTF-16."""
    if isinstance(source, Path) and not source.exists():
        raise DataError(f"{name} is missing.")
    if is_utf16(_start(source)):
        raise DataError(f"{name}: {UTF16}")


def _start(source: Source) -> bytes:
    if isinstance(source, bytes):
        return source[:2]
    with source.open("rb") as stream:
        return stream.read(2)


def _encoding(source: Source, encoding: str) -> str:
    """Return the encoding of a file that was expected in UTF-8."""
    if encoding != "utf8" or isinstance(source, bytes):
        return encoding
    with source.open("rb") as stream:
        return encoding_of(stream)


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
