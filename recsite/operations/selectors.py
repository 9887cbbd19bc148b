"""What the page of operations shows."""

from dataclasses import dataclass

import redis
from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from recsite.operations.queues import (
    FAILED_KEY,
    Queue,
    Worker,
    broker_client,
    queues_read,
    task_counts,
    workers_read,
)
from recsite.operations.retention import RULES, Rule

N_TABLES = 15


@dataclass(frozen=True)
class Table:
    """A table of the database: rows as PostgreSQL estimates them, bytes with its indexes."""

    name: str
    n_rows: int
    n_bytes: int


@dataclass(frozen=True)
class QueueState:
    """What the broker tells; ``error`` is empty while it answers."""

    queues: list[Queue]
    workers: list[Worker]
    failures: dict[str, int]
    error: str = ""


def parts() -> dict[str, str]:
    """Return ``ok`` or what is wrong for every part that ``/healthz`` asks."""
    health: dict[str, str] = import_string(settings.HEALTH_CHECK)()
    return health


def queue_state() -> QueueState:
    """Return queues, workers and failed tasks. Takes up to two seconds."""
    try:
        client = broker_client()
        queues = queues_read(client)
        failures = task_counts(client, FAILED_KEY)
        return QueueState(queues, workers_read(), failures)
    except (redis.RedisError, OSError) as error:
        return QueueState([], [], {}, type(error).__name__)


def tables() -> list[Table]:
    """Return the largest tables. One query, no scan."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT relname, greatest(reltuples, 0)::bigint, pg_total_relation_size(oid)
            FROM pg_class
            WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
            ORDER BY 3 DESC LIMIT %s
            """,
            [N_TABLES],
        )
        return [Table(*row) for row in cursor.fetchall()]


def due() -> list[tuple[Rule, int]]:
    """Return every retention rule with how many things it would delete now."""
    return [(rule, rule.count()) for rule in RULES]
