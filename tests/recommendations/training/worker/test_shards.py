"""The per-user part of a stage by ranges of users: results, leases, failures, real workers."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from common.leases import LeaseLostError
from ml.pipeline import per_user
from ml.progress import Cancelled, Progress
from ml.training.stages import BY_NAME
from recommendations.models import GenreAffinity, UserEmbedding
from recommendations.training.models import ModelRun, StageRun, StageShard
from recommendations.training.services.runs import run_start
from recommendations.training.worker import shards, stages
from recommendations.training.worker.shards import ShardFailedError, shard_advance
from recommendations.training.worker.stages import execute_stage
from recommendations.training.workspaces import workspace_of
from tests.recommendations.fakes import FakeStages
from tests.recommendations.held import FOLDER_VARIABLE
from tests.recommendations.toy import N_USERS, ToyWorld, toy_world
from tests.recommendations.training.test_faults import wait_until_over
from tests.waiting import wait_until

Rows = list[tuple[object, ...]]


class Watcher:
    """Keeps what is reported."""

    def __init__(self) -> None:
        self.seen: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        self.seen.append(progress)

    def check(self) -> None:
        pass


@pytest.fixture
def run(world: ToyWorld, fake_stages: FakeStages, monkeypatch: pytest.MonkeyPatch) -> ModelRun:
    """Return a run in work; other workers are never called."""
    monkeypatch.setattr(shards, "_call_workers", lambda stage: None)
    run = ModelRun.objects.create(
        status=ModelRun.Status.RUNNING, parameters={"embeddings": fake_stages.embedding_model}
    )
    for position, name in enumerate(("sample", "embed", "mine")):
        StageRun.objects.create(run=run, name=name, position=position)
    return run


def stored() -> tuple[Rows, Rows]:
    vectors = UserEmbedding.objects.order_by("user").values_list("user", "content_hash")
    affinities = GenreAffinity.objects.order_by("user", "genre").values_list(
        "user", "genre", "similarity", "median", "label", "interacted"
    )
    return [(user, bytes(digest)) for user, digest in vectors], list(affinities)


def do(run: ModelRun, *names: str) -> Watcher:
    watcher = Watcher()
    for name in names:
        run.refresh_from_db()
        execute_stage(run, name, watcher)
    return watcher


def planned(run: ModelRun, monkeypatch: pytest.MonkeyPatch) -> StageRun:
    """Return the stage embed with its shards made and none of them done."""
    with monkeypatch.context() as patch:
        patch.setattr(stages, "shards_finish", lambda stage, report: None)
        do(run, "sample", "embed")
    return run.stages.get(name="embed")


def test_any_number_of_shards_stores_the_same(run: ModelRun, settings: Settings):
    found = []
    for size in (1, 7, N_USERS - 1):
        settings.USERS_PER_SHARD = size
        UserEmbedding.objects.all().delete()
        do(run, "sample", "embed", "mine")
        assert run.stages.get(name="embed").shards.count() == -(-N_USERS // size)
        found.append(stored())
        for name in ("embed", "mine"):
            workspace = workspace_of(run)
            per_user.write_users(name, workspace, workspace / "whole")
            joined = workspace / BY_NAME[name].per_user
            assert joined.read_bytes() == (workspace / "whole").read_bytes()
    assert len(found[0][0]) == N_USERS
    assert found[0] == found[1] == found[2]


def test_few_users_are_done_at_once(run: ModelRun, settings: Settings):
    settings.USERS_PER_SHARD = N_USERS
    do(run, "sample", "embed")
    assert not StageShard.objects.exists()


def test_progress_adds_up_over_the_shards(run: ModelRun, settings: Settings):
    settings.USERS_PER_SHARD = 10
    watcher = do(run, "sample", "embed")
    done = [entry.done for entry in watcher.seen if entry.unit == "users"]
    assert done == [0, 10, 20, 30]
    assert {entry.total for entry in watcher.seen if entry.unit == "users"} == {N_USERS}


def test_vectors_of_users_who_are_gone_are_removed(run: ModelRun, settings: Settings):
    settings.USERS_PER_SHARD = 7
    do(run, "sample", "embed", "mine")
    leaver = run.embedding_model and UserEmbedding.objects.order_by("user").last()
    assert leaver is not None
    leaver.user.ratings.all().delete()
    again = ModelRun.objects.create(status=ModelRun.Status.QUEUED, parameters=run.parameters)
    ModelRun.objects.filter(pk=run.pk).update(status=ModelRun.Status.SUCCEEDED)
    ModelRun.objects.filter(pk=again.pk).update(status=ModelRun.Status.RUNNING)
    for position, name in enumerate(("sample", "embed", "mine")):
        StageRun.objects.create(run=again, name=name, position=position)
    do(again, "sample", "embed", "mine")
    assert not UserEmbedding.objects.filter(user=leaver.user).exists()
    assert not GenreAffinity.objects.filter(user=leaver.user).exists()


def test_a_shard_that_fails_fails_the_stage_with_its_cause(
    run: ModelRun, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.USERS_PER_SHARD = 10

    def fail(*_: object) -> None:
        raise RuntimeError("the film vectors are damaged")

    write_users = per_user.write_users
    monkeypatch.setattr(per_user, "write_users", fail)
    with pytest.raises(ShardFailedError, match="the film vectors are damaged"):
        do(run, "sample", "embed")
    monkeypatch.setattr(per_user, "write_users", write_users)
    do(run, "embed")
    assert UserEmbedding.objects.count() == N_USERS


def test_a_second_attempt_keeps_the_shards_that_are_done(
    run: ModelRun, settings: Settings, fake_stages: FakeStages, monkeypatch: pytest.MonkeyPatch
):
    settings.USERS_PER_SHARD = 10
    stage = planned(run, monkeypatch)
    assert shard_advance(stage.pk)
    done = stage.shards.get(status=StageShard.Status.SUCCEEDED)
    do(run, "embed")
    assert fake_stages.calls == ["sample", "embed"]
    assert StageShard.objects.get(pk=done.pk).n_attempts == 1
    assert UserEmbedding.objects.count() == N_USERS


def test_a_part_that_is_gone_is_made_again(
    run: ModelRun, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.USERS_PER_SHARD = 10
    stage = planned(run, monkeypatch)
    shard_advance(stage.pk)
    for part in (workspace_of(run) / "parts").iterdir():
        part.unlink()
    do(run, "embed")
    assert (workspace_of(run) / per_user.USER_EMBEDDINGS_FILE).exists()


def test_a_run_that_shall_stop_begins_no_shard(
    run: ModelRun, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.USERS_PER_SHARD = 10
    stage = planned(run, monkeypatch)
    ModelRun.objects.filter(pk=run.pk).update(cancel_requested=True)
    assert not shard_advance(stage.pk)


def test_cancelling_costs_no_shard_that_is_done(
    run: ModelRun, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.USERS_PER_SHARD = 10
    stage = planned(run, monkeypatch)

    class Canceller(Watcher):
        def check(self) -> None:
            if self.seen[-1].done >= 20:
                raise Cancelled

    with pytest.raises(Cancelled):
        execute_stage(run, "embed", Canceller())
    assert stage.shards.filter(status=StageShard.Status.SUCCEEDED).count() == 2


def test_a_silent_workers_shard_is_claimed_and_a_working_ones_is_not(
    run: ModelRun, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.USERS_PER_SHARD = N_USERS - 1
    stage = planned(run, monkeypatch)
    now = timezone.now()
    stage.shards.update(status=StageShard.Status.RUNNING, lease_holder="somebody")
    stage.shards.update(lease_expires_at=now + timedelta(minutes=1))
    assert not shard_advance(stage.pk)
    stage.shards.filter(number=0).update(lease_expires_at=now - timedelta(seconds=1))
    assert shard_advance(stage.pk)
    assert not shard_advance(stage.pk)


def test_a_shard_whose_workers_die_each_time_fails(
    run: ModelRun, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.USERS_PER_SHARD = 10
    stage = planned(run, monkeypatch)
    stage.shards.filter(number=1).update(n_attempts=shards.MAX_ATTEMPTS)
    while shard_advance(stage.pk):
        pass
    with pytest.raises(ShardFailedError, match="Shard 1 was begun 3 times"):
        shards._is_open(stage, Watcher())


def test_a_worker_whose_shard_was_taken_over_stores_nothing(
    run: ModelRun, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.USERS_PER_SHARD = 10
    stage = planned(run, monkeypatch)
    claimed = shards._claim(stage.pk)
    assert claimed is not None
    shard, lease = claimed
    StageShard.objects.filter(pk=shard.pk).update(lease_holder="somebody else")
    with pytest.raises(LeaseLostError):
        shards._make(shard, lease)
    assert not UserEmbedding.objects.exists()


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_two_workers_share_and_one_that_is_killed_costs_a_shard(
    celery_worker_factory, tmp_path: Path, settings: Settings
):
    settings.RUN_LEASE_SECONDS = 2
    hold = tmp_path / "hold"
    hold.mkdir()
    folders = {"MEDIA_ROOT": "MEDIA_ROOT", "MARQUEE_WORKSPACE_DIR": "WORKSPACE_DIR"}
    env = {
        "DJANGO_SETTINGS_MODULE": "held_settings",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "MARQUEE_RUN_LEASE_SECONDS": "2",
        "MARQUEE_USERS_PER_SHARD": "5",
        "MARQUEE_CACHE_DIR": str(settings.CACHE_DIR),
        FOLDER_VARIABLE: str(hold),
        **{variable: str(getattr(settings, name)) for variable, name in folders.items()},
    }
    toy_world()
    (hold / "shard 0").touch()
    (hold / "shard 1").touch()
    with celery_worker_factory(queues=("ml",), env=env) as first:
        run = run_start(parameters={}, started_by=None)
        wait_until((hold / "shard 0 is held").exists)
        with celery_worker_factory(queues=("ml", "web"), env=env) as second:
            wait_until((hold / "shard 1 is held").exists)
            assert StageShard.objects.filter(status=StageShard.Status.RUNNING).count() == 2
            os.killpg(second.pid, signal.SIGKILL)
            (hold / "shard 0").unlink()
            (hold / "shard 1").unlink()
            run = wait_until_over(run)
        assert first.poll() is None
    assert run.status == ModelRun.Status.SUCCEEDED, run.error
    attempts = {
        shard.number: shard.n_attempts for shard in run.stages.get(name="embed").shards.all()
    }
    assert attempts == {0: 1, 1: 2, 2: 1, 3: 1, 4: 1, 5: 1}
    assert UserEmbedding.objects.count() == N_USERS


def test_a_range_that_a_deploy_kills_has_not_failed_an_attempt(
    transactional_db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    run = ModelRun.objects.create(status=ModelRun.Status.RUNNING)
    stage = StageRun.objects.create(run=run, name="embed", position=0)
    StageShard.objects.create(stage=stage, number=0, first_user_id=0, end_user_id=9, n_users=9)
    settings.RUN_LEASE_SECONDS = 0.3
    monkeypatch.setattr(shards, "is_stopping", lambda: True)

    def make(*_: object) -> None:
        wait_until(lambda: stage.shards.get().n_attempts == 0)
        excused.append(True)

    excused: list[bool] = []
    monkeypatch.setattr(shards, "_make", make)
    assert shard_advance(stage.pk)
    assert excused
