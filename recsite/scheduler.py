"""The scheduler of periodic tasks, made to survive kills and changes of the clock.

``django_celery_beat`` writes to the database every three minutes when a task was last sent, and
counts the interval of one that was never sent from the scheduler's start: restarted often enough,
it sends nothing. When the clock is set back, it waits until the earlier time has come again.
"""

import logging
import time
from typing import Any, Self

from django.db import DatabaseError, InterfaceError, close_old_connections
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry

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

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Send what is due. After the clock was set back, plan everything again."""
        now = time.time()
        if now < self._looked_at - 1:
            logger.warning("The clock was set back by %.0f s.", self._looked_at - now)
            self._initial_read, self._heap = True, None
        self._looked_at = now
        return super().tick(*args, **kwargs)
