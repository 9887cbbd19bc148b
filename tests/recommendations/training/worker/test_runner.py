import errno
import shutil
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connection

from ml.progress import Progress, Reporter
from recommendations.models import Activation
from recommendations.training import jobs
from recommendations.training.models import ModelRun, StageRun
from recommendations.training.services.runs import run_cancel, run_retry, run_start
from recommendations.training.worker import causes, heartbeat, runner
from recommendations.training.worker.runner import Outcome, run_advance
from recommendations.training.workspaces import workspace_of
from tests import cast
from tests.recommendations.fakes import FakeStages
from tests.recommendations.toy import toy_world
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("servers"),
]

Status = ModelRun.Status


@pytest.fixture(autouse=True)
def _quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "TICK_SECONDS", 0.05)


@pytest.fixture
def run(fake_stages: FakeStages) -> ModelRun:
    toy_world(4, 20)
    return run_start(parameters={"seed": 5}, started_by=None, wakes_worker=False)


def finish(run: ModelRun) -> ModelRun:
    while run_advance(run.pk) is Outcome.MORE:
        pass
    run.refresh_from_db()
    return run


def stage_of(run: ModelRun, name: str) -> StageRun:
    return run.stages.get(name=name)


def test_a_run_does_its_stages_in_order_and_is_activated(run: ModelRun, fake_stages: FakeStages):
    finish(run)
    assert fake_stages.calls == list(jobs.STAGES[:-1])
    assert run.status == Status.SUCCEEDED
    assert run.lease_expires_at is None
    assert {stage.status for stage in run.stages.all()} == {StageRun.Status.SUCCEEDED}
    assert Activation.objects.get().version.trained_by == run


def test_each_call_does_one_stage_only(run: ModelRun, fake_stages: FakeStages):
    assert run_advance(run.pk) is Outcome.MORE
    assert fake_stages.calls == ["sample"]
    assert jobs.claim(run.pk), "between two stages any worker may go on"


def test_progress_curve_and_log_of_a_stage_are_kept(run: ModelRun):
    finish(run)
    train = stage_of(run, "train")
    assert (train.n_done, train.n_total, train.unit) == (2, 2, "steps")
    assert train.curve == [[1, {"loss": 0.5}, "train is half done"]]
    assert "train is half done" in train.log
    assert train.summary == {"n_rows": 1}
    assert train.seconds is not None


def test_rate_and_time_to_go_are_those_of_the_count_at_hand(run: ModelRun, fake_stages: FakeStages):
    seen: list[StageRun] = []

    def count_twice(report: Reporter) -> None:
        report(Progress(0, 3, "epochs"))
        time.sleep(0.3)
        report(Progress(3, 3, "epochs"))
        report(Progress(600, 1000, "users"))  # 600 were there already
        time.sleep(0.4)
        report(Progress(800, 1000, "users"))
        time.sleep(0.3)
        seen.append(stage_of(run, "train"))

    fake_stages.before["train"] = count_twice
    finish(run)
    (train,) = seen
    assert (train.n_done, train.n_counted_before) == (800, 600)
    assert train.rate
    assert train.eta_seconds
    assert 100 < train.rate < 500
    assert train.eta_seconds == 200 / train.rate


def test_a_stage_that_raises_fails_the_run_with_the_cause_in_words(
    run: ModelRun, fake_stages: FakeStages
):
    def fail(_: Reporter) -> None:
        raise ValueError("the loss is NaN")

    fake_stages.before["train"] = fail
    finish(run)
    assert run.status == Status.FAILED
    assert run.error == "ValueError: the loss is NaN"
    assert stage_of(run, "train").status == StageRun.Status.FAILED
    assert "Traceback" in stage_of(run, "train").log
    assert stage_of(run, "mine").status == StageRun.Status.WAITING


def test_a_failed_run_is_retried_from_the_stage_that_failed(run: ModelRun, fake_stages: FakeStages):
    def fail(_: Reporter) -> None:
        raise ValueError("no luck")

    fake_stages.before["train"] = fail
    finish(run)
    del fake_stages.before["train"]
    run_retry(run=run, retried_by=None)
    finish(run)
    assert run.status == Status.SUCCEEDED
    assert run.error == ""
    assert fake_stages.calls == ["sample", "embed", "train", *jobs.STAGES[2:-1]]


def test_a_full_disk_is_said_in_words_and_the_run_goes_on_once_there_is_space(
    run: ModelRun, fake_stages: FakeStages
):
    def full(_: Reporter) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    fake_stages.before["train"] = full
    finish(run)
    assert (run.status, run.error) == (Status.FAILED, causes.DISK_FULL)
    assert "No space left on device" in stage_of(run, "train").log
    del fake_stages.before["train"]
    run_retry(run=run, retried_by=None)
    finish(run)
    assert run.status == Status.SUCCEEDED
    assert fake_stages.calls.count("embed") == 1


