"""The Celery application: queue ``web`` for short tasks, ``ml`` for the stages of a model run.

Every worker leaves a heartbeat per queue in the cache, so that ``/healthz`` can tell whether
somebody works without asking all workers and waiting for answers. The scheduler of periodic tasks
leaves the time of its last look at them.
"""

import os
import time
from typing import Any

from celery import Celery, bootsteps
from kombu.exceptions import OperationalError

from recsite.broker import BrokerMessages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recsite.settings")

QUEUES = ("web", "ml")
HEARTBEAT_SECONDS = 3
HEARTBEAT_TTL_SECONDS = 15
DISK_SECONDS = 300
SCHEDULER_KEY = "scheduler:looked-at"
"""The cache key of the time at which the scheduler last looked for periodic tasks that are due."""


def heartbeat_key(queue: str) -> str:
    """Return the cache key that exists as long as a worker takes tasks from ``queue``."""
    return f"worker:{queue}"


def scheduler_age() -> float | None:
    """Return the seconds since the scheduler's last look, None if the cache knows of none."""
    from django.core.cache import cache

    looked_at = cache.get(SCHEDULER_KEY)
    return None if looked_at is None else max(0.0, time.time() - looked_at)


class Heartbeat(bootsteps.StartStopStep):  # type: ignore[misc]
    """Renews the heartbeat of the worker's queues while it is connected to the broker."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.timer_entries: list[Any] = []

    def start(self, parent: Any) -> None:
        """Leave the first heartbeat at once, the others on the worker's timer."""
        self._beat(parent)
        repeat = parent.timer.call_repeatedly
        self.timer_entries = [repeat(HEARTBEAT_SECONDS, self._beat, (parent,))]
        if "ml" in parent.app.amqp.queues.consume_from:
            from recsite.operations.disks import disk_report

            disk_report()
            self.timer_entries.append(repeat(DISK_SECONDS, disk_report))

    def stop(self, parent: Any) -> None:  # noqa: ARG002 (Celery passes it)
        """Leave no more heartbeats; the last one expires."""
        for entry in self.timer_entries:
            entry.cancel()

    def _beat(self, parent: Any) -> None:
        from django.core.cache import cache

        queues = parent.app.amqp.queues.consume_from
        cache.set_many({heartbeat_key(queue): 1 for queue in queues}, HEARTBEAT_TTL_SECONDS)
        if "ml" in queues:
            from recommendations.training.capacity import capacity_tell

            capacity_tell(HEARTBEAT_TTL_SECONDS)


class SiteCelery(Celery):  # type: ignore[misc] # Celery comes untyped
    """Celery that does not wait for a broker that failed a moment ago.

    A broker that accepts connections and never answers costs a few seconds per message. After one
    failure, messages are refused at once for ``PAUSE_SECONDS``: periodic tasks find later what was
    to be done.
    """

    PAUSE_SECONDS = 20.0
    paused_until = 0.0

    def send_task(self, *args: Any, **kwargs: Any) -> Any:
        """Send a message, or raise ``OperationalError`` at once after a failure a moment ago."""
        if time.monotonic() < self.paused_until:
            raise OperationalError("The broker did not answer a moment ago.")
        try:
            return super().send_task(*args, **kwargs)
        except OperationalError:
            self.paused_until = time.monotonic() + self.PAUSE_SECONDS
            raise


app = SiteCelery("recsite", amqp=BrokerMessages)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"].add(Heartbeat)
