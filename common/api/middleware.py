"""What every answer of the API has in common: caching, conditions, limits and deprecation."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseNotModified
from django.utils.cache import patch_vary_headers, set_response_etag
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS

from common.api.conditional import is_match
from common.api.exceptions import QueryError
from common.api.problems import (
    BROKEN_PATH,
    SIGN_IN_PREFIX,
    aimed_at,
    is_api,
    is_program,
    problem_response,
    slug_of,
    validation_problem_response,
)
from common.api.sign_in import (
    as_oauth_error,
    as_throttled,
    is_oauth,
    misread_field,
    other_method,
    unreadable,
)
from common.api.throttling import RATE_LIMIT, RateLimit, count_by_address, count_page
from common.compression import SteadyGZipMiddleware

if TYPE_CHECKING:
    from common.api.deprecation import Deprecation, OldParameters

PRIVATE: Final = "private, no-cache"
PUBLIC: Final = "public, no-cache"
"""Any cache may store the response and must ask with its ETag whether it is still valid."""
VERSION_PREFIX: Final = "/api/v1/"
CHARSETS: Final = {"utf-8", "utf8", "us-ascii"}
PLAIN: Final = {"", "identity"}
_NO_TEXT: Final = _("The address is not in UTF-8.")

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ApiGzipMiddleware(SteadyGZipMiddleware):
    """Compress responses of the API; static files are compressed where they are served."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Compress what has 1,000 bytes or more if the client accepts gzip."""
        return super().process_response(request, response) if is_api(request) else response


class ApiHeadersMiddleware:
    """Add ``Cache-Control``, ``ETag`` and ``RateLimit`` to the API's answers; answer 304 and 412.

    A view whose answer is the same for everybody says so by ``cache_control = PUBLIC``; every other
    answer belongs to one person.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._gzip = ApiGzipMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and add what is missing."""
        if not is_program(request):
            return self.get_response(request)
        response = _as_document(request, _refusal(request) or self.get_response(request))
        response = _limited(request, response)
        if isinstance(response, HttpResponse) and not response.content:
            response.headers.pop("Content-Type", None)  # Django's default is text/html
        if not is_api(request):
            if is_oauth(request):  # it holds codes and tokens
                response.setdefault("Cache-Control", "no-store")
            return response
        _keep_method(request, response)
        patch_vary_headers(response, ["Authorization"])
        for name, value in _deprecation_headers(request):
            other_links = f"{response[name]}, " if response.has_header(name) else ""
            response[name] = other_links + value
        if _is_cacheable(request, response) and isinstance(response, HttpResponse):
            response.setdefault("Cache-Control", _cache_control(request))
            return _held_against_conditions(request, response, self._gzip.process_response)
        response.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Refuse a field of a sign-up or log-in that would be ignored or misread."""
        return other_method(request, view) or misread_field(request, view)


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """Refuse what Django would misread: a body of unknown length, text in another encoding."""
    if request.method == "CONNECT":
        problem = problem_response(request, "method-not-allowed", _("This server is no proxy."))
        problem["Allow"] = ""
        return problem
    if BROKEN_PATH in request.META:
        return problem_response(request, "bad-request", _NO_TEXT)
    if "HTTP_TRANSFER_ENCODING" in request.META:
        return problem_response(request, "length-required")
    charset = (request.content_params or {}).get("charset", "utf-8")
    if charset.strip("\"'").lower() not in CHARSETS:
        text = _("Send the body in UTF-8.")
        return problem_response(request, "unsupported-media-type", text)
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in PLAIN:
        text = _("Send the body as it is, without Content-Encoding.")
        return problem_response(request, "unsupported-media-type", text)
    if broken := _broken_parameters(request):
        error = QueryError({name: [_NO_TEXT] for name in broken})
        return validation_problem_response(request, error)
    return unreadable(request)


def _broken_parameters(request: HttpRequest) -> list[str]:
    """Return the names of parameters that are no text: Django would replace the bytes."""
    query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
    broken = []
    for parameter in query.split(b"&"):
        try:
            unquote_to_bytes(parameter).decode()
        except UnicodeDecodeError:
            name = parameter.partition(b"=")[0].replace(b"+", b" ")
            broken.append(unquote_to_bytes(name).decode(errors="replace"))
    return broken


def _as_document(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Answer a program with a problem document where Django or a library answers with a page."""
    if response.status_code < 400:
        return response
    if is_oauth(request) and response.status_code != status.HTTP_404_NOT_FOUND:
        return as_oauth_error(response)
    if request.path_info.startswith(SIGN_IN_PREFIX):
        response = as_throttled(request, response)
    if "json" in response.get("Content-Type", ""):
        return response
    problem = problem_response(request, slug_of(response.status_code))
    problem.status_code = response.status_code
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if response.has_header(name):
            problem[name] = response[name]
    response.close()
    return problem


