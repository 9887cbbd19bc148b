"""The page of one's own webhooks."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from recommendations.webhooks.forms import MemberWebhookForm
from recommendations.webhooks.member_services import MAX_WEBHOOKS, member_webhook_create
from recommendations.webhooks.models import Webhook, WebhookDelivery
from recommendations.webhooks.services import webhook_delete, webhook_update


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def webhooks(request: HttpRequest) -> HttpResponse:
    """Show the user's webhooks, their last deliveries, and a form for another.

    The answer to the form shows the secret of the new one, for the only time.
    """
    user = cast("User", request.user)
    form = MemberWebhookForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            context["created"] = member_webhook_create(user=user, **form.cleaned_data)
        except ValidationError as error:
            _add_errors(form, error)
        else:
            context["form"] = MemberWebhookForm()
    shown = _with_last_delivery(_own(user))
    n_counted = sum(webhook.ended_at is None for webhook, _last in shown)
    context |= {"webhooks": shown, "max_webhooks": MAX_WEBHOOKS}
    context["has_room"] = n_counted < MAX_WEBHOOKS
    return render(request, "webhooks/webhooks.html", context)


@login_required
@require_POST
def webhook_switch(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Switch one of the user's webhooks on if it is off, else off."""
    webhook = get_object_or_404(_own(cast("User", request.user)), pk=webhook_id)
    try:
        webhook_update(webhook=webhook, events=webhook.events, is_active=not webhook.is_on)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        text = _("%(url)s is switched on.") if webhook.is_active else _("%(url)s is switched off.")
        messages.success(request, text % {"url": webhook.url})
    return redirect("webhooks:webhooks")


@login_required
@require_POST
def webhook_delete_view(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Delete one of the user's webhooks; another person's is not found."""
    webhook = get_object_or_404(_own(cast("User", request.user)), pk=webhook_id)
    webhook_delete(webhook=webhook)
    messages.success(request, _("%(url)s is no longer called.") % {"url": webhook.url})
    return redirect("webhooks:webhooks")


def _own(user: User) -> QuerySet[Webhook]:
    return Webhook.objects.filter(owner=user).order_by("-pk")


def _with_last_delivery(
    webhooks: QuerySet[Webhook],
) -> list[tuple[Webhook, WebhookDelivery | None]]:
    """Return each webhook with its last delivery. Two queries."""
    last = WebhookDelivery.objects.filter(webhook__in=webhooks.order_by())
    last = last.order_by("webhook_id", "-pk").distinct("webhook_id")
    delivery_of = {delivery.webhook_id: delivery for delivery in last}
    return [(webhook, delivery_of.get(webhook.pk)) for webhook in webhooks.select_related("token")]


def _add_errors(form: MemberWebhookForm, error: ValidationError) -> None:
    """Put the service's refusals beside the fields that they name."""
    if hasattr(error, "error_dict"):
        form.add_error(None, error)
    else:
        form.add_error(None, " ".join(error.messages))
