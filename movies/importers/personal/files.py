"""Uploaded files: a zip or a single file, read in bounded memory whatever lies in it."""

import codecs
import csv
import json
import re
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from movies.importers.errors import ImportFailed
from movies.importers.files import readable
from movies.importers.personal.dates import DateOrder, open_orders
from movies.importers.personal.encodings import guessed, sample_of

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
DELIMITERS: Final = "\t;|,"
"""What separates columns. The comma comes last, because titles and decimal numbers have commas."""
N_LINES_LOOKED_AT: Final = 50
N_LINES_TO_JUDGE: Final = 200
"""Lines by whose letters an encoding is guessed."""
MAX_LINE_TO_JUDGE: Final = 1_000
"""Bytes of a line that are judged at once: a line without an end may be the whole file."""
MAX_UNCLOSED: Final = 100
"""Rows of one table whose quotation mark is not closed: each is searched for its end."""
PROFILE_LINE: Final = '{"section": "profile"'
"""Start of an account that this site exports line by line."""
NUL: Final = "the line is damaged: there is a NUL byte in it"
NOT_TEXT: Final = "the line is damaged: there is a byte in it that is no character"
UNCLOSED: Final = "the line is damaged: a quotation mark is not closed"
TOO_LONG: Final = "the line has more values than there are columns"
CUT: Final = "the file breaks off in this line"
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""The mark of UTF-32 begins with that of UTF-16."""
_WIDE: Final = ("utf-16", "utf-32")
"""Encodings whose letters have bytes that are NUL."""
_DELIMITER: Final = re.compile(f"[{DELIMITERS}]")
_SEPARATOR_LINE: Final = re.compile(rf'"?sep=([{DELIMITERS}])"?', re.IGNORECASE)
_JSON_START: Final = re.compile(
    r"\s*(?:\{\s*(?:\"|\}?\s*\Z)"
    r"|\[\s*(?:[{\[\"]|\]?\s*\Z|(?:-?\d[\d.eE+-]*|true|false|null)\s*(?:,|\]?\s*\Z)))"
)
"""The first signs of an object or of an array. A file may break off behind them."""
_RULE: Final = re.compile(r":?-+:?")
_CONTROL: Final = re.compile(r"[\x01-\x08\x0e-\x1f]")
_NOT_DECODED: Final = re.compile(r"[\udc80-\udcff]")
"""What the error handler "surrogateescape" makes of a byte that is no character."""
_DAY_AT_END: Final = re.compile(r"-\w+-\d{4}(-\d\d){4}-utc$")
"""How Letterboxd names the export of one list: with the member and the time."""
_COPY: Final = re.compile(r"(?:[\W\d_]|copy|kopie)+$")
_SITE: Final = re.compile(r"^(?:(?:lists|movies|films|user|imdb|letterboxd|tmdb|trakt)[\W_]+)+")
_csv_reader: Final = partial(csv.reader, skipinitialspace=True)
"""Reads a quotation mark after a comma and a space as one that opens a value."""
MAX_NAME: Final = 100
_SPACES: Final = re.compile(r"[\s_]+")
Opener = Callable[[], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table, by column name."""

    line: int
    values: Mapping[str, str]
    fields: Sequence[str] = ()
    """All values in the order of the columns."""
    damage: str = ""
    """Why the row cannot be read, if so."""
    has_line_end: bool = True
    """Only the last line of a file may have none."""

    def get(self, *names: str) -> str:
        """Return the first of these columns that has a value; else an empty text."""
        return next((self.values[name] for name in names if self.values.get(name)), "")


