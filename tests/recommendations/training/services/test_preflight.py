from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils import timezone

from ml.training.stages import BY_NAME
from movies.models import Movie, Rating
from recommendations.training import capacity, jobs
from recommendations.training.models import ModelRun, StageRun
from recommendations.training.services.preflight import preflight
from recommendations.training.services.runs import run_start
from recommendations.training.workspaces import workspace_of
from tests import cast
from tests.recommendations.toy import with_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_valkey")]


@pytest.fixture(autouse=True)
def _ratings(db: None) -> None:
    for name in ("bob", "eve"):
        cast.rated(cast.member(name), *((cast.movie(f"{name} {n}"), 4) for n in range(5)))


def has_to_spare(memory_mb: int = 8000, disk_mb: int = 8000) -> None:
    cache.set(capacity.KEY, {"free_memory_mb": memory_mb, "free_disk_mb": disk_mb}, 60)


def earlier_run(
    n_ratings: int = 10, seconds: int = 60, memory_mb: int = 500, **request: Any
) -> ModelRun:
    """Return a finished training, each of whose stages took so long; its products are there."""
    request = {"parameters": {}} | request
    run = run_start(started_by=None, wakes_worker=False, **request)
    stages = jobs.STAGES_OF[run.kind][:-1]
    now = timezone.now()
    run.stages.update(
        status=StageRun.Status.SUCCEEDED,
        n_attempts=1,
        started_at=now - timedelta(seconds=seconds),
        finished_at=now,
        peak_memory_mb=memory_mb,
    )
    ModelRun.objects.filter(pk=run.pk).update(
        status=ModelRun.Status.SUCCEEDED, n_ratings=n_ratings, ratings_read_at=now
    )
    for name in (name for stage in stages for name in BY_NAME[stage].products):
        path = workspace_of(run) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    run.refresh_from_db()
    return run


def test_rows_are_counted():
    found = preflight({})
    assert (found.n_ratings, found.n_users, found.n_movies) == (10, 2, 10)


def test_before_any_run_nothing_is_guessed():
    found = preflight({})
    assert (found.minutes, found.memory_mb, found.refusals) == (None, None, ())


def test_times_and_memory_are_those_of_earlier_runs_scaled_by_ratings():
    earlier_run(n_ratings=5, seconds=30, memory_mb=400)
    found = preflight({})
    assert found.minutes == 7 * 30 * 2 / 60
    assert found.memory_mb == 800


def test_training_takes_longer_with_more_epochs_and_sampling_does_not():
    earlier_run(seconds=60)
    stages_of_epochs, others = 3, 4
    assert preflight({"epochs": 50}).minutes == stages_of_epochs * 2 + others


def test_a_search_never_takes_longer_than_its_budget():
    assert preflight({}, kind="search", budget={"trials": 3, "minutes": 5}).minutes == 5


def test_what_the_workers_machine_cannot_hold_is_refused_with_the_numbers():
    earlier_run(memory_mb=900)
    has_to_spare(memory_mb=300)
    (refusal,) = preflight({}).refusals
    assert "900 MB of memory" in refusal
    assert "300 MB to spare" in refusal
    with pytest.raises(ValidationError, match="900 MB"):
        run_start(parameters={}, started_by=None)
    assert ModelRun.objects.count() == 1


def test_a_disk_that_holds_less_than_a_run_was_seen_to_leave_is_refused():
    Movie.objects.bulk_create(Movie(title=str(number)) for number in range(1000))
    has_to_spare(disk_mb=20)
    assert any("MB of disk" in refusal for refusal in preflight({}).refusals)
    has_to_spare(disk_mb=30)
    assert not any("MB of disk" in refusal for refusal in preflight({}).refusals)


def test_a_full_disk_is_refused():
    has_to_spare(disk_mb=0)
    (refusal,) = preflight({}).refusals
    assert "MB of disk; 0 MB are free" in refusal


def test_without_ratings_nothing_can_be_learnt():
    Rating.objects.all().delete()
    (refusal,) = preflight({}).refusals
    assert "no ratings" in refusal


def test_a_parameter_out_of_range_is_a_refusal():
    assert preflight({"epochs": 0}).refusals == ("epochs must be at least 1",)


def test_without_a_worker_one_is_told_that_the_run_will_wait():
    assert any("No worker" in note for note in preflight({}).notes)
    has_to_spare()
    assert not any("No worker" in note for note in preflight({}).notes)


def test_a_run_from_a_later_stage_reuses_the_stages_before_it():
    base = earlier_run()
    run = run_start(parameters={}, started_by=None, first_stage="mine", base_run=base)
    reused = [stage.name for stage in run.stages.order_by("position") if stage.is_reused]
    assert reused == ["sample", "embed", "train"]
    assert (run.base_run, run.n_ratings) == (base, 10)


def test_only_the_stages_to_be_done_take_time():
    base = earlier_run(seconds=60)
    assert preflight({}, first_stage="evaluate", base_run=base).minutes == 2


