"""Every change that staff make is recorded: who, when, from where, what and with what result."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.admin_site import DONE
from accounts.models import User
from common.addresses import client_address
from recsite.operations.models import AuditEntry

logger = logging.getLogger(__name__)

SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
STAFF_PLACES = ("/admin/", "/runs/", "/online/", "/operations/")
"""Pages for staff. In the API, an operation is for staff when its view says so."""


class AuditMiddleware:
    """Records staff's requests that may change something, after they are answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, then record the request if it is one of staff's."""
        response = self.get_response(request)
        if request.method not in SAFE_METHODS and _is_for_staff(request):
            self._record(request, response)
        return response

    def _record(self, request: HttpRequest, response: HttpResponseBase) -> None:
        actor = _actor(request)
        if actor is None:
            return
        match = request.resolver_match
        try:
            AuditEntry.objects.create(
                actor=actor,
                actor_name=actor.username,
                method=str(request.method),
                path=request.path[:300],
                status=response.status_code,
                action=(match.view_name if match else "")[:100],
                details=request.META.get(DONE, ""),
                address=client_address(request.META, settings.TRUSTED_PROXY_COUNT),
            )
        except DatabaseError:
            logger.exception("A change by staff was not recorded: %s", request.path)


def _actor(request: HttpRequest) -> User | None:
    """Return the member of staff who asked, by session or, in the API, by token."""
    user: Any = getattr(request, "user", None)
    return user if isinstance(user, User) and user.pk and user.is_staff else None


def _is_for_staff(request: HttpRequest) -> bool:
    if any(place in request.path for place in STAFF_PLACES):
        return True
    view = getattr(request.resolver_match, "func", None)
    permissions = getattr(getattr(view, "cls", None), "permission_classes", ())
    return any(permission.__name__ == "IsAdministrator" for permission in permissions)
