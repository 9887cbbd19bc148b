"""The Celery application: queue ``web`` for short tasks, ``ml`` for the stages of a model run.

Every worker leaves a heartbeat per queue in the cache, so that ``/healthz`` can tell whether
somebody works without asking all workers and waiting for answers.
"""

import os
from typing import Any

from celery import Celery, bootsteps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recsite.settings")

QUEUES = ("web", "ml")
HEARTBEAT_SECONDS = 3
HEARTBEAT_TTL_SECONDS = 15


def heartbeat_key(queue: str) -> str:
    """The cache key that exists as long as a worker takes tasks from ``queue``."""
    return f"worker:{queue}"


class Heartbeat(bootsteps.StartStopStep):  # type: ignore[misc]
    """Renews the heartbeat of the worker's queues while it is connected to the broker."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.timer_entry: Any = None

    def start(self, parent: Any) -> None:
        """Leave the first heartbeat at once, the others on the worker's timer."""
        self._beat(parent)
        self.timer_entry = parent.timer.call_repeatedly(HEARTBEAT_SECONDS, self._beat, (parent,))

    def stop(self, parent: Any) -> None:  # noqa: ARG002 (Celery passes it)
        """Leave no more heartbeats; the last one expires."""
        if self.timer_entry is not None:
            self.timer_entry.cancel()

    def _beat(self, parent: Any) -> None:
        from django.core.cache import cache

        queues = parent.app.amqp.queues.consume_from
        cache.set_many({heartbeat_key(queue): 1 for queue in queues}, HEARTBEAT_TTL_SECONDS)
        if "ml" in queues:
            from recommendations.training.capacity import capacity_tell

            capacity_tell(HEARTBEAT_TTL_SECONDS)


app = Celery("recsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"].add(Heartbeat)
