"""Webhooks of members: their own events, and nobody else's."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from accounts.exports import export
from accounts.models import ApiToken, User
from accounts.services import token_create, token_revoke
from movies.models import PersonalImport
from movies.services.bulk_ratings import ratings_clear, ratings_set
from movies.services.personal_imports import import_cancel, import_do
from movies.services.ratings import rating_clear, rating_set, ratings_adopt
from recommendations.training.models import ModelRun
from recommendations.training.services.activation import run_activate
from recommendations.webhooks import services as webhooks
from recommendations.webhooks.member_services import (
    MAX_WAITING,
    MAX_WEBHOOKS,
    member_event_tell,
    member_webhook_create,
    ratings_tell,
)
from recommendations.webhooks.models import MemberEvent, Webhook, WebhookDelivery
from recommendations.webhooks.services import delivery_attempt, url_check
from tests import cast
from tests.recommendations.webhooks.receiver import Receiver, receiving

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("full_allowance")]

URL = "/api/v1/me/webhooks/"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float]]:
    """Deliveries that a worker would be woken for, and after how many seconds."""
    calls: list[tuple[int, float]] = []
    monkeypatch.setattr(webhooks, "_send_task", lambda *args: calls.append(args))
    return calls


@pytest.fixture
def ada() -> User:
    return cast.member("ada")


@pytest.fixture
def hook(ada: User, receiver: Receiver) -> Webhook:
    return member_webhook_create(user=ada, url=receiver.url, events=list(MemberEvent))


def bearer(user: User, *scopes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_create(user=user, name='t', scopes=scopes)[1]}"}


def told() -> list[tuple[str, Any]]:
    """Events and their data, the first first."""
    deliveries = WebhookDelivery.objects.order_by("pk")
    return [(one.event, json.loads(one.body)["data"]) for one in deliveries]


def make(client: Client, headers: dict[str, str], **body: Any) -> Any:
    body = {"url": "http://93.184.216.34/", "events": ["ratings.changed"]} | body
    return client.post(URL, body, "application/json", headers=headers)


def test_a_member_makes_changes_and_deletes_a_webhook(client: Client, ada: User):
    headers = bearer(ada, "read", "rate")
    made = make(client, headers)
    assert made.status_code == 201, made.json()
    address, body = made["Location"], made.json()
    assert body["secret"].startswith("whsec_")
    assert body["secret"] == Webhook.objects.get().secret
    [listed] = client.get(URL, headers=headers).json()["results"]
    assert "secret" not in listed
    assert listed["events"] == ["ratings.changed"]
    change = {"events": ["import.finished"], "is_active": False}
    changed = client.patch(address, change, "application/json", headers=headers).json()
    assert (changed["events"], changed["is_active"]) == (["import.finished"], False)
    assert client.delete(address, headers=headers).status_code == 204
    assert client.get(address, headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"events": ["run.finished"]}, "#/events/0"),
        ({"events": []}, "#/events"),
        ({"url": "ftp://example.org/"}, "#/url"),
        ({"url": "http://no-such-host.invalid/"}, "#/url"),
        ({"url": "http://93.184.216.34/#f"}, "#/url"),
        ({"url": "http://user@93.184.216.34/"}, "#/url"),
        ({"url": "http://93.184.216.34:80/"}, "#/url"),
        ({"owner": 1}, "#/owner"),
    ],
)
def test_what_a_member_may_not_make_is_refused_by_name(
    client: Client, ada: User, body: dict[str, Any], pointer: str
):
    answer = make(client, bearer(ada, "rate"), **body)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not Webhook.objects.exists()


def test_a_member_has_five_webhooks_at_most(client: Client, ada: User):
    headers = bearer(ada, "rate")
    codes = [make(client, headers).status_code for _ in range(MAX_WEBHOOKS + 1)]
    assert codes == [201] * MAX_WEBHOOKS + [409]
    assert make(client, bearer(cast.member("bob"), "rate")).status_code == 201


def test_only_the_owner_reads_and_repeats_what_was_told(client: Client, hook: Webhook, ada: User):
    member_event_tell(user_id=ada.pk, event=MemberEvent.IMPORT_FINISHED, data={"import": 1})
    delivery = WebhookDelivery.objects.get()
    listed, one = f"{URL}{hook.pk}/deliveries/", f"{URL}{hook.pk}/deliveries/{delivery.pk}/"
    own, others = bearer(ada, "read", "rate"), bearer(cast.member("bob"), "read", "rate")
    staff = bearer(cast.member("grace", is_staff=True, is_superuser=True), "read", "rate", "admin")
    [told_here] = client.get(listed, headers=own).json()["results"]
    assert json.loads(told_here["body"])["data"] == {"import": 1}
    again = client.post(f"{one}redeliver/", headers=own)
    assert again.status_code == 201
    assert client.get(again["Location"], headers=own).json()["event_id"] == told_here["event_id"]
    for headers in (others, staff):
        for path in (f"{URL}{hook.pk}/", listed, one):
            assert client.get(path, headers=headers).status_code == 404
        assert client.post(f"{one}redeliver/", headers=headers).status_code == 404
    assert client.get("/api/v1/webhooks/", headers=staff).json()["results"] == []
    assert client.get(f"/api/v1/webhooks/{hook.pk}/", headers=staff).status_code == 404


def test_a_webhook_that_is_off_repeats_nothing(client: Client, hook: Webhook, ada: User):
    member_event_tell(user_id=ada.pk, event=MemberEvent.IMPORT_FINISHED, data={})
    Webhook.objects.update(is_active=False)
    one = f"{URL}{hook.pk}/deliveries/{WebhookDelivery.objects.get().pk}/redeliver/"
    assert client.post(one, headers=bearer(ada, "rate")).status_code == 409


def test_ratings_of_a_few_seconds_are_one_event(
    hook: Webhook,
    ada: User,
    receiver: Receiver,
    django_capture_on_commit_callbacks,
    woken: list[tuple[int, float]],
):
    heat, alien, ran = cast.movie("Heat"), cast.movie("Alien"), cast.movie("Ran")
    cast.member("bob").webhooks.create(url=receiver.url, events=list(MemberEvent))
    with django_capture_on_commit_callbacks(execute=True):
        rating_set(user=ada, movie=heat, half_stars=9)
        rating_clear(user=ada, movie=heat)
        ratings_set(user=ada, half_stars_of={alien.pk: 4})
        ratings_adopt(user=ada, half_stars_of={alien.pk: 10, ran.pk: 8})
        ratings_clear(user=ada, movie_ids=[ran.pk])
    [(event, data)] = told()
    assert event == "ratings.changed"
    stars = {rating["movie_id"]: rating["stars"] for rating in data["ratings"]}
    assert stars == {heat.pk: None, alien.pk: 2.0, ran.pk: None}
    delivery = WebhookDelivery.objects.get()
    assert woken == [(delivery.pk, 6.0)]
    assert delivery_attempt(delivery.pk) is None  # it still collects
    WebhookDelivery.objects.update(next_attempt_at=timezone.now())
    assert delivery_attempt(delivery.pk)
    assert json.loads(receiver.requests[0][1])["data"] == data
    rating_set(user=ada, movie=heat, half_stars=2)
    assert len(told()) == 2


@pytest.mark.parametrize("is_bulk", [True, False])
def test_a_rating_that_is_sent_again_unchanged_is_no_event(hook: Webhook, ada: User, is_bulk: bool):
    heat, alien, at = cast.movie("Heat"), cast.movie("Alien"), timezone.now()

    def send(half_stars: int, **times: datetime) -> None:
        if is_bulk:
            rated_at_of = {heat.pk: at, alien.pk: at} if times else None
            stars_of = {heat.pk: half_stars, alien.pk: 4}
            ratings_set(user=ada, half_stars_of=stars_of, rated_at_of=rated_at_of)
        else:
            rating_set(user=ada, movie=heat, half_stars=half_stars, **times)

    send(9, rated_at=at)
    WebhookDelivery.objects.all().delete()
    send(9)
    send(9, rated_at=at)
    assert told() == []
    send(8)
    [(_event, data)] = told()
    assert [rating["movie_id"] for rating in data["ratings"]] == [heat.pk]


def test_changed_ratings_have_the_ids_of_their_films_at_other_sites(hook: Webhook, ada: User):
    ids: dict[str, Any] = {"movielens_id": 6, "imdb_id": "tt0113277", "tmdb_id": 949}
    heat, alien = cast.movie("Heat", **ids), cast.movie("Alien")
    ratings_set(user=ada, half_stars_of={heat.pk: 9, alien.pk: 8})
    [(_event, data)] = told()
    of_film = {rating["movie_id"]: rating for rating in data["ratings"]}
    assert {name: of_film[heat.pk][name] for name in ids} == ids
    assert [of_film[alien.pk][name] for name in ids] == [None, "", None]


def test_more_ratings_than_an_event_holds_are_several(hook: Webhook, ada: User):
    ratings = [{"movie_id": i, "stars": 4.0, "rated_at": None} for i in range(1_500)]
    ratings_tell(user_id=ada.pk, ratings_of=lambda: ratings)
    ids = [rating["movie_id"] for _event, data in told() for rating in data["ratings"]]
    assert sorted(ids) == list(range(1_500))
    assert max(len(data["ratings"]) for _event, data in told()) == 1_000


def test_the_end_of_an_import_is_told(hook: Webhook, ada: User, django_capture_on_commit_callbacks):
    job = PersonalImport.objects.create(
        user=ada, file_name="a.csv", status=PersonalImport.Status.READY
    )
    with django_capture_on_commit_callbacks(execute=True):
        import_cancel(job=job)
    [(event, data)] = told()
    assert event == "import.finished"
    assert (data["import"], data["status"]) == (job.pk, "cancelled")


@pytest.mark.parametrize("key", [None, "a"])
def test_a_file_that_is_refused_at_once_sends_no_event(
    hook: Webhook,
    ada: User,
    client: Client,
    django_capture_on_commit_callbacks,
    key: str | None,
):
    headers = bearer(ada, "rate") | ({"Idempotency-Key": key} if key else {})
    with django_capture_on_commit_callbacks(execute=True):
        file = ContentFile(b"nothing that can be read", name="ratings.csv")
        answer = client.post("/api/v1/me/imports/", {"file": file}, headers=headers)
    assert answer.status_code == 400
    assert told() == []


def test_a_file_that_a_worker_refuses_is_told(
    hook: Webhook, ada: User, django_capture_on_commit_callbacks
):
    job = PersonalImport(user=ada, file_name="a.csv")
    job.upload.save("a.csv", ContentFile(b"nothing that can be read"))
    with django_capture_on_commit_callbacks(execute=True):
        import_do(job.pk)
    [(event, data)] = told()
    assert event == "import.finished"
    assert (data["import"], data["status"]) == (job.pk, "failed")


def test_another_model_is_told_to_every_member_who_asked(
    hook: Webhook,
    receiver: Receiver,
    active: ModelRun,
    trained: Callable[[], ModelRun],
    django_capture_on_commit_callbacks,
):
    bob = cast.member("bob")
    member_webhook_create(user=bob, url=receiver.url, events=["recommendations.changed"])
    member_webhook_create(user=bob, url=receiver.url, events=["ratings.changed"])
    run = trained()
    WebhookDelivery.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        run_activate(run=run, activated_by=None, reason="By hand.")
    assert active.pk != run.pk
    assert told() == [("recommendations.changed", {"model_version": run.pk})] * 2


def test_a_webhook_ends_with_its_token_and_with_its_owner(
    client: Client, ada: User, receiver: Receiver
):
    token, secret = token_create(user=ada, name="TV", scopes=["rate"])
    made = make(client, {"Authorization": f"Bearer {secret}"}, url=receiver.url)
    assert made.status_code == 201

    def n_told() -> int:
        ratings_tell(user_id=ada.pk, ratings_of=lambda: [{"movie_id": 1, "stars": 1.0}])
        n_deliveries, _ = WebhookDelivery.objects.all().delete()
        return n_deliveries

    assert n_told() == 1
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert n_told() == 0
    User.objects.filter(pk=ada.pk).update(is_active=True)
    ratings_tell(user_id=ada.pk, ratings_of=lambda: [{"movie_id": 1, "stars": 1.0}])
    waiting = WebhookDelivery.objects.get()
    WebhookDelivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    token_revoke(token=token)
    assert delivery_attempt(waiting.pk) is None
    assert n_told() == 1  # the one that waited, and no other
    assert receiver.requests == []


@pytest.mark.parametrize("end", ["revoked_at", "expires_at"])
def test_a_webhook_whose_token_ended_is_off_for_good(client: Client, ada: User, end: str):
    token, secret = token_create(user=ada, name="TV", scopes=["rate"])
    addresses = [
        make(client, {"Authorization": f"Bearer {secret}"})["Location"] for _ in range(MAX_WEBHOOKS)
    ]
    headers = bearer(ada, "read", "rate")
    assert make(client, headers).status_code == 409
    ended_at = timezone.now() - timedelta(minutes=1)
    ApiToken.objects.filter(pk=token.pk).update(**{end: ended_at})
    for shown in client.get(URL, headers=headers).json()["results"]:
        assert not shown["is_active"]
        assert datetime.fromisoformat(shown["disabled_at"]) == ended_at
    assert {row["is_active"] for row in export(ada)["webhooks"]} == {False}
    events = {"events": ["import.finished"]}
    changed = client.patch(addresses[0], events, "application/json", headers=headers)
    assert (changed.status_code, changed.json()["is_active"]) == (200, False)
    for address in addresses[:2]:
        on = client.patch(address, {"is_active": True}, "application/json", headers=headers)
        assert on.status_code == 409
    assert make(client, headers).status_code == 201  # those five do not count


def test_an_address_that_takes_nothing_gets_no_more(hook: Webhook, ada: User):
    for _ in range(MAX_WAITING + 3):
        member_event_tell(user_id=ada.pk, event=MemberEvent.IMPORT_FINISHED, data={})
    assert WebhookDelivery.objects.count() == MAX_WAITING


def test_another_password_switches_webhooks_off(hook: Webhook, ada: User):
    ada.set_password("another long password 7")
    ada.save()
    hook.refresh_from_db()
    assert not hook.is_active


def test_webhooks_are_in_the_export_and_go_with_the_account(hook: Webhook, ada: User):
    [row] = export(ada)["webhooks"]
    assert row["url"] == hook.url
    assert hook.secret not in json.dumps(export(ada), default=str)
    member_event_tell(user_id=ada.pk, event=MemberEvent.IMPORT_FINISHED, data={})
    ada.delete()
    assert not Webhook.objects.exists()
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("http://example.org/", "https"),
        ("https://example.org:8443/", "port 443"),
        ("https://127.0.0.1/", "public internet"),
        ("https://169.254.169.254/latest/", "public internet"),
    ],
)
def test_a_members_address_never_leads_into_the_sites_network(settings, url: str, word: str):
    settings.IS_PRODUCTION = settings.WEBHOOK_PRIVATE_ADDRESSES = True  # staff may go there
    with pytest.raises(ValidationError, match=word):
        url_check(url, of_member=True)


def test_delivery_checks_the_address_again(hook: Webhook, receiver: Receiver, ada: User, settings):
    member_event_tell(user_id=ada.pk, event=MemberEvent.IMPORT_FINISHED, data={})
    settings.IS_PRODUCTION = settings.WEBHOOK_PRIVATE_ADDRESSES = True
    delivery = delivery_attempt(WebhookDelivery.objects.get().pk)
    assert delivery is not None
    assert "public internet" in delivery.error
    assert receiver.requests == []
