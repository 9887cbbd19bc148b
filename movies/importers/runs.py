"""One import at a time, all or nothing, with a report that stays.

The report is committed before the work begins and its end together with the work. A process killed
half-way leaves no rows but a report that still says "running": the next import, which can tell
because it holds the lock, marks it failed. What a worker was asked to do (``services.imports``) is
taken up again instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from common.redaction import redact
from movies.importers.errors import ImportCancelled, ImportFailed, Problems
from movies.models import ImportProblem, ImportReport

LOCK_KEY = int.from_bytes(b"imports")


@contextmanager
def import_run(
    source: str, location: str, problems: Problems, report: ImportReport | None = None
) -> Iterator[ImportReport]:
    """Do the work of an import in one transaction; the body fills ``report.counts``.

    ``report`` is that of a request; without one it is made here.

    Raises
    ------
    ImportFailed
        Another import is running.

    """
    if report is None:
        report = ImportReport.objects.create(source=source, location=location[:500])
    try:
        with transaction.atomic():
            _take_lock()
            _bury_the_dead(report)
            yield report
            _finish(report, ImportReport.Status.DONE, problems)
    except BaseException as error:  # an interruption, too, must not leave a report running
        if report.kind and isinstance(error, OperationalError | InterfaceError):
            raise  # the database went away, not the file: the worker tries again
        report.counts = {}
        report.error = redact(str(error) or type(error).__name__)
        is_cancelled = isinstance(error, ImportCancelled)
        with transaction.atomic():
            _finish(
                report,
                ImportReport.Status.CANCELLED if is_cancelled else ImportReport.Status.FAILED,
                problems,
            )
        raise


@contextmanager
def imports_locked() -> Iterator[bool]:
    """Hold the lock of imports, across transactions; False when another process holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
        row = cursor.fetchone()
    is_ours = bool(row and row[0])
    try:
        yield is_ours
    finally:
        # A connection that was lost has lost its locks as well.
        with suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
            if is_ours:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])


def _take_lock() -> None:
    with connection.cursor() as cursor:
        # Or the server would finish the statement of a killed import before it lets go of the lock.
        cursor.execute("SET LOCAL client_connection_check_interval = '2s'")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK_KEY])
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise ImportFailed("Another import is running. Wait until it is done.")


def _bury_the_dead(report: ImportReport) -> None:
    running = ImportReport.objects.filter(
        status=ImportReport.Status.RUNNING, kind="", pk__lt=report.pk
    )
    running.update(
        status=ImportReport.Status.FAILED,
        error="The process ended before the import did. Nothing of it was kept.",
        finished_at=timezone.now(),
    )


def _finish(report: ImportReport, status: ImportReport.Status, problems: Problems) -> None:
    for problem in problems.kept:
        problem.report = report
    ImportProblem.objects.bulk_create(problems.kept, batch_size=1000)
    report.status = status
    report.counts["rows_refused"] = problems.n_total
    report.finished_at = timezone.now()
    # Not its progress, which another connection writes.
    report.save(update_fields=["source", "digest", "status", "counts", "error", "finished_at"])
