"""Imports that staff ask for on the site or by the API: asked for, done by a worker, cancelled.

One is done at a time, in the order in which they were asked for. The database's lock says whether
one is in work, so it does not matter how often a message comes, or whether it is lost: a worker
that finds the lock free takes up what a dead one left.
"""

import logging
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Final, cast

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.enqueue import send
from common.locks import lock_across_transactions
from common.sizes import size_text
from movies.importers.errors import FileTooLarge, ImportCancelled, ImportFailed, Problems
from movies.importers.files import local_path, open_file, open_source, open_upload, start_of
from movies.importers.json_stream import entries
from movies.importers.movielens import import_movielens, raters_name
from movies.importers.movielens.editions import edition_of
from movies.importers.runs import LOCK
from movies.importers.watch import Watch
from movies.importers.wikipedia import import_wikipedia
from movies.models import ImportReport

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

logger = logging.getLogger(__name__)

IMPORT_TASK: Final = "movies.import"
MAX_ATTEMPTS: Final = 3
"""A file that kills its worker each time is given up."""
WOKEN_SECONDS: Final = 900
"""How long a message is believed to be still on its way."""
SUFFIXES: Final = {
    ImportReport.Kind.MOVIELENS: (".zip",),
    ImportReport.Kind.WIKIPEDIA: (".json", ".jsonl", ".gz"),
}
_OPEN: Final = (ImportReport.Status.QUEUED, ImportReport.Status.RUNNING)


def import_request(
    *,
    started_by: User | None,
    kind: str = ImportReport.Kind.MOVIELENS,
    file: "UploadedFile[Any] | None" = None,
    path: str = "",
    name: str = "",
    max_users: int | None = None,
    overwrite: bool = False,
) -> ImportReport:
    """Queue an import of what is sent, or of what lies below the folder of imports.

    ``name`` and ``max_users`` are of MovieLens, ``overwrite`` of Wikipedia.

    Raises
    ------
    ValidationError
        Neither or both of ``file`` and ``path``; a file that is too large, of another kind, or
        broken at its beginning;
        a path that is not there or leads out of the folder of imports.

    """
    import_check(kind=kind, file=file, path=path)
    location = path if file is None else file.name or "upload"
    stem = PurePosixPath(location).stem
    is_movielens = kind == ImportReport.Kind.MOVIELENS
    options: dict[str, Any] = (
        {
            "name": name and raters_name(name),
            "default_name": raters_name(name or stem),
            "max_users": max_users,
        }
        if is_movielens
        else {"overwrite": overwrite}
    )
    with transaction.atomic():
        report = ImportReport(
            source=raters_name(name or stem) if is_movielens else kind,
            location=location[:500],
            status=ImportReport.Status.QUEUED,
            kind=kind,
            path=path,
            options=options,
            started_by=started_by,
        )
        report.full_clean(exclude=["counts"])  # which are not there yet
        if file is not None:
            report.upload.save(f"upload{_suffix(location)}", file, save=False)
        report.save()
        transaction.on_commit(partial(_send, report.pk))
    return report


def import_check(*, kind: str, file: "UploadedFile[Any] | None", path: str) -> None:
    """Refuse, in words, what cannot be imported.

    Raises
    ------
    ValidationError
        As :func:`import_request` says.

    """
    if (file is None) == (not path):
        raise ValidationError(_("Send a file, or name a path: one of the two."))
    if file is None:
        import_path(path)
    else:
        _check_upload(file, ImportReport.Kind(kind))


def import_cancel(*, report: ImportReport) -> None:
    """Stop an import: at once when it waits, else at its next report; nothing of it is kept.

    Raises
    ------
    ValidationError
        It is over, or runs in a terminal.

    """
    requested = ImportReport.objects.filter(pk=report.pk).exclude(kind="")
    waiting = requested.filter(status=ImportReport.Status.QUEUED)
    if waiting.update(status=ImportReport.Status.CANCELLED, finished_at=timezone.now()):
        _discard(report)
    elif not requested.filter(status=ImportReport.Status.RUNNING).update(cancel_requested=True):
        raise ValidationError(
            _("Only an import that waits or runs can be cancelled, and none of a terminal.")
        )
    report.refresh_from_db()


def import_do(report_id: int) -> None:
    """Do a requested import, in a worker, then wake one for the next.

    Nothing happens when it is over, or when another is in work, which will wake a worker itself.

    Raises
    ------
    OperationalError, InterfaceError
        The database went away; try again.

    """
    with lock_across_transactions(LOCK) as is_ours:
        if not is_ours:
            return
        claimed = ImportReport.objects.filter(pk=report_id, status__in=_OPEN).exclude(kind="")
        if claimed.update(status=ImportReport.Status.RUNNING, n_attempts=F("n_attempts") + 1):
            report = ImportReport.objects.get(pk=report_id)
            if report.cancel_requested:
                _end(report, ImportReport.Status.CANCELLED)
            elif report.n_attempts > MAX_ATTEMPTS:
                _end(report, ImportReport.Status.FAILED, _("Its worker died each time."))
            else:
                _do(report)
            _discard(report)
    imports_wake()


def imports_wake(*, again: bool = True) -> None:
    """Wake a worker for the oldest import that is not over; unless ``again``, only now and then."""
    report = ImportReport.objects.filter(status__in=_OPEN).exclude(kind="").order_by("pk").first()
    if report is not None and (again or cache.add(f"import:{report.pk}", 1, WOKEN_SECONDS)):
        _send(report.pk)


