from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from ml.pipeline import search
from ml.progress import Cancelled, Progress, Reporter
from ml.training.config import PipelineConfig
from recommendations.training.models import ModelRun, RunTrial
from recommendations.training.services.runs import run_start, search_adopt
from recommendations.training.worker.runner import Outcome, run_advance
from recommendations.training.worker.search import search_advance
from tests.recommendations.fakes import FakeStages
from tests.recommendations.toy import toy_world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("servers")]

Measure = Callable[[Path, PipelineConfig, Reporter], float]


def closeness(workspace: Path, config: PipelineConfig, report: Reporter) -> float:
    """Best where the dimension is 128 and the branch has 20 epochs."""
    report(Progress(1, 2, "epochs", "training"))
    return 0.3 + config.dimension / 1000 - abs(config.epochs - 20) / 1000


@pytest.fixture
def run(fake_stages: FakeStages) -> ModelRun:
    toy_world(4, 20)
    return run_start(
        parameters={},
        started_by=None,
        kind="search",
        budget={"trials": 4, "minutes": 10},
        wakes_worker=False,
    )


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Callable[[Measure], None]:
    return lambda measure: monkeypatch.setattr(search, "measure", measure)


def advance(run: ModelRun) -> dict[str, object]:
    return search_advance(run, Path(), lambda _: None, lambda: None)


def finish(run: ModelRun) -> ModelRun:
    while run_advance(run.pk) is Outcome.MORE:
        pass
    run.refresh_from_db()
    return run


def test_a_search_tries_its_budget_and_ends_without_a_model(run: ModelRun, measured):
    measured(closeness)
    finish(run)
    assert run.status == ModelRun.Status.SUCCEEDED
    assert [stage.name for stage in run.stages.all()] == ["sample", "embed", "search"]
    trials = list(run.trials.all())
    assert [trial.number for trial in trials] == [1, 2, 3, 4]
    assert all(trial.value and trial.seconds is not None for trial in trials)
    assert not run.can_activate
    best = max(trials, key=lambda trial: trial.value or 0)
    assert run.stages.get(name="search").summary["best_trial"] == best.number


def test_the_first_trial_is_the_parameters_as_they_were_given(run: ModelRun, measured):
    measured(closeness)
    finish(run)
    first = run.trials.get(number=1)
    assert first.parameters == {name: run.parameters[name] for name in search.SPACE}


def test_the_best_parameters_become_a_training(run: ModelRun, measured):
    measured(closeness)
    finish(run)
    best = run.trials.order_by("-value")[0]
    training = search_adopt(run=run, started_by=None)
    assert (training.kind, training.base_run) == ("training", run)
    assert training.parameters == run.parameters | best.parameters


def test_a_search_that_was_cut_off_keeps_its_trials_and_repeats_the_one_at_hand(
    run: ModelRun, measured
):
    calls = []

    def dies_in_the_third(workspace: Path, config: PipelineConfig, report: Reporter) -> float:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return closeness(workspace, config, report)

    measured(dies_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        advance(run)
    before = list(run.trials.filter(status="succeeded").values_list("pk", flat=True))
    assert len(before) == 2
    advance(run)
    assert list(run.trials.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert list(run.trials.values_list("pk", flat=True))[:2] == before
    assert len(calls) == 3 + 2


def test_trials_after_an_interruption_are_those_that_would_have_come_without(
    run: ModelRun, measured
):
    measured(closeness)
    advance(run)
    straight = [trial.parameters for trial in run.trials.all()]
    run.trials.filter(number__gt=2).delete()
    advance(run)
    assert [trial.parameters for trial in run.trials.all()] == straight


def test_a_cancelled_search_keeps_what_it_found(run: ModelRun, measured):
    def cancelled_in_the_second(workspace: Path, config: PipelineConfig, report: Reporter) -> float:
        if run.trials.count() == 2:
            raise Cancelled
        return closeness(workspace, config, report)

    measured(cancelled_in_the_second)
    finish(run)
    assert run.status == ModelRun.Status.CANCELLED
    assert [trial.status for trial in run.trials.all()] == [RunTrial.Status.SUCCEEDED]


def test_a_trial_that_fails_says_why_and_the_search_goes_on(run: ModelRun, measured):
    def fails_once(workspace: Path, config: PipelineConfig, report: Reporter) -> float:
        if run.trials.count() == 2:
            raise ValueError("the loss is NaN")
        return closeness(workspace, config, report)

    measured(fails_once)
    finish(run)
    assert run.status == ModelRun.Status.SUCCEEDED
    failed = run.trials.get(status="failed")
    assert (failed.number, failed.error) == (2, "ValueError: the loss is NaN")


def test_a_search_whose_every_trial_fails_has_failed(run: ModelRun, measured):
    def fail(*_: object) -> float:
        raise ValueError("no luck")

    measured(fail)
    finish(run)
    assert run.status == ModelRun.Status.FAILED
    assert "no luck" in run.error


def test_no_trial_is_begun_after_the_minutes(run: ModelRun, measured):
    measured(closeness)
    now = timezone.now()
    trial = RunTrial.objects.create(
        run=run, number=1, status="succeeded", value=0.1, finished_at=now
    )
    RunTrial.objects.filter(pk=trial.pk).update(started_at=now - timedelta(minutes=11))
    assert advance(run)["n_trials"] == 1
