"""A name for every request, in and out, so that a client's report can be found in the log."""

import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER: Final = "X-Request-ID"
ACCEPTED: Final = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")
"""What is taken over from a client or proxy; anything else could forge lines of a log."""

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that this thread works on; empty outside a request."""


def id_of(sent: str) -> str:
    """Return the id that a request has: the one that was sent, or a new one."""
    return sent if ACCEPTED.fullmatch(sent) else uuid.uuid4().hex


class RequestIdMiddleware:
    """Take over ``X-Request-ID`` or make one, and send it with the response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Name the request while it is handled."""
        name = id_of(request.headers.get(HEADER, ""))
        token = request_id.set(name)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response[HEADER] = name
        return response
