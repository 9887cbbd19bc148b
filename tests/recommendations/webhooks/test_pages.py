"""The page on which members keep their webhooks."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import token_create, token_revoke
from recommendations.webhooks import services as webhooks
from recommendations.webhooks.member_services import MAX_WEBHOOKS, member_webhook_create
from recommendations.webhooks.models import MemberEvent, Webhook, WebhookDelivery
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("full_allowance")]

URL = "/accounts/webhooks/"
ADDRESS = "http://93.184.216.34/hook"
RATINGS = MemberEvent.RATINGS_CHANGED


@pytest.fixture(autouse=True)
def asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep deliveries in the database: no task is sent to a worker."""
    monkeypatch.setattr(webhooks, "_send_task", lambda *_: None)


@pytest.fixture
def ada(client: Client) -> User:
    ada = cast.member("ada")
    client.force_login(ada)
    return ada


def make(client: Client, **fields: Any) -> Any:
    return client.post(URL, {"url": ADDRESS, "events": [RATINGS]} | fields)


def test_the_profile_leads_there(client: Client, ada: User):
    assert f'href="{URL}"' in client.get("/accounts/profile/").content.decode()


def test_a_new_webhook_shows_its_secret_this_once(client: Client, ada: User):
    made = make(client)
    webhook = Webhook.objects.get()
    assert (webhook.owner, webhook.url, webhook.events) == (ada, ADDRESS, [RATINGS])
    assert webhook.secret in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    later = client.get(URL).content.decode()
    assert webhook.secret not in later
    assert ADDRESS in later
    assert "Your ratings changed" in later
    assert "None yet" in later


def test_the_last_delivery_is_shown(client: Client, ada: User):
    webhook = member_webhook_create(user=ada, url=ADDRESS, events=[RATINGS])
    for status, error in (("delivered", ""), ("failed", "The receiver answered 503.")):
        delivery = webhooks.delivery_of(webhook, RATINGS, {"ratings": []})
        delivery.status, delivery.error = status, error
        delivery.save()
    ((shown, last),) = client.get(URL).context["webhooks"]
    assert shown == webhook
    assert last.status == WebhookDelivery.Status.FAILED
    assert "The receiver answered 503." in client.get(URL).content.decode()


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"url": "ftp://example.org/"}, "url"),
        ({"url": "http://no-such-host.invalid/"}, "url"),
        ({"url": "http://user:secret@93.184.216.34/"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["run.finished"]}, "events"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    client: Client, ada: User, fields: dict[str, Any], place: str
):
    refused = make(client, **fields)
    assert list(refused.context["form"].errors) == [place]
    assert not Webhook.objects.exists()


def test_there_are_five_at_most(client: Client, ada: User):
    for _ in range(MAX_WEBHOOKS):
        make(client)
    assert 'name="url"' not in client.get(URL).content.decode()
    refused = make(client)
    assert refused.context["form"].non_field_errors()
    assert Webhook.objects.count() == MAX_WEBHOOKS


def test_it_is_switched_off_and_on_and_deleted(client: Client, ada: User):
    webhook = member_webhook_create(user=ada, url=ADDRESS, events=[RATINGS])
    for is_active in (False, True):
        client.post(f"{URL}{webhook.pk}/switch/")
        webhook.refresh_from_db()
        assert webhook.is_active is is_active
    answer = client.post(f"{URL}{webhook.pk}/delete/", follow=True)
    assert f"{ADDRESS} is no longer called." in answer.content.decode()
    assert not Webhook.objects.exists()


def test_those_whose_token_has_ended_stay_off_and_leave_room_for_others(client: Client, ada: User):
    token, _secret = token_create(user=ada, name="t", scopes=["rate"])
    for _ in range(MAX_WEBHOOKS):
        member_webhook_create(user=ada, url=ADDRESS, events=[RATINGS], token=token)
    token_revoke(token=token)
    page = client.get(URL).content.decode()
    assert "Ended with its token" in page
    assert "/switch/" not in page
    assert 'id="new-title"' in page
    answer = client.post(f"{URL}{Webhook.objects.all()[0].pk}/switch/", follow=True)
    assert "The token that made this webhook has ended." in answer.content.decode()


@pytest.mark.parametrize("act", ["switch", "delete"])
def test_another_members_is_not_found(client: Client, ada: User, act: str):
    other = member_webhook_create(user=cast.member("bob"), url=ADDRESS, events=[RATINGS])
    assert client.post(f"{URL}{other.pk}/{act}/").status_code == 404
    assert client.get(f"{URL}{other.pk}/{act}/").status_code == 405
    assert ADDRESS not in client.get(URL).content.decode()
    assert Webhook.objects.get().is_active


def test_a_stranger_is_asked_to_log_in(client: Client):
    for path in (URL, f"{URL}1/switch/", f"{URL}1/delete/"):
        assert client.post(path)["Location"].startswith("/accounts/login/")


def test_every_page_costs_the_same_number_of_queries(
    client: Client, ada: User, django_assert_max_num_queries: Any
):
    for _ in range(MAX_WEBHOOKS):
        webhook = member_webhook_create(user=ada, url=ADDRESS, events=[RATINGS])
        webhooks.delivery_of(webhook, RATINGS, {"ratings": []}).save()
    with django_assert_max_num_queries(6):
        client.get(URL)
