import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from common.net import is_public
from recommendations.training.models import ModelRun
from recommendations.training.services.activation import run_activate
from recommendations.training.signals import send_run_finished
from recommendations.webhooks import services as webhooks
from recommendations.webhooks.models import Webhook, WebhookDelivery, WebhookEvent
from recommendations.webhooks.services import (
    deliveries_wake,
    delivery_attempt,
    event_tell,
    public_address,
    retry_delay,
    webhook_create,
    webhook_delete,
    webhook_redeliver,
    webhook_update,
)
from tests import cast
from tests.recommendations.webhooks.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db

DOCS = Path(__file__).parents[3] / "docs" / "webhooks.md"
Status = WebhookDelivery.Status


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float]]:
    """Whom a worker would be woken for, and after how many seconds."""
    calls: list[tuple[int, float]] = []
    monkeypatch.setattr(webhooks, "_send_task", lambda *args: calls.append(args))
    return calls


@pytest.fixture
def hook(receiver: Receiver) -> Webhook:
    return webhook_create(url=receiver.url, events=list(WebhookEvent), created_by=None)


def tell() -> WebhookDelivery:
    [delivery] = event_tell(WebhookEvent.RUN_FINISHED, {"run": 7, "status": "succeeded"})
    return delivery


def attempt(delivery: WebhookDelivery) -> WebhookDelivery:
    """Try as if it were due."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(next_attempt_at=timezone.now())
    assert delivery_attempt(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def getaddrinfo(host: str, port: int, **_: object) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr("common.net.socket.getaddrinfo", getaddrinfo)


def documented(monkeypatch: pytest.MonkeyPatch, secret: str) -> dict[str, Any]:
    """Run the documentation's Python."""
    monkeypatch.setenv("MARQUEE_WEBHOOK_SECRET", secret)
    monkeypatch.setenv("PORT", "0")
    names: dict[str, Any] = {"__name__": "documented"}
    for block in re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL):
        exec(block, names)
    return names


def test_an_event_is_told_and_recorded(
    hook: Webhook, receiver: Receiver, django_capture_on_commit_callbacks, woken
):
    with django_capture_on_commit_callbacks(execute=True):
        delivery = tell()
    assert woken == [(delivery.pk, 0.0)]
    delivery = attempt(delivery)
    assert (delivery.status, delivery.n_attempts, delivery.response_code) == (
        Status.DELIVERED,
        1,
        204,
    )
    [(headers, body)] = receiver.requests
    told = json.loads(body)
    assert told["id"] == str(delivery.event_id) == headers["Marquee-Event-Id"]
    assert told["type"] == "run.finished" == headers["Marquee-Event"]
    assert told["data"] == {"run": 7, "status": "succeeded"}
    assert headers["Host"] == f"localhost:{receiver.server_port}"


def test_an_event_tells_times_as_the_api_does(hook: Webhook):
    time = timezone.now().replace(microsecond=123_456)
    told = json.loads(webhooks.delivery_of(hook, "run.finished", {"finished_at": time}).body)
    assert told["data"]["finished_at"].endswith(".123456Z")