class Member:
    """One file of an upload."""

    def __init__(self, path: str, n_bytes: int, open_stream: Opener) -> None:
        self.path = path
        self.n_bytes = n_bytes
        self.open_stream = open_stream
        self.preferred_encoding = ""
        """The encoding that the person says the text has, if it is not in Unicode."""
        self.is_damaged = False
        """Whether a byte of a JSON file that was read is no character."""

    def with_delimiter(self, delimiter: str) -> "Member":
        """Return the same file as a table whose columns are separated by this."""
        member = Member(self.path, self.n_bytes, self.open_stream)
        member.preferred_encoding = self.preferred_encoding
        member.delimiter = delimiter
        return member

    @cached_property
    def folders(self) -> tuple[str, ...]:
        """The folders in which it lies inside a zip, in lower case."""
        return tuple(part.casefold() for part in Path(self.path).parts[:-1])

    @cached_property
    def stem(self) -> str:
        """Its name without folder and suffix, in lower case."""
        return Path(self.path).stem.casefold()

    @cached_property
    def head(self) -> bytes:
        """Its first 64 KB."""
        with readable(self.path), self.open_stream() as stream:
            return stream.read(HEAD_BYTES)

    def is_named(self, *names: str) -> bool:
        """Return whether it has one of these names, apart from a site, a date or a copy's number.

        A list of the person's own is not taken for the site's list whose name is in its name.
        """
        stem = _COPY.sub("", _DAY_AT_END.sub("", self.stem[:MAX_NAME]))
        return stem in names or _SITE.sub("", stem) in names

    @cached_property
    def encoding(self) -> str:
        """The encoding of its text: UTF-32, UTF-16, UTF-8, or a guess by its letters.

        A few bytes that are no UTF-8 are damage in a file whose other characters are.
        """
        for mark, name in _BOMS:
            if self.head.startswith(mark):
                return name
        n_even, n_odd = self.head[::2].count(0), self.head[1::2].count(0)
        if 5 * max(n_even, n_odd) > len(self.head) and max(n_even, n_odd) > 4 * min(n_even, n_odd):
            return "utf-16-be" if n_even > n_odd else "utf-16-le"
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        n_characters = n_damaged = 0
        for chunk in self.chunks():
            text = decoder.decode(chunk)
            if not text.isascii():
                # Twenty times as fast as expressions that find them.
                n_characters += len(text) - len(text.encode("ascii", "ignore"))
                n_damaged += len(text) - len(text.encode("utf-8", "ignore").decode())
        n_damaged += len(decoder.decode(b"", final=True))
        if 2 * n_damaged <= n_characters:
            return "utf-8"
        return self.preferred_encoding or guessed(self._lines_to_judge)

    @property
    def guessed_encoding(self) -> tuple[str, str] | None:
        """The encoding that was guessed, and how the first values look; None if it is Unicode."""
        if self.encoding.startswith("utf") or not (self.header or self.is_json):
            return None
        sample = sample_of(self._lines_to_judge, self.encoding)
        return (self.encoding, sample) if sample else None

    @cached_property
    def _lines_to_judge(self) -> list[bytes]:
        """The first lines that are not ASCII."""
        with readable(self.path), self.open_stream() as stream:
            lines = iter(lambda: stream.readline(MAX_LINE_TO_JUDGE), b"")
            return list(islice((line for line in lines if not line.isascii()), N_LINES_TO_JUDGE))

    @property
    def _errors(self) -> str:
        return "replace" if self.encoding.startswith(_WIDE) else "surrogateescape"

    @cached_property
    def first_character(self) -> str:
        """The first character that is no white space: ``<`` for XML."""
        return self.head_text.lstrip()[:1]

    @cached_property
    def is_json(self) -> bool:
        """Whether it begins like JSON, and not like a list of films such as "[REC]"."""
        return _JSON_START.match(self.head_text) is not None

    @cached_property
    def delimiter(self) -> str:
        """What separates the columns: the first lines have equally many of them."""
        blank = f'{DELIMITERS} "'
        lines = [line for line in self.head_text.splitlines() if line.strip(blank)]
        lines = lines[:N_LINES_LOOKED_AT] or [""]
        if match := _SEPARATOR_LINE.fullmatch(lines[0].strip()):
            return match[1]
        if self._inner_delimiter:
            return self._inner_delimiter
        first = next((line for line in lines if _DELIMITER.search(line)), lines[0])

        def likelihood(delimiter: str) -> tuple[bool, int, bool, int]:
            n_columns = _n_columns(first, delimiter)
            n_alike = sum(_n_columns(line, delimiter) == n_columns for line in lines)
            is_spaced = f"{delimiter} " in first
            return n_columns > 1, n_alike, not is_spaced, n_columns

        return max(DELIMITERS, key=likelihood)

    @cached_property
    def _inner_delimiter(self) -> str:
        """What separates the columns of a table each of whose lines is quoted as one value.

        Excel writes so where it took the table for one column. Empty for any other file.
        """
        lines = [line for line in self.head_text.splitlines() if line.strip()][:N_LINES_LOOKED_AT]
        if len(self.head) == HEAD_BYTES:
            lines = lines[:-1]  # it may be cut
        inner = [_only_value(line) for line in lines]
        if len(inner) > 1 and all(inner):
            for delimiter in DELIMITERS:
                n_columns = {_n_columns(line, delimiter) for line in inner}
                if len(n_columns) == 1 and n_columns != {1}:
                    return delimiter
        return ""

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The first line of a table as the file spells it; empty if it is no table."""
        if self._is_binary or self.is_json or self.first_character in {"", "<"}:
            return ()
        try:
            fields = next((record.fields for record in self._filled_rows()), ())
        except ImportFailed:
            return ()
        names = tuple(clean(name).strip('"') for name in fields)
        return () if _CONTROL.search("".join(names)) else names

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The labels of a table's columns, in lower case and with single spaces; none if none.

        Of two columns with one name, neither is found by this name: only the person can tell.
        """
        names = [_SPACES.sub(" ", name).casefold() for name in self.header]
        return labels_of(names)

    def records(self, *, has_header: bool = True) -> Iterator[Record]:
        """Yield the rows of a table below its line of column names; blank lines are skipped.

        A row with more values than columns is damaged: a comma that is not quoted shifts its
        values. A last line without a line end is damaged if all others have more values.

        Raises
        ------
        ImportFailed
            The file is damaged or is no table.

        """
        n_columns = n_fewest = len(self.columns)
        for position, record in enumerate(self._filled_rows()):
            n_fields = len(record.fields)
            damage = record.damage
            if not damage and any(record.fields[n_columns:]):
                damage = TOO_LONG
            if not damage and not record.has_line_end and n_fields < n_fewest:
                damage = CUT
            if not damage:
                n_fewest = min(n_fewest, n_fields)
            if position or not has_header:
                values = dict(zip(self.columns, record.fields, strict=False))
                yield replace(record, values=values, damage=damage)

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
        is_wide = self.encoding.startswith(_WIDE)
        return not is_wide and 10 * self.head.count(0) > len(self.head)

    def _filled_rows(self) -> Iterator[Record]:
        """Yield the lines of a table that are not blank.

        Excel's line ``sep=;`` and the rule below the names of a Markdown table are left out.
        """
        records = (record for record in self.csv_rows() if not _is_blank(record.fields))
        for position, record in enumerate(records):
            first = "" if position else self.delimiter.join(record.fields).strip()
            if not _SEPARATOR_LINE.fullmatch(first):
                yield record

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
        with readable(self.path), self.open_stream() as stream:
            content = stream.read(MAX_JSON_BYTES)
        try:
            text = content.decode(self.encoding, self._errors)
            self.is_damaged = is_not_text(text)
            return lines_as_document(text) or json.loads(text)
        except (ValueError, RecursionError):
            raise ImportFailed(f"{self.path} is damaged: it is not complete JSON.") from None

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield the objects of the lists in a JSON file.

        Raises
        ------
        ImportFailed
            The file is damaged, too large or not JSON.

        """
        return (one for entries in self._lists() for one in entries if isinstance(one, dict))

    @property
    def n_entries(self) -> int:
        """The number of rows of a table or of entries in the lists of a JSON file.

        Raises
        ------
        ImportFailed
            The file is damaged.

        """
        if not self.is_json:
            return sum(1 for _record in self.records()) if len(self.columns) > 1 else 0
        return sum(map(len, self._lists()))

    def _lists(self) -> list[list[Any]]:
        document = self.document
        values = document.values() if isinstance(document, dict) else [document]
        return [one for one in values if isinstance(one, list)]

    def verify(self) -> None:
        """Read it to the end.

        Raises
        ------
        ImportFailed
            The file is damaged.

        """
        for _chunk in self.chunks():
            pass
        if self.is_json:
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
        with readable(self.path), self.open_stream() as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk

    @cached_property
    def head_text(self) -> str:
        """Its first 64 KB as text."""
        decoder = codecs.getincrementaldecoder(self.encoding)(errors="replace")
        return decoder.decode(self.head).removeprefix("\ufeff")

    def csv_rows(self) -> Iterator[Record]:
        """Yield the lines of a table with their fields, the line of column names first.

        A quotation mark that is not closed spoils its own line only.

        Raises
        ------
        ImportFailed
            The file is damaged or is no table.

        """
        with readable(self.path), self.open_stream() as stream:
            # newline="" leaves line ends inside quotes to the csv module.
            text = _Lines(TextIOWrapper(stream, self.encoding, errors=self._errors, newline=""))
            reader = _csv_reader(text, delimiter=self.delimiter)
            n_unclosed = n_columns = 0
            while True:
                first_line = text.n_read + 1
                try:
                    fields, damage = next(reader, None), ""
                except csv.Error:
                    fields, damage = [], UNCLOSED
                if fields is None:
                    return
                if damage or (len(text.taken) > 1 and not _is_one_row(text.taken, self.delimiter)):
                    n_unclosed += 1
                    if len(text.taken) == 1 or n_unclosed > MAX_UNCLOSED:
                        raise ImportFailed(f"{self.path} is damaged in line {first_line}.")
                    damage = UNCLOSED
                    fields = text.put_back_all_but_first().strip("\r\n").split(self.delimiter)
                elif len(fields) == 1 and (n_columns > 1 or self._inner_delimiter):
                    fields = self._unwrapped(fields, n_columns)
                n_columns = n_columns or len(fields)
                has_line_end = text.taken[-1].endswith(("\r", "\n"))
                yield _record(first_line, fields, damage, has_line_end=has_line_end)
                text.taken.clear()

    def _unwrapped(self, fields: list[str], n_columns: int) -> list[str]:
        """Return the values of a line that Excel quoted as one value; else the line as it is."""
        try:
            inner = next(_csv_reader(fields, delimiter=self.delimiter), fields)
        except csv.Error:
            return fields
        return inner if len(inner) == n_columns or not n_columns else fields


class _Lines:
    """The lines of a text, of which those that were taken can be put back."""

    def __init__(self, text: Iterable[str]) -> None:
        self._text = iter(text)
        self._waiting: deque[str] = deque()
        self.taken: list[str] = []
        self.n_read = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._text)
        self.taken.append(line)
        self.n_read += 1
        return line

    def put_back_all_but_first(self) -> str:
        """Put back all lines that were taken but the first one, and return that."""
        self._waiting.extendleft(reversed(self.taken[1:]))
        self.n_read -= len(self.taken) - 1
        return self.taken[0]


def clean(value: Any) -> str:
    """Return a value as a text that a database can keep: without NUL and half surrogate pairs."""
    text = str(value or "").strip()
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def is_not_text(text: str) -> bool:
    """Return whether a byte of a text was no character of its encoding."""
    return not text.isascii() and _NOT_DECODED.search(text) is not None


def labels_of(header: Sequence[str], has_header: bool = True) -> tuple[str, ...]:
    """Return a label for each column: its name, or its number where the name is no label.

    >>> labels_of(["", "title", "rating", "rating"])[0::2], labels_of(["", ""], False)
    (('column 1 (no name)', 'rating (column 3)'), ('column 1', 'column 2'))
    """
    labels: list[str] = []
    for position, name in enumerate(header, start=1):
        place = f"column {position}"
        label = name if header.count(name) == 1 else f"{name} ({place})"
        if not name:
            label = f"{place} (no name)" if has_header else place
        while label in labels:
            label = f"{label} ({place})"
        labels.append(label)
    return tuple(labels)


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
    def open(cls, path: Path, name: str = "", encoding: str = "") -> "Upload":
        """Open a zip or a single file; ``name`` is what the person calls it.

        ``encoding`` is that of its texts that are not in Unicode; by default it is guessed.

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
                members = _zip_members(path, name, n_bytes)
                for one in members:
                    one.preferred_encoding = encoding
                return cls(name, *_whole_members(members))
            with path.open("rb") as file:
                if file.read(len(ZIP_START)) == ZIP_START:
                    raise ImportFailed(f"{name} is damaged: the zip is not complete.")
        member = Member(name, n_bytes, lambda: path.open("rb"))
        member.preferred_encoding = encoding
        if n_bytes <= HEAD_BYTES and not member.head_text.strip():
            raise ImportFailed(f"{name} is empty.")
        return cls(name, (member,))

    @property
    def n_bytes(self) -> int:
        """Return the unpacked size in bytes."""
        return sum(member.n_bytes for member in self.members)

    def tables(self) -> Iterator[Member]:
        """Yield the members that have a line of column names."""
        return (member for member in self.members if len(member.columns) > 1)

    def documents(self) -> Iterator[Member]:
        """Yield the members that look like JSON."""
        return (member for member in self.members if member.is_json)


