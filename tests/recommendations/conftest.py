from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from ml.progress import Progress
from recommendations.serving import registry as serving
from recommendations.training import jobs
from recommendations.training.models import ModelRun
from recommendations.training.services.activation import run_activate
from recommendations.training.worker import stages
from tests.recommendations.fakes import FakeStages, ToyModel
from tests.recommendations.toy import ToyWorld, toy_world


@pytest.fixture(autouse=True)
def _own_folders(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.WORKSPACE_DIR = tmp_path / "runs"
    settings.CACHE_DIR = tmp_path / "cache"


@pytest.fixture(autouse=True)
def _new_process() -> None:
    serving.forget_active_model()


@pytest.fixture
def fake_stages(monkeypatch: pytest.MonkeyPatch) -> FakeStages:
    """Stands in for the machine learning where a test is about what happens around it."""
    fake = FakeStages()
    monkeypatch.setattr(stages, "run_stage", fake)
    return fake


@pytest.fixture
def world(db: None) -> ToyWorld:
    return toy_world()


@pytest.fixture
def trained(fake_stages: FakeStages, monkeypatch: pytest.MonkeyPatch) -> Callable[[], ModelRun]:
    """Make a finished run of the films and ratings there are; it is not yet active."""
    monkeypatch.setattr(serving, "ServedModel", ToyModel)

    def train() -> ModelRun:
        run = ModelRun.objects.create(
            status=ModelRun.Status.SUCCEEDED, parameters={"embeddings": fake_stages.embedding_model}
        )
        for name in jobs.STAGES[:-1]:
            stages.execute_stage(run, name, _Heartbeat())
        run.refresh_from_db()
        return run

    return train


@pytest.fixture
def active(world: ToyWorld, trained: Callable[[], ModelRun]) -> ModelRun:
    """Return the run whose model serves the toy world."""
    run = trained()
    run_activate(run=run, activated_by=None)
    serving.forget_active_model()  # films that were added before may have had a model looked for
    return run


class _Heartbeat:
    """Reports to nobody; nobody else wants the run."""

    def __call__(self, progress: Progress) -> None:
        pass

    def check(self) -> None:
        pass
