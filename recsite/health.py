"""Probes: ``/livez`` says that the process serves, ``/healthz`` whether all it needs is well."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from redis.backoff import NoBackoff
from redis.retry import Retry

from recsite.celery import QUEUES, heartbeat_key

DEADLINE_SECONDS = 1.5
OK = "ok"

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
    "model": _model,
}


def health() -> dict[str, str]:
    """Ask every part at once: ``ok``, or what is wrong, within ``DEADLINE_SECONDS``."""
    answers = {name: _threads.submit(check) for name, check in CHECKS.items()}
    return {name: _answer(future) for name, future in answers.items()}


def _answer(future: Future[str]) -> str:
    try:
        return future.result(DEADLINE_SECONDS)
    except FutureTimeoutError:
        future.cancel()
        return f"no answer within {DEADLINE_SECONDS} s"
    except Exception as error:  # noqa: BLE001 (whatever is wrong is the answer)
        return f"{type(error).__name__}: {error}".strip()


def healthz() -> JsonResponse:
    """200 when all is well, else 503; of each part the body says ``ok`` or what is wrong."""
    answers = health()
    is_well = all(answer == OK for answer in answers.values())
    return JsonResponse(
        answers, status=200 if is_well else 503, headers={"Cache-Control": "no-store"}
    )


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
        probe = self.probes.get(request.path)
        return probe() if probe else self.get_response(request)
