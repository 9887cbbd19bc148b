"""What must be put right before Django makes a request of it: bodies, charsets and paths."""

import re
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from django.conf import settings

from common.api.middleware import CHARSETS
from common.api.problems import BROKEN_PATH, is_of_programs

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


_CHARSET: Final = re.compile(r"(charset\s*=\s*[\"']?)([^\s;\"']+)", re.IGNORECASE)
_SAFE: Final = "/:@&+$,-_.!~*'()"
"""Characters of a path that need no escape, as in Django."""


class IgnoreCharsets:
    """Mark the charsets that the site does not read, so that Django does not decode with them.

    Python knows codecs that are no encodings of text, such as ``hex``. Django would read the query
    with them and fail before any middleware is asked. The API answers a marked charset with 415.
    """

    def __init__(self, application: "WSGIApplication") -> None:
        self.application = application

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Pass the request on, its charset marked if need be."""
        if kind := environ.get("CONTENT_TYPE"):
            environ["CONTENT_TYPE"] = _CHARSET.sub(_marked, kind)
        return self.application(environ, start_response)


def _marked(match: re.Match[str]) -> str:
    is_read = match[2].lower() in CHARSETS
    return match[0] if is_read else f"{match[1]}x-refused-{match[2]}"


class MarkBrokenPaths:
    """Keep a path that is not in UTF-8 as it was sent; Django escapes the bytes that are none.

    The API answers it with 400.
    """

    def __init__(self, application: "WSGIApplication") -> None:
        self.application = application

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Pass the request on, its path marked if need be."""
        sent = environ.get("PATH_INFO", "").encode("latin-1")
        try:
            sent.decode()
        except UnicodeDecodeError:
            environ[BROKEN_PATH] = quote(environ.get("SCRIPT_NAME", "")) + quote(sent, _SAFE)
        return self.application(environ, start_response)


class ReadChunkedBodies:
    """Give Django a ``Content-Length`` for a chunked body that a program sends.

    Django and DRF read as many bytes as ``Content-Length`` says: none of a chunked body. A body
    longer than ``API_MAX_BODY_BYTES`` is cut one byte after it, which the parser answers with 413.
    A chunked upload keeps its ``Transfer-Encoding``, which the API answers with 411.
    """

    def __init__(self, application: "WSGIApplication") -> None:
        self.application = application

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Read the body if it is chunked, then pass the request on."""
        if _is_chunked_document(environ):
            body = environ["wsgi.input"].read(settings.API_MAX_BODY_BYTES + 1)
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
            del environ["HTTP_TRANSFER_ENCODING"]
        return self.application(environ, start_response)


def _is_chunked_document(environ: dict[str, Any]) -> bool:
    return (
        environ.get("HTTP_TRANSFER_ENCODING", "").strip().lower() == "chunked"
        and bool(environ.get("wsgi.input_terminated"))
        and is_of_programs(environ.get("PATH_INFO", ""))
        and not environ.get("CONTENT_TYPE", "").lower().startswith("multipart/")
    )
