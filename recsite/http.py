"""HTTP/1 as RFC 9112 asks, where gunicorn falls short of it: refusals, hosts and connections."""

import json
import re
import socket
import struct
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final
from urllib.parse import quote

from gunicorn import util
from gunicorn.http import parser, wsgi
from gunicorn.http.body import Body, ChunkedReader
from gunicorn.http.errors import (
    ChunkMissingTerminator,
    InvalidHeader,
    InvalidRequestLine,
    LimitRequestHeaders,
    NoMoreData,
    ParseException,
)
from gunicorn.http.message import Request
from gunicorn.http.unreader import SocketUnreader

_PROBLEMS: Final = {
    400: "bad-request",
    403: "permission-denied",
    408: "request-timeout",
    413: "payload-too-large",
    414: "uri-too-long",
    417: "bad-request",
    431: "headers-too-large",
    500: "error",
    501: "length-required",
    503: "error",
}
"""Status that gunicorn answers by itself -> kind of problem; 501 is an unknown coding."""
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.~%-]+)(?::(\d{0,5}))?", re.ASCII)
"""``host [ ":" port ]`` of RFC 3986, less the punctuation that no name of a server has."""
MAX_PORT: Final = 65_535
ONCE: Final = {"AUTHORIZATION", "CONTENT-TYPE", "IDEMPOTENCY-KEY", "X-SESSION-TOKEN"}
"""Headers that a request has at most once."""
_ABSOLUTE: Final = re.compile(r"https?://([^/?]*)", re.IGNORECASE)
"""Start of a target that names the server, as clients send it to a proxy."""
_SAFE: Final = "/%:@&+$,-_.!~*'();="
"""Characters of a path that stay as they are, and the sign of those that are escaped already."""

_thread: Final = threading.local()
"""``request`` is the one that this thread reads or answers, ``arrived`` when its bytes came."""

header_seconds = 10.0
"""A request whose headers are not read by then is answered 408."""
body_seconds = 30.0
"""A body may take this long, and one second more for each ``BODY_BYTES_PER_SECOND`` received."""
BODY_BYTES_PER_SECOND: Final = 50_000
send_seconds = 30.0
"""Longest time for which a client takes none of an answer, or less than the rate below."""
SEND_BYTES_PER_SECOND: Final = 10_000
KERNEL_BYTES: Final = 200_000
"""Bytes of answers that the kernel holds for a connection: it reports progress by thirds."""
UNSENT_BYTES: Final = 4_194_304
"""Bytes of an answer that are held in memory, beyond which the answering thread waits."""


class AnswerNotTaken(BaseException):
    """A client that does not read its answer, so that the connection is closed.

    No handler of Django or gunicorn catches it.
    """


