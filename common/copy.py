"""PostgreSQL's COPY, under psycopg 3 and under psycopg2, whichever Django uses."""

import io
import tempfile
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from django.db.backends.postgresql.psycopg_any import is_psycopg3
from django.db.backends.utils import CursorWrapper

if TYPE_CHECKING:
    from psycopg.sql import Composable

BLOCK_BYTES: Final = 1 << 20
NULL: Final = "\\N"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

Block = bytes | memoryview | str


def copy_in(cursor: CursorWrapper, statement: "str | Composable", blocks: Iterable[Block]) -> None:
    """Stream blocks of rows into a table: ``COPY ... FROM STDIN``.

    Parameters
    ----------
    cursor
        Django's cursor.
    statement
        The COPY statement. Its format says what the blocks hold: text, CSV or binary.
    blocks
        Parts of the rows' text or bytes, cut anywhere. Text is encoded as UTF-8.

    """
    driver: Any = cursor
    if is_psycopg3:
        with driver.copy(statement) as copy:
            for block in blocks:
                copy.write(block)
    else:
        driver.copy_expert(statement, BlockReader(blocks))


def copy_out(cursor: CursorWrapper, statement: str) -> Iterator[bytes]:
    """Yield blocks of rows of ``COPY ... TO STDOUT``.

    psycopg2 offers no iterator: its rows are written to a temporary file first.
    """
    driver: Any = cursor
    if is_psycopg3:
        with driver.copy(statement) as copy:
            for block in copy:
                yield bytes(block)
        return
    with tempfile.TemporaryFile() as file:
        driver.copy_expert(statement, file)
        file.seek(0)
        while block := file.read(BLOCK_BYTES):
            yield block


def text_row(values: Iterable[Any]) -> str:
    r"""Return a row in COPY's text format; None is NULL.

    >>> text_row(["a\tb", None, 3])
    'a\\tb\t\\N\t3\n'
    """
    texts = [NULL if value is None else str(value).translate(_ESCAPES) for value in values]
    return "\t".join(texts) + "\n"


class BlockReader(io.RawIOBase):
    """Blocks as a readable file, for parsers and drivers that read a file."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = iter(blocks)
        self._rest = b""

    def readable(self) -> bool:
        """Return True: the file can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return at most ``size`` bytes; fewer only at the end."""
        parts, n_bytes = [self._rest], len(self._rest)
        while size < 0 or n_bytes < size:
            block = next(self._blocks, None)
            if block is None:
                break
            parts.append(block.encode() if isinstance(block, str) else bytes(block))
            n_bytes += len(block)
        content = b"".join(parts)
        cut = len(content) if size < 0 else size
        self._rest = content[cut:]
        return content[:cut]
