from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from recommendations.training.models import ModelRun, RetrainSchedule
from recommendations.training.services.activation import run_activate
from recommendations.training.services.schedules import (
    retrain_if_due,
    schedule_change,
    schedule_get,
    schedule_state,
)
from tests import cast
from tests.recommendations.toy import finished_run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.enqueue.current_app.send_task", lambda *_, **__: None)


@pytest.fixture
def last() -> ModelRun:
    """Return a training of an hour ago that knows bob's five ratings."""
    cast.rated(cast.member("bob"), *((cast.movie(f"Film {n}"), 4) for n in range(5)))
    then = timezone.now() - timedelta(hours=1)
    run = finished_run(n_ratings=5, parameters={"epochs": 7})
    ModelRun.objects.filter(pk=run.pk).update(created_at=then, ratings_read_at=timezone.now())
    run.refresh_from_db()
    run_activate(run=run, activated_by=None)
    return run


def new_ratings(n: int) -> None:
    cast.rated(cast.member(f"new{n}"), *((cast.movie(f"New {n} {each}"), 5) for each in range(n)))


def outcome() -> str:
    return RetrainSchedule.objects.get().outcome


def test_nothing_happens_before_anybody_has_switched_it_on(last: ModelRun):
    new_ratings(3)
    assert not schedule_get().is_enabled
    assert retrain_if_due() is None
    assert not RetrainSchedule.objects.exists()


def test_a_run_is_started_after_the_hours(last: ModelRun):
    schedule_change(changed_by=None, is_enabled=True, every_hours=2, after_n_ratings=None)
    new_ratings(1)
    assert retrain_if_due() is None
    ModelRun.objects.update(created_at=timezone.now() - timedelta(hours=3))
    run = retrain_if_due()
    assert run
    assert run.started_by is None
    assert run.parameters["epochs"] == 7, "with the active model's parameters"
    assert outcome() == f"Run {run.pk} was started."


def test_a_run_is_started_after_so_many_new_ratings(last: ModelRun):
    schedule_change(changed_by=None, is_enabled=True, every_hours=None, after_n_ratings=3)
    new_ratings(2)
    assert retrain_if_due() is None
    assert outcome() == "2 new ratings: not yet time."
    new_ratings(1)
    assert retrain_if_due()


def test_without_anything_new_no_run_is_started_however_late_it_is(last: ModelRun):
    schedule_change(changed_by=None, is_enabled=True, every_hours=1, after_n_ratings=1)
    ModelRun.objects.update(created_at=timezone.now() - timedelta(days=9))
    assert retrain_if_due() is None
    assert outcome() == "Nothing new: no rating since the last run."


def test_imported_ratings_of_years_ago_are_new_too(last: ModelRun):
    long_ago = timezone.now() - timedelta(days=4000)
    new_ratings(4)
    last.refresh_from_db()
    ModelRun.objects.update(ratings_read_at=timezone.now())
    from movies.models import Rating

    Rating.objects.filter(user__username="new4").update(rated_at=long_ago)
    assert schedule_state().n_new_ratings == 4


def test_a_run_that_is_not_over_is_not_overtaken(last: ModelRun):
    schedule_change(changed_by=None, is_enabled=True, every_hours=None, after_n_ratings=1)
    new_ratings(2)
    assert retrain_if_due()
    new_ratings(5)
    assert retrain_if_due() is None
    assert "not over yet" in outcome()


def test_an_update_goes_on_from_the_active_model(last: ModelRun):
    schedule_change(changed_by=None, is_enabled=True, kind="update", after_n_ratings=1)
    new_ratings(1)
    run = retrain_if_due()
    assert run
    assert (run.kind, run.base_run) == ("update", last)


def test_a_run_that_cannot_start_is_noted(last: ModelRun):
    last.version.activations.update(withdrawn_at=timezone.now())
    schedule_change(changed_by=None, is_enabled=True, kind="update", after_n_ratings=1)
    new_ratings(1)
    assert retrain_if_due() is None
    assert "no active model" in outcome()


@pytest.mark.parametrize(
    "wrong",
    [
        {"every_hours": None, "after_n_ratings": None},
        {"every_hours": 0},
        {"after_n_ratings": 0},
        {"kind": "search"},
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(db: None, wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        schedule_change(changed_by=None, is_enabled=True, **wrong)


def test_there_is_one_schedule(db: None):
    schedule_change(changed_by=None, is_enabled=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        RetrainSchedule.objects.create(pk=2)


def test_the_clock_of_the_workers_looks_for_due_runs(settings):
    tasks = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert "recommendations.retrain_if_due" in tasks
