"""Probes: ``/livez`` says that the process serves, ``/healthz`` whether all it needs is well.

``/healthz`` is public, so of each part it says ``ok`` or ``failing`` and no more: the words of a
failing server name hosts, ports and accounts. They are logged and shown on the staff page.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from threading import Lock

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from redis.backoff import NoBackoff
from redis.retry import Retry

from common.redaction import redact
from recsite.celery import QUEUES, heartbeat_key, scheduler_age

DEADLINE_SECONDS = 1.5
OK, FAILING = "ok", "failing"
SCHEDULER_SECONDS = 60
"""The scheduler looks every 5 seconds. Without a look for this long it counts as stopped."""
KEEP_SECONDS = 1.0
"""Answers are kept for so long: asking often must not cost a database connection each time."""

logger = logging.getLogger(__name__)

# Bounded: a server that hangs takes these threads and no more; later questions wait for a thread
# in vain and are answered by the deadline.
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="health")


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()
    return OK


def _broker() -> str:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=1,
        socket_connect_timeout=1,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    finally:
        client.close()
    return OK


def _worker() -> str:
    alive = cache.get_many([heartbeat_key(queue) for queue in QUEUES])
    idle = [queue for queue in QUEUES if heartbeat_key(queue) not in alive]
    return f"no worker takes tasks from: {', '.join(idle)}" if idle else OK


def _scheduler() -> str:
    age = scheduler_age()
    if age is None:
        return "no scheduler has started: `celery -A recsite.celery beat`"
    if age > SCHEDULER_SECONDS:
        return f"the scheduler of periodic tasks (beat) was last seen {age:.0f} s ago"
    return OK


def _model() -> str:
    from recommendations.serving.registry import active_model

    try:
        return OK if active_model() else "no model is active: `python manage.py run_pipeline`"
    finally:
        connection.close()


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "worker": _worker,
    "scheduler": _scheduler,
    "model": _model,
}


_asking = Lock()
_last: tuple[float, dict[str, str]] = (float("-inf"), {})


def health() -> dict[str, str]:
    """Return ``ok`` or what is wrong for every part, at most ``KEEP_SECONDS`` old.

    All parts are asked at once, and given up after ``DEADLINE_SECONDS``.
    """
    global _last  # noqa: PLW0603 # the answers of this process
    with _asking:
        asked_at, answers = _last
        if time.monotonic() - asked_at >= KEEP_SECONDS:
            futures = {name: _threads.submit(check) for name, check in CHECKS.items()}
            answers = {name: _answer(future) for name, future in futures.items()}
            _last = (time.monotonic(), answers)
            for name, answer in answers.items():
                if answer != OK:
                    logger.warning("healthz: %s: %s", name, redact(answer))
    return answers


def _answer(future: Future[str]) -> str:
    try:
        return future.result(DEADLINE_SECONDS)
    except FutureTimeoutError:
        future.cancel()
        return f"no answer within {DEADLINE_SECONDS} s"
    except Exception as error:  # noqa: BLE001 (whatever is wrong is the answer)
        return f"{type(error).__name__}: {error}".strip()


def healthz() -> JsonResponse:
    """Return 200 when all is well, else 503; the body says ``ok`` or ``failing`` of each part."""
    answers = health()
    is_well = all(answer == OK for answer in answers.values())
    body = {name: OK if answer == OK else FAILING for name, answer in answers.items()}
    return JsonResponse(body, status=200 if is_well else 503, headers={"Cache-Control": "no-store"})


def livez() -> HttpResponse:
    """200, whatever the state of what the process depends on."""
    return HttpResponse("ok", content_type="text/plain")


class ProbeMiddleware:
    """Answers the probes before anything else looks at the request.

    A platform asks by the machine's address, without TLS: names the site itself refuses.
    """

    probes: dict[str, Callable[[], HttpResponse]] = {"/healthz": healthz, "/livez": livez}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a probe, pass on everything else."""
        probe = self.probes.get(request.path_info)
        return probe() if probe else self.get_response(request)
