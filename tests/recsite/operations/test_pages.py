"""The staff page of operations, the audit log and the metrics."""

import pytest
from django.core.cache import cache

from accounts.services import token_create
from recommendations.models import Activation, ModelVersion
from recommendations.training.models import ModelRun
from recsite.celery import app
from recsite.operations.models import AuditEntry, RetentionRun
from recsite.operations.queues import broker_client, queues_read, workers_read
from tests import cast
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_valkey")]


@pytest.fixture
def root(client):
    root = cast.member("root", is_staff=True)
    client.force_login(root)
    return root


def test_staff_see_parts_queues_disk_and_what_is_due(client, root, monkeypatch):
    monkeypatch.setattr("recsite.operations.queues.PING_SECONDS", 0.1)
    app.send_task("recommendations.resume_runs")
    page = client.get("/operations/").content.decode()
    assert "1 task waits" in page
    assert "No worker answers." in page
    assert "accounts_user" in page
    assert "Sessions that have expired" in page


def test_members_see_nothing_of_it(client):
    client.force_login(cast.member())
    assert client.get("/operations/").status_code == 403


def test_staff_delete_at_once_what_is_due(client, root):
    client.post("/operations/prune/")
    assert RetentionRun.objects.get().finished_at is not None


def test_the_oldest_message_has_an_age(client):
    app.send_task("recommendations.resume_runs")
    [queue] = queues_read(broker_client(), ("web",))
    assert queue.n_waiting == 1
    assert queue.oldest_seconds is not None
    assert 0 <= queue.oldest_seconds < 60


def test_a_change_by_staff_is_recorded_and_a_look_is_not(client, root):
    client.get("/runs/")
    run = ModelRun.objects.create()
    client.post(f"/runs/{run.pk}/cancel/")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.actor_name) == (root, "root")
    assert (entry.method, entry.path) == ("POST", f"/runs/{run.pk}/cancel/")
    assert entry.address == "127.0.0.1"


def test_a_change_by_a_token_is_recorded_too(client):
    root = cast.member("root", is_staff=True)
    _token, secret = token_create(user=root, name="ops", scopes=["admin"])
    headers = {"Authorization": f"Bearer {secret}"}
    client.post("/api/v1/versions/roll-back/", {}, "application/json", headers=headers)
    assert AuditEntry.objects.get().status == 409


def test_what_members_do_is_not_recorded(client):
    client.force_login(cast.member())
    client.post(f"/movies/{cast.movie().pk}/rate/", {"stars": "4"})
    assert not AuditEntry.objects.exists()


def test_metrics_tell_of_requests_queues_and_the_model(client):
    run = ModelVersion.objects.create(pk=7, artifact="models/x")
    Activation.objects.create(version=run)
    app.send_task("recommendations.resume_runs")
    client.get("/movies/")
    text = client.get("/metrics").content.decode()
    assert 'marquee_requests_total{method="GET",status="200",view="movies:browse"}' in text
    assert 'marquee_queue_length{queue="web"} 1.0' in text
    assert f"marquee_model_version {float(run.pk)}" in text
    assert 'marquee_up{server="redis"} 1.0' in text


def test_metrics_are_for_whoever_has_the_token(client, settings):
    settings.METRICS_TOKEN = "a long word"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    right = {"Authorization": "Bearer a long word"}
    assert client.get("/metrics", headers=right).status_code == 200


def test_without_a_token_production_shows_no_metrics(client, settings):
    settings.IS_PRODUCTION, settings.METRICS_TOKEN = True, ""
    assert client.get("/metrics").status_code == 404


def test_metrics_say_so_when_the_broker_is_down(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    text = client.get("/metrics").content.decode()
    assert 'marquee_up{server="redis"} 0.0' in text
    assert "marquee_model_version" in text


@pytest.mark.django_db(transaction=True)
def test_workers_and_their_failures_are_seen(celery_worker):
    assert cache.get("worker:web")
    wait_until(lambda: [set(worker.queues) for worker in workers_read()] == [{"web", "ml"}])
