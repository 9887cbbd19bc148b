"""Runs for the people who watch them."""

from django.db.models import Exists, OuterRef, QuerySet

from recommendations.models import Activation, ModelRun
from recommendations.selectors.comparison import RunComparison, runs_compared

__all__ = ["RunComparison", "active_activation", "run_waits_for", "runs_all", "runs_compared"]


def runs_all() -> QuerySet[ModelRun]:
    """Every run with who started it, the latest first; ``was_active``: it has ever served."""
    return ModelRun.objects.select_related("started_by", "embedding_model").annotate(
        was_active=Exists(Activation.objects.filter(run=OuterRef("pk")))
    )


def active_activation() -> Activation | None:
    """The activation in force, with its run and who made it. One query."""
    return (
        Activation.objects.filter(withdrawn_at=None).select_related("run", "activated_by").first()
    )


def run_waits_for(run: ModelRun) -> ModelRun | None:
    """The run in work that a queued one waits for. At most one query."""
    if run.status != ModelRun.Status.QUEUED:
        return None
    return ModelRun.objects.filter(status=ModelRun.Status.RUNNING).first()