def _limited(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Tell what is left of the allowance; what no view has counted, such as 404, counts here."""
    if RATE_LIMIT not in request.META:
        limit = _count_unseen(request)
        if limit is not None and limit.is_exceeded and response.status_code >= 400:
            response.close()
            response = _as_document(request, problem_response(request, "throttled"))
            response["Retry-After"] = str(limit.reset_seconds)
    counted: RateLimit | None = request.META.get(RATE_LIMIT)
    for name, value in counted.headers().items() if counted else ():
        response.setdefault(name, value)
    return response


def _count_unseen(request: HttpRequest) -> RateLimit | None:
    if not is_api(request):
        return count_page(request)
    is_versioned = aimed_at(request.path_info).startswith(VERSION_PREFIX)
    return count_by_address(request) if is_versioned else None


def _keep_method(request: HttpRequest, response: HttpResponseBase) -> None:
    """Redirect a change to the address with a slash by 308: after 301, clients send GET."""
    is_moved = response.status_code == status.HTTP_301_MOVED_PERMANENTLY
    if is_moved and request.method not in SAFE_METHODS:
        response.status_code = status.HTTP_308_PERMANENT_REDIRECT


def _is_cacheable(request: HttpRequest, response: HttpResponseBase) -> bool:
    return request.method in {"GET", "HEAD"} and response.status_code in {200, 304}


def _view_attribute(request: HttpRequest, name: str, default: Any) -> Any:
    view = getattr(request.resolver_match, "func", None)
    return getattr(getattr(view, "cls", view), name, default)


def _cache_control(request: HttpRequest) -> str:
    return str(_view_attribute(request, "cache_control", PRIVATE))


def _deprecation_headers(request: HttpRequest) -> list[tuple[str, str]]:
    deprecation: Deprecation | None = _view_attribute(request, "deprecation", None)
    old: OldParameters | None = _view_attribute(request, "old_parameters", None)
    if old is not None and request.GET.keys() & old.names.keys():
        deprecation = old.deprecation
    return deprecation.headers() if deprecation else []


def _held_against_conditions(
    request: HttpRequest, response: HttpResponse, compress: Callable[[HttpRequest, Any], Any]
) -> HttpResponse:
    """Answer 304 when the client has this representation, 412 when it wants another."""
    if not response.has_header("ETag"):
        set_response_etag(response)
    etag = response["ETag"]
    try:
        if is_match(request, "If-Match", etag) is False:
            return _with_headers_of(response, problem_response(request, "precondition-failed"))
        if is_match(request, "If-None-Match", etag):
            packed = compress(request, response)  # whose ETag is a weak one
            return _with_headers_of(packed, HttpResponseNotModified())
    except ValidationError as error:
        return _with_headers_of(response, validation_problem_response(request, error))
    return response


def _with_headers_of(response: HttpResponse, other: HttpResponse) -> HttpResponse:
    names = ["RateLimit", "RateLimit-Policy", "Vary", "Deprecation", "Sunset"]
    if other.status_code == status.HTTP_304_NOT_MODIFIED:
        names += ["Cache-Control", "ETag", "Content-Location", "Link"]
    else:
        other["Cache-Control"] = "no-store"
    for name in names:
        if response.has_header(name):
            other[name] = response[name]
    return other
