"""How far the first model is, for pages that have none yet."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from recommendations.training.models import ModelRun

SWITCH_TIME: Final = timedelta(minutes=1)
"""Time after a run in which web processes may not have read its model yet."""


@dataclass(frozen=True)
class TrainingProgress:
    """A model that is being trained."""

    percent: int
    """Share of the stages that are done, 0 to 99."""


def training_progress() -> TrainingProgress | None:
    """Return the progress of the run that is queued, running or just over, None without one.

    Two queries.
    """
    is_open = Q(status__in=[ModelRun.Status.QUEUED, ModelRun.Status.RUNNING])
    is_fresh = Q(status=ModelRun.Status.SUCCEEDED, finished_at__gt=timezone.now() - SWITCH_TIME)
    run = ModelRun.objects.filter(is_open | is_fresh).order_by("pk").first()
    if run is None:
        return None
    stages = [stage.percent for stage in run.stages.all()]
    return TrainingProgress(min(99, round(sum(stages) / len(stages))) if stages else 0)
