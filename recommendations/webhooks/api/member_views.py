"""A member's own webhooks over the API; another person's are not found."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from accounts.api.callers import member
from accounts.api.idempotency import PARAMETER as IDEMPOTENCY_KEY
from accounts.api.idempotency import idempotent, idempotent_with_secret
from accounts.models import ApiToken
from common.api.exceptions import conflicts
from common.api.pagination import NewestFirstPagination
from common.api.serializers import StrictBooleanField, StrictChoiceField, StrictSerializer
from common.api.views import GenericAPIView, ListAPIView, RetrieveAPIView, located
from recommendations.webhooks.api.views import WebhookDeliverySerializer, WebhookSerializer
from recommendations.webhooks.member_services import (
    member_webhook_create,
    member_webhook_redeliver,
)
from recommendations.webhooks.models import MemberEvent, Webhook, WebhookDelivery
from recommendations.webhooks.services import webhook_delete, webhook_update


def _events() -> serializers.ListField:
    return serializers.ListField(
        child=StrictChoiceField(MemberEvent.choices),
        min_length=1,
        max_length=len(MemberEvent),
    )


class MyWebhookSerializer(WebhookSerializer):
    """An address that is told of events about the caller's own things."""

    events = serializers.ListField(child=StrictChoiceField(MemberEvent.choices))
    is_active = serializers.BooleanField(
        source="is_on",
        read_only=True,
        help_text="False also when the token that made it has ended.",
    )
    disabled_at = serializers.DateTimeField(
        source="off_since",
        read_only=True,
        allow_null=True,
        help_text="When it was disabled after failing for too long or when the password changed, "
        "or when the token that made it ended; null: none of these.",
    )


class NewMyWebhookSerializer(StrictSerializer):
    """The webhook to make."""

    url = serializers.URLField(max_length=500)
    events = _events()


class MyWebhookWithSecretSerializer(MyWebhookSerializer):
    """A webhook just made, with the secret that signs what it is told."""

    secret = serializers.CharField(help_text="Keep it now: it is never shown again.")

    class Meta(MyWebhookSerializer.Meta):
        fields = [*MyWebhookSerializer.Meta.fields, "secret"]


class MyWebhookChangeSerializer(StrictSerializer):
    """What to change; what is not named stays."""

    events = _events()
    is_active = StrictBooleanField()


class MyWebhookDeliverySerializer(WebhookDeliverySerializer):
    """An event about the caller's own things, and whether it arrived."""

    event = StrictChoiceField(MemberEvent.choices)


class MyWebhooksApi(GenericAPIView):
    """The webhooks of the caller."""

    serializer_class: type[serializers.BaseSerializer[Any]] = MyWebhookSerializer
    queryset: QuerySet[Any] = Webhook.objects.none()

    @override
    def get_queryset(self) -> QuerySet[Any]:
        """Return the caller's webhooks. One query."""
        return Webhook.objects.filter(owner=member(self.request)).select_related("token")

    def webhook(self) -> Webhook:
        """Return the webhook in the address. One query."""
        own: QuerySet[Webhook] = MyWebhooksApi.get_queryset(self)
        return get_object_or_404(own, pk=self.kwargs["webhook_id"])


class MyWebhookListApi(MyWebhooksApi, ListAPIView):
    """Every webhook of the caller."""

    pagination_class = NewestFirstPagination
    problems = ("conflict",)

    @extend_schema(operation_id="me_webhooks_list", summary="Your webhooks", tags=["you"])
    def get(self, request: Request) -> Response:
        """List your webhooks, the latest first."""
        return self.list(request)

    @extend_schema(
        operation_id="me_webhooks_create",
        summary="Make a webhook of your own",
        tags=["you"],
        parameters=[IDEMPOTENCY_KEY],
        request=NewMyWebhookSerializer,
        responses={201: MyWebhookWithSecretSerializer},
        examples=[
            OpenApiExample(
                "Tell of changed ratings",
                {"url": "https://example.org/hook", "events": ["ratings.changed"]},
                request_only=True,
            )
        ],
    )
    @located("api-me-webhook", "webhook_id")
    @idempotent_with_secret
    def post(self, request: Request) -> Response:
        """Create a webhook.

        The answer shows the secret for the only time. It ends with its token. 409 for a sixth.
        """
        token: Any = request.auth
        if token is not None and not isinstance(token, ApiToken):
            raise PermissionDenied(
                _("An app that signs people in by OAuth makes no webhooks: use a token.")
            )
        asked = NewMyWebhookSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values: dict[str, Any] = asked.validated_data
        with conflicts():
            webhook = member_webhook_create(user=member(request), token=token, **values)
        body = MyWebhookSerializer(webhook).data | {"secret": webhook.secret}
        return Response(body, status.HTTP_201_CREATED)


