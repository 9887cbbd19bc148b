"""A search's trials, one after another, each a row: a worker that dies costs the trial at hand."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import F, Sum
from django.utils import timezone

from common.leases import LeaseLostError
from ml.pipeline import search
from ml.progress import Cancelled, Progress, Reporter
from ml.training.config import PipelineConfig
from recommendations.training.models import ModelRun, RunTrial
from recommendations.training.worker.causes import cause_in_words, is_passing

Measure = Callable[[Path, PipelineConfig, Reporter], float]


def search_advance(
    run: ModelRun, workspace: Path, report: Reporter, check: Callable[[], None]
) -> dict[str, Any]:
    """Try parameters until the run's budget is spent; return the best.

    A trial that raises has failed and the search goes on; when every trial failed, so did the run.

    Raises
    ------
    Cancelled
        Somebody wants the run to stop; finished trials stay.
    LeaseLostError
        Another worker has taken the run over.
    RuntimeError
        No trial succeeded.

    """
    run.trials.filter(status=RunTrial.Status.RUNNING).delete()  # of a worker that died
    n_trials, n_seconds = run.budget["trials"], 60 * run.budget["minutes"]
    while run.trials.count() < n_trials and _seconds_spent(run) < n_seconds:
        _try(run, workspace, report)
        check()
    best = run.trials.filter(status=RunTrial.Status.SUCCEEDED).order_by("-value", "number").first()
    if best is None:
        failed = run.trials.first()
        raise RuntimeError(f"No trial succeeded. The first: {failed.error if failed else 'none'}")
    return {
        "n_trials": run.trials.count(),
        "best_trial": best.number,
        "best_value": best.value,
        "best_parameters": best.parameters,
    }


def _try(run: ModelRun, workspace: Path, report: Reporter) -> None:
    done = [search.Trial(trial.parameters, trial.value) for trial in run.trials.all()]
    base = PipelineConfig.from_dict(run.parameters)
    chosen = search.suggest(done, base)
    number = len(done) + 1
    trial = RunTrial.objects.create(run=run, number=number, parameters=chosen)
    rows = RunTrial.objects.filter(pk=trial.pk)
    n_trials = run.budget["trials"]

    def inner(progress: Progress) -> None:
        report(Progress(len(done), n_trials, "trials", f"trial {number}: {progress.message}"))

    try:
        config = PipelineConfig.from_dict(run.parameters | chosen)
        value = search.measure(workspace, config, inner)
    except (Cancelled, LeaseLostError, SoftTimeLimitExceeded):
        rows.delete()
        raise
    except Exception as failure:
        if is_passing(failure):
            raise
        rows.update(
            status=RunTrial.Status.FAILED,
            error=cause_in_words(failure),
            finished_at=timezone.now(),
        )
    else:
        rows.update(status=RunTrial.Status.SUCCEEDED, value=value, finished_at=timezone.now())
        best = max([value, *(each.value for each in done if each.value is not None)])
        values = {"ndcg@10": value, "best ndcg@10": best}
        report(Progress(number, n_trials, "trials", f"trial {number}: {value:.4f}", values))


def _seconds_spent(run: ModelRun) -> float:
    spent = run.trials.aggregate(total=Sum(F("finished_at") - F("started_at")))["total"]
    return (spent or timedelta()).total_seconds()