def lines_as_document(text: str) -> dict[str, Any] | None:
    r"""Return an account that was exported line by line (NDJSON) as one document, else None.

    Each line names its section, the profile first.

    Raises
    ------
    ValueError
        A line is not complete.

    >>> lines_as_document('{"section": "profile"}\n{"section": "lists", "year": 1995}')
    {'exported_at': None, 'profile': {}, 'ratings': [], 'lists': [{'year': 1995}]}
    """
    first, has_end, rest = text.lstrip("\ufeff").partition("\n")
    if not has_end or not first.startswith(PROFILE_LINE):
        return None
    profile = json.loads(first)
    document: dict[str, Any] = {"exported_at": profile.pop("exported_at", None)}
    document |= {"profile": profile, "ratings": []}
    del profile["section"]
    for line in filter(str.strip, rest.split("\n")):
        row = json.loads(line)
        document.setdefault(str(row.pop("section")), []).append(row)
    return document


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
    return tuple(Member(_path(info), info.file_size, partial(archive.open, info)) for info in infos)


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


def _path(info: zipfile.ZipInfo) -> str:
    r"""Return the path of a file in a zip; some programs of Windows write ``likes\films.csv``."""
    return info.filename.replace("\\", "/")


def _is_wanted(info: zipfile.ZipInfo) -> bool:
    is_hidden = Path(_path(info)).name.startswith(".") or info.filename.startswith("__MACOSX")
    return not info.is_dir() and not is_hidden and info.file_size > 0


def _record(line: int, fields: Sequence[str], damage: str, *, has_line_end: bool) -> Record:
    text = "".join(fields)
    if not damage and "\0" in text:
        damage = NUL
    if not damage and is_not_text(text):
        damage = NOT_TEXT
    return Record(line, {}, [field.strip() for field in fields], damage, has_line_end)


def _is_blank(fields: Sequence[str]) -> bool:
    """Return whether a row has no values, or only dashes such as those of a Markdown table."""
    filled = list(filter(None, fields))
    return not filled or (len(fields) > 1 and all(map(_RULE.fullmatch, filled)))


def _is_one_row(lines: Sequence[str], delimiter: str) -> bool:
    """Return whether several lines are one row, and not the rows after an open quotation mark."""
    try:
        return len(list(_csv_reader(lines, delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False


def _only_value(line: str) -> str:
    """Return the value of a line that is one quoted value; empty for any other line."""
    text = line.strip()
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return ""
    inner = text[1:-1]
    return "" if '"' in inner.replace('""', "") else inner.replace('""', '"')


def _n_columns(line: str, delimiter: str) -> int:
    try:
        return len(next(_csv_reader([line], delimiter=delimiter), []))
    except csv.Error:
        return 0
