"""Pages about the API, for the people who write programs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from accounts.rest.problems import KINDS


@require_safe
@ensure_csrf_cookie
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation, to read and to try.

    Whoever has logged in tries them as themselves, for which changes need the CSRF cookie; a token
    may be entered instead.
    """
    return render(request, "api/docs.html")


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """What the ``type`` of a problem leads to: each kind, and what to do about it."""
    return render(request, "api/problems.html", {"kinds": KINDS.values()})