def test_the_documented_check_accepts_our_signature_and_no_other(
    hook: Webhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    attempt(tell())
    [(headers, body)] = receiver.requests
    names = documented(monkeypatch, hook.secret)
    names["server"].server_close()
    is_genuine, header = names["is_genuine"], headers["Marquee-Signature"]
    assert is_genuine(hook.secret, header, body)
    assert not is_genuine(hook.secret, header, body + b" ")
    assert not is_genuine("whsec_of-somebody-else", header, body)
    assert not is_genuine(hook.secret, re.sub(r"t=\d+", "t=1700000000", header), body)
    assert not is_genuine(hook.secret, "", body)


def test_the_documented_receiver_takes_our_events(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    hook = Webhook(url="http://localhost/", events=list(WebhookEvent))
    server = documented(monkeypatch, hook.secret)["server"]
    monkeypatch.setattr(server.RequestHandlerClass, "log_message", lambda *_: None)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        hook.url = f"http://127.0.0.1:{server.server_port}/"
        hook.save()
        assert attempt(tell()).response_code == 204
        Webhook.objects.update(nonce=b"another secret..")
        assert attempt(tell()).response_code == 403
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert "run.finished {'run': 7, 'status': 'succeeded'}" in capsys.readouterr().out


def test_the_secret_is_not_in_the_database(hook: Webhook, settings):
    secret = hook.secret
    assert secret.startswith("whsec_")
    assert secret == Webhook.objects.get().secret
    settings.SECRET_KEY = "another site"
    assert Webhook.objects.get().secret != secret


@pytest.mark.parametrize("code", [500, 404, 302])
def test_a_refusal_is_tried_again_later(
    hook: Webhook, receiver: Receiver, woken: list[tuple[int, float]], code: int
):
    receiver.answers = [code]
    delivery = attempt(tell())
    assert (delivery.status, delivery.response_code) == (Status.WAITING, code)
    assert str(code) in delivery.error
    assert delivery.next_attempt_at
    assert delivery.next_attempt_at > timezone.now() + timedelta(seconds=25)
    assert 25 < woken[-1][1] < 40
    assert delivery_attempt(delivery.pk) is None  # it is not due
    receiver.answers = [200]
    assert attempt(delivery).status == Status.DELIVERED
    hook.refresh_from_db()
    assert hook.failing_since is None


def test_an_address_where_nobody_listens_is_an_error_in_words(hook: Webhook):
    Webhook.objects.update(url="http://localhost:1/")
    delivery = attempt(tell())
    assert delivery.response_code is None
    assert "ConnectError" in delivery.error


def test_a_receiver_that_takes_too_long_is_left_and_tried_again(
    hook: Webhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(webhooks, "TIMEOUT_SECONDS", 0.05)
    receiver.seconds = 0.5
    delivery = attempt(tell())
    assert (delivery.status, delivery.response_code) == (Status.WAITING, None)
    assert delivery.error.startswith("ReadTimeout")


def test_one_that_sends_a_byte_now_and_then_is_left_when_the_tasks_time_is_over(
    hook: Webhook, monkeypatch: pytest.MonkeyPatch
):
    def dripping(*_: object) -> int:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(webhooks, "_post", dripping)
    delivery = attempt(tell())
    assert (delivery.status, delivery.error) == (Status.WAITING, "The receiver took too long.")


def test_the_waits_grow_and_end(hook: Webhook, receiver: Receiver):
    assert [retry_delay(n).total_seconds() for n in (1, 2, 3)] == [30, 120, 480]
    receiver.answers = [500]
    delivery = tell()
    for _ in range(webhooks.MAX_ATTEMPTS):
        delivery = attempt(delivery)
    assert (delivery.status, delivery.n_attempts) == (Status.FAILED, webhooks.MAX_ATTEMPTS)
    assert delivery.next_attempt_at is None
    assert delivery.finished_at


def test_what_failed_for_too_long_is_switched_off_and_can_be_switched_on(
    hook: Webhook, receiver: Receiver
):
    receiver.answers = [500]
    attempt(tell())
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=4))
    attempt(tell())
    hook.refresh_from_db()
    assert hook.disabled_at
    assert not Webhook.objects.filter(is_active=True)
    assert event_tell(WebhookEvent.RUN_FINISHED, {}) == []
    webhook_update(webhook=hook, events=["run.finished"], is_active=True)
    hook.refresh_from_db()
    assert hook.failing_since is None
    assert hook.is_active
    assert tell()


def test_two_workers_do_not_tell_twice(hook: Webhook, receiver: Receiver):
    delivery = tell()
    assert delivery_attempt(delivery.pk)
    assert delivery_attempt(delivery.pk) is None
    assert len(receiver.requests) == 1


def test_what_a_lost_message_left_is_found_again(
    hook: Webhook, django_capture_on_commit_callbacks, woken: list[tuple[int, float]]
):
    delivery = tell()
    later = tell()
    WebhookDelivery.objects.filter(pk=later.pk).update(
        next_attempt_at=timezone.now() + timedelta(hours=1)
    )
    with django_capture_on_commit_callbacks(execute=True):
        assert deliveries_wake() == 1
    assert woken == [(delivery.pk, 0.0)]


def test_a_redelivery_is_the_same_event(hook: Webhook, receiver: Receiver):
    first = attempt(tell())
    again = attempt(webhook_redeliver(delivery=first))
    assert again.pk != first.pk
    assert receiver.requests[0][1] == receiver.requests[1][1]


def test_only_the_events_that_were_asked_for_are_told(receiver: Receiver):
    hook = webhook_create(url=receiver.url, events=["version.activated"], created_by=None)
    assert event_tell(WebhookEvent.RUN_FINISHED, {}) == []
    assert len(event_tell(WebhookEvent.VERSION_ACTIVATED, {})) == 1
    webhook_delete(webhook=hook)
    assert not WebhookDelivery.objects.exists()


def test_runs_and_activations_are_told(
    hook: Webhook,
    active: ModelRun,
    trained: Callable[[], ModelRun],
    django_capture_on_commit_callbacks,
):
    with django_capture_on_commit_callbacks(execute=True):
        run_activate(run=trained(), activated_by=cast.member("eve"), reason="By hand.")
        send_run_finished(active.pk)
    told = {d.event: json.loads(d.body)["data"] for d in WebhookDelivery.objects.all()}
    assert told["version.activated"]["activated_by"] == "eve"
    assert told["run.finished"]["run"] == active.pk
    assert told["run.finished"]["status"] == "succeeded"


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("ftp://localhost/", "https"),
        ("nonsense", "valid URL"),
        ("https://user:pass@localhost/", "password"),
        ("https://localhost:0/", "no address"),
        ("https://localhost:65536/", "valid URL|no address"),
        ("https://no-such-host.invalid/", "cannot be found"),
        ("https://user@localhost/", "user name"),
        ("https://:@localhost/", "user name|valid URL"),
        ("https://@localhost/", "user name|valid URL"),
        ("https://localhost/#f", "fragment"),
        ("https://localhost/#", "fragment"),
        ("https://localhost/?a=1#f", "fragment"),
        ("https://LOCALHOST/", r"called as https://localhost/\."),
        ("HTTPS://localhost/", r"called as https://localhost/\."),
        ("https://localhost:443/a", r"called as https://localhost/a\."),
        ("https://localhost/a/../b", r"called as https://localhost/b\."),
        ("https://localhost/ä", r"called as https://localhost/%C3%A4\."),
        ("https://localhost/a b", "%20|valid URL"),
    ],
)
def test_what_cannot_be_called_is_refused_in_words(url: str, word: str):
    with pytest.raises(ValidationError, match=word):
        webhook_create(url=url, events=["run.finished"], created_by=None)


