"""The queues of tasks: how long they are, how old the oldest message is, and who works on them."""

import json
import time
from dataclasses import dataclass
from typing import Any

import redis
from celery import current_app
from celery.signals import before_task_publish, task_failure, task_success
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from recsite.celery import QUEUES

SENT_HEADER = "sent_at"
FAILED_KEY, DONE_KEY = "marquee:tasks:failed", "marquee:tasks:done"
DONE_AT_KEY = "marquee:tasks:done-at"
UNACKED_KEY = "unacked"
"""Where kombu keeps messages that a worker has taken and not confirmed."""
PING_SECONDS = 2.0


@dataclass(frozen=True)
class Queue:
    """One queue of the broker."""

    name: str
    n_waiting: int
    oldest_seconds: float | None
    """Age of the oldest message; None where nothing waits or its age is unknown."""


@dataclass(frozen=True)
class Worker:
    """A worker that answered a moment ago."""

    name: str
    queues: tuple[str, ...]
    n_active: int
    active: tuple[str, ...]
    """Names of the tasks in work."""


def broker_client() -> redis.Redis:
    """Return a connection to the broker that gives up after a second."""
    client: redis.Redis = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )
    return client


def queues_read(client: redis.Redis, names: tuple[str, ...] = QUEUES) -> list[Queue]:
    """Return every queue. Two commands per queue."""
    return [_queue(client, name) for name in names]


def n_in_work(client: redis.Redis, names: tuple[str, ...] = QUEUES) -> dict[str, int]:
    """Return how many messages of each queue workers have taken and not confirmed yet."""
    messages: Any = client.hvals(UNACKED_KEY)
    counts = dict.fromkeys(names, 0)
    for message in messages:
        _body, _exchange, queue = json.loads(message)
        counts[queue] = counts.get(queue, 0) + 1
    return counts


def task_counts(client: redis.Redis, key: str) -> dict[str, int]:
    """Return how many tasks failed or were done, by name, since Redis was last emptied."""
    counts: Any = client.hgetall(key)
    return {name.decode(): int(value) for name, value in counts.items()}


def tasks_done_at(client: redis.Redis) -> dict[str, float]:
    """Return when each task last succeeded, in seconds since 1970, since Redis was emptied."""
    times: Any = client.hgetall(DONE_AT_KEY)
    return {name.decode(): float(value) for name, value in times.items()}


def workers_read() -> list[Worker]:
    """Return the workers that answer within a second, by name."""
    inspect = current_app.control.inspect(timeout=PING_SECONDS)
    queues_of = inspect.active_queues() or {}
    active_of = inspect.active() or {}
    return [
        Worker(
            name,
            tuple(queue["name"] for queue in queues),
            len(active_of.get(name, ())),
            tuple(task["name"] for task in active_of.get(name, ())),
        )
        for name, queues in sorted(queues_of.items())
    ]


def _queue(client: redis.Redis, name: str) -> Queue:
    n_waiting: Any = client.llen(name)
    oldest: Any = client.lindex(name, -1)  # kombu pushes left and takes right
    return Queue(name, int(n_waiting), _age(oldest))


def _age(message: bytes | None) -> float | None:
    """Return the age of a message in seconds, None if its header does not tell."""
    if message is None:
        return None
    try:
        sent_at = json.loads(message)["headers"][SENT_HEADER]
        return max(0.0, time.time() - float(sent_at))
    except (ValueError, KeyError, TypeError):
        return None


def _note_time(headers: dict[str, Any], **_: Any) -> None:
    headers[SENT_HEADER] = time.time()


def _count(key: str, name: str) -> None:
    try:
        client = broker_client()
        client.hincrby(key, name, 1)
        if key == DONE_KEY:
            client.hset(DONE_AT_KEY, name, str(time.time()))
        client.close()
    except redis.RedisError:  # a lost count is no reason to fail a task
        return


def _count_failure(sender: Any, **_: Any) -> None:
    _count(FAILED_KEY, sender.name)


def _count_success(sender: Any, **_: Any) -> None:
    _count(DONE_KEY, sender.name)


def connect() -> None:
    """Note when messages are sent, and count tasks that fail or succeed. Called in ``ready()``."""
    before_task_publish.connect(_note_time, dispatch_uid="operations-sent-at", weak=False)
    task_failure.connect(_count_failure, dispatch_uid="operations-failed", weak=False)
    task_success.connect(_count_success, dispatch_uid="operations-done", weak=False)
