"""The scheduler of periodic tasks, made to survive kills and changes of the clock.

``django_celery_beat`` writes to the database every three minutes when a task was last sent, and
counts the interval of one that was never sent from the scheduler's start: restarted often enough,
it sends nothing. When the clock is set back, it waits until the earlier time has come again.

Without this process no periodic task runs, and nothing else fails. So it leaves the time of its
last look in the cache, and in a file for the health check of its container.
"""

import logging
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, close_old_connections
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry

from recsite.celery import HEARTBEAT_SECONDS, SCHEDULER_KEY

logger = logging.getLogger(__name__)


class KeptEntry(ModelEntry):  # type: ignore[misc] # the package comes untyped
    """A periodic task whose last time is in the database at once, and is never in the future."""

    def __init__(self, model: PeriodicTask, app: Any = None) -> None:
        kept_at = model.last_run_at
        super().__init__(model, app=app)
        now = self._default_now()
        if kept_at is None or kept_at > now:
            if kept_at is not None:
                self.last_run_at = model.last_run_at = now
            self._keep()

    def __next__(self) -> Self:
        """Return the task as it is after it was sent now."""
        entry: Self = super().__next__()
        entry._keep()
        return entry

    def _keep(self) -> None:
        rows = PeriodicTask.objects.filter(pk=self.model.pk)
        try:
            rows.update(last_run_at=self.last_run_at, total_run_count=self.total_run_count)
        except (DatabaseError, InterfaceError):
            logger.warning("The time of %r is not kept: the database is away.", self.name)
            close_old_connections()


class Scheduler(DatabaseScheduler):  # type: ignore[misc] # the package comes untyped
    """The database's scheduler, with entries that are kept at once."""

    Entry = KeptEntry
    _looked_at = 0.0
    _told_at = float("-inf")

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Send what is due, and tell the time. After the clock was set back, plan again."""
        now = time.time()
        if now < self._looked_at - 1:
            logger.warning("The clock was set back by %.0f s.", self._looked_at - now)
            self._initial_read, self._heap = True, None
        self._looked_at = now
        wait_seconds = super().tick(*args, **kwargs)
        if time.monotonic() - self._told_at >= HEARTBEAT_SECONDS:
            self._told_at = time.monotonic()
            self._tell()
        return wait_seconds

    def _tell(self) -> None:
        cache.set(SCHEDULER_KEY, time.time(), None)
        if settings.SCHEDULER_FILE:
            with suppress(OSError):  # the health check finds an old file
                Path(settings.SCHEDULER_FILE).touch()
