"""What programs send to sign people in: allauth answers, and errors are read by programs."""

import json
import re
from collections.abc import Collection
from http import HTTPStatus
from operator import attrgetter
from typing import Any, Final

from allauth.account import app_settings as account_settings
from allauth.core.internal.ratelimit import parse_rates
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.forms import CharField, Field
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views import View
from rest_framework.exceptions import ParseError
from rest_framework.serializers import CharField as TextField

from common.api.parsers import REPLACEMENT, read_json
from common.api.problems import (
    METADATA_PREFIX,
    METHODS_OF_PAGES,
    OAUTH_PREFIX,
    PAGES,
    SIGN_IN_PREFIX,
    problem_response,
    too_large,
)
from common.api.throttling import RATE_LIMIT, RateLimit

FORM: Final = "application/x-www-form-urlencoded"
OAUTH_PARAMETERS: Final = (
    *("client_id", "client_secret", "code", "code_verifier", "device_code", "grant_type"),
    *("redirect_uri", "refresh_token", "scope", "token", "token_type_hint"),
)
"""Parameters of RFC 6749 that an error names; unknown ones are ignored if they are sent once."""
OAUTH_ERRORS: Final = {
    "access_denied": "The person said no.",
    "authorization_pending": "The person has not answered yet. Ask again after the interval.",
    "expired_token": "The code of the device has expired. Ask for another.",
    "invalid_client": "The client_id is unknown, or the client did not identify itself.",
    "invalid_grant": "The code or token is unknown, used, expired, revoked or another client's.",
    "invalid_request": "A parameter is missing, repeated, unknown or not valid.",
    "invalid_scope": "Known scopes are read and rate; the client may have fewer.",
    "server_error": "It is not your fault and has been logged. Try again later.",
    "slow_down": "Ask again after the interval, with five seconds more between requests.",
    "temporarily_unavailable": "Too many requests. Wait as many seconds as Retry-After says.",
    "unauthorized_client": "This client may not use this grant type.",
    "unsupported_grant_type": "Known are authorization_code, refresh_token and "
    "urn:ietf:params:oauth:grant-type:device_code.",
}
"""Code of an error (RFC 6749, RFC 8628) -> its description, which must be in ASCII."""
QUERY_PARAMETERS: Final = {"passwordless"}
"""Parameters of the query that allauth's views read."""
TOO_MANY_ATTEMPTS: Final = "too_many_login_attempts"
"""allauth's code of a log-in that it refuses without looking at the password."""
_DESCRIPTION: Final = re.compile(r"[ !#-\[\]-~]+")
"""The characters that RFC 6749 allows in a description."""
_OAUTH_ERROR_OF_STATUS: Final = {
    401: "invalid_client",
    429: "temporarily_unavailable",
    500: "server_error",
    503: "server_error",
}


def unreadable(request: HttpRequest) -> HttpResponse | None:
    """Refuse a body that allauth would answer with an empty page, or fail at."""
    if request.method != "GET" and request.path_info.startswith(SIGN_IN_PREFIX):
        return _unreadable_json(request)
    if request.method == "POST" and request.path_info.startswith(OAUTH_PREFIX):
        return _unreadable_form(request)
    return None


def _unreadable_json(request: HttpRequest) -> HttpResponse | None:
    try:
        if request.body and request.content_type != "application/json":
            return problem_response(request, "unsupported-media-type")
        data = read_json(request.body or b"{}")
    except RequestDataTooBig:
        return too_large(request)
    except ParseError as error:
        return problem_response(request, "parse-error", str(error.detail))
    return None if isinstance(data, dict) else problem_response(request, "parse-error")


def _unreadable_form(request: HttpRequest) -> HttpResponse | None:
    if request.content_type != FORM:
        return oauth_error(400, "invalid_request", f"Send a form: Content-Type: {FORM}.")
    if request.META.get("QUERY_STRING"):
        return oauth_error(400, "invalid_request", "URL query parameters are not allowed.")
    try:
        form = request.POST
    except RequestDataTooBig:
        return oauth_error(413, "invalid_request", "The form is too large.")
    except SuspiciousOperation:
        return oauth_error(400, "invalid_request", "The form has too many fields.")
    if any("\0" in value for _name, values in form.lists() for value in values):
        return oauth_error(400, "invalid_request", "Null characters are not allowed.")
    if any(REPLACEMENT in text for name, values in form.lists() for text in (name, *values)):
        return oauth_error(400, "invalid_request", "The form is not in UTF-8.")
    if repeated := [name for name, values in form.lists() if len(values) > 1]:
        known = next((name for name in repeated if name in OAUTH_PARAMETERS), "A parameter")
        return oauth_error(400, "invalid_request", f"{known} is given more than once.")
    return None


def other_method(request: HttpRequest, view: Any) -> HttpResponse | None:
    """Answer ``OPTIONS`` and methods that allauth's view lacks.

    The view would read a body for them, and the check of CSRF tokens would come before it.
    """
    if request.path_info in PAGES:
        is_known = request.method in {*METHODS_OF_PAGES, "OPTIONS"}
        return None if is_known else _method_not_allowed(request, METHODS_OF_PAGES)
    view_class = getattr(view, "view_class", None)
    if view_class is None or not request.path_info.startswith((SIGN_IN_PREFIX, METADATA_PREFIX)):
        return None
    known = {name.upper() for name in View.http_method_names if hasattr(view_class, name)}
    allowed = known | {"HEAD"} if "GET" in known else known
    if request.method in allowed and request.method != "OPTIONS":
        return None
    if request.method in allowed:
        return HttpResponse(headers={"Allow": ", ".join(sorted(allowed))})
    return _method_not_allowed(request, allowed)


