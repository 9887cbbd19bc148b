"""``/metrics`` for Prometheus: what processes counted, and the state of the site."""

import hmac
import logging
import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import redis
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from common.metrics import REQUEST_SECONDS, REQUESTS
from recommendations.models import Activation
from recommendations.training.models import ModelRun
from recommendations.webhooks.models import WebhookDelivery
from recsite.celery import scheduler_age
from recsite.operations.models import RetentionRun
from recsite.operations.queues import (
    DONE_KEY,
    FAILED_KEY,
    broker_client,
    n_in_work,
    queues_read,
    task_counts,
    tasks_done_at,
)

logger = logging.getLogger(__name__)


PATH = "/metrics"


class MetricsMiddleware:
    """Counts answers and measures how long they take, by view: addresses would be too many.

    It answers for ``/metrics`` itself before host name and TLS are looked at: Prometheus asks each
    web host by its address, since each counts its own requests.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer and measure."""
        if request.path_info == PATH and _may_read(request):
            return metrics(request)
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = (match.view_name if match else "") or "none"
        method = request.method if request.method in _METHODS else "OTHER"
        REQUESTS.labels(method, view, str(response.status_code)).inc()
        REQUEST_SECONDS.labels(view).observe(time.perf_counter() - started)
        return response


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class SiteCollector(Collector):
    """Reads the queues and the database whenever Prometheus asks."""

    def collect(self) -> Iterator[Metric]:
        """Yield what can be read; a server that is down leaves out its part and says so."""
        up = GaugeMetricFamily("marquee_up", "Whether a server answers", labels=["server"])
        for server, read, failures in (
            ("redis", _of_queues, redis.RedisError),
            ("postgres", _of_database, DatabaseError),
        ):
            try:
                yield from list(read())
                up.add_metric([server], 1)
            except failures as error:
                logger.warning("metrics: %s does not answer: %s", server, type(error).__name__)
                up.add_metric([server], 0)
        yield up


def _of_queues() -> Iterator[Metric]:
    client = broker_client()
    waiting = GaugeMetricFamily("marquee_queue_length", "Messages that wait", labels=["queue"])
    oldest = GaugeMetricFamily(
        "marquee_queue_oldest_seconds", "Age of the oldest waiting message", labels=["queue"]
    )
    for queue in queues_read(client):
        waiting.add_metric([queue.name], queue.n_waiting)
        oldest.add_metric([queue.name], queue.oldest_seconds or 0)
    yield waiting
    yield oldest
    in_work = GaugeMetricFamily("marquee_tasks_in_work", "Messages in work", labels=["queue"])
    for name, number in n_in_work(client).items():
        in_work.add_metric([name], number)
    yield in_work
    age = scheduler_age()
    if age is not None:
        yield GaugeMetricFamily(
            "marquee_scheduler_age_seconds", "Time since beat looked for tasks", value=age
        )
    successes = GaugeMetricFamily(
        "marquee_periodic_task_success_timestamp_seconds",
        "When a periodic task last succeeded",
        labels=["task"],
    )
    periodic = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    for task, at in tasks_done_at(client).items():
        if task in periodic:
            successes.add_metric([task], at)
    yield successes
    for name, key in (("failed", FAILED_KEY), ("done", DONE_KEY)):
        tasks = CounterMetricFamily(
            f"marquee_tasks_{name}", f"Tasks {name} since Redis was emptied", labels=["task"]
        )
        for task, number in task_counts(client, key).items():
            tasks.add_metric([task], number)
        yield tasks


def _of_database() -> Iterator[Metric]:
    active = Activation.objects.filter(withdrawn_at=None).select_related("version").first()
    yield GaugeMetricFamily(
        "marquee_model_version",
        "Run of the model that serves, 0 for none",
        value=active.version_id if active else 0,
    )
    read_at = active.version.ratings_read_at or active.version.created_at if active else None
    age = (timezone.now() - read_at).total_seconds() if read_at else 0
    yield GaugeMetricFamily(
        "marquee_model_age_seconds", "Time since the model's ratings were read", value=age
    )
    runs = GaugeMetricFamily("marquee_runs", "Model runs", labels=["status"])
    for status in ModelRun.Status.values:
        runs.add_metric([status], ModelRun.objects.filter(status=status).count())
    yield runs
    failed = ModelRun.objects.filter(status=ModelRun.Status.FAILED)
    yield _time_of(
        "marquee_run_failure_timestamp_seconds",
        "When the latest of the failed runs failed, 0 for none",
        failed.aggregate(at=Max("finished_at"))["at"],
    )
    nights = RetentionRun.objects.all()
    if nights.exists():  # a new site has not had its first night
        yield _time_of(
            "marquee_retention_success_timestamp_seconds",
            "When everything was last deleted that is no longer kept, 0 for never",
            nights.filter(error="").aggregate(at=Max("finished_at"))["at"],
        )
    waiting = WebhookDelivery.objects.filter(
        status=WebhookDelivery.Status.WAITING, webhook__is_active=True
    )
    yield GaugeMetricFamily(
        "marquee_webhook_deliveries_waiting", "Deliveries to be sent", value=waiting.count()
    )


def _time_of(name: str, words: str, at: datetime | None) -> Metric:
    return GaugeMetricFamily(name, words, value=at.timestamp() if at else 0)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the metrics to a program that sends ``METRICS_TOKEN``; without a token there are none.

    Raises
    ------
    Http404
        No token is set, or the request does not send it.

    """
    if not _may_read(request):
        raise Http404
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        body = generate_latest(registry)
    else:
        body = generate_latest(REGISTRY)
    site = CollectorRegistry()
    site.register(SiteCollector())
    return HttpResponse(body + generate_latest(site), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    if not settings.METRICS_TOKEN:
        return not settings.IS_PRODUCTION
    _scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
