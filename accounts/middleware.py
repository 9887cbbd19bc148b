"""Two requests at the same moment: the second is answered as if it had come later."""

from collections.abc import Callable
from typing import Final

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, IntegrityError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

TABLES: Final = {"accounts_user", "account_emailaddress", "socialaccount_socialaccount"}
"""Tables whose unique values forms look up before they write them."""
UNIQUE_VIOLATION: Final = "23505"
FOREIGN_KEY_VIOLATION: Final = "23503"
"""PostgreSQL's codes of these errors."""
_ANSWERED_AGAIN: Final = "marquee.answered_again"


class TakenMeanwhileError(IntegrityError):
    """Another sign-up with the same e-mail address or invitation was faster."""


class AnswerAgainMiddleware:
    """Answer a request again that lost a race against another one.

    Forms look up whether a name, an e-mail address or an invitation is free, and write it later. Of
    two such requests at once the second is refused when it writes. Its form finds the name taken
    when it looks again, and says so as it does to everybody. allauth's views leave no place between
    to report the error.

    A row that a view has found may be deleted before the view locks it, writes it or refers to it.
    The view finds no such row when it looks again, and answers 404, or 401 if the account is gone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; `process_exception` does the work."""
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Call the view once more if another request has taken a name or deleted a row."""
        match = request.resolver_match
        is_lost = _is_taken(exception) or _is_deleted(exception)
        if match is None or not is_lost or _ANSWERED_AGAIN in request.META:
            return None
        request.META[_ANSWERED_AGAIN] = "1"
        vars(request).pop("_cached_user", None)
        AuthenticationMiddleware(self.get_response).process_request(request)
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return response


def _is_taken(exception: Exception) -> bool:
    """Return whether a unique value of an account was refused."""
    if isinstance(exception, TakenMeanwhileError):
        return True
    diagnosis = _diagnosis(exception)
    return getattr(diagnosis, "sqlstate", None) == UNIQUE_VIOLATION and (
        getattr(diagnosis, "table_name", None) in TABLES
    )


def _is_deleted(exception: Exception) -> bool:
    """Return whether a row was gone when it was read, changed or referred to."""
    # Django's own error of an UPDATE without a row has no cause in the driver.
    is_unchanged = type(exception) is DatabaseError and exception.__cause__ is None
    is_unknown = getattr(_diagnosis(exception), "sqlstate", None) == FOREIGN_KEY_VIOLATION
    return isinstance(exception, ObjectDoesNotExist) or is_unchanged or is_unknown


def _diagnosis(exception: Exception) -> object:
    """Return what PostgreSQL says about a refused write; None for another exception."""
    is_refused = isinstance(exception, IntegrityError)
    return getattr(exception.__cause__, "diag", None) if is_refused else None
