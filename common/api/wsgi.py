"""Request bodies of unknown length, read before Django sees the request."""

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.conf import settings

from common.api.problems import API_PREFIX

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class ReadChunkedBodies:
    """Give Django a ``Content-Length`` for a chunked JSON body of the API.

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
        if _is_chunked_json(environ):
            body = environ["wsgi.input"].read(settings.API_MAX_BODY_BYTES + 1)
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
            del environ["HTTP_TRANSFER_ENCODING"]
        return self.application(environ, start_response)


def _is_chunked_json(environ: dict[str, Any]) -> bool:
    return (
        environ.get("HTTP_TRANSFER_ENCODING", "").strip().lower() == "chunked"
        and bool(environ.get("wsgi.input_terminated"))
        and environ.get("PATH_INFO", "").startswith(API_PREFIX)
        and not environ.get("CONTENT_TYPE", "").lower().startswith("multipart/")
    )
