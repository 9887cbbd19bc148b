"""One step of a run: claim it, do its next stage, record what came of it."""

import logging
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now

from common.leases import LeaseLostError
from common.logs import run_id as logged_run_id
from ml.evaluation.machine import forget_peak_memory, peak_megabytes
from ml.progress import Cancelled
from recommendations.training import jobs
from recommendations.training.jobs import RunLease
from recommendations.training.models import ModelRun, StageRun
from recommendations.training.signals import send_run_finished
from recommendations.training.worker.causes import cause_in_words, is_passing
from recommendations.training.worker.heartbeat import Heartbeat
from recommendations.training.worker.jsonable import jsonable
from recommendations.training.worker.stages import execute_stage, has_workspace, workspace_adopt

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
"""How often a stage may be begun without coming to an end before the run fails."""
DIED_TOO_OFTEN = (
    f"The stage was begun {MAX_ATTEMPTS} times and its worker died each time. The machine's "
    "memory may be too small; the worker's log says more."
)
INTERRUPTIONS = (KeyboardInterrupt, SystemExit, OperationalError, InterfaceError)
"""What ends a stage through no fault of its own."""


class Outcome(Enum):
    """What :func:`run_advance` leaves behind."""

    MORE = auto()
    """The stage succeeded and another waits."""
    OVER = auto()
    """The run has ended, well or not."""
    BUSY = auto()
    """Nothing done: the run, or another, is in somebody else's hands."""


@dataclass(frozen=True)
class _Result:
    """How a stage ended."""

    status: ModelRun.Status
    summary: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


def run_advance(run_id: int) -> Outcome:
    """Do the next stage of the run, if nobody else works on it.

    A stage that raises fails its run, with the cause in words and the traceback in the log. When
    the database goes away, or the process is told to stop, the exception comes out and the stage
    is left for whoever claims the run next.
    """
    lease = jobs.claim(run_id)
    if lease is None:
        return Outcome.BUSY
    name = logged_run_id.set(run_id)
    try:
        return _advance(run_id, lease)
    finally:
        logged_run_id.reset(name)


def _advance(run_id: int, lease: RunLease) -> Outcome:
    run = ModelRun.objects.get(pk=run_id)
    if not (has_workspace(run) or workspace_adopt(run)):
        # Another worker's disk, or cleared: the stages so far are worth nothing without it.
        run.stages.update(status=StageRun.Status.WAITING)
    stage = run.stages.exclude(status=StageRun.Status.SUCCEEDED).order_by("position")[:1].get()
    try:
        return _record(run, stage, lease, _do(run, stage, lease))
    except LeaseLostError as error:
        logger.warning("%s What was computed here is dropped.", error)
        return Outcome.BUSY
    except BaseException as error:
        is_innocent = isinstance(error, INTERRUPTIONS)
        connection.close_if_unusable_or_obsolete()  # by a new one it may be given back at once
        with suppress(OperationalError, InterfaceError, LeaseLostError):
            lease.release()
            StageRun.objects.filter(pk=stage.pk).update(
                status=StageRun.Status.WAITING,
                # Zero where the heartbeat has excused this attempt already.
                n_attempts=Greatest(F("n_attempts") - int(is_innocent), 0),
            )
        raise


def _do(run: ModelRun, stage: StageRun, lease: RunLease) -> _Result:
    if run.cancel_requested:
        return _Result(ModelRun.Status.CANCELLED)
    if stage.n_attempts >= MAX_ATTEMPTS:
        return _Result(ModelRun.Status.FAILED, error=DIED_TOO_OFTEN)
    StageRun.objects.filter(pk=stage.pk).update(
        status=StageRun.Status.RUNNING,
        n_attempts=F("n_attempts") + 1,
        n_done=0,
        n_total=0,
        counting_since=None,
        started_at=Now(),
        updated_at=Now(),
        finished_at=None,
    )
    forget_peak_memory()
    with Heartbeat(stage.pk, lease) as heartbeat:
        return _attempt(run, stage, heartbeat)


def _attempt(run: ModelRun, stage: StageRun, heartbeat: Heartbeat) -> _Result:
    try:
        return _Result(ModelRun.Status.SUCCEEDED, execute_stage(run, stage.name, heartbeat))
    except Cancelled:
        return _Result(ModelRun.Status.CANCELLED)
    except LeaseLostError:
        raise
    except Exception as failure:
        if is_passing(failure):
            raise
        heartbeat.log(traceback.format_exc())
        return _Result(ModelRun.Status.FAILED, error=cause_in_words(failure))


def _record(run: ModelRun, stage: StageRun, lease: RunLease, result: _Result) -> Outcome:
    """Write how the stage ended and give the run back, both or neither."""
    is_last = not run.stages.filter(position__gt=stage.position).exists()
    is_over = is_last or result.status != ModelRun.Status.SUCCEEDED
    ending = {"status": result.status, "error": result.error, "finished_at": Now()}
    with transaction.atomic():
        lease.release(**(ending if is_over else {}))
        run.stages.filter(pk=stage.pk).update(
            status=result.status,
            summary=jsonable(result.summary),
            peak_memory_mb=round(peak_megabytes()),
            # Without an attempt, a stage counts as taken over from an earlier run.
            n_attempts=Greatest(F("n_attempts"), int(result.status == ModelRun.Status.SUCCEEDED)),
            finished_at=Now(),
        )
        if is_over:
            send_run_finished(run.pk)
    return Outcome.OVER if is_over else Outcome.MORE