def import_path(name: str) -> Path:
    """Return the path of a folder or file below the folder of imports, with all links followed.

    Raises
    ------
    ValidationError
        There is no such folder or name, or it leads elsewhere.

    """
    root: Path | None = settings.IMPORT_DIR
    if root is None:
        raise ValidationError(
            {"path": _("This site has no folder of imports (MARQUEE_IMPORT_DIR): send a file.")}
        )
    root = root.resolve()
    is_plain = name.isprintable() and not PurePosixPath(name).is_absolute()
    try:
        path = (root / name).resolve() if is_plain else root
        if path == root or not path.is_relative_to(root):
            raise ValidationError({"path": _("It must lie below the folder of imports.")})
        entries = list(path.iterdir()) if path.is_dir() else [path.resolve(strict=True)]
        is_inside = all(entry.resolve().is_relative_to(root) for entry in entries)
    except (OSError, RuntimeError) as error:  # RuntimeError is how pathlib says that links circle
        raise ValidationError({"path": _("There is no such folder or file.")}) from error
    if not is_inside:
        raise ValidationError({"path": _("A link in it leads out of the folder of imports.")})
    return path


def _do(report: ImportReport) -> None:
    """Import, and leave the report with what came of it."""
    try:
        _import(report)
    except (OperationalError, InterfaceError) as error:
        if report.n_attempts < MAX_ATTEMPTS:
            raise
        _end(report, ImportReport.Status.FAILED, str(error))
    except ImportCancelled:
        _end(report, ImportReport.Status.CANCELLED)
    except ImportFailed as error:
        _end(report, ImportReport.Status.FAILED, str(error))
    except ValidationError as error:
        _end(report, ImportReport.Status.FAILED, " ".join(error.messages))
    except Exception as error:
        logger.exception("Import %s failed.", report.pk)
        _end(report, ImportReport.Status.FAILED, f"{type(error).__name__}: {error}")


def _import(report: ImportReport) -> None:
    with _file_of(report) as path, Watch(ImportReport.objects.filter(pk=report.pk)) as progress:
        options = report.options | {"progress": progress, "report": report}
        if report.kind == ImportReport.Kind.MOVIELENS:
            import_movielens(source=open_source(path), **options)
        else:
            # The folder of imports is for what is too large to be sent.
            limit = settings.IMPORT_MAX_UNPACKED_BYTES if report.upload else None
            import_wikipedia(file=open_file(path, limit), **options)


def _end(report: ImportReport, status: ImportReport.Status, error: str = "") -> None:
    """Say why, unless the import itself has said it."""
    unfinished = ImportReport.objects.filter(pk=report.pk, status=ImportReport.Status.RUNNING)
    unfinished.update(status=status, error=error, finished_at=timezone.now())


@contextmanager
def _file_of(report: ImportReport) -> Iterator[Path]:
    """Where the import's files lie on this machine; copied here if the storage is elsewhere."""
    if not report.upload:
        yield import_path(report.path)
        return
    with local_path(report.upload) as path:
        yield path


def _check_upload(file: "UploadedFile[Any]", kind: ImportReport.Kind) -> None:
    suffixes = SUFFIXES[kind]
    if _suffix(file.name) not in suffixes:
        raise ValidationError(
            {"file": _("Its name must end in %(names)s.") % {"names": ", ".join(suffixes)}}
        )
    if file.size is None or file.size > settings.IMPORT_MAX_BYTES:
        raise FileTooLarge(settings.IMPORT_MAX_BYTES)
    if kind == ImportReport.Kind.MOVIELENS:
        try:
            # No member gives more than it says here, whatever lies in the file.
            with zipfile.ZipFile(file) as archive:
                n_bytes = sum(member.file_size for member in archive.infolist())
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise ValidationError({"file": _("This is no zip file: %s.") % error}) from error
        if n_bytes > settings.IMPORT_MAX_UNPACKED_BYTES:
            largest = size_text(settings.IMPORT_MAX_UNPACKED_BYTES)
            raise ValidationError({"file": _("It holds more than %(n)s.") % {"n": largest}})
    try:
        _look_into(cast("IO[bytes]", file), file.name or "upload", kind)
    except ImportFailed as error:
        raise ValidationError({"file": str(error)}) from error
    finally:
        file.seek(0)


def _look_into(file: IO[bytes], name: str, kind: ImportReport.Kind) -> None:
    """Read the beginning of what a worker is to import.

    Raises
    ------
    ImportFailed
        The worker would fail at it.

    """
    file.seek(0)
    unreported = Problems(limit=0)
    if kind == ImportReport.Kind.MOVIELENS:
        edition = edition_of(open_upload(file, name))
        edition.films(unreported)  # which reads the names of the columns
        edition.ratings({}, unreported)
    elif next(entries(start_of(file, name), unreported), None) is None:
        raise ImportFailed(f"{name} has no row that can be imported.")


def _suffix(name: str | None) -> str:
    return PurePosixPath(name or "").suffix.casefold()


def _discard(report: ImportReport) -> None:
    """Delete the uploaded file of an import that is over."""
    if report.upload:
        try:
            report.upload.delete(save=False)
        except OSError:
            logger.warning("The file of import %s could not be deleted.", report.pk)
        ImportReport.objects.filter(pk=report.pk).update(upload="")


def _send(report_id: int) -> None:
    send(IMPORT_TASK, report_id)
