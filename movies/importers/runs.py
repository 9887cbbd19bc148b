"""One import at a time, all or nothing, with a report that stays.

The report is committed before the work begins and its end together with the work. A process killed
half-way leaves no rows but a report that still says "running": the next import, which can tell
because it holds the lock, marks it failed. What a worker was asked to do (``services.imports``) is
taken up again instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from common.locks import try_transaction_lock
from common.redaction import redact
from movies.importers.errors import ImportCancelled, ImportFailed, Problems
from movies.models import ImportProblem, ImportReport

LOCK = "imports"
"""Held by the one import into the catalogue that is in work."""


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
            _take_lock(report)
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


def _take_lock(report: ImportReport) -> None:
    """Take the lock of imports, unless a worker holds it for the request."""
    with connection.cursor() as cursor:
        # Or the server would finish the statement of an import whose process was killed.
        cursor.execute("SET LOCAL client_connection_check_interval = '2s'")
    if not report.kind and not try_transaction_lock(LOCK):
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
