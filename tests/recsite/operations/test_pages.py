"""The staff page of operations, the audit log and the metrics."""

import socket
import time
from datetime import timedelta

import pytest
from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from accounts.services import token_create
from recommendations.models import Activation, ModelVersion
from recommendations.training.models import ModelRun
from recsite.celery import SCHEDULER_KEY, app
from recsite.operations.disks import Folder, disk_report, disks
from recsite.operations.models import AuditEntry, RetentionRun
from recsite.operations.queues import broker_client, queues_read, workers_read
from tests import cast
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_valkey")]


@shared_task(name="tests.seldom")
def seldom():
    pass


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


def test_each_host_that_trains_reports_its_own_disk(client, root, settings, monkeypatch, tmp_path):
    monkeypatch.setattr("recsite.operations.queues.PING_SECONDS", 0.1)
    with monkeypatch.context() as patch:
        patch.setattr(socket, "gethostname", lambda: "trainer-1")
        settings.WORKSPACE_DIR = tmp_path / "trainer"
        (tmp_path / "trainer" / "7").mkdir(parents=True)
        (tmp_path / "trainer" / "7" / "ratings.parquet").write_bytes(bytes(3 * 1024 * 1024))
        disk_report()
    settings.WORKSPACE_DIR = tmp_path / "web"
    own, trainer = disks()
    assert own.host == socket.gethostname()
    assert [(folder.kind, folder.n_bytes) for folder in own.folders][1] == ("runs", 0)
    assert trainer.host == "trainer-1"
    assert trainer.free_bytes > 0
    assert trainer.folders[0] == Folder("runs", 1, 3 * 1024 * 1024)
    page = client.get("/operations/").content.decode()
    assert "are free on trainer-1" in page
    assert "3.0\xa0MB" in page


def test_a_host_that_is_gone_is_shown_for_an_hour(settings, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(socket, "gethostname", lambda: "trainer-1")
        disk_report()
    assert len(disks()) == 2
    later = time.time() + 3700
    monkeypatch.setattr(time, "time", lambda: later)
    assert len(disks()) == 1
    disk_report()
    assert broker_client().hkeys("marquee:disks") == [socket.gethostname().encode()]


def test_without_redis_the_page_shows_this_hosts_disk(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    disk_report()
    assert [disk.host for disk in disks()] == [socket.gethostname()]


def test_files_in_an_object_storage_are_not_shown_as_none(client, root, settings, monkeypatch):
    monkeypatch.setattr("recsite.operations.queues.PING_SECONDS", 0.1)
    label, note = "Models, pictures and uploads", "are kept by an object storage"
    assert note not in client.get("/operations/").content.decode()
    assert disks()[0].folders[0].kind == "media"
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = settings.STORAGES | {"default": memory}
    page = client.get("/operations/").content.decode()
    assert note in page
    assert f">{label}<" not in page
    assert "media" not in {folder.kind for folder in disks()[0].folders}


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


def metric(client, name):
    """Return the samples of a metric by what stands in braces."""
    lines = client.get("/metrics").content.decode().splitlines()
    found = [line.rpartition(" ") for line in lines if line.startswith((f"{name} ", f"{name}{{"))]
    return {sample.removeprefix(name): float(value) for sample, _space, value in found}


def test_metrics_tell_the_age_of_the_schedulers_last_look(client, root):
    assert metric(client, "marquee_scheduler_age_seconds") == {}
    assert "no scheduler has started" in client.get("/operations/").content.decode()
    cache.set(SCHEDULER_KEY, time.time() - 300, None)
    assert 300 <= metric(client, "marquee_scheduler_age_seconds")[""] < 310


def test_metrics_tell_when_a_periodic_task_last_succeeded(client):
    name = "marquee_periodic_task_success_timestamp_seconds"
    app.loader.import_default_modules()
    app.tasks["recommendations.resume_runs"].apply()
    seldom.apply()
    assert set(metric(client, name)) == {'{task="recommendations.resume_runs"}'}
    assert abs(metric(client, name)['{task="recommendations.resume_runs"}'] - time.time()) < 60


def test_metrics_tell_of_the_last_night_without_an_error(client):
    name = "marquee_retention_success_timestamp_seconds"
    assert metric(client, name) == {}
    RetentionRun.objects.create(error="models: OSError: full", finished_at=timezone.now())
    RetentionRun.objects.create()  # it was killed
    assert metric(client, name) == {"": 0}
    at = timezone.now() - timedelta(days=2)
    RetentionRun.objects.create(finished_at=at)
    assert metric(client, name)[""] == pytest.approx(at.timestamp())


def test_resuming_a_failed_run_is_no_new_failure(client):
    name = "marquee_run_failure_timestamp_seconds"
    assert metric(client, name) == {"": 0}
    at = timezone.now() - timedelta(hours=3)
    failed = {"status": ModelRun.Status.FAILED}
    runs = [ModelRun.objects.create(finished_at=at, **failed) for _ in range(3)]
    assert metric(client, name)[""] == pytest.approx(at.timestamp())
    ModelRun.objects.filter(pk=runs[0].pk).update(status=ModelRun.Status.QUEUED)
    assert metric(client, name)[""] == pytest.approx(at.timestamp())


@pytest.mark.parametrize("queue", ["ml", "web"])
def test_metrics_count_the_tasks_in_work_by_queue(client, queue):
    app.send_task("recommendations.resume_runs", queue=queue)
    with app.connection_for_read() as connection:
        taken = connection.SimpleQueue(app.amqp.queues[queue]).get(timeout=5)
        n_in_work = metric(client, "marquee_tasks_in_work")
        taken.ack()
    other = {"ml": "web", "web": "ml"}[queue]
    assert n_in_work == {f'{{queue="{queue}"}}': 1, f'{{queue="{other}"}}': 0}


def test_metrics_are_for_whoever_has_the_token(client, settings):
    settings.METRICS_TOKEN = "a long word"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    right = {"Authorization": "Bearer a long word"}
    assert client.get("/metrics", headers=right).status_code == 200


def test_metrics_answer_by_address_and_without_tls_to_the_token_alone(client, settings):
    settings.METRICS_TOKEN, settings.IS_PRODUCTION = "a long word", True
    settings.SECURE_SSL_REDIRECT, settings.ALLOWED_HOSTS = True, ["films.example"]
    headers = {"Host": "10.1.2.3:8000", "Authorization": "Bearer a long word"}
    assert "marquee_up" in client.get("/metrics", headers=headers).content.decode()
    assert client.post("/metrics", headers=headers).status_code == 405
    headers["Authorization"] = "Bearer wrong"
    assert client.get("/metrics", headers=headers).status_code in {301, 400}


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
    assert broker_client().hkeys("marquee:disks") == [socket.gethostname().encode()]
    wait_until(lambda: [set(worker.queues) for worker in workers_read()] == [{"web", "ml"}])
