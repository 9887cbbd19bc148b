"""Lines become rows; those that cannot go into the report."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from movies.importers.errors import BadRow, Problems
from movies.importers.files import MAX_LINE_BYTES, Line

Row = TypeVar("Row")


def read_rows(
    name: str, lines: Iterable[Line], parse: Callable[[bytes], Row], problems: Problems
) -> Iterator[tuple[Line, Row]]:
    """The rows of file ``name``; blank lines are none, a ``BadRow`` is noted and passed over."""
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
    """The bytes of a line that is whole.

    Raises:
        BadRow: it was cut.

    """
    if line.is_too_long:
        raise BadRow(f"the line is longer than {MAX_LINE_BYTES} bytes")
    return line.content