@pytest.mark.parametrize("events", [[], ["run.started"]])
def test_events_that_do_not_exist_are_refused(receiver: Receiver, events: list[str]):
    with pytest.raises(ValidationError):
        webhook_create(url=receiver.url, events=events, created_by=None)


def test_a_public_site_calls_https_only(receiver: Receiver, settings):
    settings.IS_PRODUCTION = True
    with pytest.raises(ValidationError, match="https"):
        webhook_create(url=receiver.url, events=["run.finished"], created_by=None)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1"),
        *("64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "::ffff:0:127.0.0.1"),
        *("64:ff9b:1::7f00:1", "fec0::1", "168.63.129.16", "::ffff:168.63.129.16"),
    ],
)
def test_private_addresses_are_known_in_every_disguise(address: str):
    assert not is_public(address)


def test_a_name_that_leads_into_the_private_network_is_refused(
    monkeypatch: pytest.MonkeyPatch, settings
):
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    resolve_to(monkeypatch, "93.184.216.34")
    assert public_address("films.example", 443) == "93.184.216.34"
    resolve_to(monkeypatch, "93.184.216.34", "10.0.0.8")
    with pytest.raises(ValidationError, match="public internet"):
        webhook_create(url="https://films.example/", events=["run.finished"], created_by=None)


def test_a_name_that_turns_private_later_is_not_called(hook: Webhook, receiver: Receiver, settings):
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    delivery = attempt(tell())
    assert delivery.status == Status.WAITING
    assert "public internet" in delivery.error
    assert receiver.requests == []


def test_staff_make_a_webhook_in_the_admin_and_see_its_secret_once(
    client: Client, receiver: Receiver
):
    client.force_login(cast.member("admin", is_staff=True, is_superuser=True))
    form = {"url": receiver.url, "events": ["run.finished"], "is_active": "on"}
    page = client.post("/admin/webhooks/webhook/add/", form)
    hook = Webhook.objects.get()
    assert hook.secret in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert all(hook.secret not in cookie.value for cookie in client.cookies.values())
    assert page.context["next"] == "/admin/webhooks/webhook/"
    change = f"/admin/webhooks/webhook/{hook.pk}/change/"
    assert hook.secret not in client.get(change).content.decode()
    client.post(change, {"events": ["version.activated"]})
    hook.refresh_from_db()
    assert (hook.events, hook.is_active) == (["version.activated"], False)


def test_the_admin_refuses_an_address_in_words_and_switches_one_on_again(
    client: Client, hook: Webhook
):
    client.force_login(cast.member("admin", is_staff=True, is_superuser=True))
    form = {"url": "https://no-such-host.invalid/", "events": ["run.finished"], "is_active": "on"}
    page = client.post("/admin/webhooks/webhook/add/", form)
    assert "no-such-host.invalid cannot be found" in page.content.decode()
    Webhook.objects.update(
        is_active=False, failing_since=timezone.now(), disabled_at=timezone.now()
    )
    client.post(f"/admin/webhooks/webhook/{hook.pk}/change/", form)
    hook.refresh_from_db()
    assert (hook.is_active, hook.failing_since, hook.disabled_at) == (True, None, None)


def test_staff_send_an_event_again_in_the_admin(client: Client, hook: Webhook):
    client.force_login(cast.member("admin", is_staff=True, is_superuser=True))
    first = tell()
    url = "/admin/webhooks/webhookdelivery/"
    client.post(url, {"action": "redeliver", "_selected_action": [first.pk]})
    assert WebhookDelivery.objects.filter(event_id=first.event_id).count() == 2
