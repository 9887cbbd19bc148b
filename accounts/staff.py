"""What a member of staff may do: Django's permissions, one per kind of object and action.

The flag ``is_staff`` opens the door to the staff pages and nothing behind it. Superusers may do
everything; other staff may do what their own permissions and their groups' say.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, TypeVar

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User

Action = Literal["view", "add", "change", "delete"]
Right = tuple[Action, type[Model]]
"""An action and the kind of object it is done to: ``("add", ModelRun)`` starts a run."""
ViewT = TypeVar("ViewT", bound=Callable[..., HttpResponse])


def may(user: object, *rights: Right) -> bool:
    """Return whether ``user`` is active staff with all these rights and the second factor."""
    if not (isinstance(user, User) and user.is_active and user.is_staff):
        return False
    if lacks_second_factor(user):
        return False
    return user.has_perms([permission_name(right) for right in rights])


def lacks_second_factor(user: object) -> bool:
    """Return whether ``STAFF_MFA`` asks ``user`` for a second factor that they do not have.

    One query for each member of staff and request.
    """
    if not (settings.STAFF_MFA and isinstance(user, User) and user.is_staff):
        return False
    if not hasattr(user, "_has_second_factor"):
        user._has_second_factor = is_mfa_enabled(user)  # type: ignore[attr-defined] # noqa: SLF001
    return not user._has_second_factor  # type: ignore[attr-defined] # noqa: SLF001


def require(user: object, *rights: Right) -> None:
    """Raise ``PermissionDenied`` unless ``user`` is staff and has all these rights."""
    if not may(user, *rights):
        raise PermissionDenied


def manageable(actor: User) -> QuerySet[User]:
    """Return the accounts that ``actor`` may change, delete and suspend, or set the password of.

    These let ``actor`` in, so they are the own one and all that have no right that ``actor`` lacks.
    """
    if actor.is_superuser:
        return User.objects.all()
    own = Permission.objects.filter(Q(user=actor) | Q(group__user=actor))
    beyond = Permission.objects.exclude(pk__in=own.values("pk"))
    has_more = (
        Q(is_superuser=True) | Q(user_permissions__in=beyond) | Q(groups__permissions__in=beyond)
    )
    return User.objects.filter(Q(pk=actor.pk) | ~has_more)


def may_manage(actor: User, user: User) -> bool:
    """Return whether ``user`` is one of the accounts that ``actor`` may change."""
    return manageable(actor).filter(pk=user.pk).exists()


def permission_name(right: Right) -> str:
    """Return the name of a right as Django's permissions are asked for."""
    action, model = right
    return f"{model._meta.app_label}.{action}_{model._meta.model_name}"  # noqa: SLF001


def staff_page(*rights: Right) -> Callable[[ViewT], ViewT]:
    """Let staff with these rights see a page; ask visitors without an account to log in."""

    def decorate(view: ViewT) -> ViewT:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            require(request.user, *rights)
            return view(request, *args, **kwargs)

        return login_required(guarded)  # type: ignore[return-value]

    return decorate


def confirm(request: HttpRequest, question: str, yes: str, back: str = "") -> HttpResponse:
    """Render a question; the button ``yes`` sends a POST to the same URL.

    Without ``yes`` the page only says why the action is not possible.
    """
    context = {"question": question, "yes": yes, "back": back}
    return render(request, "partials/confirm.html", context)


def staff(request: HttpRequest) -> User:
    """Return the member of staff who sent the request.

    Raises
    ------
    PermissionDenied
        The visitor is anonymous.

    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
