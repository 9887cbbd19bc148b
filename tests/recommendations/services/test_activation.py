import pytest
from django.core.exceptions import ValidationError

from recommendations.models import Activation
from recommendations.services.activation import version_rollback
from recommendations.training.models import ModelRun, RunEvent
from recommendations.training.services.activation import run_activate
from recommendations.training.services.gate import gate
from tests import cast
from tests.recommendations.toy import finished_run

pytestmark = pytest.mark.django_db


def finished(ndcg: float | None = 0.3, popularity: float | None = 0.2) -> ModelRun:
    metrics = {"served": {"ndcg@10": ndcg}, "popularity": {"ndcg@10": popularity}}
    return finished_run(metrics=metrics)


def active() -> ModelRun:
    return Activation.objects.filter(withdrawn_at=None)[0].version.trained_by


def test_the_first_run_passes_if_it_beats_popularity():
    assert gate(finished(0.3, 0.2)).passes
    assert gate(finished(0.2, 0.2)).passes


def test_a_run_below_popularity_waits_for_a_person_and_says_why():
    verdict = gate(finished(0.15, 0.2))
    assert not verdict.passes
    assert "0.1500 is below 0.2000" in verdict.reason


@pytest.mark.parametrize("metrics", [{}, {"served": {}}, {"served": {"ndcg@10": 0.5}}])
def test_a_run_without_numbers_waits_for_a_person(metrics: dict[str, dict[str, float]]):
    verdict = gate(ModelRun(metrics=metrics))
    assert not verdict.passes
    assert "not measured" in verdict.reason


def test_a_run_may_be_a_little_worse_than_the_active_one_but_no_more():
    run_activate(run=finished(0.3), activated_by=None)
    assert gate(finished(0.2911)).passes
    verdict = gate(finished(0.2909))
    assert not verdict.passes
    assert f"of run {active().pk}." in verdict.reason


def test_activation_is_recorded_with_who_and_why():
    ada, run = cast.member(), finished()
    activation = run_activate(run=run, activated_by=ada, reason="By hand.")
    assert (activation.version_id, activation.activated_by) == (run.pk, ada)
    assert activation.reason == "By hand."
    event = RunEvent.objects.get(run=run)
    assert (event.kind, event.actor) == (RunEvent.Kind.ACTIVATED, ada)


def test_activating_the_active_run_again_changes_nothing():
    run = finished()
    first = run_activate(run=run, activated_by=None)
    assert run_activate(run=run, activated_by=None) == first


def test_a_run_without_a_model_is_not_activated():
    with pytest.raises(ValidationError, match="no finished model"):
        run_activate(run=ModelRun.objects.create(), activated_by=None)


def test_rolling_back_twice_reaches_the_model_before_the_previous_one():
    runs = [finished() for _ in range(3)]
    for run in runs:
        run_activate(run=run, activated_by=None)
    ada = cast.member()
    version_rollback(rolled_back_by=ada)
    assert active() == runs[1]
    version_rollback(rolled_back_by=ada)
    assert active() == runs[0]
    withdrawn = Activation.objects.get(version=runs[2].pk)
    assert withdrawn.withdrawn_by == ada
    assert RunEvent.objects.filter(kind=RunEvent.Kind.ROLLED_BACK).count() == 2


def test_there_is_nothing_before_the_first_model():
    run_activate(run=finished(), activated_by=None)
    with pytest.raises(ValidationError, match="no earlier model"):
        version_rollback(rolled_back_by=None)
