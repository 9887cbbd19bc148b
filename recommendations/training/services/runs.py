"""Starting, stopping and retrying model runs."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from common.leases import IS_FREE
from recommendations.training import jobs
from recommendations.training.models import ModelRun, RunEvent, RunTrial, StageRun
from recommendations.training.services.preflight import Preflight, preflight, recorded_config
from recommendations.training.signals import send_run_finished

__all__ = ["Preflight", "preflight", "run_cancel", "run_retry", "run_start", "search_adopt"]

REUSED_FIELDS = ("embedding_model", "ratings_read_at", "n_ratings", "n_users", "n_movies")
"""What a run that reuses another's first stages has in common with it."""


@transaction.atomic
def run_start(
    *,
    parameters: Mapping[str, Any],
    started_by: User | None,
    first_stage: str = "sample",
    base_run: ModelRun | None = None,
    kind: str = ModelRun.Kind.TRAINING,
    budget: Mapping[str, Any] | None = None,
    wakes_worker: bool = True,
) -> ModelRun:
    """Queue a run with all its stages, and wake a worker on commit.

    From a later ``first_stage``, what the stages before it left in ``base_run`` is reused. If a run
    is in work, the new one waits and starts by itself when its turn comes. If the broker is down,
    it waits too, and its note says so.

    Raises
    ------
    ValidationError
        An unknown parameter, one out of its range, or whatever the preflight refuses: too
        little memory or disk, products that are gone or of other data.

    """
    try:
        config = recorded_config(parameters, kind, base_run)
    except (ValueError, TypeError) as error:
        raise ValidationError({"parameters": str(error)}) from error
    found = preflight(
        parameters, kind=kind, first_stage=first_stage, base_run=base_run, budget=budget
    )
    if found.refusals:
        raise ValidationError(list(found.refusals))
    run = ModelRun(
        kind=kind,
        parameters=config.to_dict(),
        budget=dict(budget or {}),
        base_run=base_run,
        started_by=started_by,
    )
    stages = jobs.STAGES_OF[kind]
    reused = stages[: stages.index(first_stage)]
    if base_run is not None and reused:
        for field in REUSED_FIELDS:
            setattr(run, field, getattr(base_run, field))
    run.full_clean()
    run.save()
    summaries = dict(base_run.stages.values_list("name", "summary")) if base_run is not None else {}
    StageRun.objects.bulk_create(
        StageRun(
            run=run,
            name=name,
            position=position,
            status=StageRun.Status.SUCCEEDED if name in reused else StageRun.Status.WAITING,
            summary=summaries[name] if name in reused else {},
        )
        for position, name in enumerate(stages)
    )
    RunEvent.objects.create(run=run, kind=RunEvent.Kind.STARTED, actor=started_by)
    if wakes_worker:
        jobs.enqueue(run.pk)
    return run


@transaction.atomic
def run_cancel(*, run: ModelRun, cancelled_by: User | None) -> None:
    """Stop a run: at once when nobody works on it, else at its worker's next report.

    Raises
    ------
    ValidationError
        The run is over.

    """
    runs = ModelRun.objects.filter(pk=run.pk)
    idle = Q(status=ModelRun.Status.QUEUED) | Q(status=ModelRun.Status.RUNNING) & IS_FREE
    if runs.filter(idle).update(status=ModelRun.Status.CANCELLED, finished_at=Now()):
        run.stages.filter(status=StageRun.Status.RUNNING).update(
            status=StageRun.Status.CANCELLED, finished_at=Now()
        )
        transaction.on_commit(jobs.resume)
        send_run_finished(run.pk)
    elif not runs.filter(status=ModelRun.Status.RUNNING).update(cancel_requested=True):
        raise ValidationError(_("The run is over already."))
    RunEvent.objects.create(run=run, kind=RunEvent.Kind.CANCELLED, actor=cancelled_by)
    run.refresh_from_db()


@transaction.atomic
def run_retry(*, run: ModelRun, retried_by: User | None) -> None:
    """Queue a failed or cancelled run again; it goes on at the stage where it stopped.

    Raises
    ------
    ValidationError
        The run is in work, queued, or has succeeded.

    """
    stopped = ModelRun.objects.filter(
        pk=run.pk, status__in=[ModelRun.Status.FAILED, ModelRun.Status.CANCELLED]
    )
    if not stopped.update(
        status=ModelRun.Status.QUEUED, cancel_requested=False, error="", note="", finished_at=None
    ):
        raise ValidationError(_("Only a run that failed or was cancelled can be retried."))
    run.stages.exclude(status=StageRun.Status.SUCCEEDED).update(
        status=StageRun.Status.WAITING, n_attempts=0, finished_at=None
    )
    RunEvent.objects.create(run=run, kind=RunEvent.Kind.RETRIED, actor=retried_by)
    jobs.enqueue(run.pk)
    run.refresh_from_db()


def search_adopt(*, run: ModelRun, started_by: User | None) -> ModelRun:
    """Start a training with the best parameters that a search has found.

    Raises
    ------
    ValidationError
        The run is no search, or no trial has succeeded yet, or whatever :func:`run_start`
        refuses.

    """
    best = run.trials.filter(status=RunTrial.Status.SUCCEEDED).order_by("-value", "number").first()
    if best is None:
        raise ValidationError(_("No trial of this run has succeeded."))
    return run_start(
        parameters=run.parameters | best.parameters, started_by=started_by, base_run=run
    )
