import time
from collections.abc import Callable

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client

from movies.visitors import Member, Stranger, Visitor
from recommendations.experiments.models import ImpressionList
from recommendations.experiments.services import impressions
from recommendations.experiments.services.split import split_end, split_start
from recommendations.models import Activation, ModelVersion, TrafficSplit
from recommendations.selectors.recommendations import for_visitor
from recommendations.services.activation import version_rollback
from recommendations.serving import registry as serving
from recommendations.serving.assignment import gets_b, model_for, split_of
from recommendations.training.models import ModelRun
from recommendations.training.services.activation import run_activate
from recommendations.training.services.gate import gate
from tests import cast
from tests.recommendations.toy import version_of

pytestmark = pytest.mark.django_db

Train = Callable[[], ModelRun]


@pytest.fixture
def rival(active: ModelRun, trained: Train) -> ModelRun:
    return trained()


@pytest.fixture
def split(active: ModelRun, rival: ModelRun) -> TrafficSplit:
    made = split_start(
        version_a=version_of(active), version_b=version_of(rival), percent_b=50, started_by=None
    )
    serving.forget_active_model()
    return made


def served_to(visitor: Visitor) -> int | None:
    model = model_for(visitor)
    return model.version_id if model else None


def somebody_on(side: str, split: TrafficSplit) -> Member:
    for number in range(100):
        member = Member(cast.member(f"member-{side}-{number}"))
        if gets_b(member.key, split.pk, split.percent_b) == (side == "b"):
            return member
    raise AssertionError


def test_each_visitor_keeps_their_side(split: TrafficSplit):
    a, b = somebody_on("a", split), somebody_on("b", split)
    for _ in range(3):
        assert served_to(a) == split.version_a_id
        assert served_to(b) == split.version_b_id


def test_the_shares_are_those_that_were_asked_for_and_every_split_deals_anew():
    keys = [f"session:{number}" for number in range(5_000)]
    first = [gets_b(key, 1, 20) for key in keys]
    second = [gets_b(key, 2, 20) for key in keys]
    assert sum(first) / len(keys) == pytest.approx(0.2, abs=0.02)
    both = sum(one and two for one, two in zip(first, second, strict=True))
    assert both / len(keys) == pytest.approx(0.04, abs=0.01)


def test_whom_the_site_does_not_know_gets_the_active_model(split: TrafficSplit, active: ModelRun):
    stranger = Stranger(SessionStore())
    assert stranger.key is None
    assert served_to(stranger) == active.pk
    assert split_of(stranger, active.pk) is None


def test_lists_and_impressions_say_which_side_they_are_of(split: TrafficSplit, client: Client):
    b = somebody_on("b", split)
    assert for_visitor(b).model_version == split.version_b_id
    impressions.forget_notes()
    client.force_login(b.user)
    client.get("/for-you/")
    impressions.flush(is_last=True)
    shown = ImpressionList.objects.values_list("version_id", "split_id")
    assert set(shown) == {(split.version_b_id, split.pk)}


def test_both_models_cost_one_query_and_only_every_two_seconds(
    split: TrafficSplit, django_assert_num_queries, monkeypatch: pytest.MonkeyPatch
):
    a, b = somebody_on("a", split), somebody_on("b", split)
    served_to(a)
    later = time.monotonic() + 60
    monkeypatch.setattr("recommendations.serving.registry.time.monotonic", lambda: later)
    with django_assert_num_queries(1):
        served_to(a)
        served_to(b)


def test_other_processes_follow_within_seconds(
    split: TrafficSplit, monkeypatch: pytest.MonkeyPatch
):
    b = somebody_on("b", split)
    now = 1000.0
    monkeypatch.setattr("recommendations.serving.registry.time.monotonic", lambda: now)
    assert served_to(b) == split.version_b_id
    TrafficSplit.objects.all().delete()
    now += 2.1
    assert served_to(b) == split.version_a_id


def test_a_split_of_which_a_model_is_missing_serves_the_active_one(
    split: TrafficSplit, rival: ModelRun, active: ModelRun
):
    ModelVersion.objects.filter(pk=rival.pk).update(artifact="models/gone", artifact_hash="0" * 64)
    serving.forget_active_model()
    assert served_to(somebody_on("b", split)) == active.pk


def test_picking_a_winner_activates_it_and_keeps_the_comparison(
    split: TrafficSplit, rival: ModelRun
):
    eve = cast.member("eve", is_staff=True)
    split_end(split=split, ended_by=eve, winner=version_of(rival))
    assert (split.winner, split.ended_by) == (version_of(rival), eve)
    assert split.result["n_lists_a"] == 0
    newest = Activation.objects.filter(withdrawn_at=None)[0]
    assert (newest.version, newest.activated_by) == (version_of(rival), eve)
    serving.forget_active_model()
    assert serving.active_split() is None


def test_dropping_a_split_changes_nothing_else(split: TrafficSplit, active: ModelRun):
    split_end(split=split, ended_by=None, reason="Enough.")
    assert (split.winner, split.reason) == (None, "Enough.")
    assert Activation.objects.filter(withdrawn_at=None)[0].version.trained_by == active
    with pytest.raises(ValidationError, match="ended already"):
        split_end(split=split, ended_by=None)


@pytest.mark.parametrize("act", ["activate", "roll back"])
def test_activating_or_rolling_back_ends_the_split(
    split: TrafficSplit, trained: Train, act: str, django_capture_on_commit_callbacks
):
    other = trained()
    with django_capture_on_commit_callbacks(execute=act == "activate"):
        run_activate(run=other, activated_by=None)
    if act == "roll back":
        with django_capture_on_commit_callbacks(execute=True):
            version_rollback(rolled_back_by=None)
    split.refresh_from_db()
    assert split.ended_at
    assert split.reason


def test_no_run_ends_a_split_by_itself(split: TrafficSplit, trained: Train):
    verdict = gate(trained())
    assert not verdict.passes
    assert "traffic split is running" in verdict.reason


def test_a_winner_is_one_of_the_two(split: TrafficSplit, trained: Train):
    with pytest.raises(ValidationError, match="one of the two"):
        split_end(split=split, ended_by=None, winner=version_of(trained()))


def test_there_is_one_split_at_a_time(split: TrafficSplit, trained: Train):
    with pytest.raises(ValidationError, match="running already"):
        split_start(
            version_a=split.version_a,
            version_b=version_of(trained()),
            percent_b=50,
            started_by=None,
        )
    with pytest.raises(IntegrityError):
        TrafficSplit.objects.create(version_a=split.version_a, version_b=version_of(trained()))


def test_a_split_needs_two_finished_versions(active: ModelRun):
    unfinished = ModelVersion.objects.create(pk=999)
    for rival, word in ((version_of(active), "two different"), (unfinished, "no finished model")):
        with pytest.raises(ValidationError, match=word):
            split_start(
                version_a=version_of(active), version_b=rival, percent_b=50, started_by=None
            )
