from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from recommendations.experiments.models import (
    DailyListTotal,
    DailyPositionTotal,
    ImpressionList,
    Reaction,
)
from recommendations.experiments.selectors import online_numbers, split_comparison
from recommendations.experiments.services.split import split_end
from recommendations.experiments.services.totals import totals_keep
from recommendations.models import ModelVersion, TrafficSplit
from tests import cast
from tests.recommendations.toy import finished_version

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
SHOWN = NOW - timedelta(hours=1)
SINCE = date(2026, 1, 1)


@pytest.fixture
def run() -> ModelVersion:
    return finished_version()


@pytest.fixture
def ada() -> User:
    return cast.member("ada")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def shown(
    user: User, run: ModelVersion | None, *reactions: tuple[str, int, int | None], **fields: Any
):
    values: dict[str, Any] = {"surface": "home", "movie_ids": [5, 6, 7], "shown_at": SHOWN}
    listed = ImpressionList.objects.create(user=user, version=run, **values | fields)
    for kind, position, half_stars in reactions:
        Reaction.objects.create(
            shown=listed, kind=kind, position=position, half_stars=half_stars, reacted_at=NOW
        )
    return listed


def some_lists(user: User, run: ModelVersion) -> None:
    """Three lists of one version on two days, and one without a model."""
    shown(user, run, ("click", 1, None), ("rating", 1, 8), ("rating", 3, 10))
    shown(user, run, ("rating", 2, 4), movie_ids=[5, 6])
    shown(user, run, ("hide", 1, None), shown_at=NOW - timedelta(days=30), surface="for-you")
    shown(user, None, ("click", 2, None))


def numbers_by_run(surface: str = "") -> dict[int | None, tuple[Any, ...]]:
    return {
        version.version_id: (
            version.n_lists,
            [day.n_hits for day in version.days],
            [
                (p.position, p.n_shown, p.n_clicks, p.n_ratings, p.n_hides)
                for p in version.positions
            ],
            version.mean_stars.value if version.mean_stars else None,
        )
        for version in online_numbers(SINCE, surface)
    }


def test_impressions_and_reactions_are_counted_by_version_day_and_position(
    ada: User, run: ModelVersion
):
    some_lists(ada, run)
    assert numbers_by_run() == {
        run.pk: (
            3,
            [0, 1],
            [(1, 3, 1, 1, 1), (2, 3, 0, 1, 0), (3, 2, 0, 1, 0)],
            (4 + 5 + 2) / 3,
        ),
        None: (1, [1], [(1, 1, 0, 0, 0), (2, 1, 1, 0, 0), (3, 1, 0, 0, 0)], None),
    }


def test_a_hit_is_a_click_or_a_rating_of_three_stars_and_more(ada: User, run: ModelVersion):
    shown(ada, run, ("rating", 1, 5))
    shown(ada, run, ("rating", 1, 6))
    shown(ada, run, ("click", 1, None), ("click", 2, None))
    shown(ada, run, ("hide", 1, None))
    [version] = online_numbers(SINCE)
    assert version.hit_rate
    assert version.hit_rate.value == 2 / 4


def test_the_surface_can_be_chosen(ada: User, run: ModelVersion):
    some_lists(ada, run)
    assert set(numbers_by_run("for-you")) == {run.pk}
    assert numbers_by_run("api") == {}


def test_the_numbers_cost_the_same_queries_however_many_lists(
    ada: User, run: ModelVersion, django_assert_num_queries
):
    some_lists(ada, run)
    some_lists(ada, run)
    with django_assert_num_queries(6):
        online_numbers(SINCE)


def test_summing_up_changes_no_number(ada: User, run: ModelVersion):
    some_lists(ada, run)
    before = numbers_by_run()
    kept = totals_keep()
    assert (kept.n_days, kept.n_deleted) == (1, 0)
    assert DailyListTotal.objects.count() == 1
    assert DailyPositionTotal.objects.count() == 3
    assert numbers_by_run() == before
    assert totals_keep().n_days == 0


def test_old_lists_are_deleted_and_their_totals_stay(ada: User, run: ModelVersion, settings):
    some_lists(ada, run)
    before = numbers_by_run()
    settings.IMPRESSION_RETENTION_DAYS = 20
    assert totals_keep().n_deleted == 1
    assert ImpressionList.objects.count() == 3
    assert numbers_by_run() == before
    ada.delete()
    assert numbers_by_run()[run.pk][0] == 1  # what is summed up names nobody


def test_nothing_is_deleted_that_is_not_summed_up(ada: User, run: ModelVersion, settings):
    settings.IMPRESSION_RETENTION_DAYS = 0
    shown(ada, run, shown_at=NOW - timedelta(days=1))
    assert totals_keep().n_deleted == 0


def test_the_lists_of_a_running_split_outlive_the_retention(ada: User, run: ModelVersion, settings):
    split = TrafficSplit.objects.create(version_a=run, version_b=finished_version())
    settings.IMPRESSION_RETENTION_DAYS = 20
    shown(ada, run, shown_at=NOW - timedelta(days=30), split=split)
    assert totals_keep().n_deleted == 0
    split_end(split=split, ended_by=None)
    assert totals_keep().n_deleted == 1
    assert split_comparison(split).n_lists_a == 1


def test_two_versions_are_compared_by_people(run: ModelVersion):
    rival = finished_version()
    split = TrafficSplit.objects.create(version_a=run, version_b=rival)
    for number in range(12):
        on_b = number % 2
        user = cast.member(f"member-{number}")
        is_fond = number % 3 == 0 or on_b
        reactions = [("click", 1, None), ("rating", 1, 10 if on_b else 6)] if is_fond else []
        shown(user, rival if on_b else run, *reactions, split=split)
        shown(user, rival if on_b else run, split=split)
    found = split_comparison(split)
    assert (found.n_people_a, found.n_people_b) == (6, 6)
    assert (found.n_lists_a, found.n_lists_b) == (12, 12)
    hit_rate, mean_stars, hides = found.measures
    assert hit_rate.a
    assert hit_rate.b
    assert hit_rate.difference
    assert (hit_rate.a.value, hit_rate.b.value) == (2 / 12, 6 / 12)
    assert hit_rate.difference.value == pytest.approx(4 / 12)
    assert hit_rate.difference.excludes_zero
    assert mean_stars.difference
    assert mean_stars.difference.value == pytest.approx(5 - 3)
    assert hides.difference
    assert hides.difference.value == 0
    assert hides.n_people_needed is None


def test_a_comparison_survives_its_end_unchanged(ada: User, run: ModelVersion):
    split = TrafficSplit.objects.create(version_a=run, version_b=finished_version())
    shown(ada, run, ("click", 1, None), split=split)
    shown(cast.member("bob"), run, split=split)
    before = split_comparison(split)
    split_end(split=split, ended_by=None)
    ImpressionList.objects.all().delete()
    assert split_comparison(TrafficSplit.objects.get()) == before
