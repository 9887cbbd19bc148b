"""HTTP/1 as RFC 9112 asks, where gunicorn falls short of it: refusals, hosts and connections."""

import json
import re
import socket
import sys
import threading
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from gunicorn import util
from gunicorn.http import parser, wsgi
from gunicorn.http.body import ChunkedReader, LengthReader
from gunicorn.http.errors import InvalidHeader, InvalidRequestLine, ParseException
from gunicorn.http.message import Request

DRAINED_BYTES: Final = 64 * 1024
"""gunicorn reads this much of a body that no view read, and closes the connection after more."""
_PROBLEMS: Final = {
    400: "bad-request",
    403: "permission-denied",
    414: "uri-too-long",
    417: "bad-request",
    431: "headers-too-large",
    500: "error",
    501: "length-required",
}
"""Status that gunicorn answers by itself -> kind of problem; 501 is an unknown coding."""
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.~%-]+)(:\d*)?", re.ASCII)
"""``host [ ":" port ]`` of RFC 3986, less the punctuation that no name of a server has."""
_ABSOLUTE: Final = re.compile(r"https?://([^/?]*)", re.IGNORECASE)
"""Start of a target that names the server, as clients send it to a proxy."""
_SAFE: Final = "/%:@&+$,-_.!~*'();="
"""Characters of a path that stay as they are, and the sign of those that are escaped already."""

_thread: Final = threading.local()
"""``request`` is the one that this thread reads or answers."""


class InvalidHost(InvalidHeader):  # type: ignore[misc] # gunicorn has no types
    """A request whose ``Host`` is missing or is none."""

    def __init__(self) -> None:
        super().__init__("HOST")

    def __str__(self) -> str:
        """Return what to send."""
        return "A request in HTTP/1.1 has one header Host: the name of a server, and a port."


class StrictRequest(Request):  # type: ignore[misc] # gunicorn has no types
    """A request whose target, ``Host`` and ``Connection`` are read as RFC 9112 asks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.head = b""
        self.headers: list[tuple[str, str]] = []
        _thread.request = self
        super().__init__(*args, **kwargs)
        self._check_target()
        self._check_host()

    def read_line(self, unreader: Any, buf: bytearray, limit: int = 0) -> Any:
        """Read the first line, and keep what was read of one that is refused."""
        try:
            return super().read_line(unreader, buf, limit)
        finally:
            self.head = bytes(buf)

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

    def _check_host(self) -> None:
        """Require one ``Host`` of HTTP/1.1; an absolute target names the host in its place."""
        hosts = [value for name, value in self.headers if name == "HOST"]
        if not hosts and self.version >= (1, 1):
            raise InvalidHost
        if absolute := _ABSOLUTE.match(self.uri):
            hosts.append(absolute[1])
            others = [header for header in self.headers if header[0] != "HOST"]
            self.headers = [*others, ("HOST", absolute[1])]
        if not all(map(_HOST.fullmatch, hosts)):
            raise InvalidHost


class HonestResponse(wsgi.Response):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's, which says ``Connection: close`` where an early answer closes the connection."""

    def should_close(self) -> bool:
        """Return whether the connection ends with this answer."""
        reader = self.req.body.reader
        if isinstance(reader, LengthReader):
            is_unread = reader.length > DRAINED_BYTES
        else:
            is_unread = isinstance(reader, ChunkedReader) and reader.parser is not None
        return is_unread or bool(super().should_close())


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
    """Return gunicorn's words with what they quote of the request, which it takes for Latin-1."""
    error = sys.exception()
    if not message or not isinstance(error, ParseException):
        return message
    for name, value in vars(error).items():
        if isinstance(value, str):
            setattr(error, name, value.encode("latin-1", "replace").decode(errors="replace"))
    return str(error)


def install() -> None:
    """Let gunicorn use the classes of this module; it has no settings for them."""
    parser.RequestParser.mesg_class = StrictRequest
    wsgi.Response = HonestResponse
    util.write_error = write_problem
