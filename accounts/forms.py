"""Forms about oneself and one's programs; signing up and logging in are allauth's."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, User
from accounts.names import username_check, username_check_free


class ProfileForm(forms.ModelForm):
    """The name a member goes by; e-mail and password have pages of their own."""

    class Meta:
        model = User
        fields = ["username"]

    def clean_username(self) -> str:
        """Hold the name to the rules of sign-up."""
        username: str = self.cleaned_data["username"]
        if "username" in self.changed_data:
            username_check(username)
            username_check_free(username, user=self.instance)
        return username


class DeleteForm(forms.Form):
    """The password, so that a forgotten open browser deletes nobody."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.has_usable_password():  # they log in by another site
            self.fields["password"] = forms.CharField(label=_("The name of your account"))


class TokenForm(forms.Form):
    """A token for a program: its name, what it may do, and until when."""

    LIFETIMES = (
        ("30", _("30 days")),
        ("90", _("90 days")),
        ("365", _("One year")),
        ("", _("No expiry")),
    )

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("A name to recognise it by, such as the app that will use it."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=ApiToken.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[ApiToken.Scope.READ],
    )
    days = forms.ChoiceField(label=_("Valid for"), choices=LIFETIMES, initial="90", required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.is_staff:
            self.fields["scopes"].choices = [  # type: ignore[attr-defined] # a choice field's
                choice for choice in ApiToken.Scope.choices if choice[0] != ApiToken.Scope.ADMIN
            ]

    def expires_at(self) -> datetime | None:
        """When its time is over, counted from now; None for never."""
        days = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=int(days)) if days else None
