from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from recommendations.training import jobs
from recommendations.training.models import ModelRun, RunEvent, StageRun
from recommendations.training.services.runs import run_cancel, run_retry, run_start
from tests import cast

pytestmark = pytest.mark.django_db

Status = ModelRun.Status
SEND_TASK = "common.enqueue.current_app.send_task"


@pytest.fixture(autouse=True)
def _a_rating(db: None) -> None:
    cast.rated(cast.member("bob"), (cast.movie(), 4))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of the runs for which a worker was woken."""
    ids: list[int] = []
    monkeypatch.setattr(SEND_TASK, lambda name, args, **_: ids.extend(args))
    return ids


def test_a_run_starts_queued_with_its_parameters_and_all_stages(settings):
    settings.EMBEDDINGS = "lamini"
    ada = cast.member()
    run = run_start(parameters={"seed": 3, "epochs": 2}, started_by=ada)
    assert (run.status, run.seed, run.started_by) == (Status.QUEUED, 3, ada)
    assert run.parameters["epochs"] == 2
    assert run.parameters["embeddings"] == "lamini"
    assert tuple(run.stages.values_list("name", flat=True)) == jobs.STAGES
    event = RunEvent.objects.get()
    assert (event.kind, event.actor) == (RunEvent.Kind.STARTED, ada)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [({"epochs": 0}, "epochs must be at least 1"), ({"colour": 1}, "unknown setting: colour")],
)
def test_a_parameter_that_does_not_hold_is_refused_in_words(
    parameters: dict[str, int], reason: str
):
    with pytest.raises(ValidationError, match=reason):
        run_start(parameters=parameters, started_by=None)
    assert not ModelRun.objects.exists()


def test_a_worker_is_woken_only_when_the_run_is_committed(
    sent: list[int], django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run = run_start(parameters={}, started_by=None)
        assert sent == []
    assert sent == [run.pk]


def test_with_the_broker_down_the_run_waits_and_says_why(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
):
    def refuse(*_: object, **__: object) -> None:
        raise BrokerError

    monkeypatch.setattr(SEND_TASK, refuse)
    with django_capture_on_commit_callbacks(execute=True):
        run = run_start(parameters={}, started_by=None)
    run.refresh_from_db()
    assert run.status == Status.QUEUED
    assert run.note == jobs.BROKER_UNREACHABLE
    assert jobs.claim(run.pk)
    run.refresh_from_db()
    assert run.note == ""


def test_a_queued_run_is_cancelled_at_once_and_the_next_is_woken(
    sent: list[int], django_capture_on_commit_callbacks
):
    first, second = (run_start(parameters={}, started_by=None) for _ in range(2))
    ada = cast.member()
    with django_capture_on_commit_callbacks(execute=True):
        run_cancel(run=first, cancelled_by=ada)
    assert first.status == Status.CANCELLED
    assert first.events.all()[0].actor == ada
    assert sent == [second.pk]


def test_a_run_in_work_is_asked_to_stop():
    run = run_start(parameters={}, started_by=None)
    jobs.claim(run.pk)
    run_cancel(run=run, cancelled_by=None)
    assert (run.status, run.cancel_requested) == (Status.RUNNING, True)


def test_a_run_whose_worker_died_is_cancelled_at_once():
    run = run_start(parameters={}, started_by=None)
    jobs.claim(run.pk)
    ModelRun.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    run.stages.filter(name="sample").update(status=StageRun.Status.RUNNING)
    run_cancel(run=run, cancelled_by=None)
    assert run.status == Status.CANCELLED
    assert run.stages.get(name="sample").status == StageRun.Status.CANCELLED


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED, Status.CANCELLED])
def test_a_run_that_is_over_cannot_be_cancelled(status: str):
    run = ModelRun.objects.create(status=status)
    with pytest.raises(ValidationError, match="over already"):
        run_cancel(run=run, cancelled_by=None)


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING, Status.SUCCEEDED])
def test_only_a_run_that_stopped_can_be_retried(status: str):
    run = ModelRun.objects.create(status=status)
    with pytest.raises(ValidationError, match="can be retried"):
        run_retry(run=run, retried_by=None)


def test_a_retried_run_keeps_its_finished_stages_and_forgets_the_failure():
    run = run_start(parameters={}, started_by=None)
    run.stages.filter(name="sample").update(status=StageRun.Status.SUCCEEDED)
    run.stages.filter(name="embed").update(status=StageRun.Status.FAILED, n_attempts=3)
    ModelRun.objects.update(status=Status.FAILED, error="no luck", cancel_requested=True)
    run_retry(run=run, retried_by=None)
    assert (run.status, run.error, run.cancel_requested) == (Status.QUEUED, "", False)
    stages = dict(run.stages.values_list("name", "status"))
    assert (stages["sample"], stages["embed"]) == ("succeeded", "waiting")
    assert run.stages.get(name="embed").n_attempts == 0
