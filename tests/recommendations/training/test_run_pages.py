"""Starting, watching, comparing and scheduling runs on the site, and the same in the admin."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User
from ml.evaluation.evaluator import Evaluation
from recommendations.models import ModelVersion
from recommendations.training.models import ModelRun, RetrainSchedule, RunTrial, StageRun
from recommendations.training.selectors.comparison import METRICS
from recommendations.training.selectors.runs import THEME_METRICS, WORKER_KEY
from recommendations.training.services.runs import run_start
from recommendations.training.templatetags.training import metric_name
from tests import cast
from tests.recommendations.fakes import FakeStages
from tests.recommendations.toy import ToyWorld, finished_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_valkey")]

ADMIN = "/admin/training/modelrun/"
STARTS = ["/runs/start/", f"{ADMIN}start/"]


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.enqueue.current_app.send_task", lambda *_, **__: None)


@pytest.fixture
def admin(client: Client, db: None) -> User:
    user = cast.member("admin", is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def a_run_in_work() -> ModelRun:
    run = run_start(parameters={}, started_by=None)
    ModelRun.objects.filter(pk=run.pk).update(status="running")
    run.stages.filter(name="train").update(
        status=StageRun.Status.RUNNING,
        n_done=3,
        n_total=10,
        unit="epochs",
        n_attempts=1,
        counting_since=timezone.now() - timedelta(seconds=30),
        updated_at=timezone.now(),
        curve=[[n, {"loss": 8 - n / 4}, "training"] for n in range(1, 4)],
        log="".join(f"line {n}\n" for n in range(40)),
    )
    return run


class TestStarting:
    @pytest.mark.parametrize("url", STARTS)
    def test_the_form_shows_every_parameter_with_its_explanation_and_what_it_will_take(
        self, client: Client, world: ToyWorld, admin: User, url: str
    ):
        html = page(client, url)
        for name in ("epochs", "linear_rank", "negative_strategy", "cold_ratings"):
            assert f'name="{name}"' in html
        assert "Passes over the users when the neural base model is trained." in html
        assert "420 ratings by 30 people of 40 films" in html

    @pytest.mark.parametrize("url", STARTS)
    def test_a_run_is_started_with_all_that_was_set(
        self, client: Client, world: ToyWorld, admin: User, url: str
    ):
        answer = client.post(url, {"epochs": "3", "negative_strategy": "uniform"}, follow=True)
        run = ModelRun.objects.get()
        assert answer.status_code == 200
        assert f"Run {run.pk} is queued" in answer.content.decode()
        assert (run.parameters["epochs"], run.parameters["negative_strategy"]) == (3, "uniform")
        assert run.started_by == admin

    @pytest.mark.parametrize("url", STARTS)
    def test_only_asking_starts_nothing(
        self, client: Client, world: ToyWorld, admin: User, url: str
    ):
        html = client.post(url, {"check": "1"}).content.decode()
        assert "420 ratings" in html
        assert not ModelRun.objects.exists()

    @pytest.mark.parametrize("url", STARTS)
    @pytest.mark.parametrize(
        ("wrong", "reason"),
        [
            ({"epochs": "0"}, "epochs must be at least 1"),
            ({"learning_rate": "many"}, "Enter a number"),
            ({"linear_rank": "0"}, "linear_rank must be at least 1"),
            ({"embeddings": "/etc"}, "not one of the available choices"),
            ({"first_stage": "train"}, "Choose the run whose earlier stages"),
            ({"base_run": "99"}, "not one of the available choices"),
            ({"kind": "update"}, "no active model"),
        ],
    )
    def test_what_does_not_hold_comes_back_with_the_reason(
        self,
        client: Client,
        world: ToyWorld,
        admin: User,
        url: str,
        wrong: dict[str, str],
        reason: str,
    ):
        answer = client.post(url, wrong)
        assert answer.status_code == 400
        assert reason in answer.content.decode()
        assert not ModelRun.objects.exists()

    def test_a_mistake_among_the_other_parameters_opens_them(
        self, client: Client, world: ToyWorld, admin: User
    ):
        assert "<details open>" in client.post("/runs/start/", {"factors": "0"}).content.decode()
        assert "<details>" in client.post("/runs/start/", {"epochs": "0"}).content.decode()

    def test_another_run_like_an_earlier_one_begins_with_its_parameters(
        self, client: Client, world: ToyWorld, admin: User
    ):
        run = run_start(parameters={"epochs": 17}, started_by=None)
        run.stages.filter(name="sample").update(status="succeeded")
        html = page(client, f"/runs/start/?base_run={run.pk}")
        assert 'value="17"' in html
        assert f'<option value="{run.pk}" selected>' in html

    def test_a_search_has_its_budget(self, client: Client, world: ToyWorld, admin: User):
        client.post("/runs/start/", {"kind": "search", "trials": "5", "minutes": "9"})
        run = ModelRun.objects.get()
        assert (run.kind, run.budget) == ("search", {"trials": 5, "minutes": 9})

    def test_an_update_goes_on_from_the_active_model(
        self, client: Client, world: ToyWorld, active: ModelRun, admin: User
    ):
        cast.rated(admin, (world.films["Comedy"][0], 5))
        client.post("/runs/start/", {"kind": "update", "embeddings": ""})
        run = ModelRun.objects.exclude(pk=active.pk).get()
        assert (run.kind, run.base_run) == ("update", active)


class TestWatching:
    def test_the_moving_part_asks_for_itself_again_while_the_run_is_in_work(
        self, client: Client, world: ToyWorld, admin: User
    ):
        run = a_run_in_work()
        part = f'hx-get="/runs/{run.pk}/?part=progress"'
        assert part in page(client, f"/runs/{run.pk}/")
        answer = client.get(f"/runs/{run.pk}/?part=progress")
        html = answer.content.decode()
        assert part in html
        assert "<html" not in html
        assert "HX-Refresh" not in answer.headers

    def test_stage_percent_time_to_go_curve_and_the_logs_end_are_shown(
        self, client: Client, world: ToyWorld, admin: User
    ):
        html = page(client, f"/runs/{a_run_in_work().pk}/?part=progress")
        assert "Stage train" in html
        assert 'value="30"' in html
        assert "70 s to go" in html
        assert "<polyline" in html
        assert "line 39" in html
        assert "line 1\n" not in html

    def test_when_the_run_is_over_the_page_is_loaded_anew_and_moves_no_more(
        self, client: Client, world: ToyWorld, admin: User
    ):
        run = a_run_in_work()
        ModelRun.objects.update(status="failed", error="The disk of the worker is full.")
        run.stages.filter(name="train").update(status="failed")
        answer = client.get(f"/runs/{run.pk}/?part=progress")
        assert answer.headers["HX-Refresh"] == "true"
        html = page(client, f"/runs/{run.pk}/")
        assert "hx-get" not in html[html.index('id="progress"') :]
        assert "The disk of the worker is full." in html
        assert "line 39" in html, "the log of the stage that failed"

    def test_a_stages_page_has_the_whole_log_and_the_curves_values(
        self, client: Client, world: ToyWorld, admin: User
    ):
        html = page(client, f"/runs/{a_run_in_work().pk}/stages/train/")
        assert "line 0\n" in html
        assert "7.25000" in html
        assert client.get("/runs/1/stages/nothing/").status_code == 404

    def test_a_stage_of_an_earlier_run_is_said_to_be_reused_also_when_that_run_is_deleted(
        self, client: Client, world: ToyWorld, admin: User
    ):
        first, second = finished_run(), a_run_in_work()
        ModelRun.objects.filter(pk=second.pk).update(base_run=first)
        StageRun.objects.filter(run=second).update(status="succeeded", n_attempts=0)
        assert f"Reused from run {first.pk}<" in page(client, f"/runs/{second.pk}/")
        first.delete()
        html = page(client, f"/runs/{second.pk}/")
        assert "Reused<" in html
        assert "None<" not in html

    def test_a_queued_run_says_what_it_waits_for(
        self, client: Client, world: ToyWorld, admin: User
    ):
        first = run_start(parameters={}, started_by=None)
        second = run_start(parameters={}, started_by=None)
        assert "No worker takes runs" in page(client, f"/runs/{first.pk}/")
        cache.set(WORKER_KEY, 1)
        assert "A worker will take it" in page(client, f"/runs/{first.pk}/")
        html = page(client, f"/runs/{second.pk}/")
        assert "One run at a time" in html
        assert f'Waits for <a href="/runs/{first.pk}/">' in html

    def test_a_search_shows_its_trials_the_best_first_and_leads_to_a_training(
        self, client: Client, world: ToyWorld, admin: User
    ):
        run = run_start(
            parameters={}, started_by=None, kind="search", budget={"trials": 3, "minutes": 9}
        )
        for number, value in ((1, 0.25), (2, 0.75), (3, None)):
            RunTrial.objects.create(
                run=run,
                number=number,
                value=value,
                status="failed" if value is None else "succeeded",
                parameters={"epochs": 10 * number},
            )
        html = page(client, f"/runs/{run.pk}/")
        assert html.index("0.7500") < html.index("0.2500")
        client.post(f"/runs/{run.pk}/adopt/")
        training = ModelRun.objects.get(kind="training")
        assert (training.parameters["epochs"], training.base_run) == (20, run)
        assert training.started_by == admin

    def test_a_search_without_a_result_becomes_no_training(
        self, client: Client, world: ToyWorld, admin: User
    ):
        run = run_start(
            parameters={}, started_by=None, kind="search", budget={"trials": 3, "minutes": 9}
        )
        answer = client.post(f"/runs/{run.pk}/adopt/", follow=True)
        assert "No trial of this run has succeeded" in answer.content.decode()

    def test_every_protocols_numbers_stand_side_by_side(
        self, client: Client, world: ToyWorld, active: ModelRun, admin: User
    ):
        html = page(client, f"/runs/{active.pk}/")
        assert "Full ranking" in html
        assert "Sampled ranking" in html


@pytest.mark.parametrize("metric", [*METRICS, *THEME_METRICS])
def test_every_metric_of_a_run_has_a_name_and_an_explanation(metric: str) -> None:
    assert metric_name(metric).startswith('<abbr title="')
    assert metric not in metric_name(metric)


class TestComparing:
    @pytest.fixture
    def two(
        self, world: ToyWorld, fake_stages: FakeStages, trained: Callable[[], ModelRun]
    ) -> tuple[ModelRun, ModelRun]:
        """Two runs; the second gives the last user more and the others the same."""
        ids = np.array([user.pk for user in world.users])
        level = np.linspace(0, 0.5, len(ids))
        made = []
        for gain in (0.0, 0.1):
            values = level + gain
            values[-1] += 3 * gain
            fake_stages.per_user = {"served": Evaluation(ids, {"ndcg@10": values}, {})}
            made.append(trained())
        return made[0], made[1]

    def test_metrics_have_paired_intervals_and_a_verdict(
        self, client: Client, two: tuple[ModelRun, ModelRun], admin: User
    ):
        html = page(client, f"/runs/{two[1].pk}/compare/?with={two[0].pk}")
        assert "+0.1100" in html
        assert "better" in html
        assert "over the 30 people measured in both" in html

    def test_a_person_is_shown_which_films_come_go_and_stay(
        self, client: Client, world: ToyWorld, two: tuple[ModelRun, ModelRun], admin: User
    ):
        name = world.users[0].username
        html = page(client, f"/runs/{two[1].pk}/compare/?with={two[0].pk}&person={name}")
        assert f">{name}</h3>" in html
        stay = html[html.index("Stay") :]
        assert stay.count('<a href="/movies/') >= 10, "both models are the same toy"

    def test_unasked_those_are_shown_who_gain_and_lose_most(
        self, client: Client, world: ToyWorld, two: tuple[ModelRun, ModelRun], admin: User
    ):
        html = page(client, f"/runs/{two[1].pk}/compare/?with={two[0].pk}")
        assert f">{world.users[-1].username}</h3>" in html

    def test_trainings_and_updates_are_not_held_side_by_side(
        self, client: Client, two: tuple[ModelRun, ModelRun], admin: User
    ):
        ModelRun.objects.filter(pk=two[1].pk).update(kind="update")
        html = page(client, f"/runs/{two[1].pk}/compare/?with={two[0].pk}")
        assert "measured by different protocols" in html

    def test_films_of_a_model_whose_files_are_gone_are_not_compared(
        self, client: Client, two: tuple[ModelRun, ModelRun], admin: User
    ):
        ModelVersion.objects.filter(pk=two[0].pk).update(
            artifact="models/gone", artifact_hash="gone"
        )
        html = page(client, f"/runs/{two[1].pk}/compare/?with={two[0].pk}")
        assert "cannot be compared" in html
        assert "There are no lists to compare." in html
        assert "No user of that name" not in html

    @pytest.mark.parametrize("query", ["", "?with=", "?with=x", "?with=99999"])
    def test_without_another_run_there_is_nothing_to_see(
        self, client: Client, two: tuple[ModelRun, ModelRun], admin: User, query: str
    ):
        assert client.get(f"/runs/{two[1].pk}/compare/{query}").status_code == 404


class TestScheduling:
    def test_the_runs_page_says_what_is_due_and_what_is_new(
        self, client: Client, world: ToyWorld, admin: User
    ):
        assert "Automatic training is off" in page(client, "/runs/")
        client.post("/runs/schedule/", {"is_enabled": "on", "kind": "training", "every_hours": "6"})
        html = page(client, "/runs/")
        assert "Next run:" in html
        assert "420 new ratings since the last run" in html

    def test_staff_change_the_schedule_and_that_is_recorded(
        self, client: Client, admin: User, world: ToyWorld
    ):
        form = {"is_enabled": "on", "kind": "update", "every_hours": "", "after_n_ratings": "50"}
        assert client.post("/runs/schedule/", form).status_code == 302
        schedule = RetrainSchedule.objects.get()
        assert (schedule.kind, schedule.every_hours, schedule.after_n_ratings) == (
            "update",
            None,
            50,
        )
        assert schedule.updated_by == admin

    def test_a_schedule_without_a_reason_to_start_comes_back(
        self, client: Client, admin: User, world: ToyWorld
    ):
        form = {"is_enabled": "on", "kind": "training", "every_hours": "", "after_n_ratings": ""}
        answer = client.post("/runs/schedule/", form)
        assert answer.status_code == 400
        assert "Say after how many hours" in answer.content.decode()

    def test_the_admin_has_the_one_schedule_to_change(
        self, client: Client, admin: User, world: ToyWorld
    ):
        answer = client.get("/admin/training/retrainschedule/", follow=True)
        assert answer.redirect_chain[-1][0].endswith("/retrainschedule/1/change/")
        form = {"is_enabled": "on", "kind": "training", "every_hours": "12", "after_n_ratings": ""}
        assert client.post(answer.redirect_chain[-1][0], form).status_code == 302
        schedule = RetrainSchedule.objects.get()
        assert (schedule.every_hours, schedule.updated_by) == (12, admin)

    def test_members_are_turned_away(self, client: Client, db: None):
        client.force_login(cast.member())
        assert client.get("/runs/schedule/").status_code == 403


class TestAdmin:
    def test_the_list_leads_to_the_form(self, client: Client, admin: User):
        assert f'href="{ADMIN}start/"' in page(client, ADMIN)

    @pytest.mark.parametrize(
        ("status", "possible"),
        [("queued", {"cancel"}), ("failed", {"retry"}), ("succeeded", {"activate"})],
    )
    def test_a_run_offers_what_can_be_done_to_it(
        self, client: Client, admin: User, status: str, possible: set[str]
    ):
        run = finished_run(status=status)
        html = page(client, f"{ADMIN}{run.pk}/change/")
        offered = {
            act
            for act in ("cancel", "retry", "activate", "adopt")
            if f'href="{ADMIN}{run.pk}/act/{act}/"' in html
        }
        assert offered == possible

    def test_a_run_is_watched_as_on_its_own_page(
        self, client: Client, world: ToyWorld, admin: User
    ):
        run = a_run_in_work()
        html = page(client, f"{ADMIN}{run.pk}/change/")
        assert f'hx-get="/runs/{run.pk}/?part=progress"' in html
        assert "70 s to go" in html
        assert "<polyline" in html
        assert "line 39" in html

    def test_a_finished_runs_numbers_stand_beside_the_baselines(
        self, client: Client, active: ModelRun, admin: User
    ):
        values = {"ndcg@10": 0.3, "ndcg@10 low": 0.28, "ndcg@10 high": 0.32}
        ModelRun.objects.filter(pk=active.pk).update(
            metrics={"served": values, "popularity": {"ndcg@10": 0.15}}
        )
        html = page(client, f"{ADMIN}{active.pk}/change/")
        assert html.index("Full ranking") < html.index("0.280") < html.index("0.1500")
        assert "Sampled ranking" in html
        assert "hx-get" not in html

    def test_nothing_happens_before_one_is_sure(self, client: Client, admin: User):
        run = ModelRun.objects.create()
        url = f"{ADMIN}{run.pk}/act/cancel/"
        assert f"Cancel run {run.pk}?" in page(client, url)
        assert not run.events.exists()
        answer = client.post(url, follow=True)
        assert "is being cancelled" in answer.content.decode()
        assert run.events.get().actor == admin

    def test_an_unknown_action_is_refused(self, client: Client, admin: User):
        run = ModelRun.objects.create()
        assert client.post(f"{ADMIN}{run.pk}/act/delete/").status_code == 403

    def test_staff_without_the_permission_see_and_do_nothing(self, client: Client, db: None):
        client.force_login(cast.member("clerk", is_staff=True, is_superuser=False))
        run = ModelRun.objects.create()
        assert client.get(f"{ADMIN}start/").status_code == 403
        assert client.post(f"{ADMIN}{run.pk}/act/cancel/").status_code == 403
