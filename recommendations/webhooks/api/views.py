"""Webhooks of staff, and what they were told."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from accounts.api.admin import AdminApi, AdminListApi
from accounts.api.callers import member
from accounts.api.idempotency import PARAMETER as IDEMPOTENCY_KEY
from accounts.api.idempotency import idempotent, idempotent_with_secret
from common.api.exceptions import conflicts
from common.api.serializers import StrictBooleanField, StrictChoiceField, StrictSerializer
from common.api.views import RetrieveAPIView, located
from recommendations.webhooks.models import Webhook, WebhookDelivery, WebhookEvent
from recommendations.webhooks.services import (
    webhook_create,
    webhook_delete,
    webhook_redeliver,
    webhook_update,
)


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """An address that is told of events."""

    events = serializers.ListField(child=StrictChoiceField(WebhookEvent.choices))

    class Meta:
        model = Webhook
        fields = ["id", "url", "events", "is_active", "created_at", "failing_since", "disabled_at"]


class NewWebhookSerializer(StrictSerializer):
    """The webhook to make."""

    url = serializers.URLField(max_length=500)
    events = serializers.ListField(
        child=StrictChoiceField(WebhookEvent.choices),
        min_length=1,
        max_length=len(WebhookEvent),
    )


class WebhookWithSecretSerializer(WebhookSerializer):
    """A webhook just made, with the secret that signs what it is told."""

    secret = serializers.CharField(help_text="Keep it now: it is never shown again.")

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]


class WebhookChangeSerializer(StrictSerializer):
    """What to change; what is not named stays."""

    events = serializers.ListField(
        child=StrictChoiceField(WebhookEvent.choices),
        min_length=1,
        max_length=len(WebhookEvent),
    )
    is_active = StrictBooleanField()


class WebhookDeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    """An event, and whether it arrived."""

    event = StrictChoiceField(WebhookEvent.choices)

    class Meta:
        model = WebhookDelivery
        fields = [
            "id",
            "event_id",
            "event",
            "body",
            "status",
            "n_attempts",
            "response_code",
            "error",
            "created_at",
            "next_attempt_at",
            "finished_at",
        ]


class WebhookListApi(AdminListApi):
    """Webhooks of the site's staff."""

    serializer_class = WebhookSerializer
    queryset = Webhook.objects.filter(owner=None)

    @extend_schema(operation_id="webhooks_list", summary="Webhooks", tags=["admin"])
    def get(self, request: Request) -> Response:
        """List webhooks, the latest first."""
        return self.list(request)

    @extend_schema(
        operation_id="webhooks_create",
        summary="Make a webhook",
        tags=["admin"],
        parameters=[IDEMPOTENCY_KEY],
        request=NewWebhookSerializer,
        responses={201: WebhookWithSecretSerializer},
        examples=[
            OpenApiExample(
                "Tell of finished runs",
                {"url": "https://example.org/hook", "events": ["run.finished"]},
                request_only=True,
            )
        ],
    )
    @located("api-webhook", "webhook_id")
    @idempotent_with_secret
    def post(self, request: Request) -> Response:
        """Create a webhook.

        The answer shows the secret for the only time. Each event is signed with it.
        """
        asked = NewWebhookSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        webhook = webhook_create(created_by=member(request), **asked.validated_data)
        body = WebhookSerializer(webhook).data | {"secret": webhook.secret}
        return Response(body, status.HTTP_201_CREATED)


class WebhookDetailApi(AdminApi):
    """One webhook of the site."""

    queryset = Webhook.objects.none()
    has_fields = True

    serializer_class = WebhookSerializer

    @extend_schema(operation_id="webhooks_retrieve", summary="A webhook", tags=["admin"])
    def get(self, request: Request, webhook_id: int) -> Response:  # noqa: ARG002 # DRF's
        """Whether it is active, and since when it fails."""
        return Response(self.get_serializer(_webhook(webhook_id)).data)

    @extend_schema(
        operation_id="webhooks_change",
        summary="Change a webhook",
        tags=["admin"],
        request=WebhookChangeSerializer(partial=True),
    )
    def patch(self, request: Request, webhook_id: int) -> Response:
        """Of which events it is told, and whether at all."""
        webhook = _webhook(webhook_id)
        asked = WebhookChangeSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        values: dict[str, Any] = {"events": webhook.events, "is_active": webhook.is_active}
        changed = webhook_update(webhook=webhook, **(values | asked.validated_data))
        return Response(WebhookSerializer(changed).data)

    @extend_schema(
        operation_id="webhooks_delete",
        summary="Delete a webhook",
        tags=["admin"],
        responses={204: None},
    )
    def delete(self, request: Request, webhook_id: int) -> Response:  # noqa: ARG002 # DRF's
        """Delete a webhook and the record of its deliveries."""
        webhook_delete(webhook=_webhook(webhook_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class DeliveryListApi(AdminListApi):
    """The deliveries of a webhook of the site."""

    serializer_class = WebhookDeliverySerializer
    queryset = WebhookDelivery.objects.none()

    @override
    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        """Return the deliveries of the webhook in the address. Two queries."""
        return _deliveries(self.kwargs["webhook_id"])

    @extend_schema(operation_id="webhooks_deliveries", summary="Deliveries", tags=["admin"])
    def get(self, request: Request, webhook_id: int) -> Response:  # noqa: ARG002 # the URL's
        """List deliveries, the latest first."""
        return self.list(request)


class DeliveryDetailApi(AdminApi, RetrieveAPIView):
    """One delivery of a webhook."""

    serializer_class = WebhookDeliverySerializer
    queryset = WebhookDelivery.objects.none()
    lookup_url_kwarg = "delivery_id"

    @override
    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        """Return the deliveries of the webhook in the address. Two queries."""
        return _deliveries(self.kwargs["webhook_id"])

    @extend_schema(operation_id="webhooks_delivery", summary="A delivery", tags=["admin"])
    def get(self, request: Request, webhook_id: int, delivery_id: int) -> Response:  # noqa: ARG002
        """Whether it arrived, and what the receiver answered."""
        return self.retrieve(request)


class RedeliverApi(AdminApi):
    """The repetition of a delivery."""

    bodyless = frozenset({"post"})
    problems = ("conflict",)
    staff_rights = {"POST": (("change", Webhook),)}

    serializer_class = WebhookDeliverySerializer

    @extend_schema(
        operation_id="webhooks_redeliver",
        summary="Tell an event once more",
        tags=["admin"],
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={201: WebhookDeliverySerializer},
    )
    @located("api-delivery", "delivery_id", "webhook_id")
    @idempotent
    def post(self, request: Request, webhook_id: int, delivery_id: int) -> Response:  # noqa: ARG002
        """Send the same id and body again with a new signature. 409 where the webhook is off."""
        delivery = get_object_or_404(_deliveries(webhook_id), pk=delivery_id)
        with conflicts():
            again = webhook_redeliver(delivery=delivery)
        return Response(WebhookDeliverySerializer(again).data, status.HTTP_201_CREATED)


def _webhook(webhook_id: int) -> Webhook:
    return get_object_or_404(Webhook, pk=webhook_id, owner=None)


def _deliveries(webhook_id: int) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(webhook=_webhook(webhook_id))
