"""The scheduler of periodic tasks over restarts and jumps of the clock."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.beat import event_t
from django.core.cache import cache
from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from recsite import scheduler
from recsite.celery import SCHEDULER_KEY, app, scheduler_age

# The scheduler closes connections that are in a transaction.
pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
NAME = "train again if the schedule says so"
SECONDS = 60


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the tasks that would be sent to the broker."""
    names: list[str] = []
    monkeypatch.setattr(
        scheduler.Scheduler, "apply_entry", lambda _self, entry, **_: names.append(entry.name)
    )
    return names


def started() -> Any:
    """Return the scheduler that the settings name, as beat starts it."""
    service = app.Beat(quiet=True).Service(app=app, scheduler_cls=app.conf.beat_scheduler)
    service.scheduler._finalize.cancel()  # writes to the database when Python ends
    return service.scheduler


def tick_through(clock: Any) -> None:
    """Look as often as the scheduler sends something at each look."""
    while clock.tick() == 0:
        pass


def pass_time(seconds: float) -> None:
    PeriodicTask.objects.update(last_run_at=F("last_run_at") - timedelta(seconds=seconds))


def test_an_interval_goes_on_when_the_scheduler_is_killed_before_its_first_end(sent: list[str]):
    tick_through(started())
    pass_time(SECONDS - 5)
    tick_through(started())
    assert NAME not in sent
    pass_time(5)
    tick_through(started())
    assert sent.count(NAME) == 1


def test_a_killed_scheduler_does_not_send_again_what_it_has_just_sent(sent: list[str]):
    tick_through(started())
    pass_time(SECONDS)
    for _ in range(3):
        tick_through(started())
    assert sent.count(NAME) == 1
    assert PeriodicTask.objects.get(name=NAME).total_run_count == 1


def set_back(clock: Any) -> None:
    """Leave the scheduler as if the clock had been a day ahead when it looked last."""
    clock._looked_at = time.time() + DAY.total_seconds()
    clock._heap = [event_t(at + DAY.total_seconds(), rank, e) for at, rank, e in clock._heap]
    for entry in clock.schedule.values():
        entry.last_run_at = entry.model.last_run_at = timezone.now() + DAY
    PeriodicTask.objects.update(last_run_at=timezone.now() + DAY)


def test_a_running_scheduler_goes_on_when_the_clock_is_set_back(sent: list[str]):
    clock = started()
    tick_through(clock)
    set_back(clock)
    tick_through(clock)
    # Tasks of far hours of the day are read, and their times with them, when the hour comes.
    read = PeriodicTask.objects.filter(name__in=clock.schedule)
    assert NAME in clock.schedule
    assert not read.filter(last_run_at__gt=timezone.now()).exists()
    first = min(at for at, _rank, _entry in clock._heap)
    assert first < time.time() + SECONDS


def test_a_scheduler_that_starts_after_the_clock_was_set_back_goes_on(sent: list[str]):
    set_back(started_and_looked())
    clock = started_and_looked()
    assert min(at for at, _rank, _entry in clock._heap) < time.time() + SECONDS


def started_and_looked() -> Any:
    clock = started()
    tick_through(clock)
    return clock


def test_when_the_clock_is_set_forward_each_task_is_sent_once(sent: list[str]):
    tick_through(started())
    pass_time(2 * DAY.total_seconds())
    clock = started_and_looked()
    tick_through(clock)
    assert sent.count(NAME) == 1
    assert len(sent) == len(set(sent))


def test_without_the_database_a_task_is_sent_all_the_same(
    sent: list[str], monkeypatch: pytest.MonkeyPatch
):
    clock = started_and_looked()
    pass_time(SECONDS)
    clock = started()

    def away(*_: Any, **__: Any) -> int:
        raise DatabaseError("away")

    monkeypatch.setattr("django.db.models.query.QuerySet.update", away)
    monkeypatch.setattr(scheduler, "close_old_connections", lambda: None)
    tick_through(clock)
    assert NAME in sent


def test_every_look_is_told_to_the_cache_and_to_the_file_of_the_health_check(
    sent: list[str], fresh_valkey: None, settings: Any, tmp_path: Path
):
    settings.SCHEDULER_FILE = tmp_path / "scheduler"
    assert scheduler_age() is None
    clock = started_and_looked()
    assert settings.SCHEDULER_FILE.exists()
    cache.set(SCHEDULER_KEY, time.time() - 300)
    assert int(scheduler_age() or 0) == 300
    clock._told_at -= 10
    clock.tick()
    assert int(scheduler_age() or 0) < 5


def test_a_look_that_fails_is_not_told(fresh_valkey: None, monkeypatch: pytest.MonkeyPatch):
    clock = started()

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(DatabaseScheduler, "tick", fail)
    with pytest.raises(RuntimeError):
        clock.tick()
    assert scheduler_age() is None
