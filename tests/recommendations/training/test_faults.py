"""Real workers that are killed, held and cancelled."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import psutil
import pytest
from celery import current_app
from django.db.models.functions import Now

from recommendations.models import Activation
from recommendations.training import jobs
from recommendations.training.models import ModelRun, RunEvent, StageRun
from recommendations.training.services.runs import run_cancel, run_start
from recommendations.webhooks.models import WebhookDelivery, WebhookEvent
from recommendations.webhooks.services import SIGNATURE_HEADER, signature, webhook_create
from tests.recommendations.held import FOLDER_VARIABLE
from tests.recommendations.toy import toy_world
from tests.recommendations.webhooks.receiver import receiving
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.timeout(900),  # several workers start in each, which takes long on a busy machine
    pytest.mark.django_db(transaction=True),
]

LEASE_SECONDS = 2
Worker = Callable[[], AbstractContextManager[subprocess.Popen[bytes]]]


@pytest.fixture
def hold(tmp_path: Path) -> Path:
    """Return a folder; a file in it named after a stage holds the worker in that stage."""
    folder = tmp_path / "hold"
    folder.mkdir()
    return folder


@pytest.fixture
def worker(celery_worker_factory, hold: Path, settings) -> Worker:
    settings.RUN_LEASE_SECONDS = LEASE_SECONDS
    env = {
        "DJANGO_SETTINGS_MODULE": "held_settings",
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "MARQUEE_RUN_LEASE_SECONDS": str(LEASE_SECONDS),
        FOLDER_VARIABLE: str(hold),
        **{
            variable: str(getattr(settings, name))
            for variable, name in (
                ("MEDIA_ROOT", "MEDIA_ROOT"),
                ("MARQUEE_WORKSPACE_DIR", "WORKSPACE_DIR"),
                ("MARQUEE_CACHE_DIR", "CACHE_DIR"),
            )
        },
    }
    return lambda: celery_worker_factory(env=env)


def wait_until_over(run: ModelRun) -> ModelRun:
    wait_until(lambda: ModelRun.objects.get(pk=run.pk).is_over)
    run.refresh_from_db()
    return run


def test_a_worker_killed_in_each_stage_costs_that_stage_at_most(worker: Worker, hold: Path):
    toy_world()
    run = run_start(parameters={}, started_by=None)
    finished_at: dict[str, datetime | None] = {}
    for stage in jobs.STAGES:
        (hold / stage).touch()
        with worker() as process:
            wait_until((hold / f"{stage} is held").exists)
            os.killpg(process.pid, signal.SIGKILL)
        (hold / stage).unlink()
        done = run.stages.filter(status=StageRun.Status.SUCCEEDED)
        times = dict(done.values_list("name", "finished_at"))
        assert finished_at.items() <= times.items(), "a finished stage was done again"
        assert stage not in times
        finished_at = times
        # The kernel kills at once, the lease runs out later.
        time.sleep(LEASE_SECONDS)
    with worker():
        assert wait_until_over(run).status == ModelRun.Status.SUCCEEDED
    assert set(run.stages.values_list("n_attempts", flat=True)) == {2}
    assert run.events.filter(kind=RunEvent.Kind.RESUMED).count() == len(jobs.STAGES)
    assert Activation.objects.get().version.trained_by == run


def test_a_pool_process_killed_for_memory_is_replaced_and_the_run_goes_on(
    worker: Worker, hold: Path
):
    toy_world()
    (hold / "train").touch()
    with worker() as process:
        run = run_start(parameters={}, started_by=None)
        wait_until((hold / "train is held").exists)
        (child,) = psutil.Process(process.pid).children()
        child.kill()
        (hold / "train").unlink()
        assert wait_until_over(run).status == ModelRun.Status.SUCCEEDED
        assert process.poll() is None
    assert run.stages.get(name="train").n_attempts == 2


def test_a_worker_killed_in_a_search_costs_the_trial_at_hand(worker: Worker, hold: Path):
    toy_world()
    run = run_start(
        parameters={}, started_by=None, kind="search", budget={"trials": 3, "minutes": 60}
    )
    (hold / "trial 2").touch()
    with worker() as process:
        wait_until((hold / "trial 2 is held").exists)
        os.killpg(process.pid, signal.SIGKILL)
    (hold / "trial 2").unlink()
    first = run.trials.get(number=1)
    assert first.value
    time.sleep(LEASE_SECONDS)
    with worker():
        assert wait_until_over(run).status == ModelRun.Status.SUCCEEDED
    trials = list(run.trials.order_by("number"))
    assert [trial.number for trial in trials] == [1, 2, 3]
    assert trials[0] == first
    assert all(trial.value for trial in trials)


def test_of_two_runs_started_at_once_one_waits_and_then_runs(worker: Worker, hold: Path):
    toy_world()
    (hold / "train").touch()
    with worker():
        first, second = (run_start(parameters={"seed": n}, started_by=None) for n in (1, 2))
        wait_until((hold / "train is held").exists)
        statuses = ModelRun.objects.order_by("id").values_list("status", flat=True)
        assert list(statuses) == [ModelRun.Status.RUNNING, ModelRun.Status.QUEUED]
        (hold / "train").unlink()
        for run in (first, second):
            assert wait_until_over(run).status == ModelRun.Status.SUCCEEDED
    assert first.finished_at
    assert second.started_at
    assert first.finished_at <= second.started_at


def test_a_run_in_work_is_cancelled_within_seconds_and_the_next_one_starts(
    worker: Worker, hold: Path
):
    toy_world()
    (hold / "train").touch()
    with worker():
        first, second = (run_start(parameters={"seed": n}, started_by=None) for n in (1, 2))
        wait_until((hold / "train is held").exists)
        run_cancel(run=first, cancelled_by=None)
        wait_until(lambda: ModelRun.objects.get(pk=first.pk).is_over, seconds=30)
        (hold / "train").unlink()
        assert wait_until_over(second).status == ModelRun.Status.SUCCEEDED
    first.refresh_from_db()
    assert first.status == ModelRun.Status.CANCELLED
    assert first.stages.get(name="train").status == StageRun.Status.CANCELLED


def test_a_run_started_while_the_broker_is_down_waits_and_is_picked_up_later(
    worker: Worker, site_environment: dict[str, str], tmp_path: Path
):
    toy_world()
    program = """