@pytest.mark.parametrize(
    ("parameters", "first_stage", "reason"),
    [
        ({"epochs": 3}, "mine", "stage train of run .* another epochs"),
        ({"seed": 3}, "embed", "stage sample of run .* another seed"),
        ({"genre_share": 0.5}, "evaluate", "stage finetune of run .* another genre_share"),
    ],
)
def test_stages_done_with_other_parameters_are_not_reused(parameters, first_stage, reason):
    base = earlier_run()
    with pytest.raises(ValidationError, match=f"(?i){reason}"):
        run_start(parameters=parameters, started_by=None, first_stage=first_stage, base_run=base)


def test_a_parameter_that_only_later_stages_read_may_change():
    base = earlier_run()
    found = preflight({"genre_share": 0.5}, first_stage="finetune", base_run=base)
    assert found.refusals == ()


def test_products_that_were_cleared_away_are_not_reused():
    base = earlier_run()
    (workspace_of(base) / "interactions.parquet").unlink()
    with pytest.raises(ValidationError, match="cleared away"):
        run_start(parameters={}, started_by=None, first_stage="train", base_run=base)


def test_products_of_ratings_that_have_been_taken_back_are_not_reused():
    base = earlier_run()
    Rating.objects.all()[0].delete()
    with pytest.raises(ValidationError, match="made from other data"):
        run_start(parameters={}, started_by=None, first_stage="train", base_run=base)


def test_ratings_given_since_are_left_out_and_that_is_told():
    base = earlier_run()
    cast.rated(cast.member("new"), (cast.movie("new"), 5))
    found = preflight({}, first_stage="train", base_run=base)
    assert found.refusals == ()
    assert any("1 rating given since" in note for note in found.notes)


def test_an_unfinished_stage_is_not_reused():
    base = earlier_run()
    base.stages.filter(name="train").update(status=StageRun.Status.FAILED)
    with pytest.raises(ValidationError, match="has not finished its stage train"):
        run_start(parameters={}, started_by=None, first_stage="mine", base_run=base)


@pytest.mark.parametrize("stage", ["activate", "train"])
def test_a_later_stage_needs_a_run_to_go_on_from(stage: str):
    with pytest.raises(ValidationError, match="Choose the run"):
        run_start(parameters={}, started_by=None, first_stage=stage)


def test_an_update_needs_a_model_to_go_on_from():
    with pytest.raises(ValidationError, match="no active model"):
        run_start(parameters={}, started_by=None, kind="update")


def test_an_update_needs_something_new():
    base = earlier_run()
    with_version(base)
    with pytest.raises(ValidationError, match="nothing new"):
        run_start(parameters={}, started_by=None, kind="update", base_run=base)
    cast.rated(cast.member("new"), (cast.movie("new"), 5))
    assert run_start(parameters={}, started_by=None, kind="update", base_run=base)


def test_a_worker_tells_what_its_machine_has_to_spare(settings, tmp_path: Path):
    settings.WORKSPACE_DIR = tmp_path / "runs"
    capacity.capacity_tell(5)
    told = capacity.capacity()
    assert told
    assert told.free_memory_mb > 0
    assert told.free_disk_mb > 0


def test_the_stages_of_every_kind_end_where_their_run_does():
    assert jobs.STAGES_OF["training"] == jobs.STAGES
    assert jobs.STAGES_OF["update"][-1] == "activate"
    assert jobs.STAGES_OF["search"][-1] == "search"


def test_a_run_from_mine_may_split_genres_otherwise():
    base = earlier_run()
    changed = {"genre_split": "mean", "genre_negatives": 5}
    run = run_start(parameters=changed, started_by=None, first_stage="mine", base_run=base)
    assert run.parameters["genre_split"] == "mean"
    with pytest.raises(ValidationError, match=r"Stage mine of run .* another genre_split"):
        run_start(parameters=changed, started_by=None, first_stage="finetune", base_run=base)


def updated_run() -> ModelRun:
    """Return a finished update of a finished training."""
    base = with_version(earlier_run(parameters={"dimension": 32}))
    cast.rated(cast.member("new"), (cast.movie("new"), 5))
    update: dict[str, Any] = {
        "kind": "update",
        "base_run": base,
        "parameters": {"update_epochs": 2},
    }
    return earlier_run(n_ratings=11, **update)


def test_an_update_from_evaluate_keeps_the_parameters_of_its_model():
    update = with_version(updated_run())
    cast.rated(cast.member("newer"), (cast.movie("newer"), 5))
    request: dict[str, Any] = {"kind": "update", "base_run": update, "first_stage": "evaluate"}
    with pytest.raises(ValidationError, match=r"Stage update of run .* another update_epochs"):
        run_start(parameters={"update_epochs": 9}, started_by=None, **request)
    run = run_start(parameters=update.parameters, started_by=None, **request)
    assert run.parameters["update_epochs"] == 2


def test_an_update_is_recorded_with_what_its_base_was_made_with():
    update = updated_run()
    assert (update.parameters["dimension"], update.parameters["update_epochs"]) == (32, 2)
