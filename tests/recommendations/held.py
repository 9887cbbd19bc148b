"""In a worker: stages that take no time, except the one a test wants to hold."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from celery.signals import task_prerun
from django.apps import AppConfig

from ml.progress import Progress, Reporter

if TYPE_CHECKING:
    from recommendations.training.models import ModelRun
    from recommendations.training.worker.stages import StageReporter

FOLDER_VARIABLE = "MARQUEE_TEST_HOLD"


class HeldConfig(AppConfig):
    """Exchanges the stages in the worker's child before it begins its first task."""

    name = "held"
    path = str(Path(__file__).parent)

    def ready(self) -> None:
        task_prerun.connect(_exchange_stages, weak=False)


def _exchange_stages(**_: object) -> None:
    # By the path that the worker was given; `tests` is also the name of an installed package.
    from fakes import FakeStages  # type: ignore[import-not-found]

    from recommendations.training.worker import shards, stages

    fake = FakeStages()
    activate = stages._activate

    def run_stage(
        name: str, workspace: Path, config: Any, report: Reporter, **options: bool
    ) -> dict[str, Any]:
        _hold(name, report)
        summary: dict[str, Any] = fake(name, workspace, config, report, **options)
        return summary

    def held_activate(run: Any) -> dict[str, Any]:
        _hold("activate", lambda _: None)
        return activate(run)

    make = shards._make

    def held_make(shard: Any, lease: Any) -> None:
        _hold(f"shard {shard.number}", lambda _: None)
        make(shard, lease)
        (Path(os.environ[FOLDER_VARIABLE]) / f"shard {shard.number} by {os.getppid()}").touch()

    shards._make = held_make

    def measure(workspace: Path, config: Any, report: Reporter) -> float:
        from recommendations.training.models import RunTrial

        _hold(f"trial {RunTrial.objects.count()}", report)
        return 0.3 + config.epochs / 1000

    search_stage = stages._search

    def held_search(run: ModelRun, workspace: Path, heartbeat: StageReporter) -> dict[str, Any]:
        from ml.pipeline import search

        search.measure = measure
        return search_stage(run, workspace, heartbeat)

    stages.run_stage = run_stage
    stages._search = held_search
    stages._activate = held_activate


def _hold(name: str, report: Reporter) -> None:
    """Stay in the stage, reporting, as long as the test's file of this name is there."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    n_reports = 0
    while (folder / name).exists():
        (folder / f"{name} is held").touch()
        n_reports += 1
        report(Progress(n_reports, 10**6, "steps", "held"))
        time.sleep(0.05)
