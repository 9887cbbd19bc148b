"""Signing up and logging in, with the choice of what becomes of a stranger's picks."""

from collections.abc import Mapping
from typing import Any

from allauth.account.forms import LoginForm, SignupForm
from allauth.core import context
from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from accounts.models import User
from movies.visitors import Stranger


class OptOutInput(forms.CheckboxInput):
    """A checkbox whose "no" is sent as well.

    A browser sends nothing of an empty box. Of a page without the box, opened before the first
    pick, it sends the same, and that is no "no".
    """

    @override
    def render(self, name: str, *args: Any, **kwargs: Any) -> SafeString:
        box = super().render(name, *args, **kwargs)
        return format_html('<input type="hidden" name="{}" value="false">{}', name, box)

    @override
    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name not in data or bool(super().value_from_datadict(data, files, name))


class KeepPicksMixin(forms.Form):
    """A box "Keep my picks", where there are any; the log-in that follows does as it says."""

    keep_picks_help = _("If you untick this, your picks are discarded.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stranger = Stranger(context.request.session)
        if stranger.has_anything:
            self.fields["keep_picks"] = forms.BooleanField(
                label=_keep_label(stranger.n_ratings),
                help_text=self.keep_picks_help,
                initial=stranger.is_kept,
                required=False,
                widget=OptOutInput,
            )

    def _remember_choice(self, request: HttpRequest) -> None:
        Stranger(request.session).leave_to_account(keep=self.cleaned_data.get("keep_picks", True))


def _keep_label(n_picks: int) -> str:
    if not n_picks:
        return gettext("Keep the films on my lists")
    one, several = "Save my %(n)s pick to my account", "Save my %(n)s picks to my account"
    return ngettext(one, several, n_picks) % {"n": n_picks}


class LogInForm(KeepPicksMixin, LoginForm):  # type: ignore[misc] # allauth has no types
    """allauth's form, and the picks."""

    keep_picks_help = _(
        "Films you've already rated keep their rating. "
        "If you untick this, your picks are discarded."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Username or email")

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """Log in who has given the right password."""
        self._remember_choice(request)
        response: HttpResponse = super().login(request, redirect_url=redirect_url)
        return response


class SignUpForm(KeepPicksMixin, SignupForm):  # type: ignore[misc] # allauth has no types
    """allauth's form, and the picks."""

    def save(self, request: HttpRequest) -> User:
        """Make the new member."""
        self._remember_choice(request)
        user: User = super().save(request)
        return user
