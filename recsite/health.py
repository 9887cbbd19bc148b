"""What the site needs to be well, asked for quickly: ``/healthz`` and ``/livez``."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis.backoff import NoBackoff
from redis.retry import Retry

from recsite.celery import QUEUES, heartbeat_key

DEADLINE_SECONDS = 1.5
OK = "ok"

# Bounded: a server that hangs takes these threads and no more, later questions wait in vain and
# are answered by the deadline.
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
    return f"no worker takes from: {', '.join(idle)}" if idle else OK


def _model() -> str:
    from recommendations.services.serving import active_model

    try:
        return OK if active_model() else "no model is active: run `python manage.py run_pipeline`"
    finally:
        connection.close()


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "worker": _worker,
    "model": _model,
}


def check_all() -> dict[str, str]:
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
        return f"{type(error).__name__}: {error}"


def healthz(request: HttpRequest) -> JsonResponse:
    """Whether all is well: 200, or 503; the body says of each part what is wrong."""
    answers = check_all()
    is_well = all(answer == OK for answer in answers.values())
    return JsonResponse(answers, status=200 if is_well else 503)


def livez(request: HttpRequest) -> HttpResponse:
    """Whether this process serves at all, whatever it depends on: always 200."""
    return HttpResponse("ok", content_type="text/plain")
