"""Runs for the people who watch them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from recommendations.models import Activation
from recommendations.training.curves import Curve, curve_of
from recommendations.training.models import ModelRun, RunTrial, StageRun
from recommendations.training.selectors.comparison import METRICS, RunComparison, runs_compared

__all__ = [
    "MetricsTable",
    "RunComparison",
    "RunProgress",
    "active_run",
    "run_progress",
    "run_report",
    "run_waits_for",
    "runs_all",
    "runs_comparable",
    "runs_compared",
]

MODELS = ("served", "base", "popularity", "itemknn", "ease", "ials")
"""The order of every table's rows; PostgreSQL's JSON keeps none."""
WORKER_KEY = "worker:ml"
"""Where the worker's heartbeat is (``recsite.celery.heartbeat_key``)."""
N_LOG_LINES = 12
N_RIVALS = 50
THEME_METRICS = ("theme_precision@10", "theme_precision_12@10", "top50_share", "median_rank")
"""Metrics of made-up visitors, beside those of held-out ratings."""


@dataclass(frozen=True)
class RunProgress:
    """What moves on a run's page."""

    stages: tuple[StageRun, ...]
    current: StageRun | None
    """The stage in work, or the one that failed; its log's end and curve are shown."""
    log_tail: str
    curve: Curve | None
    trials: tuple[RunTrial, ...]
    """Of a search, the best first and those without a value last."""
    waits_for: ModelRun | None
    """The run whose end a queued run waits for."""
    waits_because: str
    """Why a queued run does not start, in a sentence; empty when it is not queued."""


@dataclass(frozen=True)
class Row:
    """A model's metrics; each cell is value, low and high, None where unknown."""

    model: str
    cells: tuple[tuple[float | None, float | None, float | None], ...]


@dataclass(frozen=True)
class MetricsTable:
    """The served model and the baselines under one protocol."""

    protocol: str
    title: str
    metrics: tuple[str, ...]
    rows: tuple[Row, ...]
    n_users: int


def runs_all() -> QuerySet[ModelRun]:
    """Every run with who started it, the latest first; ``was_active``: it has ever served."""
    return ModelRun.objects.select_related(
        "started_by", "embedding_model", "base_run", "version"
    ).annotate(was_active=Exists(Activation.objects.filter(version=OuterRef("version"))))


def active_run() -> ModelRun | None:
    """Return the run that trained the active version. One query."""
    active = Activation.objects.filter(withdrawn_at=None).values("version")[:1]
    return ModelRun.objects.select_related("version").filter(version__in=active).first()


def run_waits_for(run: ModelRun) -> ModelRun | None:
    """Return the run in work, or the first of the queue, that a queued run waits for.

    At most two queries.
    """
    if run.status != ModelRun.Status.QUEUED:
        return None
    running = ModelRun.objects.filter(status=ModelRun.Status.RUNNING).first()
    before = ModelRun.objects.filter(status=ModelRun.Status.QUEUED, pk__lt=run.pk)
    return running or before.order_by("pk").first()


def run_progress(run: ModelRun) -> RunProgress:
    """How far the run is. Four queries at most."""
    stages = tuple(run.stages.order_by("position"))
    busy = [
        stage
        for stage in stages
        if stage.status in (StageRun.Status.RUNNING, StageRun.Status.FAILED)
    ]
    current = busy[-1] if busy else None
    waits_for = run_waits_for(run)
    drawn = [stage for stage in stages if stage.curve]
    return RunProgress(
        stages=stages,
        current=current,
        log_tail="\n".join(current.log.splitlines()[-N_LOG_LINES:]) if current else "",
        curve=curve_of((current if current and current.curve else drawn[-1]).curve)
        if drawn
        else None,
        trials=_trials(run),
        waits_for=waits_for,
        waits_because=_waits_because(run, waits_for),
    )


def run_report(run: ModelRun) -> tuple[MetricsTable, ...]:
    """Return what the run measured, the full ranking first.

    No query.
    """
    is_update = run.kind == ModelRun.Kind.UPDATE
    title = _("The latest ratings, held out") if is_update else _("Full ranking")
    tables = [_table("update" if is_update else "full-random", title, run.metrics)]
    tables += [
        _table(protocol, _title(protocol), metrics)
        for protocol, metrics in sorted(run.metrics_by_protocol.items(), reverse=True)
    ]
    return tuple(table for table in tables if table.rows)


def runs_comparable(run: ModelRun) -> QuerySet[ModelRun]:
    """Return runs that a finished run can be compared with, the latest first.

    One query.
    """
    if run.version_id is None:
        return ModelRun.objects.none()
    return ModelRun.objects.filter(version__isnull=False).exclude(pk=run.pk)[:N_RIVALS]


def _trials(run: ModelRun) -> tuple[RunTrial, ...]:
    if run.kind != ModelRun.Kind.SEARCH:
        return ()
    return tuple(
        sorted(run.trials.all(), key=lambda trial: (trial.value is None, -(trial.value or 0)))
    )


def _waits_because(run: ModelRun, waits_for: ModelRun | None) -> str:
    if run.status != ModelRun.Status.QUEUED:
        return ""
    if not cache.get(WORKER_KEY):
        return _("No worker takes runs at the moment. The run starts when one is there.")
    if waits_for is not None:
        return _("One run at a time: it starts by itself when its turn comes.")
    return _("A worker will take it in a moment.")


def _title(protocol: str) -> str:
    if protocol.startswith("sampled-"):
        return _("Sampled ranking: one liked film among it and 99 unrated ones")
    if protocol.startswith("theme-"):
        return _("Visitors with %(n)s picks of one genre") % {"n": protocol.split("-")[1]}
    if protocol.startswith("disliked-"):
        n = protocol.split("-")[1]
        return _("Visitors who gave %(n)s films of one genre half a star: fewer is better") % {
            "n": n
        }
    if protocol.startswith("cold-"):
        return _("Newcomers, by their first %(n)s ratings") % {"n": protocol.split("-")[1]}
    if protocol == "few-ratings":
        return _("The quarter of people with the fewest ratings, full ranking")
    return protocol


def _table(protocol: str, title: str, metrics: Mapping[str, Mapping[str, Any]]) -> MetricsTable:
    models = [name for name in MODELS if name in metrics]
    models += sorted(metrics.keys() - set(MODELS))
    known = {name for values in metrics.values() for name in values}
    names = tuple(name for name in (*METRICS, *THEME_METRICS) if name in known)
    rows = tuple(
        Row(
            model,
            tuple(
                (
                    metrics[model].get(name),
                    metrics[model].get(f"{name} low"),
                    metrics[model].get(f"{name} high"),
                )
                for name in names
            ),
        )
        for model in models
    )
    served = metrics.get("served", {})
    n_users = int(served.get("users") or served.get("themes") or 0)
    return MetricsTable(protocol, title, names, rows, n_users)
