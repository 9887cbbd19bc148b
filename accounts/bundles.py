"""All that the site keeps about a person as one zip: JSON for programs, CSV for spreadsheets.

The zip is made while it is sent, so its size costs no memory.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Any, Final

from django.utils import timezone
from rest_framework.utils.encoders import JSONEncoder

from accounts import exports
from accounts.models import User

ROWS_AT_ONCE: Final = 500
README: Final = """Everything that this site keeps about you.

export.json  all of it, for programs; another Marquee imports it (Bring your films)
*.csv        the same, a table each, for spreadsheets
"""


class _Sink(io.RawIOBase):
    """What a zip writes to: parts that are sent and forgotten."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._parts.append(bytes(content))
        return len(content)

    def drain(self) -> bytes:
        """Return what was written since the last call."""
        content = b"".join(self._parts)
        self._parts.clear()
        return content


def bundle(user: User) -> Iterator[bytes]:
    """Yield the zip of a person piece by piece."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README)
        for section in exports.sections():
            with archive.open(f"{section.name}.csv", "w") as file:
                for _written in _write_csv(file, section.rows(user)):
                    yield sink.drain()
        with archive.open("export.json", "w") as file:
            for _written in _write_json(file, user):
                yield sink.drain()
    yield sink.drain()


def _write_csv(file: IO[bytes], rows: Iterable[dict[str, Any]]) -> Iterator[None]:
    columns: list[str] = []
    for part in _parts(rows):
        text = io.StringIO()
        if not columns:
            columns = list(part[0])
            text.write("\ufeff")  # or Excel takes UTF-8 for Latin-1
            csv.writer(text).writerow(columns)
        csv.writer(text).writerows([_cell(row.get(name)) for name in columns] for row in part)
        file.write(text.getvalue().encode())
        yield


def _write_json(file: IO[bytes], user: User) -> Iterator[None]:
    head = {"exported_at": timezone.now(), "profile": exports.profile(user)}
    file.write(_json(head)[:-1].encode())
    for section in exports.sections():
        file.write(f',\n"{section.name}": ['.encode())
        separator = ""
        for part in _parts(section.rows(user)):
            file.write((separator + ",\n".join(map(_json, part))).encode())
            separator = ",\n"
            yield
        file.write(b"]")
    file.write(b"}\n")
    yield


def _parts(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rows = iter(rows)
    while part := list(islice(rows, ROWS_AT_ONCE)):
        yield part


def _cell(value: Any) -> Any:
    """Return a value for a spreadsheet, which must not take a title for a formula."""
    if isinstance(value, list | dict):
        return _json(value)
    return (
        f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value
    )


def _json(value: Any) -> str:
    return json.dumps(value, cls=JSONEncoder, ensure_ascii=False)
