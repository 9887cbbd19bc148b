"""Answers to HEAD: the headers of GET, without its body."""

from collections.abc import Callable

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.decorators import decorator_from_middleware
from typing_extensions import override


class HeadMiddleware:
    """Answer HEAD with the headers of GET and no body (RFC 9110, section 9.3.2).

    Django computes the body of GET for HEAD as well and leaves it to the server to drop it. The
    length of a body that Django compresses is left out: it is another one each time, because Django
    adds random bytes to it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and drop the body if the method is HEAD."""
        response = self.get_response(request)
        if request.method == "HEAD":
            if response.has_header("Content-Encoding") and not isinstance(response, FileResponse):
                del response["Content-Length"]
            _drop_body(response)
        return response


def _drop_body(response: HttpResponseBase) -> None:
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = ()  # the former one is closed with the response
    elif isinstance(response, HttpResponse):
        response.content = b""


class ConditionalMiddleware(ConditionalGetMiddleware):
    """Give HEAD the ETag of GET, and 304 where GET has it.

    Django leaves HEAD out, because other servers drop the body before the ETag is computed.
    """

    @override
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.method != "HEAD":
            return super().process_response(request, response)
        request.method = "GET"
        try:
            return super().process_response(request, response)
        finally:
            request.method = "HEAD"


conditional_page = decorator_from_middleware(ConditionalMiddleware)
"""As Django's decorator of this name, for HEAD as well."""
