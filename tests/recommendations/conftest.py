from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from recommendations.pipelines import stages
from recommendations.services import serving
from tests.recommendations.toy import FakeStages


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
