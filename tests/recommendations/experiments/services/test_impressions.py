from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from movies.models import ListKind
from movies.visitors import Visitor
from recommendations.experiments.models import ImpressionList, Reaction
from recommendations.experiments.services import impressions
from recommendations.selectors.recommendations import for_visitor
from recommendations.training.models import ModelRun
from tests import cast
from tests.recommendations.toy import ToyWorld
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db

FOR_YOU, API = "/for-you/", "/api/v1/recommendations/"


@pytest.fixture(autouse=True)
def _nothing_noted() -> Iterator[None]:
    impressions.forget_notes()
    yield
    impressions.forget_notes()


@pytest.fixture
def ada(client: Client) -> User:
    user = cast.member("ada")
    client.force_login(user)
    return user


def written() -> list[ImpressionList]:
    """Return the lists but for those of rails, which stand under the ten."""
    impressions.flush(is_last=True)
    return list(ImpressionList.objects.exclude(surface="rail").order_by("id"))


def reactions() -> list[tuple[str, int, int | None]]:
    impressions.flush(is_last=True)
    return list(Reaction.objects.order_by("id").values_list("kind", "position", "half_stars"))


def shown_to(user: User, *movie_ids: int, age: timedelta = timedelta(0), **fields: Any):
    return ImpressionList.objects.create(
        user=user,
        movie_ids=movie_ids,
        shown_at=timezone.now() - age,
        **{"surface": "for-you"} | fields,
    )


def test_a_list_that_a_member_was_shown_is_one_row_in_order(
    client: Client, active: ModelRun, ada: User
):
    response = client.get(FOR_YOU)
    [shown] = written()
    assert shown.movie_ids == [item.movie.pk for item in response.context["ten"].items]
    assert (shown.version_id, shown.surface) == (active.pk, "for-you")
    assert (shown.user_id, shown.session) == (ada.pk, None)


def test_each_rail_is_a_list_of_its_own(
    client: Client, active: ModelRun, world: ToyWorld, ada: User
):
    cast.rated(ada, *((film, 5) for film in world.films["Comedy"][:3]))
    rails = client.get(FOR_YOU).context["rails"]
    assert rails
    impressions.flush(is_last=True)
    shown = ImpressionList.objects.filter(surface="rail").order_by("id")
    assert [row.movie_ids for row in shown] == [
        [item.movie.pk for item in rail.items] for rail in rails
    ]
    assert {row.version_id for row in shown} == {active.pk}


def test_a_click_in_a_rail_belongs_to_the_rail(
    client: Client, active: ModelRun, world: ToyWorld, ada: User
):
    cast.rated(ada, *((film, 5) for film in world.films["Comedy"][:3]))
    page = client.get(FOR_YOU)
    film = page.context["rails"][0].items[1].movie
    assert f'href="{film.get_absolute_url()}?from=rail"' in page.content.decode()
    client.get(film.get_absolute_url(), {"from": "rail"})
    impressions.flush(is_last=True)
    click = Reaction.objects.get(kind=Reaction.Kind.CLICK)
    assert (click.shown.surface, click.position) == ("rail", 2)


def test_a_list_costs_its_page_no_query(
    rf: RequestFactory, active: ModelRun, ada: User, django_assert_num_queries
):
    request = rf.get(FOR_YOU)
    request.user = ada
    found = for_visitor(Visitor.from_request(request))
    with django_assert_num_queries(0):
        impressions.films_shown(
            request, [item.movie.pk for item in found.items], found.model_version, "for-you"
        )
    assert len(written()) == 1


def test_a_stranger_counts_from_the_first_pick_on_and_is_kept_as_a_hash(
    client: Client, world: ToyWorld, active: ModelRun
):
    client.get("/")
    assert written() == []
    client.post(reverse("movies:rate", args=[world.films["Comedy"][0].pk]), {"stars": "4"})
    client.get("/")
    [shown] = written()
    assert (shown.surface, shown.user_id) == ("home", None)
    assert shown.session
    assert str(client.session.session_key) not in str(shown.session)


def test_the_api_records_its_lists_too(client: Client, active: ModelRun, ada: User):
    client.get(API, headers={"User-Agent": "python-httpx/0.28 (bot)"})
    assert [shown.surface for shown in written()] == ["api"]


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"HX-Preloaded": "true"},
    ],
)
def test_robots_and_prefetches_are_not_counted(
    client: Client, active: ModelRun, ada: User, headers: dict[str, str]
):
    client.get(FOR_YOU, headers=headers)
    film = active_film(client)
    client.get(f"/movies/{film}/?from=for-you", headers=headers)
    shown = [row for row in written() if row.surface == "for-you"]
    assert len(shown) == 1  # the one that active_film looked at
    assert reactions() == []


def test_a_list_that_head_asks_about_is_shown_to_nobody(
    client: Client, active: ModelRun, ada: User
):
    for path in (API, FOR_YOU, "/"):
        assert client.head(path).status_code == 200
    assert written() == []


def active_film(client: Client) -> int:
    """Return the third film of the visitor's list."""
    return client.get(FOR_YOU).context["ten"].items[2].movie.pk


def test_the_same_list_loaded_again_is_not_shown_twice(
    client: Client, world: ToyWorld, active: ModelRun, ada: User
):
    for _ in range(2):
        client.get(FOR_YOU)
    assert len(written()) == 1
    client.get(FOR_YOU)
    assert len(written()) == 1
    ImpressionList.objects.update(shown_at=timezone.now() - timedelta(hours=1))
    client.get(FOR_YOU)
    assert len(written()) == 2


