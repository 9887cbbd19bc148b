"""Uploaded files: a zip or a single file, read in bounded memory whatever lies in it."""

import codecs
import csv
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, Final

from movies.importers.errors import ImportFailed
from movies.importers.files import readable

HEAD_BYTES: Final = 64 * 1024
CHUNK_BYTES: Final = 1024 * 1024
MAX_MEMBERS: Final = 10_000
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
_SPACES: Final = re.compile(r"[\s_]+")
Opener = Callable[[], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table, by column name."""

    line: int
    values: Mapping[str, str]

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
        return self._head_text.lstrip()[:1]

    @cached_property
    def delimiter(self) -> str:
        """What separates the columns of its first line."""
        first = self._head_text.lstrip("\r\n").splitlines()[:1]
        counts = [(_n_columns(line, one), one) for line in first for one in DELIMITERS]
        return max(counts, key=lambda count: count[0])[1] if counts else ","

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The column names of a table, in lower case and with single spaces; none if it is none."""
        is_binary = b"\0" in self.head and self.encoding != "utf-16"
        if is_binary or self.first_character in {"", "{", "[", "<"}:
            return ()
        try:
            row = next(self.csv_rows(), (0, []))[1]
        except ImportFailed:
            return ()
        return tuple(_column(name) for name in row)

    def records(self) -> Iterator[Record]:
        """Yield the rows of a table below its line of column names; blank lines are skipped.

        Raises
        ------
        ImportFailed
            The file is damaged or is no table.

        """
        rows = self.csv_rows()
        next(rows, None)
        for line, fields in rows:
            if any(fields):
                yield Record(line, dict(zip(self.columns, fields, strict=False)))

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
        except (ValueError, RecursionError) as error:
            raise ImportFailed(f"{self.path} is not complete JSON: {error}") from None

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
    def _head_text(self) -> str:
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
                    yield line, [field.replace("\0", "").strip() for field in fields]
                    line = reader.line_num + 1
            except csv.Error as error:
                raise ImportFailed(f"{self.path}, line {line}: {error}.") from None


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
    @contextmanager
    def opened(info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
        with zipfile.ZipFile(path) as archive, archive.open(info) as stream:
            yield stream

    with zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if _is_wanted(info)]
    n_unpacked = sum(info.file_size for info in infos)
    if len(infos) > MAX_MEMBERS:
        raise ImportFailed(f"{name} has more than {MAX_MEMBERS:,} files.")
    is_bomb = n_unpacked > max(MAX_RATIO * n_bytes, RATIO_APPLIES_FROM_BYTES)
    if n_unpacked > MAX_UNPACKED_BYTES or is_bomb:
        raise ImportFailed(f"{name} unpacks to {n_unpacked // 1024**2:,} MB, which is too much.")
    if not infos:
        raise ImportFailed(f"{name} has no file in it.")
    return tuple(Member(info.filename, info.file_size, partial(opened, info)) for info in infos)


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


def _column(name: str) -> str:
    return _SPACES.sub(" ", name.strip().strip('"')).casefold()
