"""Who works on a run: leases in the database, and a broker that is only an alarm clock.

A worker claims a run by a conditional update that sets a lease, and renews the lease while it
works. A lease that has run out may be claimed by anybody. Messages may come twice, late or never:
a claim that fails is no error, and :func:`resume` finds what nobody works on.
"""

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from common.enqueue import send
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
IS_FREE = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())
"""By the database's clock: those of the workers may differ."""


class LeaseLostError(Exception):
    """Somebody else took the run over: whatever this worker still does must not be kept."""


def lease_duration() -> timedelta:
    """How long a worker may be silent before another takes its run."""
    return timedelta(seconds=settings.RUN_LEASE_SECONDS)


@dataclass(frozen=True)
class Lease:
    """The right to work on a run, as long as it is renewed."""

    run_id: int
    holder: str

    def renew(self) -> None:
        """Hold on for another while.

        Raises:
            LeaseLostError: the run is somebody else's, or over.

        """
        if not self._mine().update(lease_expires_at=Now() + lease_duration()):
            raise LeaseLostError(f"Run {self.run_id} was taken over by another worker.")

    def is_cancel_requested(self) -> bool:
        """Whether somebody wants the run to stop.

        Raises:
            LeaseLostError: the run is somebody else's, or over.

        """
        requested = self._mine().values_list("cancel_requested", flat=True).first()
        if requested is None:
            raise LeaseLostError(f"Run {self.run_id} was taken over by another worker.")
        return requested

    def release(self, **changes: Any) -> None:
        """Give the run back with these last changes.

        Raises:
            LeaseLostError: the run is somebody else's, or over; nothing was changed.

        """
        if not self._mine().update(lease_holder="", lease_expires_at=None, **changes):
            raise LeaseLostError(f"Run {self.run_id} was taken over by another worker.")

    def _mine(self) -> QuerySet[ModelRun]:
        return ModelRun.objects.filter(
            pk=self.run_id, status=ModelRun.Status.RUNNING, lease_holder=self.holder
        )


def claim(run_id: int) -> Lease | None:
    """Take the run: queued, between two stages, or left by a worker that died.

    None when it is over, in work, or when another run is in work.
    """
    holder = new_holder()
    lease = {"lease_holder": holder, "lease_expires_at": Now() + lease_duration(), "note": ""}
    run = ModelRun.objects.filter(pk=run_id)
    running = run.filter(status=ModelRun.Status.RUNNING)
    if running.filter(lease_expires_at=None).update(**lease):
        return Lease(run_id, holder)
    if running.filter(lease_expires_at__lt=Now()).update(**lease):
        RunEvent.objects.create(run_id=run_id, kind=RunEvent.Kind.RESUMED, message=holder)
        return Lease(run_id, holder)
    try:
        with transaction.atomic():
            started = run.filter(status=ModelRun.Status.QUEUED).update(
                status=ModelRun.Status.RUNNING, started_at=Coalesce(F("started_at"), Now()), **lease
            )
    except IntegrityError:  # another run is in work, which the database allows once
        return None
    return Lease(run_id, holder) if started else None


def new_holder() -> str:
    """A name for the holder of a lease: host, process, and a word that nobody else has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


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
