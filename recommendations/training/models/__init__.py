"""Models of training: one file per subject."""

from recommendations.training.models.runs import (
    ModelRun,
    RunEvent,
    RunTrial,
    StageRun,
    StageShard,
)
from recommendations.training.models.schedules import THE_ONE, RetrainSchedule

__all__ = [
    "THE_ONE",
    "ModelRun",
    "RetrainSchedule",
    "RunEvent",
    "RunTrial",
    "StageRun",
    "StageShard",
]
