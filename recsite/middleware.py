"""Rules that hold for every page: how many a visitor may open, and who may keep a copy."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import Resolver404, resolve

from accounts.staff import may
from common.api.problems import is_api, is_program, problem_response, too_large
from common.api.throttling import count_page
from movies.models import ImportReport

logger = logging.getLogger(__name__)

OAUTH_PAGES = "/identity/"
UNLIMITED = {"poster", "picture", "static", "favicon", "manifest", "theme"}
"""Names of addresses that a page loads by the dozen and that browsers keep."""


class PageMiddleware:
    """Limit pages per address, and keep members' pages out of shared caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with a page for 405, and mark a member's page as private."""
        warn_of_proxies(request)
        response = refuse_large_body(request) or self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not is_program(request):
            page = render(request, "405.html", status=405)
            page["Allow"] = response["Allow"]
            response = page
        # A response that never read the session is the same for everybody, such as a poster. Asking
        # for the user here would read it, and add "Vary: Cookie" to the response.
        is_personal = not is_api(request) and request.session.accessed
        if is_personal and request.user.is_authenticated:
            response.setdefault("Cache-Control", "private")
        return response

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Answer 429 to an address that opens more pages than ``PAGE_RATE``.

        Raises
        ------
        BadRequest
            A null character in what allauth's pages would search PostgreSQL for.

        """
        if request.path_info.startswith(OAUTH_PAGES) and _has_nul(request.GET, request.POST):
            raise BadRequest
        match = request.resolver_match
        if is_api(request) or (match and match.url_name in UNLIMITED):
            return None
        limit = count_page(request)
        if limit is None or not limit.is_exceeded:
            return None
        if is_program(request):
            response: HttpResponse = problem_response(request, "throttled")
        else:
            response = render(request, "429.html", status=429)
        response["Retry-After"] = str(limit.reset_seconds)
        return response


def refuse_large_body(request: HttpRequest) -> HttpResponse | None:
    """Answer 413 to a long body, before the CSRF check or a view stores it on the disk.

    The API has limits of its own. Long bodies are those of imports: a member's and, in the admin,
    one of staff.
    """
    length = str(request.META.get("CONTENT_LENGTH"))
    is_long = length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if not is_long or is_api(request) or _may_upload(request):
        return None
    if is_program(request):
        return too_large(request)
    return render(request, "413.html", status=413)


def _may_upload(request: HttpRequest) -> bool:
    try:
        name = resolve(request.path_info).view_name
    except Resolver404:
        return False
    if name == "admin:movies_importreport_add":
        return may(request.user, ("add", ImportReport))
    return name == "movies:import" and request.user.is_authenticated


def _has_nul(*queries: QueryDict) -> bool:
    return any(
        "\0" in value for query in queries for _key, values in query.lists() for value in values
    )


_warned: set[str] = set()


def warn_of_proxies(request: HttpRequest) -> None:
    """Log once per process that ``TRUSTED_PROXY_COUNT`` does not fit what requests carry."""
    hops = [hop for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    expected = settings.TRUSTED_PROXY_COUNT
    if not expected and hops and "none trusted" not in _warned:
        _warned.add("none trusted")
        logger.warning(
            "Requests carry X-Forwarded-For but TRUSTED_PROXY_COUNT is 0: if a proxy stands before "
            "the site, all visitors share one rate limit."
        )
    if len(hops) < expected and "too few" not in _warned:
        _warned.add("too few")
        logger.warning(
            "A request came through %s proxies but TRUSTED_PROXY_COUNT is %s: whoever reaches the "
            "port directly can choose the address that rate limits count.",
            len(hops),
            expected,
        )
