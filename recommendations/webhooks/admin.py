"""Admin pages of webhooks and their deliveries."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from accounts.staff import may
from recommendations.webhooks.models import MemberEvent, Webhook, WebhookDelivery, WebhookEvent
from recommendations.webhooks.services import (
    is_live,
    url_check,
    webhook_create,
    webhook_redeliver,
    webhook_update,
)


class WebhookForm(forms.ModelForm):
    """Where, of what, and whether at present."""

    url = forms.URLField(label=gettext_lazy("Address"), max_length=500, assume_scheme="https")
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        choices=WebhookEvent.choices,  # a member's webhook: those of members
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Webhook
        fields = ["is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.owner_id:
            field = self.fields["events"]
            assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 # declared above
            field.choices = MemberEvent.choices

    def clean_url(self) -> str:
        """Only what may be called."""
        url: str = self.cleaned_data["url"]
        try:
            url_check(url)
        except ValidationError as error:
            raise ValidationError(error.messages) from error
        return url

    def save(self, commit: bool = True) -> Webhook:  # noqa: ARG002 # Django's
        """Fill in the webhook without storing it; the admin's ``save_model`` calls the service."""
        webhook: Webhook = self.instance
        webhook.url = self.cleaned_data.get("url", webhook.url)
        return webhook

    def save_m2m(self) -> None:
        """There is nothing to save."""


@admin.register(Webhook)
class WebhookAdmin(admin.ModelAdmin):
    """Addresses that are told of events. The secret is shown once, when one is made."""

    form = WebhookForm
    list_display = ["url", "events", "is_active", "disabled_at", "owner", "created_by"]
    list_filter = ["is_active"]
    list_select_related = ["created_by", "owner"]
    readonly_fields = ["owner", "failing_since", "disabled_at", "created_by", "created_at"]

    def get_readonly_fields(self, _request: HttpRequest, obj: Any = None) -> list[str]:
        """Make the address read-only.

        Its secret is known at this address and nowhere else.
        """
        return [*self.readonly_fields, "url"] if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make a webhook, or change its events and its state."""
        chosen = form.cleaned_data["events"]
        if change:
            webhook_update(webhook=obj, events=chosen, is_active=form.cleaned_data["is_active"])
            return
        by = request.user if isinstance(request.user, User) else None
        made = webhook_create(url=obj.url, events=chosen, created_by=by)
        obj.pk, obj.nonce = made.pk, made.nonce

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the secret in the response itself: a message would store it in a cookie."""
        response = super().response_add(request, obj, post_url_continue)
        changelist = reverse("admin:webhooks_webhook_changelist")
        context = self.admin_site.each_context(request) | {
            "webhook": obj,
            "next": response.get("Location", changelist),
        }
        page = render(request, "admin/webhooks/webhook/secret.html", context)
        page["Cache-Control"] = "no-store"
        return page


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(admin.ModelAdmin):
    """What was told to whom, how often it was tried, and what came back."""

    list_display = [
        "created_at",
        "event",
        "webhook",
        "status",
        "n_attempts",
        "response_code",
        "error",
        "next_attempt_at",
    ]
    list_filter = ["status", "event", "webhook"]
    list_select_related = ["webhook"]
    actions = ["redeliver"]

    def has_add_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        """Refuse to add deliveries by hand.

        Events make them.
        """
        return False

    def has_change_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        """Refuse to change the record of a delivery."""
        return False

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Return whether the member may change webhooks."""
        return may(request.user, ("change", Webhook))

    @admin.action(description=gettext_lazy("Deliver again"), permissions=["resend"])
    def redeliver(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        """Send the chosen ones once more."""
        live = queryset.filter(is_live("webhook__"))
        n = len([webhook_redeliver(delivery=delivery) for delivery in live])
        text = ngettext("%(n)s event is sent again.", "%(n)s events are sent again.", n)
        self.message_user(request, text % {"n": n})
