"""Runs, versions and webhooks by programs of staff."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import IdempotentAnswer, User
from accounts.services import token_create
from recommendations.models import Activation
from recommendations.training import jobs
from recommendations.training.models import ModelRun, StageRun
from recommendations.training.services.activation import run_activate
from recommendations.webhooks.models import Webhook, WebhookDelivery
from tests import cast
from tests.recommendations.toy import ToyWorld

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]

RUNS = "/api/v1/runs/"
VERSIONS = "/api/v1/versions/"
WEBHOOKS = "/api/v1/webhooks/"
HOOK = {"url": "http://93.184.216.34/hook", "events": ["run.finished"]}


@pytest.fixture
def grace() -> User:
    return cast.member("grace", is_staff=True)


@pytest.fixture
def admin(client: Client, grace: User, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return a program with a token of the scope admin; nobody takes the runs it queues."""
    monkeypatch.setattr(jobs, "enqueue", lambda _run_id: None)
    secret = token_create(user=grace, name="ops", scopes=["admin"])[1]
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return client


def post(client: Client, url: str, body: object = None, **headers: str):
    return client.post(url, body or {}, "application/json", headers=headers)


class TestRuns:
    def test_a_run_is_checked_started_watched_and_stopped(
        self, admin: Client, world: ToyWorld, grace: User
    ):
        asked = {"parameters": {"seed": 7}}
        checked = post(admin, f"{RUNS}preflight/", asked).json()
        assert checked["refusals"] == []
        assert checked["n_movies"] == 40
        assert not ModelRun.objects.exists()
        started = post(admin, RUNS, asked)
        assert started.status_code == 201
        run = ModelRun.objects.get()
        assert started["Location"] == f"http://testserver{RUNS}{run.pk}/"
        assert (run.seed, run.started_by) == (7, grace)
        StageRun.objects.filter(name="sample").update(
            status=StageRun.Status.RUNNING, n_done=1, n_total=4
        )
        watched = admin.get(f"{RUNS}{run.pk}/").json()
        assert watched["status"] == "queued"
        assert [stage["name"] for stage in watched["stages"]] == list(jobs.STAGES)
        assert watched["stages"][0]["percent"] == 25
        assert post(admin, f"{RUNS}{run.pk}/cancel/").json()["status"] == "cancelled"
        again = post(admin, f"{RUNS}{run.pk}/cancel/")
        assert (again.status_code, again.json()["detail"]) == (409, "The run is over already.")
        assert post(admin, f"{RUNS}{run.pk}/retry/").json()["status"] == "queued"
        events = admin.get(f"{RUNS}{run.pk}/events/").json()["results"]
        assert [event["kind"] for event in events] == ["retried", "cancelled", "started"]
        assert {event["actor"] for event in events} == {"grace"}

    def test_a_start_that_is_sent_twice_starts_one_run(self, admin: Client, world: ToyWorld):
        key = {"Idempotency-Key": "nightly"}
        first, second = (post(admin, RUNS, {}, **key) for _ in range(2))
        assert first.json() == second.json()
        assert ModelRun.objects.count() == 1

    @pytest.mark.parametrize(
        ("body", "place"),
        [
            ({"parameters": {"epochs": -1}}, "#/parameters"),
            ({"parameters": {"colour": 1}}, "#/parameters"),
            ({"parameters": {"embeddings": "/etc"}}, "#/parameters/embeddings"),
            ({"first_stage": "cook"}, "#/first_stage"),
            ({"base_run": 10**9}, "#/base_run"),
        ],
    )
    def test_parameters_that_cannot_be_are_refused_by_name(
        self, admin: Client, world: ToyWorld, body: dict[str, object], place: str
    ):
        response = post(admin, RUNS, body)
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == place

    def test_a_search_has_a_budget_and_no_other_run_has_one(self, admin: Client, world: ToyWorld):
        search = {"kind": "search", "budget": {"trials": 3}}
        assert post(admin, RUNS, search).status_code == 201
        assert ModelRun.objects.get().budget == {"trials": 3, "minutes": 60}
        assert post(admin, RUNS, {"kind": "search"}).status_code == 201
        for body, place in (
            ({"kind": "search", "budget": {"trials": 0}}, "#/budget/trials"),
            ({"kind": "search", "budget": {"n_trials": 3}}, "#/budget/n_trials"),
            ({"budget": {"trials": 3}}, "#/budget"),
        ):
            refused = post(admin, RUNS, body)
            assert refused.status_code == 400
            assert refused.json()["errors"][0]["pointer"] == place

    def test_the_best_of_a_search_becomes_a_training(self, admin: Client, world: ToyWorld):
        search = ModelRun.objects.create(kind=ModelRun.Kind.SEARCH, parameters={"seed": 5})
        url = f"{RUNS}{search.pk}/adopt/"
        refused = post(admin, url)
        assert (refused.status_code, "No trial" in refused.json()["detail"]) == (409, True)
        for number, value in ((1, 0.1), (2, 0.3), (3, 0.2)):
            search.trials.create(
                number=number, status="succeeded", value=value, parameters={"epochs": number}
            )
        trials = admin.get(f"{RUNS}{search.pk}/").json()["trials"]
        assert [(trial["parameters"]["epochs"], trial["value"]) for trial in trials] == [
            (1, 0.1),
            (2, 0.3),
            (3, 0.2),
        ]
        first, again = (post(admin, url, **{"Idempotency-Key": "best"}) for _ in range(2))
        assert (first.status_code, first.json()["kind"]) == (201, "training")
        assert (first.json()["parameters"]["epochs"], first.json()["parameters"]["seed"]) == (2, 5)
        assert first.json() == again.json()
        assert ModelRun.objects.count() == 2

    def test_fine_tuning_goes_on_from_the_active_version(self, admin: Client, active: ModelRun):
        cast.rated(cast.member("zoe"), (cast.movie("New", 2020), 4))
        started = post(admin, RUNS, {"kind": "update"})
        assert started.status_code == 201
        assert started.json()["base_run"] == active.pk

    def test_a_page_of_runs_costs_as_many_queries_as_one_run(
        self, admin: Client, django_assert_num_queries
    ):
        for n_runs in (1, 4):
            ModelRun.objects.bulk_create(ModelRun() for _ in range(n_runs))
            admin.get(RUNS)
            with django_assert_num_queries(2):  # the token with its owner, the runs
                admin.get(RUNS)


