"""Every error of the API as problem details (RFC 9457): what is wrong, where, and what to change.

``type`` leads to the page of :data:`KINDS`, ``errors`` names each mistake with a JSON pointer into
the body or with the query's parameter.
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils import translation
from django.utils.encoding import escape_uri_path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.fields import get_error_detail
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler as drf_exception_handler

from common.api.exceptions import PayloadTooLarge

CONTENT_TYPE: Final = "application/problem+json"
API_PREFIX: Final = "/api/"
SIGN_IN_PREFIX: Final = "/_allauth/"
OAUTH_PREFIX: Final = "/identity/o/api/"
METADATA_PREFIX: Final = "/.well-known/"
PROGRAM_PREFIXES: Final = (API_PREFIX, SIGN_IN_PREFIX, "/identity/", METADATA_PREFIX)
"""Where programs ask: the API, and the ways in to it."""
PAGES: Final = {"/identity/o/authorize", "/identity/o/device", "/identity/o/logout"}
"""Addresses among them that people see."""
METHODS_OF_PAGES: Final = {"GET", "HEAD", "POST"}
"""Methods that browsers send to pages."""
BROKEN_PATH: Final = "marquee.broken_path"
"""Key of a request's environment: the path as it was sent, where it is not in UTF-8."""
MAX_ERRORS: Final = 50
"""How many mistakes an answer names: a thousand wrong rows help nobody more than fifty."""


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its name in ``type``, its status, and what a person reads about it."""

    slug: str
    status: int
    title: str | Promise
    help: str | Promise

    @property
    def uri(self) -> str:
        """Where the kind is explained, relative to the site."""
        return f"/api/problems/#{self.slug}"


_KINDS: Final = (
    Kind(
        "bad-request",
        400,
        _("The request cannot be read."),
        _("Its address, its form or one of its headers is broken."),
    ),
    Kind(
        "invalid",
        400,
        _("The request is not valid."),
        _("Each entry of errors says what is wrong and where."),
    ),
    Kind(
        "parse-error",
        400,
        _("The body cannot be read."),
        _("Send one JSON document, in UTF-8, with Content-Type: application/json."),
    ),
    Kind(
        "not-authenticated",
        401,
        _("Who are you?"),
        _("Send a token: Authorization: Bearer mq_… Tokens are made on your profile."),
    ),
    Kind(
        "authentication-failed",
        401,
        _("The token is not accepted."),
        _("It is mistyped, expired or revoked, or the account is suspended."),
    ),
    Kind(
        "permission-denied",
        403,
        _("You may not do this."),
        _("The token lacks the scope, or the person the right; detail says which."),
    ),
    Kind(
        "not-found",
        404,
        _("There is nothing at this address."),
        _("It does not exist, or you cannot see it."),
    ),
    Kind(
        "method-not-allowed",
        405,
        _("This method does not go with this address."),
        _("The header Allow lists those that do."),
    ),
    Kind(
        "not-acceptable",
        406,
        _("No such format is spoken here."),
        _("The API answers in JSON: send Accept: application/json, or none."),
    ),
    Kind(
        "conflict",
        409,
        _("This does not go with the present state."),
        _("The request is right, but not now; detail says why."),
    ),
    Kind(
        "length-required",
        411,
        _("The length of the body is missing."),
        _("Send Content-Length. Only JSON may be sent in chunks, and not through every server."),
    ),
    Kind(
        "precondition-failed",
        412,
        _("It has changed meanwhile."),
        _("If-Match or If-None-Match did not hold. Read it again, then repeat the change."),
    ),
    Kind(
        "payload-too-large",
        413,
        _("The body is too large."),
        _("Send less at a time; detail says how much is taken."),
    ),
    Kind(
        "uri-too-long",
        414,
        _("The address is too long."),
        _("An address has at most 8,190 bytes. What is longer goes into the body of a POST."),
    ),
    Kind(
        "unsupported-media-type",
        415,
        _("The body has a form that is not read here."),
        _("Send Content-Type: application/json, in UTF-8, without Content-Encoding."),
    ),
    Kind(
        "idempotency-mismatch",
        422,
        _("The Idempotency-Key belongs to another request."),
        _("A key repeats one request. Use a new key for a new request."),
    ),
    Kind(
        "throttled",
        429,
        _("Too many requests."),
        _("Wait as many seconds as Retry-After says. RateLimit tells how many are left."),
    ),
    Kind(
        "headers-too-large",
        431,
        _("The headers are too large."),
        _("At most 100 headers, each of at most 8,190 bytes."),
    ),
    Kind(
        "error",
        500,
        _("Something went wrong here."),
        _("It is not your fault and has been logged. Try again later."),
    ),
)
KINDS: Final = {kind.slug: kind for kind in _KINDS}


_SLUG_OF_STATUS: Final = {kind.status: kind.slug for kind in reversed(_KINDS)}


def is_api(request: HttpRequest) -> bool:
    """Whether an address of the API is asked."""
    return aimed_at(request.path_info).startswith(API_PREFIX)


def is_program(request: HttpRequest) -> bool:
    """Whether a program asks, and errors are documents, not pages."""
    if request.path_info in PAGES:
        return request.method not in METHODS_OF_PAGES
    return request.method == "CONNECT" or is_of_programs(request.path_info)


def is_of_programs(path: str) -> bool:
    """Whether programs ask at an address, or no page has one in its form, such as ``*``.

    >>> is_of_programs("/api/v1/"), is_of_programs("/identity/o/device"), is_of_programs("/")
    (True, False, False)
    >>> is_of_programs("//api/v1/"), is_of_programs("*")
    (True, True)
    """
    is_aimed = aimed_at(path).startswith(PROGRAM_PREFIXES) and path not in PAGES
    return is_aimed or not path.startswith("/")


def aimed_at(path: str) -> str:
    """Return the path that an odd spelling means; the site has no address in such a spelling.

    >>> aimed_at("//API/./v1/movies"), aimed_at("/api")
    ('/api/v1/movies/', '/api/')
    """
    return f"/{posixpath.normpath(path).strip('/').lower()}/"


def instance_of(request: HttpRequest) -> str:
    """Return the path of a request, escaped as it was sent."""
    broken: str | None = request.META.get(BROKEN_PATH)
    if broken:
        return broken
    if request.method == "CONNECT" and "RAW_URI" in request.META:  # host and port
        return f"//{request.META['RAW_URI']}"
    has_path = request.path_info.startswith("/")  # Django puts a slash before ``*``
    return escape_uri_path(request.path if has_path else request.path_info)


def slug_of(status: int) -> str:
    """Return the kind of problem of an error that says no more than its status.

    >>> slug_of(405), slug_of(400), slug_of(503)
    ('method-not-allowed', 'bad-request', 'error')
    """
    return _SLUG_OF_STATUS.get(status, "bad-request" if status < 500 else "error")


def problem(
    kind: Kind, *, detail: str | Promise, instance: str, errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """Return the members of a problem details object."""
    members = {
        "type": kind.uri,
        "title": str(kind.title),
        "status": kind.status,
        "detail": str(detail),
        "instance": instance,
    }
    return members | ({"errors": errors} if errors else {})


def problem_response(request: HttpRequest, slug: str, detail: str | Promise = "") -> JsonResponse:
    """Return a problem for what goes wrong outside DRF's views: an unknown address, a bug."""
    kind = KINDS[slug]
    with translation.override(_language_of(request)):
        members = problem(kind, detail=detail or kind.help, instance=instance_of(request))
    response = JsonResponse(members, status=kind.status, content_type=CONTENT_TYPE)
    response["Content-Length"] = str(len(response.content))
    return response