import django
django.setup()
from recommendations.training.services.runs import run_start
run_start(parameters={}, started_by=None)
"""
    nowhere = {"REDIS_URL": f"unix://{tmp_path}/nobody.sock?db=0"}
    subprocess.run(
        [sys.executable, "-c", program], env=site_environment | nowhere, check=True, timeout=60
    )
    run = ModelRun.objects.get()
    assert (run.status, run.note) == (ModelRun.Status.QUEUED, jobs.BROKER_UNREACHABLE)
    with worker():
        assert wait_until_over(run).status == ModelRun.Status.SUCCEEDED


def test_a_receiver_that_fails_twice_is_told_of_the_run_and_of_its_activation(worker: Worker):
    toy_world()
    with receiving() as receiver:
        receiver.answers = [500, 503, 204]
        hook = webhook_create(url=receiver.url, events=list(WebhookEvent), created_by=None)
        with worker():
            run = wait_until_over(run_start(parameters={}, started_by=None))
            waiting = WebhookDelivery.objects.filter(status="waiting")
            wait_until(lambda: waiting.filter(n_attempts=1).count() == 2)
            waiting.update(next_attempt_at=Now())  # as if half a minute were over
            current_app.send_task("recommendations.wake_deliveries")
            wait_until(lambda: not waiting.exists())
    told = [(headers["Marquee-Event"], json.loads(body)) for headers, body in receiver.requests]
    assert {event for event, _body in told} == {"version.activated", "run.finished"}
    assert {body["data"]["run"] for _event, body in told} == {run.pk}
    assert sum(WebhookDelivery.objects.values_list("n_attempts", flat=True)) == 4
    for headers, body in receiver.requests:
        timestamp = int(headers[SIGNATURE_HEADER].split(",")[0].removeprefix("t="))
        assert headers[SIGNATURE_HEADER] == signature(hook.secret, timestamp, body.decode())
