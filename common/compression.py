"""Compression of pages. Static files are compressed by WhiteNoise, once and in advance."""

import re
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from typing_extensions import override

COMPRESSED: Final = ("text/html", "image/svg+xml")
MIN_BYTES: Final = 1000
"""From this length on, the compressed text with Django's random bytes is the shorter one."""


_REFUSED: Final = re.compile(r"[^,]*;\s*q=0(?:\.0{0,3})?\s*(?=,|$)", re.IGNORECASE)
"""An entry of ``Accept-Encoding`` with the weight zero: "not acceptable" (RFC 9110, 12.4.2)."""


class RefusedCodingsMiddleware:
    """Take the codings that a client refuses out of ``Accept-Encoding``; write names in lower case.

    Django and WhiteNoise look for a coding's name alone, and in lower case.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Leave the codings that are acceptable."""
        if "HTTP_ACCEPT_ENCODING" in request.META:
            accepted = _REFUSED.sub("", request.META["HTTP_ACCEPT_ENCODING"])
            request.META["HTTP_ACCEPT_ENCODING"] = accepted.lower()
        return self.get_response(request)


class SteadyGZipMiddleware(GZipMiddleware):
    """Compress answers of `MIN_BYTES` or more with gzip.

    Django adds up to 100 random bytes to every compressed answer, so that its length does not tell
    a form's token (the BREACH attack), and sends what is shorter. For short answers, chance would
    decide.
    """

    @override
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress the answer if it is streamed or long enough."""
        if isinstance(response, HttpResponse) and len(response.content) < MIN_BYTES:
            return response
        return super().process_response(request, response)


class PageGZipMiddleware(SteadyGZipMiddleware):
    """Compress pages and drawn posters with gzip.

    Answers of the API are left alone: `ApiGzipMiddleware` compresses them.
    """

    @override
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress the answer if its type is in `COMPRESSED`."""
        if response.get("Content-Type", "").startswith(COMPRESSED):
            return super().process_response(request, response)
        return response
