"""Two people who ask for the same name or e-mail address at the same moment."""

from collections.abc import Callable
from typing import Final

from django.db import IntegrityError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

TABLES: Final = {"accounts_user", "account_emailaddress", "socialaccount_socialaccount"}
"""Tables whose unique values forms look up before they write them."""
UNIQUE_VIOLATION: Final = "23505"
"""PostgreSQL's code of this error."""
_ANSWERED_AGAIN: Final = "marquee.answered_again"


class TakenMeanwhileError(IntegrityError):
    """Another sign-up with the same e-mail address or invitation was faster."""


class TakenMeanwhileMiddleware:
    """Answer a request again that lost a race for a name, an e-mail address or an invitation.

    Forms look up whether a name is free, and write it later. Of two such requests at once the
    second is refused when it writes. Its form finds the name taken when it looks again, and says
    so as it does to everybody. allauth's views leave no place between to report the error.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; `process_exception` does the work."""
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Call the view once more if the database has refused a unique value of an account."""
        match = request.resolver_match
        if match is None or not _is_taken(exception) or _ANSWERED_AGAIN in request.META:
            return None
        request.META[_ANSWERED_AGAIN] = "1"
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return response


def _is_taken(exception: Exception) -> bool:
    """Return whether a unique value of an account was refused."""
    if isinstance(exception, TakenMeanwhileError):
        return True
    if not isinstance(exception, IntegrityError):
        return False
    diagnosis = getattr(exception.__cause__, "diag", None)
    return getattr(diagnosis, "sqlstate", None) == UNIQUE_VIOLATION and (
        getattr(diagnosis, "table_name", None) in TABLES
    )