class TestVersions:
    def test_versions_are_compared_activated_and_rolled_back(
        self, admin: Client, world: ToyWorld, trained: Callable[[], ModelRun]
    ):
        assert admin.get(f"{VERSIONS}active/").status_code == 404
        first, second = trained(), trained()
        ModelRun.objects.filter(pk=second.pk).update(parameters=second.parameters | {"seed": 7})
        run_activate(run=first, activated_by=None)
        activated = post(admin, f"{VERSIONS}{second.pk}/activate/", {"reason": "better"})
        assert activated.json()["version"] == second.pk
        assert activated.json()["activated_by"] == "grace"
        listed = admin.get(VERSIONS).json()["results"]
        assert [(run["id"], run["is_active"]) for run in listed] == [
            (second.pk, True),
            (first.pk, False),
        ]
        compared = admin.get(f"{VERSIONS}{second.pk}/compare/", {"other": first.pk}).json()
        assert (compared["version"], compared["other"]) == (second.pk, first.pk)
        assert compared["parameters"] == [{"name": "seed", "version": 7, "other": None}]
        rolled_back = post(admin, f"{VERSIONS}roll-back/")
        assert rolled_back.json()["version"] == first.pk
        assert post(admin, f"{VERSIONS}roll-back/").status_code == 409
        assert Activation.objects.filter(withdrawn_at=None).get().version.trained_by == first

    def test_for_chosen_people_it_is_told_which_films_come_and_go(
        self, admin: Client, world: ToyWorld, trained: Callable[[], ModelRun]
    ):
        first = trained()
        ada, bob = cast.member("ada"), cast.member("bob")
        cast.rated(ada, *((film, 5) for film in world.films["Comedy"][:3]))
        second = trained()
        url = f"{VERSIONS}{second.pk}/compare/"
        assert admin.get(url, {"other": first.pk}).json()["lists"] == []
        asked = f"?other={first.pk}&users={ada.pk}&users={bob.pk}&users={ada.pk}"
        lists = admin.get(url + asked).json()["lists"]
        assert [(each["user"], each["username"]) for each in lists] == [
            (ada.pk, "ada"),
            (bob.pk, "bob"),
        ]
        for each in lists:
            ours, theirs = (
                {film["id"] for film in [*each["kept"], *each[side]]}
                for side in ("coming", "going")
            )
            assert len(ours) == len(theirs) == 10

    @pytest.mark.parametrize("users", ["0", "x", str(10**9)])
    def test_films_of_people_who_are_not_there_are_not_compared(
        self, admin: Client, active: ModelRun, users: str
    ):
        url = f"{VERSIONS}{active.pk}/compare/"
        refused = admin.get(f"{url}?other={active.pk}&users={users}")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["parameter"] == "users"

    def test_a_version_whose_files_are_gone_says_so(
        self, admin: Client, active: ModelRun, grace: User, monkeypatch: pytest.MonkeyPatch
    ):
        def gone(_run: ModelRun) -> None:
            raise FileNotFoundError("model.safetensors is gone")

        monkeypatch.setattr("recommendations.training.selectors.comparison.model_of", gone)
        url = f"{VERSIONS}{active.pk}/compare/"
        refused = admin.get(f"{url}?other={active.pk}&users={grace.pk}")
        assert (refused.status_code, "gone" in refused.json()["detail"]) == (409, True)

    def test_a_version_tells_its_numbers_by_every_protocol_beside_the_baselines(
        self, admin: Client, active: ModelRun
    ):
        version = admin.get(f"{VERSIONS}{active.pk}/").json()
        assert {"served", "popularity"} <= version["metrics"].keys()
        assert {"sampled-99"} <= version["metrics_by_protocol"].keys()
        run = admin.get(f"{RUNS}{active.pk}/").json()
        assert run["metrics_by_protocol"] == version["metrics_by_protocol"]
        assert run["artifact_hash"] == active.artifact_hash

    def test_what_is_no_version_is_neither_shown_nor_served(self, admin: Client):
        run = ModelRun.objects.create()
        assert admin.get(VERSIONS).json()["results"] == []
        assert admin.get(f"{VERSIONS}{run.pk}/").status_code == 404
        assert post(admin, f"{VERSIONS}{run.pk}/activate/").status_code == 404