class MyWebhookDetailApi(MyWebhooksApi, RetrieveAPIView):
    """One webhook of the caller."""

    lookup_url_kwarg = "webhook_id"
    problems = ("conflict",)

    @extend_schema(
        operation_id="me_webhooks_retrieve", summary="One of your webhooks", tags=["you"]
    )
    def get(self, request: Request, webhook_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Whether it is active, and since when it fails."""
        return self.retrieve(request)

    @extend_schema(
        operation_id="me_webhooks_change",
        summary="Change a webhook of yours",
        tags=["you"],
        request=MyWebhookChangeSerializer(partial=True),
    )
    def patch(self, request: Request, webhook_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Change the events of a webhook, or switch it off or on: 409 after its token has ended."""
        webhook = self.webhook()
        asked = MyWebhookChangeSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        values: dict[str, Any] = {"events": webhook.events, "is_active": webhook.is_on}
        with conflicts():
            changed = webhook_update(webhook=webhook, **(values | asked.validated_data))
        return Response(MyWebhookSerializer(changed).data)

    @extend_schema(
        operation_id="me_webhooks_delete",
        summary="Delete a webhook of yours",
        tags=["you"],
        responses={204: None},
    )
    def delete(self, request: Request, webhook_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Delete a webhook and the record of its deliveries."""
        webhook_delete(webhook=self.webhook())
        return Response(status=status.HTTP_204_NO_CONTENT)


class MyDeliveriesApi(MyWebhooksApi):
    """The deliveries of a webhook of the caller."""

    serializer_class = MyWebhookDeliverySerializer
    queryset = WebhookDelivery.objects.none()

    @override
    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        """Return the deliveries of the webhook in the address. Two queries."""
        return WebhookDelivery.objects.filter(webhook=self.webhook())


class MyDeliveryListApi(MyDeliveriesApi, ListAPIView):
    """Every delivery of a webhook."""

    pagination_class = NewestFirstPagination

    @extend_schema(
        operation_id="me_webhooks_deliveries", summary="Deliveries to your webhook", tags=["you"]
    )
    def get(self, request: Request, webhook_id: int) -> Response:  # noqa: ARG002 # the URL's
        """List deliveries, the latest first."""
        return self.list(request)


class MyDeliveryDetailApi(MyDeliveriesApi, RetrieveAPIView):
    """One delivery of a webhook."""

    lookup_url_kwarg = "delivery_id"

    @extend_schema(
        operation_id="me_webhooks_delivery", summary="A delivery to your webhook", tags=["you"]
    )
    def get(self, request: Request, webhook_id: int, delivery_id: int) -> Response:  # noqa: ARG002
        """Whether it arrived, and what the receiver answered."""
        return self.retrieve(request)


class MyRedeliverApi(MyDeliveriesApi):
    """The repetition of a delivery."""

    bodyless = frozenset({"post"})
    problems = ("conflict",)

    @extend_schema(
        operation_id="me_webhooks_redeliver",
        summary="Tell an event of yours once more",
        tags=["you"],
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={201: MyWebhookDeliverySerializer},
    )
    @located("api-me-delivery", "delivery_id", "webhook_id")
    @idempotent
    def post(self, request: Request, webhook_id: int, delivery_id: int) -> Response:  # noqa: ARG002
        """Send the same id and body again. 409 where the webhook is off or 100 deliveries wait."""
        delivery = get_object_or_404(self.get_queryset(), pk=delivery_id)
        with conflicts():
            again = member_webhook_redeliver(delivery=delivery)
        return Response(MyWebhookDeliverySerializer(again).data, status.HTTP_201_CREATED)
