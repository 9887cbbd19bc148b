"""What keeps a working stage's lease, and carries its progress and log to the database."""

import logging
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from django.db import InterfaceError, OperationalError, connection
from django.db.models import F, Value
from django.db.models.functions import Concat, Greatest, Now, Right
from django.utils import timezone

from common.leases import LeaseLostError
from common.stopping import is_stopping
from ml.progress import Cancelled, Progress
from recommendations.training.jobs import RunLease
from recommendations.training.models import StageRun
from recommendations.training.worker.jsonable import jsonable

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
"""Progress is written, and a wish to cancel is noticed, at most this often."""
MAX_LOG_CHARACTERS = 200_000
MAX_CURVE_POINTS = 1000


class Heartbeat:
    """Reports a stage's progress while it works: ``with Heartbeat(...) as report: step(report)``.

    A thread with a database connection of its own does the writing, because the stage's connection
    may be in the middle of a COPY, and because a step may be silent for minutes. A database that is
    away for a moment is asked again; should the lease run out meanwhile, the next report raises.

    Calling it raises ``Cancelled`` when the run shall stop and ``LeaseLostError`` when it has been
    taken over.
    """

    def __init__(self, stage_id: int, lease: RunLease) -> None:
        self._stage_id = stage_id
        self._lease = lease
        self._lock = threading.Lock()
        self._changes: dict[str, Any] = {}
        self._curve: list[tuple[int, Mapping[str, float], str]] = []
        self._lines: list[str] = []
        self._message = ""
        self._latest: Progress | None = None
        self._stop_reason: Exception | None = None
        self._is_excused = False
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._log_handler = _LineHandler(self.log)

    def __call__(self, progress: Progress) -> None:
        """Take note of how far the step is."""
        if self._stop_reason is not None:
            raise self._stop_reason
        message = progress.message.replace("\0", "")[:200]
        with self._lock:
            if self._is_another_count(progress):
                self._changes |= {
                    "counting_since": timezone.now(),
                    "n_counted_before": progress.done,
                }
            self._latest = progress
            self._changes |= {
                "n_done": progress.done,
                "n_total": progress.total,
                "unit": progress.unit[:30],
                "message": message,
            }
            if progress.values:
                self._curve.append((progress.done, dict(progress.values), message))
        if progress.message and progress.message != self._message:
            self._message = progress.message
            self.log(progress.message)

    def _is_another_count(self, progress: Progress) -> bool:
        latest = self._latest
        return (
            latest is None
            or (latest.unit, latest.total) != (progress.unit, progress.total)
            or progress.done < latest.done
        )

    def log(self, line: str) -> None:
        """Add a line to the stage's log."""
        with self._lock:
            # PostgreSQL's texts hold no NUL.
            self._lines.append(f"{timezone.now():%H:%M:%S} {line}\n".replace("\0", ""))

    def check(self) -> None:
        """Ask the database now whether to go on: before products are stored."""
        self._lease.renew()
        if self._lease.is_cancel_requested():
            raise Cancelled

    def __enter__(self) -> Self:
        logging.getLogger("ml").addHandler(self._log_handler)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        logging.getLogger("ml").removeHandler(self._log_handler)
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        ticks_per_renewal = max(1, int(self._lease.duration.total_seconds() / 3 / TICK_SECONDS))
        tick = 0
        while self._stop_reason is None and not self._is_over.wait(TICK_SECONDS):
            tick += 1
            self._beat(renews=tick % ticks_per_renewal == 0)
        self._beat(renews=False)
        connection.close()

    def _beat(self, *, renews: bool) -> None:
        try:
            if renews:
                self._lease.renew()
            self._write()
            self._excuse()
            if self._lease.is_cancel_requested():
                self._stop_reason = Cancelled()
        except LeaseLostError as error:
            self._stop_reason = error
        except (OperationalError, InterfaceError):
            logger.warning("The database is away; %s goes on.", self._lease.name)
            connection.close()
        except Exception:
            # Without a heartbeat the lease would run out: better a report that is lost.
            logger.exception("%s: a report could not be written.", self._lease.name)

    def _excuse(self) -> None:
        """Do not count this attempt if the worker is told to stop: a deploy is no failure."""
        if is_stopping() and not self._is_excused:
            StageRun.objects.filter(pk=self._stage_id).update(
                n_attempts=Greatest(F("n_attempts") - 1, 0)
            )
            self._is_excused = True

    def _write(self) -> None:
        with self._lock:
            changes, self._changes = self._changes, {}
            text, self._lines = "".join(self._lines), []
            if self._curve:
                changes["curve"] = _thinned(self._curve)
        if text:
            changes["log"] = Right(Concat(F("log"), Value(text)), MAX_LOG_CHARACTERS)
        if changes:
            StageRun.objects.filter(pk=self._stage_id).update(**changes, updated_at=Now())


def _thinned(curve: list[tuple[int, Mapping[str, float], str]]) -> list[list[Any]]:
    """At most ``MAX_CURVE_POINTS`` points, evenly spread, the latest among them."""
    step = -(-len(curve) // MAX_CURVE_POINTS)
    thin = curve[::-1][::step][::-1]
    return [[done, jsonable(values), message] for done, values, message in thin]


class _LineHandler(logging.Handler):
    """What ``ml`` logs goes into the stage's log too."""

    def __init__(self, write: Any) -> None:
        super().__init__(logging.INFO)
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        self._write(record.getMessage())
