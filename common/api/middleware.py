"""Headers of every answer of the API: how long it keeps, whether it changed, what is left."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag

from common.api.problems import is_api
from common.api.throttling import RATE_LIMIT, RateLimit

PRIVATE: Final = "private, no-cache"
PUBLIC: Final = "public, no-cache"
"""Anybody's cache may keep it, and asks with its ETag whether it still holds."""


class ApiHeadersMiddleware:
    """``Cache-Control``, ``ETag`` and ``RateLimit`` for ``/api/``; 304 where nothing changed.

    A view whose answer is the same for everybody says so by ``cache_control = PUBLIC``; all else is
    one person's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and add what is missing."""
        response = self.get_response(request)
        if not is_api(request):
            return response
        limit: RateLimit | None = request.META.get(RATE_LIMIT)
        for name, value in limit.headers().items() if limit else ():
            response.setdefault(name, value)
        patch_vary_headers(response, ["Authorization"])
        if isinstance(response, HttpResponse) and _is_cacheable(request, response):
            response.setdefault("Cache-Control", _cache_control(request))
            return _unless_known(request, response)
        response.setdefault("Cache-Control", "no-store")
        return response


def _is_cacheable(request: HttpRequest, response: HttpResponse) -> bool:
    return request.method in {"GET", "HEAD"} and response.status_code in {200, 304}


def _cache_control(request: HttpRequest) -> str:
    view = getattr(request.resolver_match, "func", None)
    return str(getattr(getattr(view, "cls", view), "cache_control", PRIVATE))


def _unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """304 when the client has this very answer."""
    if not response.has_header("ETag"):
        set_response_etag(response)
    known = get_conditional_response(request, etag=response.get("ETag"), response=response)
    return known if isinstance(known, HttpResponse) else response