def _language_of(request: HttpRequest) -> str:
    """Return the language of an error; those of OAuth are in ASCII (RFC 6749, section 5.2)."""
    if request.path_info.startswith(OAUTH_PREFIX):
        return "en"
    return translation.get_language_from_request(request)


def too_large(request: HttpRequest) -> JsonResponse:
    """Return a 413 problem for a body that Django refuses to read."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return problem_response(request, "payload-too-large", str(PayloadTooLarge(limit).detail))


def validation_problem_response(
    request: HttpRequest, error: exceptions.ValidationError
) -> JsonResponse:
    """Return a 400 problem for a mistake that is found outside DRF's views."""
    with translation.override(_language_of(request)):
        errors = list(_mistakes(error.detail, getattr(error, "place", "parameter")))
        members = problem(
            KINDS["invalid"],
            detail=_in_words(errors),
            instance=instance_of(request),
            errors=errors,
        )
    return JsonResponse(members, status=400, content_type=CONTENT_TYPE)


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None for what is a bug: Django logs it, and handler500 answers."""
    error = _as_api_exception(exc)
    response = drf_exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    request = context["request"]
    kind = KINDS.get(error.default_code.replace("_", "-"), KINDS["error"])
    errors = None
    if isinstance(error, exceptions.ValidationError):
        place = "parameter" if request.method in SAFE_METHODS else "pointer"
        place = getattr(error, "place", place)
        errors = list(_mistakes(error.detail, place))[:MAX_ERRORS]
        detail = _in_words(errors)
    else:
        detail = str(error.detail)
    response.data = problem(kind, detail=detail, instance=instance_of(request), errors=errors)
    response.data["status"] = response.status_code
    response.content_type = CONTENT_TYPE
    return response


def _as_api_exception(exc: Exception) -> Exception:
    if isinstance(exc, Http404):
        return exceptions.NotFound(str(KINDS["not-found"].help))
    if isinstance(exc, exceptions.NotAuthenticated):
        text = str(KINDS["not-authenticated"].help)
        exc.detail = exceptions.ErrorDetail(text, exc.default_code)  # its WWW-Authenticate stays
    if isinstance(exc, DjangoPermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exc, RequestDataTooBig):  # when something had to read all of it before the parser
        return PayloadTooLarge()
    if isinstance(exc, DjangoValidationError):
        return exceptions.ValidationError(get_error_detail(exc))
    return exc


def _mistakes(detail: Any, place: str, path: tuple[str, ...] = ()) -> Iterator[dict[str, str]]:
    """Each message of DRF's nested errors, and where it belongs."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            is_whole = key in {api_settings.NON_FIELD_ERRORS_KEY, "__all__"}
            yield from _mistakes(value, place, path if is_whole else (*path, str(key)))
    elif isinstance(detail, list):
        for position, value in enumerate(detail):
            is_row = isinstance(value, Mapping | list)
            yield from _mistakes(value, place, (*path, str(position)) if is_row else path)
    else:
        code = str(getattr(detail, "code", "invalid"))
        yield {"detail": str(detail), "code": code} | _location(place, path)


def _location(place: str, path: tuple[str, ...]) -> dict[str, str]:
    if place in {"parameter", "header"}:
        return {place: path[0]} if path else {}
    return {place: "#" + "".join("/" + _escaped(step) for step in path)}


def _escaped(step: str) -> str:
    """Return an escaped step of a JSON pointer (RFC 6901)."""
    return step.replace("~", "~0").replace("/", "~1")


def _in_words(errors: list[dict[str, str]]) -> str:
    """Return the first mistake and its place in words, for clients that show only ``detail``."""
    if not errors:
        return str(KINDS["invalid"].help)
    first = errors[0]
    place = (
        first.get("parameter")
        or first.get("header")
        or first.get("pointer", "#").removeprefix("#/").strip("#")
    )
    return f"{place}: {first['detail']}" if place else first["detail"]
