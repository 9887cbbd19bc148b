"""How far an import is, written while its own transaction shows nothing of it yet."""

import logging
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import DatabaseError, InterfaceError, connection

from movies.importers.errors import ImportCancelled

if TYPE_CHECKING:
    from django.db.models import QuerySet

logger = logging.getLogger(__name__)

TICK_SECONDS: Final = 1.0
"""Progress is written, and a wish to cancel is noticed, at most this often."""


class Watch:
    """Write the progress of an import for others to read: ``with Watch(jobs) as progress``.

    ``jobs`` is the queryset of the one import, a report or a person's.

    A thread with a database connection of its own does the writing, because the import's connection
    is in the middle of its transaction. Calling it raises ``ImportCancelled`` once somebody wishes
    the import to stop.
    """

    def __init__(self, jobs: "QuerySet[Any]") -> None:
        self._report = jobs
        self._latest: tuple[str, int, int] | None = None
        self._is_cancelled = False
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="import-watch", daemon=True)

    def __call__(self, step: str, n_done: int, n_total: int) -> None:
        """Take note of how far a step is."""
        if self._is_cancelled:
            raise ImportCancelled
        self._latest = (step[:100], n_done, n_total)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_over.wait(TICK_SECONDS):
            try:
                self._tick()
            except (DatabaseError, InterfaceError):
                logger.warning("An import's progress could not be written.", exc_info=True)
                connection.close()
        connection.close()

    def _tick(self) -> None:
        latest, self._latest = self._latest, None
        if latest is not None:
            step, n_done, n_total = latest
            self._report.update(step=step, n_done=n_done, n_total=n_total)
        self._is_cancelled = self._report.filter(cancel_requested=True).exists()
