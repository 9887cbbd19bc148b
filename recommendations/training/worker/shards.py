"""The per-user part of a stage, shared among workers by ranges of users (docs/adr/0014).

Shards are rows, leased like runs: whoever is free claims the next one, makes and stores its users,
and nothing is lost but the shard in hand when a worker dies. The worker that holds the stage works
on shards too, so one worker alone comes to the end, and it puts the parts together.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from celery import current_app, group
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Now
from kombu.exceptions import OperationalError as BrokerError

from common.stopping import is_stopping
from ml.pipeline import per_user
from ml.pipeline.per_user import UserRange
from ml.progress import Progress
from ml.training.stages import BY_NAME
from recommendations.training.jobs import IS_FREE, lease_duration, new_holder
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
    """The ranges of users to share the stage by; none where one worker does all of it at once."""
    if not (name in BY_NAME and BY_NAME[name].per_user):
        return []
    ranges = per_user.user_ranges(workspace, settings.USERS_PER_SHARD)
    return ranges if len(ranges) > 1 else []


@transaction.atomic
def shards_plan(stage: StageRun, ranges: list[UserRange], summary: dict[str, Any]) -> None:
    """The rest of the stage is done, with this summary: what waits are the users."""
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

    Raises:
        ShardFailedError: one of them failed.
        Cancelled, LeaseLostError: by the reporter; shards that are done stay done.

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
    """Make and store one shard that nobody works on; whether there was one.

    Whatever goes wrong with the shard's data fails the shard, and with it the stage.

    Raises:
        OperationalError, InterfaceError: the database is away; the shard waits for the next worker.

    """
    shard = _claim(stage_id)
    if shard is None:
        return False
    try:
        with _lease_kept(shard):
            _make(shard)
    except Exception as failure:
        if is_passing(failure):
            raise
        logger.exception("%s failed.", shard)
        _mine(shard).update(status=StageShard.Status.FAILED, error=cause_in_words(failure))
    return True


def _make(shard: StageShard) -> None:
    stage = shard.stage
    workspace = workspace_of(stage.run)
    part = _part(workspace, stage.name, shard.number)
    users = UserRange(shard.first_user_id, shard.end_user_id, shard.n_users)
    per_user.write_users(stage.name, workspace, part, users)
    with transaction.atomic():
        # First, so that a worker whose shard was taken over stores nothing.
        if not _mine(shard).update(status=StageShard.Status.SUCCEEDED, lease_holder=""):
            logger.warning("%s was taken over; what was made here is dropped.", shard)
            return
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
def _claim(stage_id: int) -> StageShard | None:
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
    shard.lease_holder = new_holder()
    StageShard.objects.filter(pk=shard.pk).update(
        status=StageShard.Status.RUNNING,
        n_attempts=F("n_attempts") + 1,
        lease_holder=shard.lease_holder,
        lease_expires_at=Now() + lease_duration(),
    )
    return shard


def _mine(shard: StageShard) -> QuerySet[StageShard]:
    return StageShard.objects.filter(
        pk=shard.pk, status=StageShard.Status.RUNNING, lease_holder=shard.lease_holder
    )


@contextmanager
def _lease_kept(shard: StageShard) -> Iterator[None]:
    """Renew the lease from a thread; if the database is away meanwhile, the shard may be lost."""
    is_over = threading.Event()

    def renew() -> None:
        try:
            while not is_over.wait(lease_duration().total_seconds() / 3):
                _mine(shard).update(
                    lease_expires_at=Now() + lease_duration(),
                    # A deploy that kills the worker is no failed attempt.
                    **({"n_attempts": shard.n_attempts} if is_stopping() else {}),
                )
        except Exception:
            logger.exception("The lease of %s cannot be renewed.", shard)
        finally:
            connection.close()

    thread = threading.Thread(target=renew, name="shard lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


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
    """A task per shard but one, for whoever is free. Without the broker this worker does all."""
    n_waiting = stage.shards.exclude(status=StageShard.Status.SUCCEEDED).count()
    signature = current_app.signature(RUN_SHARD_TASK, args=[stage.pk], immutable=True)
    try:
        group([signature] * max(0, n_waiting - 1)).apply_async(retry=False)
    except BrokerError:
        logger.exception("No other worker is called: the broker cannot be reached.")


def _part(workspace: Path, stage: str, number: int) -> Path:
    return workspace / "parts" / f"{stage}-{number:05}.parquet"