def test_memory_that_is_too_small_is_said_in_words(run: ModelRun, fake_stages: FakeStages):
    def too_much(_: Reporter) -> None:
        raise MemoryError

    fake_stages.before["train"] = too_much
    assert finish(run).error == causes.OUT_OF_MEMORY


def test_the_memory_of_each_stage_is_measured(run: ModelRun):
    finish(run)
    assert all(stage.peak_memory_mb and stage.peak_memory_mb > 10 for stage in run.stages.all())


class TestReuse:
    @pytest.fixture
    def later(self, run: ModelRun) -> ModelRun:
        """Return a run that reuses the first three stages of a finished one."""
        finish(run)
        return run_start(
            parameters=run.parameters,
            started_by=None,
            first_stage="mine",
            base_run=run,
            wakes_worker=False,
        )

    def test_only_the_later_stages_are_done(
        self, run: ModelRun, later: ModelRun, fake_stages: FakeStages
    ):
        fake_stages.calls.clear()
        finish(later)
        assert later.status == Status.SUCCEEDED, later.error
        assert fake_stages.calls == list(jobs.STAGES[3:-1])
        assert later.artifact == f"models/{later.pk}"
        assert later.ratings_read_at == run.ratings_read_at
        assert later.embedding_model == run.embedding_model

    def test_products_are_shared_and_neither_run_can_change_the_others(
        self, run: ModelRun, later: ModelRun
    ):
        finish(later)
        ours, theirs = workspace_of(later), workspace_of(run)
        assert (ours / "ratings.parquet").samefile(theirs / "ratings.parquet")
        assert not (ours / "metrics.json").exists() or not (ours / "metrics.json").samefile(
            theirs / "metrics.json"
        )

    def test_products_cleared_away_meanwhile_are_made_again(
        self, run: ModelRun, later: ModelRun, fake_stages: FakeStages
    ):
        shutil.rmtree(workspace_of(run))
        fake_stages.calls.clear()
        finish(later)
        assert later.status == Status.SUCCEEDED, later.error
        assert fake_stages.calls == list(jobs.STAGES[:-1])

    def test_the_folder_of_a_run_that_another_waits_to_reuse_is_kept(
        self, run: ModelRun, later: ModelRun
    ):
        for _ in range(4):
            finish(run_start(parameters={}, started_by=None, wakes_worker=False))
        assert workspace_of(run).exists()


def test_an_update_brings_the_model_that_is_active_when_it_begins(
    run: ModelRun, fake_stages: FakeStages
):
    finish(run)
    cast.rated(cast.member(), (cast.movie("New", 1999, "Comedy"), 5))
    update = run_start(
        parameters={}, started_by=None, kind="update", base_run=run, wakes_worker=False
    )
    newer = run_start(parameters={}, started_by=None, wakes_worker=False)
    assert finish(newer).error == ""
    assert Activation.objects.filter(withdrawn_at=None)[0].version.trained_by == newer
    run_advance(update.pk)
    update.refresh_from_db()
    assert update.base_run == newer
    brought = workspace_of(update) / "base" / "manifest.json"
    assert brought.read_bytes() == (workspace_of(newer) / "model" / "manifest.json").read_bytes()


def test_a_run_in_work_stops_at_the_next_report_when_cancelled(
    run: ModelRun, fake_stages: FakeStages
):
    def be_cancelled(report: Reporter) -> None:
        run_cancel(run=run, cancelled_by=None)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            report(Progress(1, 2, "steps"))
            time.sleep(0.01)
        pytest.fail("nobody stopped the stage")

    fake_stages.before["train"] = be_cancelled
    finish(run)
    assert run.status == Status.CANCELLED
    assert stage_of(run, "train").status == StageRun.Status.CANCELLED
    assert "mine" not in fake_stages.calls


def test_a_worker_that_lost_its_lease_stores_nothing_more(run: ModelRun, fake_stages: FakeStages):
    def lose(_: Reporter) -> None:
        ModelRun.objects.update(lease_holder="another worker")

    fake_stages.before["embed"] = lose
    run_advance(run.pk)
    assert run_advance(run.pk) is Outcome.BUSY
    run.refresh_from_db()
    assert run.status == Status.RUNNING
    assert run.lease_holder == "another worker"
    assert run.embedding_model is None


def test_the_lease_is_renewed_while_a_stage_is_silent(
    run: ModelRun, fake_stages: FakeStages, settings
):
    settings.RUN_LEASE_SECONDS = 0.3

    def be_silent(_: Reporter) -> None:
        time.sleep(1)
        assert jobs.claim(run.pk) is None

    fake_stages.before["sample"] = be_silent
    assert run_advance(run.pk) is Outcome.MORE


def test_a_stage_that_keeps_killing_its_worker_fails_the_run(run: ModelRun):
    run.stages.filter(name="sample").update(n_attempts=runner.MAX_ATTEMPTS)
    assert run_advance(run.pk) is Outcome.OVER
    run.refresh_from_db()
    assert run.status == Status.FAILED
    assert "memory" in run.error


