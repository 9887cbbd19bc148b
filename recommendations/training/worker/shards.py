"""The per-user part of a stage, shared among workers by ranges of users (docs/adr/0014).

Shards are rows, leased like runs: whoever is free claims the next one, makes and stores its users,
and nothing is lost but the shard in hand when a worker dies. The worker that holds the stage works
on shards too, so one worker alone comes to the end, and it puts the parts together.
"""

import logging
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

from celery import current_app, group
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Sum
from kombu.exceptions import OperationalError as BrokerError

from common.leases import IS_FREE, Lease, LeaseLostError
from common.stopping import is_stopping
from ml.pipeline import per_user
from ml.pipeline.per_user import UserRange
from ml.progress import Progress
from ml.training.stages import BY_NAME
from recommendations.training.jobs import lease_duration
from recommendations.training.models import ModelRun, StageRun, StageShard
from recommendations.training.worker import products
from recommendations.training.worker.causes import cause_in_words, is_passing
from recommendations.training.workspaces import workspace_of

logger = logging.getLogger(__name__)

RUN_SHARD_TASK: Final = "recommendations.run_shard"
MAX_ATTEMPTS: Final = 3
"""How often a shard may be begun before its stage fails."""
POLL_SECONDS: Final = 0.2
"""How often to look whether the others have finished theirs."""
DIED_TOO_OFTEN: Final = (
    f"Shard %s was begun {MAX_ATTEMPTS} times and its worker died each time. The workers' memory "
    "may be too small; their logs say more."
)


class ShardFailedError(Exception):
    """A shard of the stage failed, with the cause in words."""


class Reporter(Protocol):
    """Whom the stage tells how far it is, and asks whether to go on."""

    def __call__(self, progress: Progress) -> None:
        """Take note of progress; raises to stop the stage."""

    def check(self) -> None:
        """Ask now whether to go on; raises if not."""


def ranges_of(name: str, workspace: Path) -> list[UserRange]:
    """Return the ranges of users to share the stage by; none if one worker does all at once."""
    if not (name in BY_NAME and BY_NAME[name].per_user):
        return []
    ranges = per_user.user_ranges(workspace, settings.USERS_PER_SHARD)
    return ranges if len(ranges) > 1 else []


@transaction.atomic
def shards_plan(stage: StageRun, ranges: list[UserRange], summary: dict[str, Any]) -> None:
    """Store the shards and the summary of a stage of which only the users remain to be done."""
    StageShard.objects.bulk_create(
        StageShard(
            stage=stage,
            number=number,
            first_user_id=users.first_id,
            end_user_id=users.end_id,
            n_users=users.n_users,
        )
        for number, users in enumerate(ranges)
    )
    StageRun.objects.filter(pk=stage.pk).update(summary=summary)


def shards_finish(stage: StageRun, report: Reporter) -> None:
    """Work on the stage's shards, with whatever other workers there are, until all are done.

    Raises
    ------
    ShardFailedError
        One of them failed.
    Cancelled, LeaseLostError
        By the reporter; shards that are done stay done.

    """
    workspace = workspace_of(stage.run)
    _revive(stage, workspace)
    _call_workers(stage)
    while _is_open(stage, report):
        report.check()
        if not shard_advance(stage.pk):
            time.sleep(POLL_SECONDS)
    numbers = stage.shards.order_by("number").values_list("number", flat=True)
    parts = [_part(workspace, stage.name, number) for number in numbers]
    per_user.join(parts, workspace / BY_NAME[stage.name].per_user)


def shard_advance(stage_id: int) -> bool:
    """Make and store one shard that no worker holds, and return whether there was one.

    An error in the shard's data fails the shard, and with it the stage.

    Raises
    ------
    OperationalError, InterfaceError
        The database is away; another worker will claim the shard.

    """
    claimed = _claim(stage_id)
    if claimed is None:
        return False
    shard, lease = claimed
    try:
        with lease.kept(lambda: _excuse(shard)):
            _make(shard, lease)
    except LeaseLostError as lost:
        logger.warning("%s What was made here is dropped.", lost)
    except Exception as failure:
        if is_passing(failure):
            raise
        logger.exception("%s failed.", shard)
        with suppress(LeaseLostError):
            lease.release(status=StageShard.Status.FAILED, error=cause_in_words(failure))
    return True


