"""Receivers of training. Connected by ``TrainingConfig``."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from recommendations.models import Activation
from recommendations.training import jobs
from recommendations.training.models import ModelRun, RunEvent
from recommendations.webhooks.models import WebhookEvent
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


def record_activation(
    activation: Activation, actor: User | None, withdrawn: Activation | None, **_kwargs: Any
) -> None:
    """Record an activation or a roll-back among the run's events, in the same transaction."""
    if withdrawn is not None:
        run = ModelRun.objects.filter(version=withdrawn.version_id).first()
        kind = RunEvent.Kind.ROLLED_BACK
        message = _("Run %(run)s is live again.") % {"run": activation.version_id}
    else:
        run = ModelRun.objects.filter(version=activation.version_id).first()
        kind, message = RunEvent.Kind.ACTIVATED, activation.reason
    if run is None:
        return
    RunEvent.objects.create(run=run, kind=kind, actor=actor, message=message)
    if withdrawn is None:
        ModelRun.objects.filter(pk=run.pk).update(note="")


def erase_from_files(instance: User, **_kwargs: Any) -> None:
    """Have a worker remove a member who deleted their account from the files of trainings."""
    if not instance.is_rater:
        transaction.on_commit(jobs.erase_departed)
