"""Django's error handlers: problem details for programs, pages for people."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views import defaults

from common.api.problems import is_program, problem_response, too_large


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a request that Django itself refuses."""
    if is_program(request):
        if isinstance(exception, RequestDataTooBig):
            return too_large(request)
        return problem_response(request, "bad-request")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the problem document of a 403, with the reason if the exception has one."""
    if is_program(request):
        return problem_response(request, "permission-denied", str(exception))
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no address of the site."""
    if is_program(request):
        return problem_response(request, "not-found")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a bug, logged by Django."""
    if is_program(request):
        return problem_response(request, "error")
    return defaults.server_error(request)
