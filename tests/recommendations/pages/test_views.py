import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from recommendations.models import Activation
from recommendations.training.models import ModelRun, RunEvent
from recommendations.training.services.activation import run_activate
from tests import cast
from tests.recommendations.toy import ToyWorld

pytestmark = pytest.mark.django_db

FOR_YOU, TASTE, RUNS = "/for-you/", "/taste/", "/runs/"


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.enqueue.current_app.send_task", lambda *_, **__: None)


@pytest.fixture
def ada(client: Client) -> User:
    user = cast.member("ada")
    client.force_login(user)
    return user


@pytest.fixture
def admin(client: Client) -> User:
    user = cast.member("admin", is_staff=True)
    client.force_login(user)
    return user


def ids(html: str) -> list[int]:
    return [int(found) for found in re.findall(r'data-movie-id="(\d+)"', html)]


def ten_of(html: str) -> list[int]:
    return ids(html[html.index('id="your-ten"') :])


@pytest.fixture
def few_on_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave films for the ten: the toy catalogue would hang on the wall as a whole."""
    monkeypatch.setattr("recommendations.pages.home.N_POSTERS", 12)


def test_the_home_page_has_a_wall_and_popular_films_before_any_model(
    client: Client, world: ToyWorld, few_on_wall: None
):
    html = client.get("/").content.decode()
    assert html.count('class="pick"') == 12
    assert len(ten_of(html)) == 10
    assert "No model has been trained yet" in html


def test_a_pick_on_the_wall_changes_the_ten_of_the_very_next_page(
    client: Client, world: ToyWorld, active: ModelRun, few_on_wall: None
):
    page = client.get("/")
    before = page.content.decode()
    picked = next(one.movie for one in page.context["wall"] if one.movie in world.films["Comedy"])
    url = reverse("movies:opinion", args=[picked.pk])
    client.post(url, {"opinion": "loved", "next": "/"})
    answer = client.get("/")
    after = answer.content.decode()
    assert after.count('aria-pressed="true"') == 1
    assert ten_of(after) != ten_of(before)
    assert re.search(f"Like <bdi>{re.escape(picked.title)}|You like Comedy", after)
    assert not set(ten_of(after)) & {poster.movie.pk for poster in answer.context["wall"]}
    client.post(url, {"opinion": "none", "next": "/"})
    assert ten_of(client.get("/").content.decode()) == ten_of(before)


def test_a_member_who_just_rated_sees_their_own_ten(
    client: Client, world: ToyWorld, active: ModelRun, ada: User
):
    client.post(reverse("movies:rate", args=[world.films["Horror"][0].pk]), {"stars": "5"})
    page = client.get(FOR_YOU)
    html = page.content.decode()
    assert len(page.context["ten"].items) == 10
    assert len(ids(html)) == len(set(ids(html))), "no film stands there twice"
    assert "Based on" in html


@pytest.mark.parametrize(
    ("url", "n_queries"), [("/", 10), (FOR_YOU, 9), (TASTE, 18), ("/movies/{}/", 10)]
)
def test_a_page_costs_a_fixed_number_of_queries(
    client: Client,
    world: ToyWorld,
    active: ModelRun,
    ada: User,
    url: str,
    n_queries: int,
    django_assert_num_queries,
):
    cast.rated(ada, *((movie, 4) for movie in world.films["Comedy"][:5]))
    url = url.format(world.films["Horror"][0].pk)
    client.get(url)
    with django_assert_num_queries(n_queries + 2):  # with the session and the user
        assert client.get(url).status_code == 200


def test_the_taste_page_shows_genres_matrix_and_history(
    client: Client, world: ToyWorld, active: ModelRun, ada: User
):
    cast.rated(ada, (world.films["Comedy"][0], 5))
    html = client.get(TASTE).content.decode()
    assert html.count('class="diverge') == 3
    assert "Comedy 0" in html


def test_films_that_were_only_picked_have_no_stars_on_any_page(
    client: Client, world: ToyWorld, active: ModelRun
):
    film = world.films["Comedy"][0]
    opinion = reverse("movies:opinion", args=[film.pk])
    client.post(opinion, {"opinion": "loved"})
    for address in (TASTE, reverse("movies:lists"), reverse("movies:browse")):
        page = client.get(address).content.decode()
        assert film.title in page
        assert "★" not in page, address
        assert "Stars you give" not in page
    assert "Films you picked" in client.get(TASTE).content.decode()
    client.post(reverse("movies:rate", args=[world.films["Comedy"][1].pk]), {"stars": "4"})
    page = client.get(TASTE).content.decode()
    assert "Stars you give: 4.3 on average" in page
    assert re.search(rf'id="stars-{film.pk}-9"[^>]* checked', page)


def test_a_films_page_shows_similar_films_and_its_fit(
    client: Client, world: ToyWorld, active: ModelRun, ada: User
):
    cast.rated(ada, (world.films["Comedy"][0], 5))
    html = client.get(world.films["Comedy"][-1].get_absolute_url()).content.decode()
    assert "A better match for you than 97% of films" in html
    assert len(ids(html)) == 13


class TestRunPages:
    def urls(self, run: ModelRun) -> list[str]:
        acts = [f"/runs/{run.pk}/{act}/" for act in ("cancel", "retry", "activate")]
        return [RUNS, "/runs/start/", "/runs/roll-back/", f"/runs/{run.pk}/", *acts]

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_strangers_are_asked_to_log_in_and_members_are_turned_away(
        self, client: Client, method: str
    ):
        run = ModelRun.objects.create()
        for url in self.urls(run):
            answer = getattr(client, method)(url)
            assert (answer.status_code, answer.url.split("?")[0]) == (302, "/accounts/login/")
        client.force_login(cast.member())
        for url in self.urls(run):
            assert getattr(client, method)(url).status_code == 403
        run.refresh_from_db()
        assert run.status == ModelRun.Status.QUEUED

    def test_staff_start_a_run_and_are_shown_it(self, client: Client, world: ToyWorld, admin: User):
        form = {"embeddings": "minilm", "seed": "4", "epochs": "3", "genre_share": "0.2"}
        answer = client.post("/runs/start/", form, follow=True)
        run = ModelRun.objects.get()
        assert answer.redirect_chain[-1][0] == f"/runs/{run.pk}/"
        assert (run.seed, run.parameters["epochs"], run.started_by) == (4, 3, admin)
        assert "is queued" in answer.content.decode()

    @pytest.mark.parametrize(
        "wrong", [{"epochs": "0"}, {"seed": "-1"}, {"embeddings": "/etc"}, {"genre_share": "2"}]
    )
    def test_a_form_that_does_not_hold_comes_back(
        self, client: Client, admin: User, wrong: dict[str, str]
    ):
        form = {"embeddings": "minilm", "seed": "4", "epochs": "3", "genre_share": "0.2"}
        answer = client.post("/runs/start/", form | wrong)
        assert answer.status_code == 400
        assert not ModelRun.objects.exists()

    def test_every_button_leads_to_the_question_whether_one_is_sure(
        self, client: Client, world: ToyWorld, active: ModelRun, admin: User
    ):
        runs = [ModelRun.objects.create(), ModelRun.objects.create(status="failed"), active]
        pages = [
            client.get(url).content.decode()
            for url in (RUNS, *map(ModelRun.get_absolute_url, runs))
        ]
        html = "".join(pages)
        for url in (
            f"/runs/{runs[0].pk}/cancel/",
            f"/runs/{runs[1].pk}/retry/",
        ):
            assert f'<form action="{url}">' in html

    @pytest.mark.parametrize("act", ["cancel", "retry", "activate"])
    def test_nothing_happens_before_one_is_sure(self, client: Client, admin: User, act: str):
        run = ModelRun.objects.create()
        html = client.get(f"/runs/{run.pk}/{act}/").content.decode()
        assert f"run {run.pk}" in html
        assert not run.events.exists()

    def test_staff_cancel_and_retry_and_that_is_recorded(self, client: Client, admin: User):
        run = ModelRun.objects.create()
        client.post(f"/runs/{run.pk}/cancel/")
        run.refresh_from_db()
        assert run.status == ModelRun.Status.CANCELLED
        client.post(f"/runs/{run.pk}/retry/")
        run.refresh_from_db()
        assert run.status == ModelRun.Status.QUEUED
        events = run.events.order_by("id").values_list("kind", "actor")
        assert list(events) == [("cancelled", admin.pk), ("retried", admin.pk)]

    def test_what_cannot_be_done_is_said(self, client: Client, admin: User):
        run = ModelRun.objects.create(status=ModelRun.Status.SUCCEEDED)
        for act, reason in (
            ("cancel", "over already"),
            ("retry", "can be retried"),
            ("activate", "no finished model"),
        ):
            answer = client.post(f"/runs/{run.pk}/{act}/", follow=True)
            assert reason in answer.content.decode()
        assert "no earlier model" in client.post("/runs/roll-back/", follow=True).content.decode()

    def test_without_an_earlier_model_rolling_back_is_disabled_and_the_reason_said(
        self, client: Client, world: ToyWorld, active: ModelRun, admin: User
    ):
        html = client.get(RUNS).content.decode()
        assert 'action="/runs/roll-back/"' not in html
        assert "no earlier model" in html
        question = client.get("/runs/roll-back/").content.decode()
        assert "no earlier model" in question
        assert "Roll back</button>" not in question

    def test_a_run_is_not_compared_with_itself(
        self, client: Client, world: ToyWorld, active: ModelRun, admin: User
    ):
        compare = f"/runs/{active.pk}/compare/?with={active.pk}"
        answer = client.get(compare, follow=True)
        assert answer.redirect_chain == [(f"/runs/{active.pk}/", 302)]
        assert "Choose another run" in answer.content.decode()

    def test_metrics_have_names_and_explanations(
        self, client: Client, world: ToyWorld, active: ModelRun, trained, admin: User
    ):
        html = client.get(f"/runs/{trained().pk}/compare/?with={active.pk}").content.decode()
        assert ">Genre NDCG@10</abbr>" in html
        assert "gndcg@10" not in html

    def test_staff_activate_and_roll_back(
        self, client: Client, world: ToyWorld, active: ModelRun, trained, admin: User
    ):
        newer = trained()
        client.post(f"/runs/{newer.pk}/activate/")
        assert Activation.objects.filter(withdrawn_at=None)[0].version.trained_by == newer
        assert 'action="/runs/roll-back/"' in client.get(RUNS).content.decode()
        html = client.get("/runs/roll-back/").content.decode()
        assert f"Replace run {newer.pk}" in html
        assert f"with run {active.pk}" in html
        client.post("/runs/roll-back/")
        assert Activation.objects.filter(withdrawn_at=None)[0].version.trained_by == active
        assert RunEvent.objects.filter(kind="rolled_back", actor=admin).exists()

    def test_a_waiting_run_says_for_which(self, client: Client, admin: User):
        running = ModelRun.objects.create(status=ModelRun.Status.RUNNING)
        waiting = ModelRun.objects.create()
        html = client.get(f"/runs/{waiting.pk}/").content.decode()
        assert "Waits for" in html
        assert f"/runs/{running.pk}/" in html

    def test_the_pages_of_a_finished_run_cost_a_fixed_number_of_queries(
        self,
        client: Client,
        world: ToyWorld,
        active: ModelRun,
        admin: User,
        django_assert_max_num_queries,
    ):
        run_activate(run=active, activated_by=admin)
        for url in (RUNS, f"/runs/{active.pk}/"):
            with django_assert_max_num_queries(10):
                assert client.get(url).status_code == 200

    def test_an_unknown_run_is_not_found(self, client: Client, admin: User):
        assert client.get("/runs/999999/").status_code == 404
