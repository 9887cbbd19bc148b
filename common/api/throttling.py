"""How often one may ask: by scope, counted in the cache, told in the headers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle
from typing_extensions import override

from common.addresses import client_address

if TYPE_CHECKING:
    from rest_framework.views import APIView

RATE_LIMIT = "marquee.rate_limit"
"""Where the middleware finds what the throttle counted."""
BYTES_PER_UNIT = 10_000
"""A request counts as one, and as one more for each such part of its body."""
PERIOD_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

_redis: Any = cache
"""With what django-redis can do beside Django's own."""


@dataclass(frozen=True)
class RateLimit:
    """What is left of an allowance, for the headers of draft-ietf-httpapi-ratelimit-headers."""

    scope: str
    n_allowed: int
    period_seconds: int
    n_left: int
    reset_seconds: int
    is_exceeded: bool = False

    def headers(self) -> dict[str, str]:
        """``RateLimit-Policy`` (the allowance) and ``RateLimit`` (what is left of it)."""
        return {
            "RateLimit-Policy": f'"{self.scope}";q={self.n_allowed};w={self.period_seconds}',
            "RateLimit": f'"{self.scope}";r={self.n_left};t={self.reset_seconds}',
        }


class ScopeThrottle(BaseThrottle):
    """Counts per person and scope, or per address for strangers, in windows of fixed length.

    A fixed window costs one increment, where DRF's list of times costs reading and writing all of
    them; at worst somebody asks twice as often around the turn of a window. The scope is the
    view's ``throttle_scope``, else ``anonymous``, ``read`` or ``rate``. Nobody is counted without
    the cache, nor where the scope's rate is None.
    """

    def __init__(self) -> None:
        self._wait_seconds: float | None = None

    @override
    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count the request; what is left goes to the headers."""
        scope, seen = _scope(request, view), request._request  # noqa: SLF001 # the middleware sees Django's
        rate = api_settings.DEFAULT_THROTTLE_RATES[scope]
        limit = _count(seen, scope, rate, self._caller(request), request_cost(seen.META))
        if limit is None:
            return True
        self._wait_seconds = limit.reset_seconds
        return not limit.is_exceeded

    @override
    def wait(self) -> float | None:
        """Seconds until the window turns."""
        return self._wait_seconds

    def _caller(self, request: Request) -> str:
        if request.user and request.user.is_authenticated:
            return f"user-{request.user.pk}"
        return _address(request._request)  # noqa: SLF001


def request_cost(meta: Mapping[str, str]) -> int:
    """Return how many requests this one counts for: more with a long body, at most 100.

    >>> request_cost({}), request_cost({"CONTENT_LENGTH": "65000"})
    (1, 7)
    """
    length = meta.get("CONTENT_LENGTH") or "0"
    return 1 + min(99, int(length) // BYTES_PER_UNIT) if length.isdecimal() else 1


def count_by_address(request: HttpRequest) -> RateLimit | None:
    """Count a request that no view has counted, such as one with a wrong token, by its address."""
    rate = api_settings.DEFAULT_THROTTLE_RATES["anonymous"]
    return _count(request, "anonymous", rate, _address(request), request_cost(request.META))


def count_page(request: HttpRequest, cost: int = 1) -> RateLimit | None:
    """Count a page, or a request of a program that signs somebody in, by its address."""
    return _count(request, "pages", settings.PAGE_RATE, _address(request), cost)


def _address(request: HttpRequest) -> str:
    return client_address(request.META, settings.TRUSTED_PROXY_COUNT)


def _count(
    request: HttpRequest, scope: str, rate: str | float | None, caller: str, cost: int
) -> RateLimit | None:
    """Count a request and leave what remains of the allowance to the middleware.

    Returns
    -------
    None where the scope has no limit or the cache is down.

    """
    request.META[RATE_LIMIT] = None
    if rate is None:
        return None
    n_allowed, period = parse_rate(str(rate))
    window, elapsed = divmod(time.time(), period)
    key = f"throttle:{scope}:{caller}:{int(window)}"
    n_counted = _redis.incr(key, cost, ignore_key_check=True)
    if n_counted is None:
        return None
    if n_counted == cost:
        _redis.expire(key, 2 * period)
    reset_seconds = int(period - elapsed) + 1
    n_left = max(0, n_allowed - n_counted)
    limit = RateLimit(scope, n_allowed, period, n_left, reset_seconds, n_counted > n_allowed)
    request.META[RATE_LIMIT] = limit
    return limit


def parse_rate(rate: str) -> tuple[int, int]:
    """Return a rate's number of requests and its period in seconds.

    >>> parse_rate("120/min"), parse_rate("5/hour")
    ((120, 60), (5, 3600))
    """
    number, _slash, period = rate.partition("/")
    return int(number), PERIOD_SECONDS[period[0]]


def _scope(request: Request, view: "APIView") -> str:
    own: str | None = getattr(view, "throttle_scope", None)
    if own is not None:
        return own
    if not (request.user and request.user.is_authenticated):
        return "anonymous"
    return "read" if request.method in SAFE_METHODS else "rate"
