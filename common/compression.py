"""Compression of pages. Static files are compressed by WhiteNoise, once and in advance."""

from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from typing_extensions import override

COMPRESSED: Final = ("text/html", "image/svg+xml")


class PageGZipMiddleware(GZipMiddleware):
    """Compress pages and drawn posters with gzip.

    Answers of the API are left alone: they are small, and compression would make their ETags weak.
    Django adds random bytes to every compressed answer, so that its length does not tell a form's
    token (the BREACH attack).
    """

    @override
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress the answer if its type is in `COMPRESSED`."""
        if response.get("Content-Type", "").startswith(COMPRESSED):
            return super().process_response(request, response)
        return response
