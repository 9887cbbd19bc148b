"""Files to import from: a folder or a zip, read line by line in bounded memory."""

import gzip
import io
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, cast

from django.db.models.fields.files import FieldFile

from movies.importers.errors import ImportFailed

MAX_LINE_BYTES: Final = 64 * 1024
"""No row of any data set is longer; what is longer is skipped without being held in memory."""
START_BYTES: Final = 1_000_000
"""How much of an uploaded file is looked at before the answer."""

# RuntimeError is how zipfile says that a file is encrypted or packed in a way it does not know.
_DAMAGE = (zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, EOFError, RuntimeError)


@dataclass(frozen=True)
class Line:
    """A line of a file: its bytes without the line end, cut at ``MAX_LINE_BYTES``."""

    number: int
    """Counted from 1, as editors do."""
    content: bytes
    is_too_long: bool
    end: int
    """How many bytes of the file are read with it, for a progress bar."""


@dataclass(frozen=True)
class SourceFile:
    """One file of a source."""

    name: str
    n_bytes: int
    open: Callable[[], IO[bytes]]

    def lines(self) -> Iterator[Line]:
        """Yield the lines one by one.

        Raises
        ------
        ImportFailed
            The file is empty, damaged or cannot be read.

        """
        with readable(self.name), self.open() as stream:
            number = 0
            for number, line in enumerate(_lines(stream), start=1):
                yield Line(number, *line)
            if number == 0:
                raise ImportFailed(f"{self.name} is empty.")


@dataclass(frozen=True)
class Source:
    """Files that belong together, by their name without folders."""

    name: str
    location: str
    files: dict[str, SourceFile]

    def get(self, name: str) -> SourceFile:
        """Return a file that must exist.

        Raises
        ------
        ImportFailed
            It is not.

        """
        if name not in self.files:
            raise ImportFailed(f"{name} is missing in {self.location}.")
        return self.files[name]


def open_source(path: Path) -> Source:
    """Open the files of a folder or of a zip file.

    Raises
    ------
    ImportFailed
        There is no such path, or it is neither.

    """
    if path.is_dir():
        paths = [entry for entry in sorted(path.iterdir()) if entry.is_file()]
        files = [_plain_file(entry) for entry in paths]
        return Source(path.resolve().name, str(path), {file.name: file for file in files})
    with readable(str(path)):
        if not path.exists():
            raise ImportFailed(f"{path} does not exist.")
        if not zipfile.is_zipfile(path):
            raise ImportFailed(f"{path} is neither a folder nor a zip file.")
        return Source(path.stem, str(path), _zip_files(path))


def open_upload(file: IO[bytes], name: str) -> Source:
    """Open the files of a zip file that was sent.

    Raises
    ------
    ImportFailed
        It is no zip file.

    """
    with readable(name):
        return Source(PurePosixPath(name).stem, name, _zip_files(file))


def start_of(file: IO[bytes], name: str) -> SourceFile:
    """Return the beginning of a file that was sent, unpacked if its name ends in ``.gz``.

    Raises
    ------
    ImportFailed
        It cannot be unpacked.

    """
    with readable(name):
        start = (
            gzip.GzipFile(fileobj=file).read(START_BYTES)
            if name.endswith(".gz")
            else file.read(START_BYTES)
        )
    return SourceFile(name, len(start), lambda: io.BytesIO(start))


def open_file(path: Path, max_bytes: int | None = None) -> SourceFile:
    """Return one file, unpacked while it is read if its name ends in ``.gz``.

    Reading more than ``max_bytes`` unpacked bytes raises ``ImportFailed``.

    Raises
    ------
    ImportFailed
        There is no such file.

    """
    if not path.is_file():
        raise ImportFailed(f"{path} is not a file.")
    if path.suffix != ".gz":
        return _plain_file(path)
    with readable(path.name), path.open("rb") as file:
        # The last four bytes are the unpacked size; it serves a progress bar only.
        file.seek(-4, os.SEEK_END)
        n_bytes = int.from_bytes(file.read(), "little")
    return SourceFile(path.name, n_bytes, lambda: _unpacked(path, max_bytes))


@contextmanager
def local_path(upload: FieldFile) -> Iterator[Path]:
    """Give the path of an uploaded file; it is copied to this machine if the storage is remote."""
    try:
        path = upload.path
    except NotImplementedError:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / Path(str(upload.name)).name
            with upload.open() as source, copy.open("wb") as target:
                shutil.copyfileobj(source, target)
            yield copy
    else:
        yield Path(path)


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Say in words that a file cannot be read, whatever the cause.

    Raises
    ------
    ImportFailed
        In place of what the file system or a decompressor raised.

    """
    try:
        yield
    except _DAMAGE as error:
        is_locked = isinstance(error, RuntimeError) and "encrypted" in str(error)
        what = "encrypted with a password" if is_locked else "damaged"
        raise ImportFailed(f"{name} is {what}.") from error
    except OSError as error:
        raise ImportFailed(f"{name} cannot be read: {error.strerror or error}.") from error


def _unpacked(path: Path, max_bytes: int | None) -> IO[bytes]:
    stream = gzip.open(path)  # noqa: SIM115 # the caller closes it
    if max_bytes is None:
        return cast("IO[bytes]", stream)
    return io.BufferedReader(_Limited(cast("IO[bytes]", stream), path.name, max_bytes))


class _Limited(io.RawIOBase):
    """A stream that gives no more than a number of bytes."""

    def __init__(self, stream: IO[bytes], name: str, max_bytes: int) -> None:
        super().__init__()
        self._stream = stream
        self._name = name
        self._n_left = max_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer.

        Raises
        ------
        ImportFailed
            The stream holds more than it may.

        """
        content = self._stream.read(len(buffer))
        self._n_left -= len(content)
        if self._n_left < 0:
            raise ImportFailed(f"{self._name} holds more than may be imported at once.")
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        """Close the stream that is read from."""
        self._stream.close()
        super().close()


def _plain_file(path: Path) -> SourceFile:
    return SourceFile(path.name, path.stat().st_size, lambda: path.open("rb"))


def _zip_files(path: Path | IO[bytes]) -> dict[str, SourceFile]:
    def opener(member: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
        # A handle of its own: closing it closes the archive, and two can be read at once.
        return lambda: zipfile.ZipFile(path).open(member)

    with zipfile.ZipFile(path) as archive:
        members = [
            member
            for member in archive.infolist()
            if not member.is_dir() and not member.filename.startswith("__MACOSX")
        ]
    files = [SourceFile(Path(m.filename).name, m.file_size, opener(m)) for m in members]
    return {file.name: file for file in files}


def _lines(stream: IO[bytes]) -> Iterator[tuple[bytes, bool, int]]:
    end = 0
    while content := stream.readline(MAX_LINE_BYTES):
        end += len(content)
        is_too_long = len(content) == MAX_LINE_BYTES and not content.endswith(b"\n")
        rest = content if is_too_long else b""
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE_BYTES)
            end += len(rest)
        yield content.rstrip(b"\r\n"), is_too_long, end
