"""Addresses that are told of events over HTTP, and every delivery to them."""

import base64
import secrets
import uuid
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken


class WebhookEvent(models.TextChoices):
    """Events of the site, for webhooks of staff."""

    RUN_FINISHED = "run.finished", _("A run finished")
    VERSION_ACTIVATED = "version.activated", _("A version was activated")


class MemberEvent(models.TextChoices):
    """Events about one member's own things, for webhooks of members."""

    RATINGS_CHANGED = "ratings.changed", _("Your ratings changed")
    IMPORT_FINISHED = "import.finished", _("Your import finished")
    RECOMMENDATIONS_CHANGED = "recommendations.changed", _("Your recommendations changed")


EVENT_CHOICES = [*WebhookEvent.choices, *MemberEvent.choices]


def _new_nonce() -> bytes:
    return secrets.token_bytes(16)


class Webhook(models.Model):
    """An address that is told of events: of the site's, or of its owner's if it has one.

    Its secret is not stored: it follows from a random nonce and the site's ``SECRET_KEY``, so that
    a copy of the database signs nothing.
    """

    url = models.URLField(_("address"), max_length=500)
    events = ArrayField(
        models.CharField(max_length=30, choices=EVENT_CHOICES), verbose_name=_("events")
    )
    nonce = models.BinaryField(max_length=16, default=_new_nonce, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="webhooks",
        verbose_name=_("owner"),
        help_text=_("The member whose own events are told; empty for webhooks of staff."),
    )
    token = models.ForeignKey(
        ApiToken,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The token that made it, whose end is its end."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    failing_since = models.DateTimeField(
        _("failing since"),
        null=True,
        blank=True,
        help_text=_("The first attempt that failed since the last that succeeded."),
    )
    disabled_at = models.DateTimeField(
        _("disabled"), null=True, blank=True, help_text=_("After it failed for too long.")
    )

    TOKEN_HAS_ENDED = _("The token that made this webhook has ended. Make another webhook.")

    class Meta:
        db_table = "recommendations_webhook"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.url

    def clean(self) -> None:
        """Refuse an active webhook whose token has ended."""
        if self.is_active and self.ended_at:
            raise ValidationError({"is_active": self.TOKEN_HAS_ENDED})

    @property
    def ended_at(self) -> datetime | None:
        """When the token that made it ended; None as long as no such token ended."""
        return self.token.ended_at if self.token else None

    @property
    def is_on(self) -> bool:
        """Whether it is active and its token has not ended."""
        return self.is_active and self.ended_at is None

    @property
    def off_since(self) -> datetime | None:
        """When it was disabled, or its token ended; None if neither happened."""
        return self.disabled_at or self.ended_at

    @property
    def event_labels(self) -> list[str]:
        """Names of its events, as pages show them."""
        labels = dict(EVENT_CHOICES)
        return [str(labels[event]) for event in self.events]

    @property
    def secret(self) -> str:
        """The key of its signatures. Shown to whoever made it, once."""
        key = salted_hmac("recommendations.webhook", bytes(self.nonce), algorithm="sha256").digest()
        return "whsec_" + base64.urlsafe_b64encode(key).decode().rstrip("=")


class WebhookDelivery(models.Model):
    """One event to be told to one address: the body, and how far the telling is."""

    class Status(models.TextChoices):
        """How far the telling is."""

        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event_id = models.UUIDField(
        default=uuid.uuid4, help_text=_("The same in every attempt and every redelivery.")
    )
    event = models.CharField(_("event"), max_length=30, choices=EVENT_CHOICES)
    body = models.TextField(_("body"), help_text=_("JSON as it is sent and signed."))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    n_attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    response_code = models.PositiveSmallIntegerField(_("response"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        db_table = "recommendations_webhookdelivery"
        ordering = ["-id"]
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status="waiting"),
                name="recommendations_delivery_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook_id}: {self.status}"
