import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage

from recommendations.services.activation import version_rollback
from recommendations.serving import registry as serving
from recommendations.serving.registry import active_model
from recommendations.training.models import ModelRun
from recommendations.training.services.activation import run_activate
from tests.recommendations.fakes import ToyModel

pytestmark = pytest.mark.django_db

Train = Callable[[], ModelRun]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let time pass."""
    now = 1000.0

    def advance(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr("recommendations.serving.registry.time.monotonic", lambda: now)
    return advance


def served_run() -> int | None:
    active = active_model()
    return active.version_id if active else None


def damage(run: ModelRun, name: str = "model.safetensors") -> None:
    path = Path(default_storage.path(f"{run.artifact}/{name}"))
    path.write_bytes(path.read_bytes()[:-4])


def test_before_any_model_there_is_none():
    assert active_model() is None


def test_the_active_model_is_loaded_from_the_storage(active: ModelRun):
    found = active_model()
    assert found
    assert found.version_id == active.pk
    assert found.embedding_model_id == active.embedding_model_id
    assert found.model.manifest.tensors_hash == active.artifact_hash


def test_the_same_process_asks_the_database_at_most_every_two_seconds(
    active: ModelRun, clock, django_assert_num_queries
):
    with django_assert_num_queries(1):
        first = active_model()
    clock(1.9)
    with django_assert_num_queries(0):
        assert active_model() is first
    clock(0.2)
    with django_assert_num_queries(1):
        assert active_model() is first


def test_a_newly_activated_model_serves_within_seconds_and_so_does_a_rollback(
    active: ModelRun, trained: Train, clock
):
    assert served_run() == active.pk
    newer = trained()
    run_activate(run=newer, activated_by=None)
    clock(2.1)
    assert served_run() == newer.pk
    version_rollback(rolled_back_by=None)
    clock(2.1)
    assert served_run() == active.pk


@pytest.mark.parametrize("name", ["model.safetensors", "manifest.json"])
def test_instead_of_a_damaged_model_the_one_before_it_serves_and_the_log_says_so(
    active: ModelRun, trained: Train, name: str, caplog: pytest.LogCaptureFixture
):
    newer = trained()
    run_activate(run=newer, activated_by=None)
    damage(newer, name)
    assert served_run() == active.pk
    assert f"The model of run {newer.pk} cannot be served" in caplog.text


def test_a_model_that_loads_but_does_not_score_is_passed_over(
    active: ModelRun, trained: Train, monkeypatch: pytest.MonkeyPatch
):
    newer = trained()
    run_activate(run=newer, activated_by=None)
    served = iter([IndexError("made by other code")])

    def recommend(*_: object, **__: object) -> list[object]:
        if (failure := next(served, None)) is not None:
            raise failure
        return []

    monkeypatch.setattr(ToyModel, "recommend", recommend)
    assert served_run() == active.pk


def test_a_model_that_is_not_in_the_storage_is_passed_over(active: ModelRun):
    shutil.rmtree(default_storage.path(active.artifact))
    assert active_model() is None


def test_a_model_other_than_the_run_recorded_is_refused(active: ModelRun, trained: Train, world):
    world.films["Comedy"][0].delete()
    other = trained()
    assert other.artifact_hash != active.artifact_hash
    for name in ("model.safetensors", "manifest.json"):
        shutil.copy(
            default_storage.path(f"{other.artifact}/{name}"),
            default_storage.path(f"{active.artifact}/{name}"),
        )
    assert active_model() is None


def test_a_repaired_model_serves_after_a_while(active: ModelRun, trained: Train, clock):
    newer = trained()
    run_activate(run=newer, activated_by=None)
    path = Path(default_storage.path(f"{newer.artifact}/model.safetensors"))
    whole = path.read_bytes()
    path.write_bytes(b"")
    assert served_run() == active.pk
    path.write_bytes(whole)
    clock(30)
    assert served_run() == active.pk
    clock(31)
    assert served_run() == newer.pk


def test_a_damaged_local_copy_is_fetched_again(active: ModelRun, caplog: pytest.LogCaptureFixture):
    active_model()
    copy = Path(django_settings.CACHE_DIR) / "models" / active.artifact_hash / "model.safetensors"
    copy.write_bytes(b"damaged")
    serving.forget_active_model()
    with caplog.at_level(logging.WARNING):
        assert served_run() == active.pk
    assert "fetching it again" in caplog.text


def test_an_interrupted_copy_leaves_nothing_that_passes_for_whole(
    active: ModelRun, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("recommendations.serving.registry.shutil.copyfileobj", fail)
    assert active_model() is None
    assert list((Path(django_settings.CACHE_DIR) / "models").iterdir()) == []


def test_a_visitor_is_served_the_present_model_while_another_thread_loads_the_next(
    active: ModelRun, clock
):
    present = active_model()
    clock(2.1)
    holder = serving._holder
    answers = []
    with holder.lock:  # as a thread holds it that loads another model
        visitor = threading.Thread(target=lambda: answers.append(active_model()), daemon=True)
        visitor.start()
        visitor.join(10)
    assert answers == [present]