class TestWebhooks:
    def test_the_secret_is_shown_once(self, admin: Client):
        made = post(admin, WEBHOOKS, HOOK)
        assert made.status_code == 201
        assert made.json()["secret"] == Webhook.objects.get().secret
        [listed] = admin.get(WEBHOOKS).json()["results"]
        assert "secret" not in listed
        assert listed["events"] == ["run.finished"]

    def test_one_key_makes_one_webhook_whose_secret_is_not_stored_in_plain(self, admin: Client):
        first, again = (post(admin, WEBHOOKS, HOOK, **{"Idempotency-Key": "k"}) for _ in range(2))
        assert first.json() == again.json()
        assert again["Idempotent-Replay"] == "true"
        address = f"http://testserver{WEBHOOKS}{first.json()['id']}/"
        assert first["Location"] == again["Location"] == address
        assert first.json()["secret"] not in IdempotentAnswer.objects.get().body
        assert Webhook.objects.count() == 1

    def test_an_answer_of_another_secret_key_is_not_given_again(
        self, admin: Client, settings: Settings
    ):
        post(admin, WEBHOOKS, HOOK, **{"Idempotency-Key": "k"})
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
        assert post(admin, WEBHOOKS, HOOK, **{"Idempotency-Key": "k"}).status_code == 201
        settings.SECRET_KEY_FALLBACKS = []
        assert post(admin, WEBHOOKS, HOOK, **{"Idempotency-Key": "k"}).status_code == 422

    @pytest.mark.parametrize(
        ("change", "place"),
        [
            ({"url": "no address"}, "#/url"),
            ({"url": "ftp://films.example/"}, "#/url"),
            ({"events": []}, "#/events"),
            ({"events": ["tea.ready"]}, "#/events"),
        ],
    )
    def test_what_cannot_be_called_is_refused(
        self, admin: Client, change: dict[str, object], place: str
    ):
        response = post(admin, WEBHOOKS, HOOK | change)
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"].startswith(place)

    def test_it_is_changed_read_and_deleted(self, admin: Client):
        url = f"{WEBHOOKS}{post(admin, WEBHOOKS, HOOK).json()['id']}/"
        changed = admin.patch(url, {"is_active": False}, "application/json")
        assert changed.json()["is_active"] is False
        assert admin.get(url).json()["events"] == ["run.finished"]
        assert admin.delete(url).status_code == 204
        assert admin.get(url).status_code == 404

    def test_an_event_is_told_once_more(self, admin: Client):
        webhook_id = post(admin, WEBHOOKS, HOOK).json()["id"]
        first = WebhookDelivery.objects.create(
            webhook_id=webhook_id, event="run.finished", body='{"run": 1}'
        )
        url = f"{WEBHOOKS}{webhook_id}/deliveries/"
        again = admin.post(f"{url}{first.pk}/redeliver/")
        assert again.status_code == 201
        assert again.json()["event_id"] == str(first.event_id)
        once = {"Idempotency-Key": "once"}
        more = [post(admin, f"{url}{first.pk}/redeliver/", **once) for _ in range(2)]
        assert more[0].json() == more[1].json()
        assert len(admin.get(url).json()["results"]) == 3
        other = post(admin, WEBHOOKS, HOOK).json()["id"]
        assert admin.post(f"{WEBHOOKS}{other}/deliveries/{first.pk}/redeliver/").status_code == 404
