"""Pages about the API, for the people who write programs."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from common.api.problems import KINDS
from recsite import reference


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation, by what it is about."""
    root = request.build_absolute_uri("/").rstrip("/")
    context = {"sections": reference.sections(get_language()), "root": root}
    return render(request, "api/docs.html", context)


@require_safe
def operation(request: HttpRequest, operation_id: str) -> HttpResponse:
    """One operation, to read and to try.

    Whoever has logged in tries it as themselves; a token may be entered instead.
    """
    for section in reference.sections(get_language()):
        for one in section.operations:
            if one.id == operation_id:
                curl = one.curl(request.build_absolute_uri("/"))
                context = {"operation": one, "section": section, "curl": curl}
                return render(request, "api/operation.html", context)
    raise Http404


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """What the ``type`` of a problem leads to: each kind, and what to do about it."""
    return render(request, "api/problems.html", {"kinds": KINDS.values()})
