"""The probes answer quickly, whatever is down, and say what it is."""

import json
import re
import time
from threading import Event

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection

from recommendations.serving import registry as serving
from recsite import health
from recsite.celery import QUEUES, SCHEDULER_KEY, heartbeat_key
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def asked_each_time(monkeypatch):
    monkeypatch.setattr(health, "KEEP_SECONDS", 0)


@pytest.fixture
def all_well(transactional_db, fresh_valkey, monkeypatch):
    cache.set_many({heartbeat_key(queue): 1 for queue in QUEUES})
    cache.set(SCHEDULER_KEY, time.time())
    monkeypatch.setitem(health.CHECKS, "model", lambda: health.OK)


def test_all_well_is_200_and_names_the_five_parts(all_well, client):
    response = client.get("/healthz")
    assert response.status_code == 200
    parts = ("database", "broker", "worker", "scheduler", "model")
    assert response.json() == dict.fromkeys(parts, "ok")


def test_no_worker_is_503_and_names_the_queue_that_nobody_serves(all_well, client):
    cache.delete(heartbeat_key("ml"))
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["worker"] == "failing"
    assert health.health()["worker"] == "no worker takes tasks from: ml"
    assert response.json()["database"] == "ok"


def test_a_scheduler_that_never_started_or_has_stopped_is_503(all_well, client):
    cache.delete(SCHEDULER_KEY)
    assert client.get("/healthz").json()["scheduler"] == "failing"
    assert health.health()["scheduler"].startswith("no scheduler has started")
    cache.set(SCHEDULER_KEY, time.time() - 300)
    response = client.get("/healthz")
    assert (response.status_code, response.json()["scheduler"]) == (503, "failing")
    assert re.search(r"last seen 30\d s ago", health.health()["scheduler"])


def test_no_active_model_is_503_and_says_what_to_run(transactional_db, fresh_valkey, client):
    serving.forget_active_model()
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["model"] == "failing"
    assert "run_pipeline" in health.health()["model"]


def test_a_broker_that_is_down_is_503_at_once(all_well, client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    started = time.monotonic()
    response = client.get("/healthz")
    assert time.monotonic() - started < 2
    assert response.status_code == 503
    assert response.json()["broker"] == "failing"
    assert "ConnectionError" in health.health()["broker"]


def test_a_part_that_hangs_is_given_up_at_the_deadline(all_well, client, monkeypatch):
    hang = Event()
    monkeypatch.setitem(health.CHECKS, "database", lambda: str(hang.wait(20)))
    started = time.monotonic()
    try:
        response = client.get("/healthz")
    finally:
        hang.set()
    assert time.monotonic() - started < 2.5
    assert response.json()["database"] == "failing"


def test_strangers_do_not_read_the_words_of_a_failing_server(all_well, client, monkeypatch, caplog):
    def refuse():
        raise OperationalError('connection to "10.0.0.5", port 5432 failed for user "marquee"')

    monkeypatch.setitem(health.CHECKS, "database", refuse)
    body = json.loads(client.get("/healthz").content)
    assert body["database"] == "failing"
    assert "10.0.0.5" in caplog.text


def test_answers_are_kept_for_a_second_so_that_asking_often_costs_nothing(
    all_well, client, monkeypatch
):
    n_asked = 0

    def well() -> str:
        nonlocal n_asked
        n_asked += 1
        return health.OK

    monkeypatch.setattr(health, "KEEP_SECONDS", 60)
    monkeypatch.setattr(health, "_last", (float("-inf"), {}))
    monkeypatch.setitem(health.CHECKS, "database", well)
    for _ in range(5):
        assert client.get("/healthz").status_code == 200
    assert n_asked == 1


def test_livez_is_200_without_any_server(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert client.get("/livez").status_code == 200


@pytest.mark.parametrize("path", ["/livez", "/healthz"])
def test_probes_answer_a_platform_that_asks_by_address_and_without_tls(
    all_well, client, settings, path
):
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["films.example"]
    assert client.get(path, headers={"host": "169.254.129.1:8000"}).status_code == 200


def test_probes_leave_no_connection_open(all_well, client):
    def n_connections():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            )
            return cursor.fetchone()[0]

    before = n_connections()
    for _ in range(3):
        client.get("/healthz")
    # PostgreSQL takes a moment to notice.
    wait_until(lambda: n_connections() <= before, seconds=5)
