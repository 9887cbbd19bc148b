"""Give runs to workers: one run at a time, one stage per task.

A worker claims a run by a lease in the database (``common.leases``) and renews it while it works.
The broker only wakes workers. Its messages may come twice, late or never: a claim that fails is no
error, and :func:`resume` finds a run that no worker holds.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now

from common.enqueue import send
from common.leases import IS_EXPIRED, IS_FREE, Lease
from ml.training.stages import STAGES as TRAINING_STAGES
from ml.training.stages import UPDATE_STAGES
from recommendations.training.models import ModelRun, RunEvent

STAGES = (*TRAINING_STAGES, "activate")
"""The stages of a training in order: those of ``ml.training.stages``, then the site's own."""

STAGES_OF: Mapping[str, tuple[str, ...]] = {
    ModelRun.Kind.TRAINING: STAGES,
    ModelRun.Kind.UPDATE: (*UPDATE_STAGES, "activate"),
    ModelRun.Kind.SEARCH: ("sample", "embed", "search"),
}
"""The stages of each kind of run."""

RUN_STAGE_TASK = "recommendations.run_stage"
ERASE_TASK = "recommendations.erase_departed"
BROKER_UNREACHABLE = (
    "The broker cannot be reached. The run waits, and starts when a worker looks for work again."
)


def lease_duration() -> timedelta:
    """Return how long a worker may be silent before another takes its run."""
    return timedelta(seconds=settings.RUN_LEASE_SECONDS)


class RunLease(Lease):
    """The right to work on a run, as long as it is renewed."""

    def is_cancel_requested(self) -> bool:
        """Return whether somebody wants the run to stop.

        Raises
        ------
        LeaseLostError
            Another worker holds the run, or it is over.

        """
        return bool(self.read("cancel_requested"))


def claim(run_id: int) -> RunLease | None:
    """Claim a run that is queued, between two stages, or left by a worker that died.

    Returns
    -------
    RunLease or None
        None when the run is over or in work, or when another run is in work.

    """
    run = ModelRun.objects.filter(pk=run_id)
    running = run.filter(status=ModelRun.Status.RUNNING)
    lease = RunLease(f"Run {run_id}", running, lease_duration())
    if lease.take(running.filter(lease_expires_at=None), note=""):
        return lease
    if lease.take(running.filter(IS_EXPIRED), note=""):
        RunEvent.objects.create(run_id=run_id, kind=RunEvent.Kind.RESUMED, message=lease.holder)
        return lease
    started = {"status": ModelRun.Status.RUNNING, "started_at": Coalesce(F("started_at"), Now())}
    try:
        with transaction.atomic():
            is_taken = lease.take(run.filter(status=ModelRun.Status.QUEUED), note="", **started)
    except IntegrityError:  # another run is in work, which the database allows once
        return None
    return lease if is_taken else None


def enqueue(run_id: int) -> None:
    """Wake a worker for the run once the transaction is through."""
    transaction.on_commit(partial(_send, run_id))


def resume() -> int | None:
    """Wake a worker for the run that nobody works on: a dead worker's, or else the next queued.

    Returns the run's id, None when there is nothing to do.
    """
    running = ModelRun.objects.filter(status=ModelRun.Status.RUNNING)
    waiting = ModelRun.objects.filter(status=ModelRun.Status.QUEUED).order_by("id")
    candidates = running.filter(IS_FREE) if running.exists() else waiting
    run_id = candidates.values_list("pk", flat=True).first()
    if run_id is not None:
        enqueue(run_id)
    return run_id


def _send(run_id: int) -> None:
    if not send(RUN_STAGE_TASK, run_id):
        ModelRun.objects.filter(pk=run_id, status=ModelRun.Status.QUEUED).update(
            note=BROKER_UNREACHABLE
        )


def erase_departed() -> None:
    """Have a worker remove people without an account from the files of trainings.

    Without a broker, the daily task does it.
    """
    send(ERASE_TASK)
