"""Logs, traces, errors, dashboard and alerts: what an operator sees."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import brotli
import pytest
import yaml
from celery import shared_task
from django.core.cache import cache
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from common.logs import run_id, task_name
from common.metrics import LIST_CACHE, REQUEST_SECONDS, REQUESTS, SCORING_SECONDS
from common.request_ids import request_id
from recommendations.training.models import ModelRun
from recommendations.training.worker import runner
from recsite import observability
from recsite.celery import SCHEDULER_KEY, app
from recsite.operations.models import RetentionRun
from recsite.operations.queues import DONE_AT_KEY, DONE_KEY, FAILED_KEY, broker_client

ROOT = Path(__file__).resolve().parents[3]
METRIC = re.compile(r"\bmarquee_[a-z_]+")


@shared_task(name="tests.names")
def names() -> tuple[str, str]:
    return request_id.get(), task_name.get()


def test_a_message_carries_the_request_that_sent_it(fresh_valkey: None) -> None:
    token = request_id.set("req-2")
    try:
        app.send_task("tests.names", queue="web")
    finally:
        request_id.reset(token)
    [message] = broker_client().lrange("web", 0, -1)
    assert json.loads(message)["headers"][observability.REQUEST_ID_HEADER] == "req-2"


def test_a_task_is_logged_under_the_request_that_sent_it() -> None:
    headers: dict[str, str] = {}
    token = request_id.set("req-1")
    try:
        observability._send_request_id(headers=headers)
    finally:
        request_id.reset(token)
    assert names.apply(headers=headers).get() == ("req-1", "tests.names")
    assert (request_id.get(), task_name.get()) == ("", "")


@pytest.mark.django_db
def test_a_stage_is_logged_under_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    run = ModelRun.objects.create()
    seen = []

    def advance(*_: object) -> runner.Outcome:
        seen.append(run_id.get())
        return runner.Outcome.OVER

    monkeypatch.setattr(runner, "_advance", advance)
    assert runner.run_advance(run.pk) is runner.Outcome.OVER
    assert seen == [run.pk]
    assert run_id.get() is None


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["deploy/grafana/marquee.json", "deploy/prometheus/alerts.yml"])
def test_every_metric_of_the_dashboard_and_the_alerts_exists(
    labels_of: dict[str, set[str]], path: str
) -> None:
    used = set(METRIC.findall((ROOT / path).read_text()))
    assert len(used) > 8
    assert used <= set(labels_of)


@pytest.fixture
def labels_of(client: Client, fresh_valkey: None) -> dict[str, set[str]]:
    """Return the labels of each sample of /metrics, where every kind of sample has a value."""
    for metric in (LIST_CACHE, SCORING_SECONDS, REQUESTS, REQUEST_SECONDS):
        if metric._labelnames:
            metric.labels(*metric._labelnames)
    RetentionRun.objects.create()
    cache.set(SCHEDULER_KEY, time.time())
    for key in (FAILED_KEY, DONE_KEY):
        broker_client().hset(key, "operations.prune", 1)
    broker_client().hset(DONE_AT_KEY, "operations.prune", 1)
    text = client.get("/metrics").content.decode()
    return {
        sample.name: {*sample.labels, "job", "instance"}
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.django_db
def test_both_sides_of_an_operation_have_the_same_labels(labels_of: dict[str, set[str]]) -> None:
    for name, expression in expressions():
        labels = {
            frozenset(side_labels(side, labels_of))
            for side in operands(expression)
            if METRIC.search(side)
        }
        assert len(labels) == 1, f"{name}: {expression}: {labels}"


@pytest.mark.django_db
def test_web_processes_that_tell_the_same_make_one_alert(labels_of: dict[str, set[str]]) -> None:
    for name, expression in expressions():
        for side in operands(expression):
            assert "instance" not in side_labels(side, labels_of), f"{name}: {side}"


@pytest.mark.django_db
def test_rates_are_taken_of_counters_and_sums_over_web_processes_of_their_own_counts(
    client: Client,
) -> None:
    text = client.get("/metrics").content.decode()
    kinds = dict(re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE))
    for name, expression in expressions():
        for metric in re.findall(r"\b(?:rate|increase)\((marquee_[a-z_]+)", expression):
            assert kinds[metric.removesuffix("_bucket")] in {"counter", "histogram"}, name
        for metric in re.findall(r"\bsum\b[^m]*(?:rate\()?(marquee_[a-z_]+)", expression):
            assert "_tasks_" not in metric, f"{name}: every web process tells this number"


def expressions() -> list[tuple[str, str]]:
    """Return the name and the expression of each alert and each panel of the dashboard."""
    alerts = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
    rules = [(rule["alert"], rule["expr"]) for group in alerts["groups"] for rule in group["rules"]]
    dashboard = json.loads((ROOT / "deploy/grafana/marquee.json").read_text())
    panels = [(p["title"], target["expr"]) for p in dashboard["panels"] for target in p["targets"]]
    notes = [(note["name"], note["expr"]) for note in dashboard["annotations"]["list"]]
    return rules + panels + notes


def operands(expression: str) -> list[str]:
    """Return the sides of the binary operations that are in no brackets."""
    sides, depth, quoted = [""], 0, False
    for part in re.findall(r'"|[(){}\[\]]|\s(?:and|or|unless|[-+*/]|[<>!=]=?)\s|.', expression):
        quoted ^= part == '"'
        depth += not quoted and (part in "({[") - (part in ")}]")
        if depth == 0 and not quoted and part != " " and part[0] == part[-1] == " ":
            sides.append("")
        else:
            sides[-1] += part
    return [side.strip() for side in sides]


def side_labels(side: str, labels_of: dict[str, set[str]]) -> set[str]:
    """Return the labels that one side of an operation gives."""
    if side.startswith("absent("):
        return set()
    if inner := re.fullmatch(r"(?:histogram_quantile|topk)\([\d.]+, (.+)\)", side):
        labels = side_labels(inner[1], labels_of)
        return labels - {"le"} if side.startswith("histogram") else labels
    if aggregation := re.match(r"(?:sum|min|max)(?: by \(([a-z, ]*)\))? ?\(", side):
        by = set(re.findall(r"[a-z]+", aggregation[1] or ""))
        for metric in METRIC.findall(side):
            assert by <= labels_of[metric], side
        return by
    return set().union(*(labels_of[metric] for metric in METRIC.findall(side)))


def test_alerts_and_dashboard_have_the_form_that_their_programs_read() -> None:
    alerts = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    assert all({"alert", "expr", "labels", "annotations"} <= set(rule) for rule in rules)
    assert {rule["labels"]["severity"] for rule in rules} == {"critical", "warning"}
    for rule in rules:
        assert rule["expr"].count("(") == rule["expr"].count(")")
    dashboard = json.loads((ROOT / "deploy/grafana/marquee.json").read_text())
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    for panel in dashboard["panels"]:
        assert panel["targets"]
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24


class Collector(HTTPServer):
    """Takes what is sent to it: Sentry's envelopes and OpenTelemetry's traces."""

    received: list[tuple[str, bytes]]


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, body))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector(("127.0.0.1", 0), _Handler)
    server.received = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def program(text: str, **environment: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", text],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return result.stderr


def test_an_error_reaches_sentry_without_its_secret(collector: Collector) -> None:
    dsn = f"http://key@127.0.0.1:{collector.server_port}/1"
    program(
        "import django, logging, sentry_sdk; django.setup()\n"
        "logging.getLogger('movies').error('TMDB says no to api_key=hush')\n"
        "sentry_sdk.flush(20)",
        SENTRY_DSN=dsn,
        SENTRY_TRACES_SAMPLE_RATE="0",
        MARQUEE_VERSION="1.2.3",
    )
    [(path, body)] = collector.received
    text = brotli.decompress(body)
    assert path == "/api/1/envelope/"
    assert b"TMDB says no to api_key=[hidden]" in text
    assert b"hush" not in text
    assert b"1.2.3" in text


def test_a_request_is_traced_to_the_collector(collector: Collector) -> None:
    program(
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "from opentelemetry import trace\n"
        "assert Client().get('/livez').status_code == 200\n"
        "assert Client().get('/robots.txt').status_code == 200\n"
        "trace.get_tracer_provider().force_flush()",
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.server_port}",
        OTEL_METRICS_EXPORTER="none",
    )
    assert {path for path, _body in collector.received} == {"/v1/traces"}
    assert b"robots.txt" in b"".join(body for _path, body in collector.received)


def test_a_web_process_logs_json_by_setting() -> None:
    lines = program(
        "import django, logging; django.setup()\nlogging.getLogger('movies').warning('token=hush')",
        LOG_FORMAT="json",
    ).splitlines()
    assert json.loads(lines[-1])["message"] == "token=[hidden]"