class DeadlineSocket(socket.socket):
    """A connection on which no thread waits without limit for the client to read.

    ``sendall`` keeps what the kernel does not take at once; ``flush`` waits for it. So a thread
    of the site answers a slow client without a wait, unless the answer is very long.
    """

    def __init__(self, accepted: socket.socket) -> None:
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
        super().__init__(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
        self._unsent: deque[memoryview] = deque()
        self._n_unsent = 0
        self._seconds = send_seconds

    def begin_answer(self) -> None:
        """Start the time of an answer."""
        self._seconds = send_seconds

    def sendall(self, data: Any, flags: int = 0) -> None:  # noqa: ARG002
        """Send bytes as far as the kernel takes them, and keep the rest for ``flush``."""
        if data:
            self._unsent.append(memoryview(data))
            self._n_unsent += len(data)
        while self._unsent and self._send_some(0):
            pass
        self.flush(UNSENT_BYTES)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Send a file like other bytes, with the same limits."""
        file.seek(offset)
        n_left = sys.maxsize if count is None else count
        n_sent = 0
        while n_left and (piece := file.read(min(65536, n_left))):
            self.sendall(piece)
            n_sent += len(piece)
            n_left -= len(piece)
        return n_sent

    def flush(self, n_bytes: int = 0) -> None:
        """Wait until at most ``n_bytes`` are unsent.

        Only this wait counts, not the time in which the site makes the answer.

        Raises
        ------
        AnswerNotTaken
            The client takes less than ``SEND_BYTES_PER_SECOND`` for ``send_seconds``.

        """
        while self._n_unsent > n_bytes:
            started = time.monotonic()
            n_sent = self._send_some(max(0.0, self._seconds))
            if not n_sent:
                raise AnswerNotTaken
            waited = time.monotonic() - started
            left = self._seconds - waited + n_sent / SEND_BYTES_PER_SECOND
            self._seconds = min(send_seconds, left)

    def abort(self) -> None:
        """Close the connection and drop what the kernel holds: the client sees a reset."""
        with suppress(OSError):
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def _send_some(self, seconds: float) -> int:
        """Send the first unsent bytes; return how many the kernel took within the time."""
        timeout = self.gettimeout()
        self.settimeout(seconds)
        try:
            n_sent = self.send(self._unsent[0])
        except (TimeoutError, BlockingIOError):
            return 0
        finally:
            self.settimeout(timeout)
        first = self._unsent.popleft()
        if n_sent < len(first):
            self._unsent.appendleft(first[n_sent:])
        self._n_unsent -= n_sent
        return n_sent


class Refusal(BaseException):
    """A request that is refused while it is read.

    No handler of Django catches it, so the thread that reads the request answers it.
    """

    def __init__(self, status: int, detail: str = "") -> None:
        super().__init__(status, detail)
        self.status = status
        self.reason = HTTPStatus(status).phrase
        self.detail = detail


class DeadlineUnreader(SocketUnreader):  # type: ignore[misc] # gunicorn has no types
    """A connection that is read until a deadline, which single bytes do not move."""

    deadline = 0.0
    bytes_per_second: float | None = None
    is_first = False

    def begin_headers(self, arrived: float) -> None:
        """Start the time of the headers when the request arrived."""
        self.deadline = arrived + header_seconds
        self.bytes_per_second = None
        # A request that waited for a thread is read without a wait, however late.
        self.is_first = True

    def begin_body(self) -> None:
        """Start the time of the body."""
        self.deadline = time.monotonic() + body_seconds
        self.bytes_per_second = BODY_BYTES_PER_SECOND

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return the next bytes.

        Raises
        ------
        Refusal
            The client has not sent them in time.

        """
        seconds = max(0.0, self.deadline - time.monotonic())
        if not seconds and not self.is_first:
            raise Refusal(HTTPStatus.REQUEST_TIMEOUT)
        self.is_first = False
        self.sock.settimeout(seconds)
        try:
            received: bytes = super().chunk(size_hint)
        except (TimeoutError, BlockingIOError):
            raise Refusal(HTTPStatus.REQUEST_TIMEOUT) from None
        finally:
            self.sock.setblocking(True)
        if self.bytes_per_second:
            self.deadline += len(received) / self.bytes_per_second
        return received


class RequestBody(Body):  # type: ignore[misc] # gunicorn has no types
    """A body with a deadline, for which the client is asked (100) only when it is read."""

    def __init__(self, request: "StrictRequest", reader: Any) -> None:
        super().__init__(reader)
        self.request = request
        self.is_begun = False

    def is_read(self) -> bool:
        """Return whether the connection holds nothing more of the body."""
        if isinstance(self.reader, ChunkedReader):
            return self.reader.parser is None
        return bool(self.reader.length <= 0)

    def fill(self, n_bytes: int) -> None:
        """Keep the first bytes in memory, for the application to read without a wait."""
        data = self.read(n_bytes)
        self.forget()
        self.buf.write(data)

    def forget(self) -> None:
        """Drop bytes that the application did not read."""
        self.buf = BytesIO()

    def _read_reader(self, size: int) -> Any:
        if not self.is_begun and not self.is_read():
            self.is_begun = True
            if self.request.awaits_continue:
                self.request.unreader.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.request.unreader.begin_body()
        try:
            return super()._read_reader(size)
        except (NoMoreData, ChunkMissingTerminator):
            detail = "The body ends before its last chunk, or a chunk does not end where it should."
            raise Refusal(HTTPStatus.BAD_REQUEST, detail) from None


class InvalidHost(InvalidHeader):  # type: ignore[misc] # gunicorn has no types
    """A request whose ``Host`` is missing or is none."""

    def __init__(self) -> None:
        super().__init__("HOST")

    def __str__(self) -> str:
        """Return what to send."""
        return "A request in HTTP/1.1 has one header Host: the name of a server, and a port."


class StrictRequest(Request):  # type: ignore[misc] # gunicorn has no types
    """A request whose target, ``Host`` and ``Connection`` are read as RFC 9112 asks."""

    body: Any
    version: tuple[int, int]
    _expected_100_continue: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.head = b""
        self.headers: list[tuple[str, str]] = []
        self.awaits_continue = False
        _thread.request = self
        unreader = args[1]
        unreader.begin_headers(_thread.arrived)
        super().__init__(*args, **kwargs)
        self.version = min(self.version, (1, 1))  # the answer names the version that is spoken
        self._check_target()
        self._check_host()
        self._check_repeated()

    def read_line(self, unreader: Any, buf: bytearray, limit: int = 0) -> Any:
        """Read the first line, and keep what was read of one that is refused."""
        try:
            return super().read_line(unreader, buf, limit)
        finally:
            self.head = bytes(buf)

    def set_body_reader(self) -> None:
        """Give the request a body with a deadline; gunicorn itself sends no 100 then."""
        super().set_body_reader()
        self.body = RequestBody(self, self.body.reader)
        self.awaits_continue = self._expected_100_continue
        self._expected_100_continue = False

    def is_upload(self) -> bool:
        """Return whether the body is a form with files, too long to be held in memory.

        Raises
        ------
        Refusal
            It is longer than any file that the site takes.

        """
        from django.conf import settings

        from common.api.exceptions import PayloadTooLarge
        from common.api.parsers import LimitedUploadParser

        n_bytes = self._announced_bytes()
        if not self._is_multipart() or n_bytes <= settings.API_MAX_BODY_BYTES:
            return False
        limit = max(settings.IMPORT_MAX_BYTES, settings.PERSONAL_IMPORT_MAX_BYTES)
        if n_bytes > limit + LimitedUploadParser.FORM_BYTES:
            detail = str(PayloadTooLarge(limit).detail)
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        return True

    def read_body(self) -> None:
        """Read a body that is not too large; the site refuses others by what the headers say."""
        from django.conf import settings

        limit = settings.API_MAX_BODY_BYTES
        is_chunked = isinstance(self.body.reader, ChunkedReader)
        is_refused = self._is_multipart() if is_chunked else self._announced_bytes() > limit
        if not is_refused:
            self.body.fill(limit + 1)

    def _announced_bytes(self) -> int:
        return int(getattr(self.body.reader, "length", 0))

    def _is_multipart(self) -> bool:
        kind = dict(self.headers).get("CONTENT-TYPE", "")
        return kind.lower().startswith("multipart/")

    def should_close(self) -> bool:
        """Return whether the connection ends with the answer (RFC 9112, section 9.3)."""
        options = {
            option.strip(" \t").lower()
            for name, value in self.headers
            if name == "CONNECTION"
            for option in value.split(",")
        }
        if self.must_close or self.method == "CONNECT" or "close" in options:
            return True
        return self.version < (1, 1) and "keep-alive" not in options

    def address(self) -> str:
        """Return the path that was asked for, escaped; empty where it was not read to its end."""
        line, line_end, _rest = self.head.partition(b"\r\n")
        words = line.split(b" ", 2)
        target = words[1] if len(words) > 1 else b""
        path = re.split(rb"[?#]", target)[0]
        if not line_end and len(words) < 3 and path == target:
            return ""
        return quote(re.sub(rb"^\w[\w+.-]*://[^/]*", b"", path), safe=_SAFE)

    def _check_target(self) -> None:
        if self.method == "CONNECT":
            is_target = _HOST.fullmatch(self.uri)
        else:
            is_target = self.uri == "*" or self.uri.startswith("/") or _ABSOLUTE.match(self.uri)
        if not is_target or "#" in self.uri:
            raise InvalidRequestLine(self.uri)

    def _check_repeated(self) -> None:
        """Refuse headers that have one value and are sent twice: gunicorn would join the values."""
        names = [name for name, _value in self.headers if name in ONCE]
        if len(names) > len(set(names)):
            raise InvalidHeader(max(names, key=names.count))

    def _check_host(self) -> None:
        """Require one ``Host`` of HTTP/1.1; an absolute target names the host in its place."""
        hosts = [value for name, value in self.headers if name == "HOST"]
        if not hosts and self.version >= (1, 1):
            raise InvalidHost
        if absolute := _ABSOLUTE.match(self.uri):
            hosts.append(absolute[1])
            others = [header for header in self.headers if header[0] != "HOST"]
            self.headers = [*others, ("HOST", absolute[1])]
        if not all(map(_is_host, hosts)):
            raise InvalidHost


def _is_host(text: str) -> bool:
    """Return whether a text is a host, with a port that there can be.

    >>> _is_host("[::1]:8000"), _is_host("a.example:"), _is_host("127.0.0.1:99999")
    (True, True, False)
    """
    match = _HOST.fullmatch(text)
    return match is not None and int(match[2] or 0) <= MAX_PORT


class HonestResponse(wsgi.Response):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's, which says ``Connection: close`` where an early answer closes the connection."""

    def should_close(self) -> bool:
        """Return whether the connection ends with this answer."""
        return not self.req.body.is_read() or bool(super().should_close())

    def default_headers(self) -> list[str]:
        """Return the headers of the connection, with the time for which it stays open."""
        headers: list[str] = super().default_headers()
        if not self.upgrade and not self.should_close():
            headers.append(f"Keep-Alive: timeout={self.cfg.keepalive}\r\n")
        return headers


def write_problem(connection: socket.socket, status: int, reason: str, message: str) -> None:
    """Answer a request that gunicorn refuses before Django sees it with problem details.

    gunicorn calls this while it handles the exception that says why.
    """
    from common.api.problems import CONTENT_TYPE, KINDS, problem
    from common.request_ids import HEADER, id_of

    kind = KINDS[_PROBLEMS.get(status, "bad-request")]
    if status == HTTPStatus.NOT_IMPLEMENTED:  # no length is known
        status, reason = kind.status, HTTPStatus(kind.status).phrase
    request: StrictRequest | None = getattr(_thread, "request", None)
    instance = request.address() if request else ""
    sent = dict(request.headers).get(HEADER.upper(), "") if request else ""
    detail = _in_words(message) or kind.help
    members = problem(kind, detail=detail, instance=instance) | {"status": status}
    body = json.dumps(members).encode()
    head = (
        f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nCache-Control: no-store\r\n"
        f"Content-Type: {CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\n"
        f"{HEADER}: {id_of(sent)}\r\n\r\n"
    )
    is_head = request is not None and request.method == "HEAD"
    util.write_nonblock(connection, head.encode("latin-1") + (b"" if is_head else body))


def _in_words(message: str) -> str:
    """Return gunicorn's words, and what they quote of the request as text.

    Empty where the words are no sentence.
    """
    error = sys.exception()
    if not message or not isinstance(error, ParseException):
        return message
    if isinstance(error, LimitRequestHeaders):
        return ""  # gunicorn's words are no sentence
    for name, value in vars(error).items():
        raw = value.encode("latin-1", "replace") if isinstance(value, str) else value
        if isinstance(raw, bytes):
            setattr(error, name, raw.decode(errors="replace"))
    return str(error)


def begin(arrived: float) -> None:
    """Note when the request arrived that this thread reads next, and forget the one before."""
    _thread.request = None
    _thread.arrived = arrived


def install() -> None:
    """Let gunicorn use the classes of this module; it has no settings for them."""
    parser.SocketUnreader = DeadlineUnreader
    parser.RequestParser.mesg_class = StrictRequest
    wsgi.Response = HonestResponse
    util.write_error = write_problem
