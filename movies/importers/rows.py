"""Lines become rows; those that cannot go into the report."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from movies.importers.errors import BadRow, Problems
from movies.importers.files import MAX_LINE_BYTES, Line

Row = TypeVar("Row")


def read_rows(
    name: str, lines: Iterable[Line], parse: Callable[[bytes], Row], problems: Problems
) -> Iterator[tuple[Line, Row]]:
    """Yield the rows of file ``name``.

    Blank lines are skipped; a ``BadRow`` is noted and skipped.
    """
    for line in lines:
        if not line.content.strip():
            continue
        try:
            row = parse(content_of(line))
        except BadRow as reason:
            problems.add(name, line.number, str(reason), line.content)
        else:
            yield line, row


def content_of(line: Line) -> bytes:
    """Return the bytes of a line if it is complete.

    Raises
    ------
    BadRow
        It was cut.

    """
    if line.is_too_long:
        raise BadRow(f"the line is longer than {MAX_LINE_BYTES} bytes")
    return line.content
