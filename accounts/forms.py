"""Forms about oneself; signing up and logging in are allauth's."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ProfileForm(forms.ModelForm):
    """The name a member goes by; e-mail and password have pages of their own."""

    class Meta:
        model = User
        fields = ["username"]


class DeleteForm(forms.Form):
    """The password, so that a forgotten open browser deletes nobody."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
