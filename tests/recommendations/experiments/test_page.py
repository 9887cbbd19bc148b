from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from recommendations.experiments.models import ImpressionList, Reaction
from recommendations.models import Activation, TrafficSplit
from recommendations.training.models import ModelRun
from tests import cast

pytestmark = pytest.mark.django_db

PAGE, START = "/runs/online/", "/runs/online/split/"


@pytest.fixture
def admin(client: Client) -> User:
    user = cast.member("admin", is_staff=True)
    client.force_login(user)
    return user


@pytest.fixture
def rival(active: ModelRun, trained: Callable[[], ModelRun]) -> ModelRun:
    return trained()


@pytest.fixture
def shown(admin: User, active: ModelRun) -> None:
    for age in (0, 1):
        when = timezone.now() - timedelta(days=age)
        listed = ImpressionList.objects.create(
            user=admin, version=active.version, surface="home", movie_ids=[1, 2], shown_at=when
        )
        Reaction.objects.create(
            shown=listed, kind="rating", position=1, half_stars=9, reacted_at=when
        )


def start(client: Client, a: ModelRun, b: ModelRun, percent: int = 20):
    form = {"version_a": a.pk, "version_b": b.pk, "percent_b": percent}
    return client.post(START, form, follow=True)


def test_members_who_are_not_staff_may_not_look(client: Client):
    assert client.get(PAGE).status_code == 302
    client.force_login(cast.member("ada"))
    assert client.get(PAGE).status_code == 403
    assert client.post(START).status_code == 403


def test_before_anything_was_counted_the_page_says_what_counts(client: Client, admin: User):
    html = client.get(PAGE).content.decode()
    assert "Nothing was counted in this time" in html
    assert '<svg class="curve__plot' not in html


def test_the_page_shows_versions_positions_and_charts(
    client: Client, shown: None, active: ModelRun
):
    html = client.get(PAGE).content.decode()
    assert f'<a href="/runs/{active.pk}/">Run {active.pk}</a>' in html
    assert "Hit rate by day" in html
    assert "Mean rating of recommended films by day" in html
    assert html.count('class="chart__mark"') == 4
    assert "4.50" in html


def test_no_language_puts_a_comma_into_the_chart(client: Client, shown: None):
    with translation.override("de"):
        html = client.get(PAGE, headers={"Accept-Language": "de"}).content.decode()
    assert 'cx="60,0"' not in html
    assert 'cx="60.0"' in html


@pytest.mark.parametrize("query", ["?days=7&surface=home", "?days=nonsense", "?surface=nowhere"])
def test_the_period_and_the_place_can_be_chosen_and_nonsense_is_harmless(
    client: Client, shown: None, query: str
):
    assert client.get(PAGE + query).status_code == 200
    assert "Nothing was counted" in client.get(f"{PAGE}?surface=api").content.decode()


def test_the_page_costs_the_same_queries_however_many_lists(
    client: Client, shown: None, django_assert_max_num_queries
):
    with django_assert_max_num_queries(14):
        client.get(PAGE)


def test_staff_start_a_split_and_see_the_two_compared(
    client: Client, admin: User, active: ModelRun, rival: ModelRun
):
    html = start(client, active, rival).content.decode()
    split = TrafficSplit.objects.get()
    assert (split.version_a, split.version_b, split.percent_b) == (
        active.version,
        rival.version,
        20,
    )
    assert split.started_by == admin
    assert f"Run {rival.pk} serves 20 % of the visitors" in html
    assert "Not enough people yet." in html


def test_a_split_that_cannot_be_is_refused_in_words(
    client: Client, admin: User, active: ModelRun, rival: ModelRun
):
    same = start(client, active, active)
    assert same.status_code == 400
    assert "Choose two different versions." in same.content.decode()
    assert start(client, active, rival, percent=100).status_code == 400
    start(client, active, rival)
    again = start(client, active, rival)
    assert "A traffic split is running already." in again.content.decode()


def test_a_winner_is_picked_after_a_question(
    client: Client, admin: User, active: ModelRun, rival: ModelRun
):
    start(client, active, rival)
    url = f"/runs/online/split/{TrafficSplit.objects.get().pk}/win/{rival.pk}/"
    assert f"serve the model of run {rival.pk}" in client.get(url).content.decode()
    html = client.post(url, follow=True).content.decode()
    assert f"Run {rival.pk} won" in html
    assert Activation.objects.filter(withdrawn_at=None)[0].version.trained_by == rival
    assert "ended already" in client.post(url, follow=True).content.decode()


def test_a_split_is_dropped_after_a_question(
    client: Client, admin: User, active: ModelRun, rival: ModelRun
):
    start(client, active, rival)
    url = f"/runs/online/split/{TrafficSplit.objects.get().pk}/drop/"
    assert "Drop the split" in client.get(url).content.decode()
    assert TrafficSplit.objects.get().ended_at is None
    assert "dropped" in client.post(url, follow=True).content.decode()
    assert Activation.objects.filter(withdrawn_at=None)[0].version.trained_by == active


def test_the_runs_page_leads_here(client: Client, admin: User):
    assert f'href="{PAGE}"' in client.get("/runs/").content.decode()
