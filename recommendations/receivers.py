"""Receivers of recommendations. Connected by ``RecommendationsConfig``."""

from typing import Any

from recommendations.models import Activation
from recommendations.webhooks.models import WebhookEvent
from recommendations.webhooks.services import event_tell


def tell_version_activated(activation: Activation, **_kwargs: Any) -> None:
    """Report the version that is now active to webhooks."""
    by = activation.activated_by
    event_tell(
        WebhookEvent.VERSION_ACTIVATED,
        {
            "run": activation.version_id,
            "activated_at": activation.activated_at,
            "activated_by": by.get_username() if by else None,
            "reason": activation.reason,
        },
    )
