"""Lead staff without a second factor to the page that sets one up (``STAFF_MFA``)."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.staff import lacks_second_factor
from recsite.operations.audit import STAFF_PLACES


class StaffMfaMiddleware:
    """Redirect staff without a second factor from the staff pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or redirect to the page of second factors."""
        # Only staff pages ask for the user: reading the session adds "Vary: Cookie" to a page.
        if not request.path_info.startswith(STAFF_PLACES) or not lacks_second_factor(request.user):
            return self.get_response(request)
        if request.path == reverse("admin:logout"):
            return self.get_response(request)
        text = _("The staff pages need a second factor: add an authenticator app or a passkey.")
        messages.warning(request, text)
        return redirect("mfa_index")
