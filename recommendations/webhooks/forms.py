"""Form for a webhook of one's own."""

from django import forms
from django.utils.translation import gettext_lazy as _

from recommendations.webhooks.models import MemberEvent


class MemberWebhookForm(forms.Form):
    """A webhook: the address to call, and the events to tell it."""

    url = forms.URLField(
        label=_("Address"),
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("Where your program takes calls, beginning with https://."),
    )
    events = forms.MultipleChoiceField(
        label=_("When to call it"),
        choices=MemberEvent.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[MemberEvent.RATINGS_CHANGED],
    )
