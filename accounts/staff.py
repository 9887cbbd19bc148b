"""What pages for staff share: the guard, the current member, and the question before a change."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User

View = Callable[..., HttpResponse]


def staff_only(view: View) -> View:
    """Send anonymous visitors to the log-in page, and refuse members who are not staff."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (isinstance(request.user, User) and request.user.is_staff):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(guarded)


def confirm(request: HttpRequest, question: str, back: str = "") -> HttpResponse:
    """Render a yes-or-no question; "Yes" sends a POST to the same URL."""
    context = {"question": question, "back": back}
    return render(request, "partials/confirm.html", context)


def staff(request: HttpRequest) -> User:
    """Return the member of staff who sent the request.

    Raises:
        PermissionDenied: The visitor is anonymous.

    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