def _method_not_allowed(request: HttpRequest, allowed: Collection[str]) -> HttpResponse:
    response = problem_response(request, "method-not-allowed")
    response["Allow"] = ", ".join(sorted(allowed))
    return response


def misread_field(request: HttpRequest, view: Any) -> HttpResponse | None:
    """Refuse what allauth's view would ignore or take for text, in the form of allauth's errors."""
    if not request.path_info.startswith(SIGN_IN_PREFIX):
        return None
    unknown = sorted(request.GET.keys() - QUERY_PARAMETERS)
    errors = [
        _error(name, "unknown", _("Unknown parameter. This address takes none."))
        for name in unknown
    ]
    if request.method != "GET":
        fields = _fields_of(getattr(view, "view_class", None), str(request.method))
        errors += _errors_of_fields(read_json(request.body or b"{}"), fields)
    return JsonResponse({"status": 400, "errors": errors}, status=400) if errors else None


def _errors_of_fields(sent: dict[str, Any], fields: dict[str, Field]) -> list[dict[str, str]]:
    """Return a mistake for each unknown field, and for each text that is none."""
    if not fields:
        return []
    text = _("Unknown field. Known are: %(known)s.") % {"known": ", ".join(fields)}
    errors = [_error(name, "unknown", text) for name in sorted(sent.keys() - fields.keys())]
    no_texts = [
        name
        for name in sorted(sent.keys() & fields.keys())
        if isinstance(fields[name], CharField) and not isinstance(sent[name], str | None)
    ]
    no_text = str(TextField.default_error_messages["invalid"])
    return errors + [_error(name, "invalid", no_text) for name in no_texts]


def _error(name: str, code: str, message: str) -> dict[str, str]:
    return {"message": message, "code": code, "param": name}


def _fields_of(view_class: Any, method: str) -> dict[str, Field]:
    """Return a view's fields by name; none where the view takes no body."""
    form = getattr(view_class, "input_class", None)
    form = form.get(method) if isinstance(form, dict) else form
    if form is None:
        return {}
    try:
        return dict(form().fields)  # fewer than the class has: not every way to log in is open
    except (KeyError, TypeError):  # it is made for a person
        return dict(form.base_fields)


def as_throttled(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return a problem document where allauth refuses further attempts; ``errors`` stay.

    allauth does not say when an attempt is allowed again: the answer tells the longest time that a
    limit of this address lasts.
    """
    if not isinstance(response, HttpResponse) or "problem" in response["Content-Type"]:
        return response
    found = _members(response) if response.status_code in {400, 429} else {}
    errors = found.get("errors", [])
    is_refused = any(error.get("code") == TOO_MANY_ATTEMPTS for error in errors)
    if not is_refused and response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        return response
    limit = request.META[RATE_LIMIT] = _longest_limit(request.path_info)
    problem = problem_response(request, "throttled", *[error["message"] for error in errors[:1]])
    problem["Retry-After"] = str(limit.reset_seconds)
    return _with_members(problem, {"errors": errors} if errors else {})


def _longest_limit(path: str) -> RateLimit:
    """Return the longest limit of attempts at an address, or of all where it has none."""
    limits = account_settings.RATE_LIMITS
    name = path.rpartition("/")[2]
    own = [limit for action, limit in limits.items() if limit and action.startswith(name)]
    texts = own or filter(None, limits.values())
    rate = max((each for text in texts for each in parse_rates(text)), key=attrgetter("duration"))
    seconds = int(rate.duration)
    return RateLimit("attempts", rate.amount, seconds, 0, seconds, is_exceeded=True)


def _with_members(response: HttpResponse, members: dict[str, Any]) -> HttpResponse:
    response.content = json.dumps(_members(response) | members).encode()
    response["Content-Length"] = str(len(response.content))
    return response


def is_oauth(request: HttpRequest) -> bool:
    """Whether a program asks an endpoint of OAuth, whose errors have a form of their own."""
    return request.path_info.startswith(OAUTH_PREFIX)


def oauth_error(status: int, code: str, description: str = "") -> JsonResponse:
    """Return an error of OAuth 2.0 (RFC 6749, section 5.2)."""
    description = description or OAUTH_ERRORS[code]
    return JsonResponse({"error": code, "error_description": description}, status=status)


def as_oauth_error(response: HttpResponseBase) -> HttpResponseBase:
    """Return an error of OAuth 2.0 with a description, whatever answered.

    Too many requests are a problem document with these two members: the RFC has no such error.
    """
    if not isinstance(response, HttpResponse):
        return response
    found = _members(response)
    default = _OAUTH_ERROR_OF_STATUS.get(response.status_code, "invalid_request")
    code = str(found.get("error") or default)
    description = found.get("error_description") or found.get("detail")
    if not description or not _DESCRIPTION.fullmatch(str(description)):
        description = OAUTH_ERRORS.get(code, "")
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        description = "This endpoint takes POST."
    response["Cache-Control"] = "no-store"
    members = {"error": code, "error_description": str(description)}
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return _with_members(response, members)
    response.content = b"{}"
    response["Content-Type"] = "application/json"
    return _with_members(response, members)


def _members(response: HttpResponse) -> dict[str, Any]:
    try:
        found = json.loads(response.content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
