"""A row is deleted while another request uses it: this request is answered as a later one is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services import account_delete, member_lock, token_create
from movies.models import ListKind, Movie, PersonalImport, Rating
from movies.services import personal_imports
from movies.services.lists import list_add
from movies.services.personal_imports import import_delete
from recommendations.webhooks import services as webhooks
from recommendations.webhooks.member_services import member_event_tell, member_webhook_create
from recommendations.webhooks.models import MemberEvent, Webhook, WebhookDelivery, WebhookEvent
from recommendations.webhooks.services import (
    delivery_of,
    event_tell,
    webhook_create,
    webhook_delete,
)
from tests import cast
from tests.movies.bringing import bring, done, ratings
from tests.waiting import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_valkey"),
]

S = "/api/v1"
ADDRESS = "http://93.184.216.34/"


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "_send_task", lambda *_args: None)
    monkeypatch.setattr(personal_imports, "_send", lambda _job_id: None)


@pytest.fixture
def ada() -> User:
    return cast.member()


@pytest.fixture
def heat() -> Movie:
    return cast.movie("Heat", imdb_id="tt0113277")


@pytest.fixture
def program(ada: User) -> Client:
    """Return a client with a token of the member."""
    _token, secret = token_create(user=ada, name="t", scopes=["read", "rate"])
    return Client(headers={"Authorization": f"Bearer {secret}"})


def answer_while(change: Callable[[], object], request: Callable[[], Any]) -> Any:
    """Return the answer to a request that comes while a change is not yet committed."""
    answers: list[Any] = []
    at_once(change, lambda: answers.append(request()))
    [answer] = answers
    return answer


class TestAnImportThatIsDeletedMeanwhile:
    @pytest.fixture
    def job(self, ada: User, heat: Movie) -> PersonalImport:
        return done(bring(ada, ratings("2021-03-04,Heat,1995,https://boxd.it/a,4.5")))

    @pytest.mark.parametrize("action", ["", "undo/"])
    def test_is_not_found_by_a_program(self, job: PersonalImport, program: Client, action: str):
        send = program.post if action else program.delete
        address = f"{S}/me/imports/{job.pk}/{action}"
        answer = answer_while(lambda: import_delete(job=job), lambda: send(address))
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize("action", ["cancel/", "accept/", "answers/"])
    def test_is_not_found_or_in_another_state(
        self, ada: User, heat: Movie, program: Client, action: str
    ):
        job = bring(ada, ratings("2021-03-04,Heat,1995,https://boxd.it/a,4.5"))
        address = f"{S}/me/imports/{job.pk}/{action}"
        answer = answer_while(
            lambda: import_delete(job=job),
            lambda: program.post(address, {}, "application/json"),
        )
        assert answer.status_code in {404, 409}

    @pytest.mark.parametrize("name", ["import-delete", "import-undo"])
    def test_is_not_found_on_a_page(self, job: PersonalImport, ada: User, name: str):
        client = Client()
        client.force_login(ada)
        address = reverse(f"movies:{name}", args=[job.pk])
        answer = answer_while(lambda: import_delete(job=job), lambda: client.post(address))
        assert answer.status_code == 404


ROWS: dict[str, tuple[str, str, Callable[[Movie], Any]]] = {
    "a rating": ("put", "/ratings/{id}/", lambda _film: {"stars": 4}),
    "many ratings": (
        "post",
        "/ratings/bulk/",
        lambda film: {"ratings": [{"movie_id": film.pk, "stars": 4}]},
    ),
    "a list": ("put", "/lists/seen/{id}/", lambda _film: {}),
    "many on a list": ("post", "/lists/seen/bulk/", lambda film: {"add": [film.pk]}),
}


class TestAnAccountThatIsDeletedMeanwhile:
    @pytest.mark.parametrize("what", ROWS)
    @pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "once"}])
    def test_is_refused_as_later(
        self, ada: User, heat: Movie, program: Client, what: str, key: dict[str, str]
    ):
        method, path, body = ROWS[what]
        address = S + path.format(id=heat.pk)
        send = getattr(program, method)
        answer = answer_while(
            lambda: account_delete(user=ada, password=cast.PASSWORD),
            lambda: send(address, body(heat), "application/json", headers=key),
        )
        assert answer.status_code == 401
        assert answer.json()["detail"] == program.get(f"{S}/ratings/").json()["detail"]
        assert "WWW-Authenticate" in answer
        assert not Rating.objects.exists()

    def test_a_file_is_refused_as_later(self, ada: User, program: Client):
        file = SimpleUploadedFile("ratings.csv", ratings("2021-03-04,Heat,1995,x,4").encode())
        answer = answer_while(
            lambda: account_delete(user=ada, password=cast.PASSWORD),
            lambda: program.post(f"{S}/me/imports/", {"file": file}),
        )
        assert answer.status_code == 401

    def test_a_page_is_answered_as_to_a_visitor(self, ada: User, heat: Movie):
        client = Client()
        client.force_login(ada)
        address = reverse("movies:import")
        file = SimpleUploadedFile("ratings.csv", ratings("2021-03-04,Heat,1995,x,4").encode())
        answer = answer_while(
            lambda: account_delete(user=ada, password=cast.PASSWORD),
            lambda: client.post(address, {"file": file}),
        )
        assert (answer.status_code, answer["Location"]) == (302, address)
        assert not User.objects.exists()


class TestAWebhookThatIsDeletedMeanwhile:
    @pytest.fixture
    def hook(self, ada: User) -> Webhook:
        return member_webhook_create(user=ada, url=ADDRESS, events=list(MemberEvent))

    def delivery(self, hook: Webhook) -> WebhookDelivery:
        delivery = delivery_of(hook, MemberEvent.IMPORT_FINISHED, {"import": 1})
        delivery.save()
        return delivery

    def test_is_told_nothing_more(self, hook: Webhook, program: Client):
        own = f"{S}/me/webhooks/{hook.pk}/"
        redeliver = f"{own}deliveries/{self.delivery(hook).pk}/redeliver/"
        answer = answer_while(lambda: webhook_delete(webhook=hook), lambda: program.post(redeliver))
        assert answer.status_code == 404
        assert not WebhookDelivery.objects.exists()

    def test_of_staff_is_told_nothing_more(self):
        grace = cast.member("grace", is_staff=True)
        hook = webhook_create(url=ADDRESS, events=["run.finished"], created_by=grace)
        own = f"{S}/webhooks/{hook.pk}/deliveries/{self.delivery(hook).pk}/redeliver/"
        client = Client()
        client.force_login(grace)
        answer = answer_while(lambda: webhook_delete(webhook=hook), lambda: client.post(own))
        assert answer.status_code == 404

    def test_of_staff_that_is_off_repeats_nothing(self):
        grace = cast.member("grace", is_staff=True)
        hook = webhook_create(url=ADDRESS, events=["run.finished"], created_by=grace)
        delivery = self.delivery(hook)
        Webhook.objects.update(is_active=False)
        client = Client()
        client.force_login(grace)
        address = f"{S}/webhooks/{hook.pk}/deliveries/{delivery.pk}/redeliver/"
        assert client.post(address).status_code == 409

    def test_is_not_made_again_by_a_change(self, hook: Webhook, program: Client):
        own, change = f"{S}/me/webhooks/{hook.pk}/", {"is_active": False}
        answer = answer_while(
            lambda: webhook_delete(webhook=hook),
            lambda: program.patch(own, change, "application/json"),
        )
        assert answer.status_code == 404
        assert not Webhook.objects.exists()

    def test_does_not_stop_a_rating(self, hook: Webhook, heat: Movie, program: Client):
        body = {"stars": 4}
        answer = answer_while(
            lambda: webhook_delete(webhook=hook),
            lambda: program.put(f"{S}/ratings/{heat.pk}/", body, "application/json"),
        )
        assert answer.status_code == 201
        assert Rating.objects.get().half_stars == 8

    def test_does_not_stop_a_worker_that_tells_of_a_run(self):
        hook = webhook_create(url=ADDRESS, events=["run.finished"], created_by=None)
        at_once(
            lambda: webhook_delete(webhook=hook),
            lambda: event_tell(WebhookEvent.RUN_FINISHED, {"run": 1}),
        )
        assert not WebhookDelivery.objects.exists()

    def test_is_deleted_with_an_event_that_comes_meanwhile(self, hook: Webhook, program: Client):
        answer = answer_while(
            lambda: member_event_tell(
                user_id=hook.owner_id or 0, event=MemberEvent.IMPORT_FINISHED, data={}
            ),
            lambda: program.delete(f"{S}/me/webhooks/{hook.pk}/"),
        )
        assert answer.status_code == 204
        assert not WebhookDelivery.objects.exists()


def test_an_account_is_deleted_with_what_comes_meanwhile(ada: User, heat: Movie, program: Client):
    def put_on_a_list() -> None:
        member_lock(user=ada)
        list_add(user=ada, movie=heat, kind=ListKind.SEEN)

    body = {"password": cast.PASSWORD}
    answer = answer_while(
        put_on_a_list,
        lambda: program.post(f"{S}/me/delete/", body, "application/json"),
    )
    assert answer.status_code == 204
    assert not User.objects.exists()