@pytest.mark.parametrize("error", [KeyboardInterrupt, OperationalError])
def test_an_interrupted_stage_is_left_for_the_next_worker(
    run: ModelRun, fake_stages: FakeStages, error: type[BaseException]
):
    def interrupt(_: Reporter) -> None:
        raise error

    fake_stages.before["sample"] = interrupt
    with pytest.raises(error):
        run_advance(run.pk)
    sample = stage_of(run, "sample")
    assert (sample.status, sample.n_attempts) == (StageRun.Status.WAITING, 0)
    fake_stages.before.clear()
    assert run_advance(run.pk) is Outcome.MORE


def test_a_stage_that_a_deploy_kills_has_not_failed_an_attempt(
    run: ModelRun, fake_stages: FakeStages, monkeypatch: pytest.MonkeyPatch
):
    attempts = []

    def be_told_to_stop(_: Reporter) -> None:
        attempts.append(stage_of(run, "sample").n_attempts)
        monkeypatch.setattr(heartbeat, "is_stopping", lambda: True)
        wait_until(lambda: stage_of(run, "sample").n_attempts == 0)
        attempts.append(0)

    fake_stages.before["sample"] = be_told_to_stop
    assert run_advance(run.pk) is Outcome.MORE
    assert attempts == [1, 0]
    # The stage came to its end in time: it was not taken over from an earlier run.
    sample = stage_of(run, "sample")
    assert (sample.n_attempts, sample.is_reused) == (1, False)


def test_a_run_whose_folder_is_gone_starts_over(run: ModelRun, fake_stages: FakeStages):
    run_advance(run.pk)
    run_advance(run.pk)
    shutil.rmtree(Path(django_settings.WORKSPACE_DIR) / str(run.pk))
    run_advance(run.pk)
    assert fake_stages.calls == ["sample", "embed", "sample"]


def test_runs_share_the_texts_that_are_embedded_already(run: ModelRun):
    for _ in range(2):  # a worker may die between the two
        assert run_advance(run.pk) is Outcome.MORE
        run.stages.update(status=StageRun.Status.WAITING)
    cache = Path(django_settings.WORKSPACE_DIR) / str(run.pk) / "text_embeddings"
    cache.unlink()
    cache.symlink_to("/no/such/folder")  # the project's folder had another name
    assert run_advance(run.pk) is Outcome.MORE
    assert cache.resolve() == Path(django_settings.CACHE_DIR) / "text_embeddings"
    assert cache.is_dir()


def test_old_folders_are_cleared_when_a_run_ends(run: ModelRun):
    root = Path(django_settings.WORKSPACE_DIR)
    for name in ("9998", "notes"):
        (root / name).mkdir(parents=True)
    finish(run)
    assert sorted(path.name for path in root.iterdir()) == sorted([str(run.pk), "notes"])


def test_a_heartbeat_survives_a_database_that_is_away_for_a_moment(
    run: ModelRun, fake_stages: FakeStages, monkeypatch: pytest.MonkeyPatch
):
    real = jobs.RunLease.is_cancel_requested
    failures = iter([OperationalError("gone"), OperationalError("gone")])

    def flaky(lease: jobs.RunLease) -> bool:
        if threading.current_thread().name == "heartbeat" and (failure := next(failures, None)):
            connection.close()
            raise failure
        return real(lease)

    monkeypatch.setattr(jobs.RunLease, "is_cancel_requested", flaky)
    fake_stages.before["sample"] = lambda _: time.sleep(0.4)
    assert run_advance(run.pk) is Outcome.MORE
    assert next(failures, None) is None


def test_what_json_cannot_hold_is_null_and_stops_no_run(run: ModelRun, fake_stages: FakeStages):
    def report_nan(report: Reporter) -> None:
        report(Progress(1, 2, "steps", "a\0b", {"loss": float("nan")}))

    fake_stages.before["train"] = report_nan
    fake_stages.metrics = {
        "served": {"ndcg@10": 0.3, "mrr": float("nan")},
        "popularity": {"ndcg@10": 0.1},
    }
    finish(run)
    assert run.status == Status.SUCCEEDED
    assert run.metrics["served"] == {"ndcg@10": 0.3, "mrr": None}
    train = stage_of(run, "train")
    assert train.curve[0][:2] == [1, {"loss": None}]
    assert "ab" in train.log


def test_a_report_that_cannot_be_written_does_not_end_the_lease(
    run: ModelRun, fake_stages: FakeStages
):
    def report_nonsense(report: Reporter) -> None:
        report(Progress(-1, 2, "steps"))
        time.sleep(0.2)
        report(Progress(1, 2, "steps"))

    fake_stages.before["train"] = report_nonsense
    assert finish(run).status == Status.SUCCEEDED