def _excuse(shard: StageShard) -> dict[str, int]:
    """Return the number of attempts before this one if a deploy is stopping the worker."""
    return {"n_attempts": shard.n_attempts} if is_stopping() else {}


def _make(shard: StageShard, lease: Lease) -> None:
    stage = shard.stage
    workspace = workspace_of(stage.run)
    part = _part(workspace, stage.name, shard.number)
    users = UserRange(shard.first_user_id, shard.end_user_id, shard.n_users)
    per_user.write_users(stage.name, workspace, part, users)
    with transaction.atomic():
        # First, so that a worker whose shard was taken over stores nothing.
        lease.release(status=StageShard.Status.SUCCEEDED)
        _store(stage, part, (shard.first_user_id, shard.end_user_id))


def _store(stage: StageRun, part: Path, span: tuple[int, int]) -> None:
    model = stage.run.embedding_model
    if model is None:
        raise RuntimeError("The embed stage has not stored its vectors.")
    if stage.name == "embed":
        products.store_user_vectors(model, part, span)
    else:
        products.store_affinities(model.pk, part, span)


@transaction.atomic
def _claim(stage_id: int) -> tuple[StageShard, Lease] | None:
    """Lease the next shard that waits or whose worker is silent; none of a run that shall stop."""
    is_waiting = Q(status=StageShard.Status.WAITING)
    is_left = Q(status=StageShard.Status.RUNNING) & IS_FREE
    shard = (
        StageShard.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("stage__run__embedding_model")
        .filter(
            is_waiting | is_left,
            stage=stage_id,
            stage__run__status=ModelRun.Status.RUNNING,
            stage__run__cancel_requested=False,
        )
        .order_by("number")
        .first()
    )
    if shard is None:
        return None
    if shard.n_attempts >= MAX_ATTEMPTS:
        shard.status, shard.error = StageShard.Status.FAILED, DIED_TOO_OFTEN % shard.number
        shard.save(update_fields=["status", "error"])
        return None
    rows = StageShard.objects.filter(pk=shard.pk)
    running = StageShard.Status.RUNNING
    lease = Lease(f"Shard {shard.number}", rows.filter(status=running), lease_duration())
    lease.take(rows, status=running, n_attempts=F("n_attempts") + 1)
    return shard, lease


def _is_open(stage: StageRun, report: Reporter) -> bool:
    """Whether shards are still to be done; tells how many users are."""
    status = StageShard.Status
    n = stage.shards.aggregate(
        all=Sum("n_users"), done=Sum("n_users", filter=Q(status=status.SUCCEEDED), default=0)
    )
    report(Progress(n["done"], n["all"], "users"))
    failed = stage.shards.filter(status=status.FAILED).values_list("error", flat=True).first()
    if failed is not None:
        raise ShardFailedError(failed)
    return stage.shards.exclude(status=status.SUCCEEDED).exists()


def _revive(stage: StageRun, workspace: Path) -> None:
    """Failed shards of an earlier attempt wait again, and done ones whose part is gone."""
    gone = [
        shard.pk
        for shard in stage.shards.filter(status=StageShard.Status.SUCCEEDED)
        if not _part(workspace, stage.name, shard.number).exists()
    ]
    stage.shards.filter(Q(status=StageShard.Status.FAILED) | Q(pk__in=gone)).update(
        status=StageShard.Status.WAITING, n_attempts=0, error=""
    )


def _call_workers(stage: StageRun) -> None:
    """Send a task per shard but one.

    Without the broker this worker does them all.
    """
    n_waiting = stage.shards.exclude(status=StageShard.Status.SUCCEEDED).count()
    signature = current_app.signature(RUN_SHARD_TASK, args=[stage.pk], immutable=True)
    try:
        group([signature] * max(0, n_waiting - 1)).apply_async(retry=False)
    except BrokerError:
        logger.exception("No other worker is called: the broker cannot be reached.")


def _part(workspace: Path, stage: str, number: int) -> Path:
    return workspace / "parts" / f"{stage}-{number:05}.parquet"
