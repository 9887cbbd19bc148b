"""What the caller may do: a session may what its person may, a token what its scopes say."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.request import Request
from typing_extensions import override

from accounts.api.authentication import CHALLENGE
from accounts.models import ApiToken
from accounts.staff import Action, Right, may

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.views import APIView


class MissingScope(PermissionDenied):
    """403 that names the scope which a token lacks, also in ``WWW-Authenticate`` (RFC 6750)."""

    def __init__(self, scope: ApiToken.Scope) -> None:
        super().__init__(_("This token lacks the scope %(scope)s.") % {"scope": scope.value})
        self.auth_header = f'{CHALLENGE}, error="insufficient_scope", scope="{scope.value}"'


class HasScope(IsAuthenticated):
    """A member; a token of theirs needs the scope read, and rate for changes."""

    @override
    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not super().has_permission(request, view):
            return False
        require_scope(
            request, ApiToken.Scope.READ if request.method in SAFE_METHODS else ApiToken.Scope.RATE
        )
        return True


RIGHT_OF_METHOD: Mapping[str, Action] = {
    "GET": "view",
    "HEAD": "view",
    "POST": "add",
    "PUT": "change",
    "PATCH": "change",
    "DELETE": "delete",
}


class IsAdministrator(IsAuthenticated):
    """Staff with the right that the view asks for; a token of theirs needs the scope admin.

    A view names its rights by method in ``staff_rights``; of a method that is not named there, the
    right follows from the model of its ``queryset``. A view with neither is for superusers.
    """

    message = _("This is for the people who run the site.")

    @override
    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not super().has_permission(request, view):
            return False
        require_scope(request, ApiToken.Scope.ADMIN)
        if may(request.user) and request.user.is_superuser:
            return True
        rights = rights_of(view, request.method or "")
        return rights is not None and may(request.user, *rights)


class HasSession(IsAuthenticated):
    """Somebody who has logged in. A token makes no tokens: one that leaks would outlive its end."""

    message = _("Log in to the site for this: a token makes and lists no tokens.")

    @override
    def has_permission(self, request: Request, view: "APIView") -> bool:
        return super().has_permission(request, view) and request.auth is None


class HasToken(IsAuthenticated):
    """A program with a valid token, of whatever kind."""

    message = _("This is about the token that a program sends: send one.")

    @override
    def has_permission(self, request: Request, view: "APIView") -> bool:
        return super().has_permission(request, view) and request.auth is not None


def rights_of(view: "APIView", method: str) -> tuple[Right, ...] | None:
    """Return the rights that this method of a view needs, None where only a superuser may."""
    own: Mapping[str, tuple[Right, ...]] = getattr(view, "staff_rights", {})
    if method in own:
        return own[method]
    queryset: QuerySet[Any] | None = getattr(view, "queryset", None)
    if queryset is None or method not in RIGHT_OF_METHOD:
        return None
    return ((RIGHT_OF_METHOD[method], queryset.model),)


def require_scope(request: Request, scope: ApiToken.Scope) -> None:
    """Refuse a token without ``scope``; a session has every scope of its person.

    Raises
    ------
    MissingScope
        The token lacks it.

    """
    token: Any = request.auth
    if token is None:
        return
    scopes = token.scopes if isinstance(token, ApiToken) else token.get_scopes()
    if scope not in scopes:
        raise MissingScope(scope)
