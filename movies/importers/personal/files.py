"""Uploaded files: a zip or a single file, read in bounded memory whatever lies in it."""

import codecs
import csv
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property, partial
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from movies.importers.errors import ImportFailed
from movies.importers.files import readable
from movies.importers.personal.dates import DateOrder, open_orders

HEAD_BYTES: Final = 64 * 1024
CHUNK_BYTES: Final = 1024 * 1024
MAX_MEMBERS: Final = 2_000
"""An export has a file for each list of the person, and so some hundreds at most."""
MAX_JSON_BYTES: Final = 64 * 1024 * 1024
"""JSON is held in memory as a whole."""
MAX_UNPACKED_BYTES: Final = 512 * 1024 * 1024
MAX_RATIO: Final = 200
"""A zip that unpacks to more than 200 times its size is no export."""
RATIO_APPLIES_FROM_BYTES: Final = 16 * 1024 * 1024
ZIP_START: Final = b"PK\x03\x04"
DELIMITERS: Final = ",;\t|"
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATOR_LINE: Final = re.compile(rf'"?sep=([{DELIMITERS}])"?', re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x01-\x08\x0e-\x1f]")
_SPACES: Final = re.compile(r"[\s_]+")
Opener = Callable[[], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table, by column name."""

    line: int
    values: Mapping[str, str]
    fields: Sequence[str] = ()
    """All values in the order of the columns, for tables of which two columns share a name."""
    is_damaged: bool = False
    """Whether there is a NUL byte in it."""

    def get(self, *names: str) -> str:
        """Return the first of these columns that has a value; else an empty text."""
        return next((self.values[name] for name in names if self.values.get(name)), "")


class Member:
    """One file of an upload."""

    def __init__(self, path: str, n_bytes: int, open_stream: Opener) -> None:
        self.path = path
        self.n_bytes = n_bytes
        self._open = open_stream

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders in which it lies inside a zip, in lower case."""
        return tuple(part.casefold() for part in Path(self.path).parts[:-1])

    @property
    def stem(self) -> str:
        """Its name without folder and suffix, in lower case."""
        return Path(self.path).stem.casefold()

    @cached_property
    def head(self) -> bytes:
        """Its first 64 KB."""
        with readable(self.path), self._open() as stream:
            return stream.read(HEAD_BYTES)

    @cached_property
    def encoding(self) -> str:
        """UTF-8 or UTF-16 if it is that, else Windows' Latin-1."""
        for mark, name in _BOMS:
            if self.head.startswith(mark):
                return name
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            with readable(self.path), self._open() as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
        return "utf-8"

    @cached_property
    def first_character(self) -> str:
        """The first character that is no white space: ``{`` and ``[`` for JSON, ``<`` for XML."""
        return self.head_text.lstrip()[:1]

    @cached_property
    def delimiter(self) -> str:
        """What separates the columns of its first line that is not blank."""
        lines = self.head_text.splitlines()
        first = next((line for line in lines if line.strip(f'{DELIMITERS} "')), "")
        if match := _SEPARATOR_LINE.fullmatch(first.strip()):
            return match[1]
        return max(DELIMITERS, key=lambda one: _n_columns(first, one))

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The first line of a table as the file spells it; empty if it is no table."""
        if self._is_binary or self.first_character in {"", "{", "[", "<"}:
            return ()
        try:
            fields = next(self._filled_rows(), (0, []))[1]
        except ImportFailed:
            return ()
        names = tuple(name.replace("\0", "").strip().strip('"') for name in fields)
        return () if _CONTROL.search("".join(names)) else names

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The column names of a table, in lower case and with single spaces; none if it is none."""
        return tuple(_SPACES.sub(" ", name).casefold() for name in self.header)

    def records(self, *, has_header: bool = True) -> Iterator[Record]:
        """Yield the rows of a table below its line of column names; blank lines are skipped.

        Raises
        ------
        ImportFailed
            The file is damaged or is no table.

        """
        for line, fields in islice(self._filled_rows(), int(has_header), None):
            values = dict(zip(self.columns, fields, strict=False))
            yield Record(line, values, fields, "\0" in "".join(fields))

    def date_order(self) -> DateOrder | None:
        """Return the order of day and month in its dates; None if the table does not show it.

        A program that writes a table writes all of its dates alike.
        """
        return self._date_order

    @cached_property
    def _date_order(self) -> DateOrder | None:
        orders = open_orders(field for record in self.records() for field in record.fields)
        return orders[0] if len(orders) == 1 else None

    @cached_property
    def _is_binary(self) -> bool:
        """Whether many of its bytes are NUL: one alone is damage that spoils one row."""
        return self.encoding != "utf-16" and 10 * self.head.count(0) > len(self.head)

    def _filled_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the lines of a table that are not blank, without Excel's line ``sep=;``."""
        rows = ((line, fields) for line, fields in self.csv_rows() if any(fields))
        for position, (line, fields) in enumerate(rows):
            if position or not _SEPARATOR_LINE.fullmatch(self.delimiter.join(fields).strip()):
                yield line, fields

    @cached_property
    def document(self) -> Any:
        """The content of a JSON file.

        Raises
        ------
        ImportFailed
            The file is damaged, too large or not JSON.

        """
        if self.n_bytes > MAX_JSON_BYTES:
            raise ImportFailed(f"{self.path} is larger than {MAX_JSON_BYTES // 1024**2} MB.")
        with readable(self.path), self._open() as stream:
            content = stream.read(MAX_JSON_BYTES)
        try:
            return json.loads(content.decode(self.encoding))
        except (ValueError, RecursionError):
            raise ImportFailed(f"{self.path} is damaged: it is not complete JSON.") from None

    @cached_property
    def first_entry(self) -> dict[str, Any]:
        """The first object of the first list in a JSON file; empty if there is none.

        Raises
        ------
        ImportFailed
            The file is damaged, too large or not JSON.

        """
        document = self.document
        lists = document.values() if isinstance(document, dict) else [document]
        entries = (one[0] for one in lists if isinstance(one, list) and one)
        return next((entry for entry in entries if isinstance(entry, dict)), {})

    @property
    def n_entries(self) -> int:
        """The number of rows of a table or of entries in the lists of a JSON file.

        Raises
        ------
        ImportFailed
            The file is damaged.

        """
        if self.first_character not in {"{", "["}:
            return sum(1 for _record in self.records()) if len(self.columns) > 1 else 0
        document = self.document
        lists = document.values() if isinstance(document, dict) else [document]
        return sum(len(one) for one in lists if isinstance(one, list))

    def verify(self) -> None:
        """Read it to the end.

        Raises
        ------
        ImportFailed
            The file is damaged.

        """
        for _chunk in self.chunks():
            pass
        if self.first_character in {"{", "["}:
            _ = self.document
        elif self.columns:
            for _row in self.csv_rows():
                pass

    def chunks(self) -> Iterator[bytes]:
        """Yield the content piece by piece.

        Raises
        ------
        ImportFailed
            The file is damaged.

        """
        with readable(self.path), self._open() as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk

    @cached_property
    def head_text(self) -> str:
        """Its first 64 KB as text."""
        encoding = self.encoding
        return codecs.getincrementaldecoder(encoding)(errors="replace").decode(self.head)

    def csv_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the lines of a table with their fields, the line of column names first.

        Raises
        ------
        ImportFailed
            The file is damaged or is no table.

        """
        with readable(self.path), self._open() as stream:
            # newline="" leaves line ends inside quotes to the csv module.
            text = TextIOWrapper(stream, self.encoding, errors="replace", newline="")
            reader = csv.reader(text, delimiter=self.delimiter)
            line = 1
            try:
                for fields in reader:
                    yield line, [field.strip() for field in fields]
                    line = reader.line_num + 1
            except csv.Error:
                raise ImportFailed(f"{self.path} is damaged in line {line}.") from None


class Upload:
    """The files that a person sent, by their path inside the zip."""

    def __init__(
        self, name: str, members: tuple[Member, ...], broken: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.members = members
        self.broken = broken or {}
        """Path and problem of each file in the zip that cannot be read."""

    @classmethod
    def open(cls, path: Path, name: str = "") -> "Upload":
        """Open a zip or a single file; ``name`` is what the person calls it.

        Files of a zip that are damaged are left out, unless all of them are.

        Raises
        ------
        ImportFailed
            It does not exist, is empty, damaged, or unpacks to too much.

        """
        name = name or path.name
        with readable(name):
            n_bytes = path.stat().st_size
            if n_bytes == 0:
                raise ImportFailed(f"{name} is empty.")
            if zipfile.is_zipfile(path):
                return cls(name, *_whole_members(_zip_members(path, name, n_bytes)))
            with path.open("rb") as file:
                if file.read(len(ZIP_START)) == ZIP_START:
                    raise ImportFailed(f"{name} is damaged: the zip is not complete.")
        return cls(name, (Member(name, n_bytes, lambda: path.open("rb")),))

    @property
    def n_bytes(self) -> int:
        """Return the unpacked size in bytes."""
        return sum(member.n_bytes for member in self.members)

    def tables(self) -> Iterator[Member]:
        """Yield the members that have a line of column names."""
        return (member for member in self.members if len(member.columns) > 1)

    def documents(self) -> Iterator[Member]:
        """Yield the members that look like JSON."""
        return (member for member in self.members if member.first_character in {"{", "["})


def _zip_members(path: Path, name: str, n_bytes: int) -> tuple[Member, ...]:
    # Opened once, because opening parses the directory of all members. Closed with the last member.
    archive = zipfile.ZipFile(path)
    infos = [info for info in archive.infolist() if _is_wanted(info)]
    n_unpacked = sum(info.file_size for info in infos)
    if len(infos) > MAX_MEMBERS:
        raise ImportFailed(f"{name} has more than {MAX_MEMBERS:,} files.")
    if n_unpacked > MAX_UNPACKED_BYTES:
        most = MAX_UNPACKED_BYTES // 1024**2
        raise ImportFailed(f"{name} unpacks to more than {most} MB.")
    if n_unpacked > max(MAX_RATIO * n_bytes, RATIO_APPLIES_FROM_BYTES):
        raise ImportFailed(f"{name} unpacks to more than {MAX_RATIO} times its size.")
    if not infos:
        raise ImportFailed(f"{name} has no file in it.")
    return tuple(
        Member(info.filename, info.file_size, partial(archive.open, info)) for info in infos
    )


def _whole_members(
    members: Sequence[Member],
) -> tuple[tuple[Member, ...], dict[str, str]]:
    """Return the members that can be read to their end, and the problem of each of the others.

    Raises
    ------
    ImportFailed
        None of them can be read.

    """
    broken: dict[str, str] = {}
    for member in members:
        try:
            member.verify()
        except ImportFailed as error:
            broken[member.path] = str(error)
    whole = tuple(member for member in members if member.path not in broken)
    if not whole:
        raise ImportFailed(next(iter(broken.values())))
    return whole, broken


def _is_wanted(info: zipfile.ZipInfo) -> bool:
    is_hidden = Path(info.filename).name.startswith(".") or info.filename.startswith("__MACOSX")
    return not info.is_dir() and not is_hidden and info.file_size > 0


def _n_columns(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return 0