def test_a_click_belongs_to_the_position_where_the_film_stood(
    client: Client, active: ModelRun, ada: User
):
    film = active_film(client)
    client.get(f"/movies/{film}/?from=for-you")
    client.get(f"/movies/{film}/?from=for-you")
    assert reactions() == [("click", 3, None)]


@pytest.mark.parametrize("query", ["", "?from=home", "?from=nowhere"])
def test_a_film_reached_otherwise_is_no_click(
    client: Client, active: ModelRun, ada: User, query: str
):
    client.get(f"/movies/{active_film(client)}/{query}")
    assert reactions() == []


def test_posters_of_the_home_page_and_of_ones_own_list_say_where_they_stand(
    client: Client, active: ModelRun, ada: User
):
    film = active_film(client)
    assert f'href="/movies/{film}/?from=for-you"' in client.get(FOR_YOU).content.decode()
    assert f'href="/movies/{film}/?from=home"' in client.get("/").content.decode()


def test_a_rating_is_attributed_changed_and_taken_back(client: Client, active: ModelRun, ada: User):
    film = active_film(client)
    rate = reverse("movies:rate", args=[film])
    client.post(rate, {"stars": "2"})
    client.post(rate, {"stars": "4.5"})
    assert reactions() == [("rating", 3, 9)]
    client.post(rate, {"stars": ""})
    assert reactions() == []


def test_not_interested_is_attributed_and_watch_later_is_not(
    client: Client, active: ModelRun, ada: User
):
    film = active_film(client)
    mark = reverse("movies:mark", args=[film])
    client.post(mark, {"kind": ListKind.WATCH_LATER})
    assert reactions() == []
    client.post(mark, {"kind": ListKind.NOT_INTERESTED})
    assert reactions() == [("hide", 3, None)]
    client.post(mark, {"kind": ListKind.NOT_INTERESTED, "on": "0"})
    assert reactions() == []


def test_a_strangers_ratings_and_hides_are_attributed_too(
    client: Client, world: ToyWorld, active: ModelRun
):
    client.post(reverse("movies:rate", args=[world.films["Comedy"][0].pk]), {"stars": "4"})
    first, second = [item.movie.pk for item in client.get(FOR_YOU).context["ten"].items[:2]]
    client.post(reverse("movies:rate", args=[first]), {"stars": "5"})
    client.post(reverse("movies:mark", args=[second]), {"kind": ListKind.NOT_INTERESTED})
    assert reactions() == [("rating", 1, 10), ("hide", 2, None)]


def test_a_reaction_goes_to_the_latest_list_within_the_window(
    client: Client, world: ToyWorld, ada: User
):
    film = world.films["Horror"][0].pk
    shown_to(ada, film, age=timedelta(days=3))
    latest = shown_to(ada, 1, film, age=timedelta(days=1))
    client.post(reverse("movies:rate", args=[film]), {"stars": "3"})
    impressions.flush(is_last=True)
    assert Reaction.objects.get().shown == latest
    Reaction.objects.all().delete()
    ImpressionList.objects.update(shown_at=timezone.now() - timedelta(days=8))
    client.post(reverse("movies:rate", args=[film]), {"stars": "3"})
    assert reactions() == []


def test_what_another_visitor_was_shown_is_not_ones_own(client: Client, world: ToyWorld, ada: User):
    film = world.films["Horror"][0].pk
    shown_to(cast.member("bob"), film)
    client.post(reverse("movies:rate", args=[film]), {"stars": "3"})
    assert reactions() == []


def test_reactions_wait_until_every_process_has_written_its_lists(
    client: Client, world: ToyWorld, ada: User, settings
):
    shown_to(ada, world.films["Horror"][0].pk)
    impressions.reaction_record(f"user:{ada.pk}", world.films["Horror"][0].pk, Reaction.Kind.CLICK)
    settings.IMPRESSION_WRITE_SECONDS = 60.0
    impressions.flush()
    assert not Reaction.objects.exists()
    impressions.flush(is_last=True)
    assert Reaction.objects.exists()


@pytest.mark.django_db(transaction=True)  # a reference is checked when a transaction ends
def test_a_member_who_is_gone_does_not_cost_the_others_their_lists(
    client: Client, active: ModelRun, ada: User
):
    client.get(FOR_YOU)
    bob = cast.member("bob")
    client.force_login(bob)
    client.get(FOR_YOU)
    bob.delete()
    assert [shown.user_id for shown in written()] == [ada.pk]


def test_a_database_that_does_not_take_them_loses_impressions_and_no_page(
    client: Client, active: ModelRun, ada: User, monkeypatch, caplog
):
    def fail(*_: object, **__: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(impressions, "_write_lists", fail)
    monkeypatch.setattr(
        "recommendations.experiments.services.impressions.connection.close", lambda: None
    )
    assert client.get(FOR_YOU).status_code == 200
    impressions.write_safely(is_last=True)
    assert "Impressions were lost" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_web_process_writes_by_itself(client: Client, active: ModelRun, ada: User, settings):
    settings.IMPRESSION_WRITE_SECONDS = 0.05
    client.get(FOR_YOU)
    wait_until(ImpressionList.objects.exists, seconds=10)
    settings.IMPRESSION_WRITE_SECONDS = 0
    assert ImpressionList.objects.filter(surface="for-you").count() == 1


def test_impressions_go_with_the_account(ada: User):
    shown = shown_to(ada, 1)
    shown.reactions.create(position=1, kind="click", reacted_at=timezone.now())
    ada.delete()
    assert not ImpressionList.objects.exists()
    assert not Reaction.objects.exists()
