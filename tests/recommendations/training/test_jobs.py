from datetime import timedelta

import pytest
from django.utils import timezone

from common.leases import LeaseLostError
from recommendations.training import jobs
from recommendations.training.models import ModelRun, RunEvent

pytestmark = pytest.mark.django_db

Status = ModelRun.Status


def run_in(status: str, *, lease_seconds: float | None = None) -> ModelRun:
    expires = None if lease_seconds is None else timezone.now() + timedelta(seconds=lease_seconds)
    return ModelRun.objects.create(status=status, lease_holder="w", lease_expires_at=expires)


def claimed(run: ModelRun) -> jobs.RunLease:
    lease = jobs.claim(run.pk)
    assert lease
    return lease


def test_a_queued_run_is_claimed_once():
    run = run_in(Status.QUEUED)
    assert jobs.claim(run.pk)
    assert jobs.claim(run.pk) is None
    run.refresh_from_db()
    assert run.status == Status.RUNNING
    assert run.started_at


def test_a_run_whose_worker_is_alive_is_not_taken_over():
    assert jobs.claim(run_in(Status.RUNNING, lease_seconds=10).pk) is None


@pytest.mark.parametrize("lease_seconds", [-1, 24 * 3600])
def test_a_run_whose_worker_died_is_taken_over_and_that_is_recorded(lease_seconds: float):
    """Also one that died before the clock was set back by a day."""
    run = run_in(Status.RUNNING, lease_seconds=lease_seconds)
    lease = jobs.claim(run.pk)
    assert lease
    run.refresh_from_db()
    assert run.lease_holder == lease.holder
    assert run.lease_expires_at
    assert run.lease_expires_at > timezone.now() + timedelta(seconds=20)
    assert RunEvent.objects.get(run=run).kind == RunEvent.Kind.RESUMED


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED, Status.CANCELLED])
def test_a_run_that_is_over_is_not_claimed(status: str):
    assert jobs.claim(run_in(status).pk) is None


def test_a_second_run_is_not_claimed_while_one_is_in_work():
    run_in(Status.RUNNING, lease_seconds=10)
    waiting = run_in(Status.QUEUED)
    assert jobs.claim(waiting.pk) is None
    waiting.refresh_from_db()
    assert waiting.status == Status.QUEUED


def test_a_lease_taken_over_can_neither_be_renewed_nor_given_back():
    run = run_in(Status.QUEUED)
    lease = claimed(run)
    ModelRun.objects.update(lease_holder="another")
    for act in (lease.renew, lease.is_cancel_requested, lambda: lease.release(error="mine")):
        with pytest.raises(LeaseLostError):
            act()
    run.refresh_from_db()
    assert run.error == ""


def test_a_run_given_back_can_be_claimed_at_once():
    run = run_in(Status.QUEUED)
    claimed(run).release()
    assert jobs.claim(run.pk)


def test_resume_prefers_a_run_whose_worker_died_to_a_queued_one():
    run_in(Status.QUEUED)
    dead = run_in(Status.RUNNING, lease_seconds=-1)
    assert jobs.resume() == dead.pk


def test_resume_leaves_a_living_worker_alone_and_the_queue_waiting():
    run_in(Status.RUNNING, lease_seconds=10)
    run_in(Status.QUEUED)
    assert jobs.resume() is None


def test_resume_takes_the_oldest_of_the_queue():
    first = run_in(Status.QUEUED)
    run_in(Status.QUEUED)
    assert jobs.resume() == first.pk


def test_the_stages_of_a_run_are_those_of_the_pipeline_and_activation():
    from ml.pipeline.stages import STAGES

    assert (*STAGES, "activate") == jobs.STAGES
