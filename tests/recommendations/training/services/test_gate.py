import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from ml.evaluation.evaluator import Evaluation
from ml.evaluation.per_user import FILE, per_user_bytes
from recommendations.services.activation import version_rollback
from recommendations.training.models import ModelRun
from recommendations.training.services.activation import run_activate
from recommendations.training.services.gate import gate
from tests.recommendations.toy import with_version

pytestmark = pytest.mark.django_db

N_USERS = 400
LEVEL = np.random.default_rng(0).random(N_USERS) * 0.6
NOISE = np.random.default_rng(1).normal(size=N_USERS)


def measured(kind: str = "training", earlier: ModelRun | None = None, **ndcg: object) -> ModelRun:
    """Return a finished run whose models reached these values, one a user."""
    columns = {name: np.asarray(values, float) for name, values in ndcg.items()}
    metrics = {name: {"ndcg@10": float(values.mean())} for name, values in columns.items()}
    run = ModelRun.objects.create(
        status="succeeded",
        kind=kind,
        base_run=earlier,
        metrics={"popularity": {"ndcg@10": 0.1}} | metrics,
    )
    with_version(run, f"models/{run.pk}")
    users = np.arange(N_USERS)
    found = {name: Evaluation(users, {"ndcg@10": values}, {}) for name, values in columns.items()}
    default_storage.save(f"{run.artifact}/{FILE}", ContentFile(per_user_bytes(found)))
    return run


@pytest.fixture
def active() -> ModelRun:
    run = measured(served=LEVEL)
    run_activate(run=run, activated_by=None)
    return run


def test_a_loss_surely_within_the_margin_passes(active: ModelRun):
    verdict = gate(measured(served=LEVEL - 0.005 + 0.01 * NOISE))
    assert verdict.passes, verdict.reason
    assert f"over {N_USERS} users" in verdict.reason


def test_a_loss_beyond_the_margin_waits_for_a_person(active: ModelRun):
    verdict = gate(measured(served=LEVEL - 0.02))
    assert not verdict.passes
    assert f"run {active.pk}" in verdict.reason
    assert "-0.0200" in verdict.reason


def test_equal_means_do_not_pass_where_the_users_differ_too_much_to_tell(active: ModelRun):
    noise = NOISE - NOISE.mean()
    verdict = gate(measured(served=LEVEL + 0.3 * noise))
    assert not verdict.passes
    assert "may be as bad as" in verdict.reason


def test_the_margin_is_the_operators(active: ModelRun, settings):
    settings.GATE_MARGIN = 0.2
    assert gate(measured(served=LEVEL - 0.02)).passes


def test_an_update_is_held_against_its_base_in_its_own_measurement(active: ModelRun):
    better = measured("update", active, served=LEVEL + 0.01, base=LEVEL)
    worse = measured("update", active, served=LEVEL - 0.05, base=LEVEL)
    assert gate(better).passes
    assert not gate(worse).passes


def test_an_update_of_a_model_that_serves_no_more_waits_for_a_person(active: ModelRun):
    update = measured("update", active, served=LEVEL + 0.01, base=LEVEL)
    newer = measured(served=LEVEL)
    run_activate(run=newer, activated_by=None)
    verdict = gate(update)
    assert not verdict.passes
    assert f"run {newer.pk} serves by now" in verdict.reason


def test_behind_an_update_the_training_it_goes_back_to_is_compared(active: ModelRun):
    update = measured("update", active, served=LEVEL * 0 + 0.9, base=LEVEL)
    run_activate(run=update, activated_by=None)
    verdict = gate(measured(served=LEVEL))
    assert verdict.passes
    assert f"run {active.pk}" in verdict.reason


def test_many_versions_that_each_lose_a_little_do_not_pass_together(active: ModelRun):
    run_activate(run=measured(served=LEVEL - 0.006), activated_by=None)
    verdict = gate(measured(served=LEVEL - 0.012))
    assert not verdict.passes, "within the margin of the active model, not of the best one so far"
    assert f"run {active.pk}" in verdict.reason


def test_a_champion_that_was_rolled_back_counts_no_more(active: ModelRun):
    better = measured(served=LEVEL + 0.1)
    run_activate(run=better, activated_by=None)
    version_rollback(rolled_back_by=None)
    assert gate(measured(served=LEVEL)).passes


def listening(run: ModelRun, share: float, protocol: str = "theme-5") -> ModelRun:
    run.metrics_by_protocol = {protocol: {"served": {"theme_precision@10": share}}}
    run.save()
    return run


def test_a_model_that_listens_less_by_the_margin_waits_for_a_person(active: ModelRun, settings):
    listening(active, 0.5)
    assert gate(listening(measured(served=LEVEL), 0.46)).passes
    deaf = listening(measured(served=LEVEL + 0.01), 0.44)
    verdict = gate(deaf)
    assert not verdict.passes
    assert "0.440" in verdict.reason
    settings.GATE_THEME_MARGIN = 0.1
    assert gate(deaf).passes


def test_a_model_that_lists_more_of_a_disliked_genre_waits_for_a_person(active: ModelRun):
    listening(active, 0.02, "disliked-10")
    assert gate(listening(measured(served=LEVEL), 0.06, "disliked-10")).passes
    verdict = gate(listening(measured(served=LEVEL + 0.01), 0.9, "disliked-10"))
    assert not verdict.passes
    assert "0.900" in verdict.reason
