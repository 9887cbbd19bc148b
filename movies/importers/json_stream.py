"""Objects of a large JSON file, one by one: an object a line, or one array of objects."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, Any, Final, NamedTuple

from movies.importers.errors import BadRow, ImportFailed, Problems
from movies.importers.files import SourceFile, readable
from movies.importers.rows import content_of

ARRAY: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[\s*(?:\{|\Z)")
"""How an array of objects begins; another bracket is a line that is no object."""
START_BYTES: Final = 64
CHUNK_BYTES: Final = 256 * 1024
MAX_OBJECT_CHARACTERS: Final = 8 * 1024 * 1024
"""A longer object of an array is no film."""


class Entry(NamedTuple):
    """One value of the file."""

    number: int
    """The line, or the position in the array; counted from 1."""
    value: Any
    end: int
    """How many bytes of the file are read with it, for a progress bar."""


def entries(file: SourceFile, problems: Problems) -> Iterator[Entry]:
    """Yield the objects of a file in bounded memory; what is not JSON goes to ``problems``.

    Raises
    ------
    ImportFailed
        The file is empty, damaged, or an array that breaks off.

    """
    with readable(file.name), file.open() as stream:
        start = stream.read(START_BYTES)
    if ARRAY.match(start):
        with readable(file.name), file.open() as stream:
            yield from _of_array(file.name, stream)
    else:
        yield from _of_lines(file, problems)


def _of_lines(file: SourceFile, problems: Problems) -> Iterator[Entry]:
    for line in file.lines():
        if not line.content.strip():
            continue
        try:
            value = json.loads(content_of(line).removeprefix(codecs.BOM_UTF8))
        except BadRow as reason:
            problems.add(file.name, line.number, str(reason), line.content)
        except (ValueError, RecursionError) as error:
            problems.add(file.name, line.number, f"this is not JSON: {error}", line.content)
        else:
            yield Entry(line.number, value, line.end)


def _of_array(name: str, stream: IO[bytes]) -> Iterator[Entry]:
    decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
    decoder = json.JSONDecoder()
    text, position, number, end, is_open = "", 0, 0, 0, False
    while chunk := stream.read(CHUNK_BYTES):
        end += len(chunk)
        text, position = text[position:] + decode(chunk), 0
        while True:
            position = _next(text, position, is_open=is_open)
            is_open = True
            if position >= len(text):
                break
            if text[position] == "]":
                return
            try:
                value, position = decoder.raw_decode(text, position)
            except (ValueError, RecursionError) as error:
                if len(text) - position > MAX_OBJECT_CHARACTERS:
                    raise ImportFailed(f"{name}: entry {number + 1} is not JSON: {error}") from None
                break  # the rest of it is still to be read
            number += 1
            yield Entry(number, value, end)
    raise ImportFailed(f"{name} is an array that breaks off after {number} entries.")


def _next(text: str, position: int, *, is_open: bool) -> int:
    """Return where the next value begins, behind white space and the comma or opening bracket."""
    skipped = " \t\r\n," if is_open else " \t\r\n["
    while position < len(text) and text[position] in skipped:
        position += 1
        if not is_open and text[position - 1] == "[":
            return _next(text, position, is_open=True)
    return position
