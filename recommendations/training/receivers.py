"""Receivers that report runs and activations to webhooks. Connected by ``TrainingConfig``."""

from typing import Any

from recommendations.models import Activation, ModelRun, WebhookEvent
from recommendations.webhooks.services import event_tell


def tell_run_finished(run: ModelRun, **_kwargs: Any) -> None:
    """Report a finished run to webhooks: succeeded, failed or cancelled."""
    event_tell(
        WebhookEvent.RUN_FINISHED,
        {
            "run": run.pk,
            "kind": run.kind,
            "status": run.status,
            "error": run.error,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
        },
    )


def tell_version_activated(activation: Activation, **_kwargs: Any) -> None:
    """Report the version that is now active to webhooks."""
    by = activation.activated_by
    event_tell(
        WebhookEvent.VERSION_ACTIVATED,
        {
            "run": activation.run_id,
            "activated_at": activation.activated_at,
            "activated_by": by.get_username() if by else None,
            "reason": activation.reason,
        },
    )
