"""A member brings a file: it is checked, shown, imported by a worker, and undone if they wish.

The uploaded file is deleted as soon as it has been read, and after a day at the latest. What stays
is its rows, which belong to the member and go with the import or with the account.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import member_lock
from common.copy import copy_in, text_row
from common.enqueue import send
from common.locks import lock_across_transactions
from movies.importers.errors import FileTooLarge, ImportCancelled, ImportFailed
from movies.importers.files import local_path
from movies.importers.personal.encodings import LABELS
from movies.importers.personal.generic import Mapped, WrongAnswer, has_answers
from movies.importers.personal.matching import is_answered_by_choice
from movies.importers.personal.namesakes import NAMESAKE
from movies.importers.personal.reading import FoundRow, Reading, count_name, read
from movies.importers.personal.reasons import error_text
from movies.importers.progress import Progress, silent
from movies.importers.watch import Watch
from movies.models import (
    OPERATORS_TRIAL,
    Confidence,
    Movie,
    PersonalImport,
    PersonalImportRow,
)
from movies.services.personal_ratings import counts_of, rows_apply, rows_undo
from movies.services.waiting_films import missing_wanted, rows_join
from movies.signals import import_finished

if TYPE_CHECKING:
    from django.core.files import File

logger = logging.getLogger(__name__)

TASK: Final = "movies.personal_import"
INLINE_BYTES: Final = 1_000_000
"""A smaller file is checked at once, without a worker: a second at most."""
MAX_PER_HOUR: Final = 20
MAX_REFUSED_PER_HOUR: Final = 60
"""Files that cannot be read do not count among the 20, but reading them is work, too."""
HOUR: Final = timedelta(hours=1)
UPLOAD_LIFETIME: Final = timedelta(days=1)
SILENT_FOR: Final = timedelta(minutes=10)
MAX_ATTEMPTS: Final = 3
BATCH_ROWS: Final = 2_000
WENT_WRONG: Final = "Something went wrong here. Nothing was changed."
_COPY_ROWS: Final = (
    f"COPY movies_personalimportrow (owner_id, {', '.join(FoundRow._fields)}) FROM STDIN"
)
Status = PersonalImport.Status
Outcome = PersonalImportRow.Outcome


class TooManyImports(ValidationError):  # noqa: N818 # a refusal, not an error of the program
    """A member brings more files than are allowed in an hour."""

    wait_seconds = int(HOUR.total_seconds())


class WrongChoice(ValidationError):  # noqa: N818 # a refusal, not an error of the program
    """What is chosen is not among what the import leaves to choose."""


class WrongFilm(WrongChoice):
    """A film is chosen for a row whose film is certain, or one that the catalogue lacks."""

    def __init__(self, row_id: int, movie_id: int) -> None:
        self.row_id, self.movie_id = row_id, movie_id
        text = _("Row %(row)s leaves no choice of the film %(film)s.")
        super().__init__({"films": text % {"row": row_id, "film": movie_id}})


class WrongRow(WrongChoice):
    """A row is called right that has no probable film."""

    def __init__(self, row_id: int) -> None:
        text = _("Row %(row)s has no probable film to agree to.")
        super().__init__({"likely": text % {"row": row_id}})


class UnfitAnswer(WrongChoice):
    """An answer does not fit the table that it is about."""


def import_bring(
    *,
    user: User,
    file: "File[Any]",
    name: str,
    progress: Progress | None = None,
    by_operator: bool = False,
) -> PersonalImport:
    """Take a file and check it: at once if it is small or the caller shows progress.

    A larger file is checked by a worker. What an operator imports does not count among the files
    that the member may bring, and leaves no record if its check is interrupted.

    Raises
    ------
    ValidationError
        The file is empty or too large, or the member brought too many files.

    """
    n_bytes = file.size
    if not n_bytes:
        raise ValidationError({"file": _("The file is empty.")})
    if n_bytes > settings.PERSONAL_IMPORT_MAX_BYTES:
        raise FileTooLarge(settings.PERSONAL_IMPORT_MAX_BYTES)
    file_name = Path(name).name[:200] or "file"
    job = PersonalImport(user=user, file_name=file_name, by_operator=by_operator)
    job.digest = _digest(file)
    is_kept = False
    try:
        with transaction.atomic():
            if not by_operator:
                member_lock(user=user)
                _require_few(user)
            job.upload.save(f"{uuid4().hex}.bin", file, save=False)
            job.save()
        is_kept = not connection.in_atomic_block
        _check_or_send(job, n_bytes, progress)
    except BaseException:
        if not is_kept:  # rolled back, the import would leave its file to nobody
            job.upload.delete(save=False)
        elif by_operator:
            import_forget(job=job)
        raise
    return job


def import_forget(*, job: PersonalImport) -> None:
    """Delete an import that an operator only tried, also one whose check was interrupted."""
    if not connection.in_atomic_block:
        connection.close()  # a signal may have come within a query
    job.delete()


def import_answer(
    *, job: PersonalImport, answers: Mapping[str, Any], progress: Progress | None = None
) -> None:
    """Say which column is what, and check the file again; until it is imported, any time.

    An ``encoding`` alone corrects how the file is read. The columns of a table may have other names
    in it, so that they are asked about again.

    Raises
    ------
    UnfitAnswer
        An answer does not fit the table; its key is the parameter.
    ValidationError
        The import asks nothing, or its file is deleted.

    """
    is_encoding_alone = bool(answers.get("encoding")) and not has_answers(answers)
    is_other = bool(answers.get("encoding")) and answers["encoding"] != job.questions.get(
        "encoding"
    )
    if is_encoding_alone:
        kept = {} if is_other and "columns" in job.questions else job.answers
        answers = kept | {"encoding": answers["encoding"]}
    elif job.answers.get("encoding") and not answers.get("encoding"):
        answers = {**answers, "encoding": job.answers["encoding"]}
    _require_guessed(job, answers)
    questions = job.questions
    if "columns" in questions and not is_encoding_alone:
        if is_other and job.upload:
            questions = _questions_in(job, answers["encoding"])
        try:
            Mapped.from_answers(questions, answers)
        except WrongAnswer as error:
            raise UnfitAnswer({error.parameter: error_text(str(error))}) from error
    jobs = PersonalImport.objects.filter(pk=job.pk, status__in=[Status.ASKING, Status.READY])
    asking = jobs.exclude(upload="").exclude(questions={})
    new = {"answers": dict(answers), "questions": questions}
    if not asking.update(status=Status.CHECKING, error="", **new):
        raise ValidationError(_("This import needs no answer."))
    job.refresh_from_db()
    _check_or_send(job, job.upload.size, progress)


def import_accept(
    *,
    job: PersonalImport,
    conflicts: str = PersonalImport.Conflicts.MINE,
    likely: Collection[int] | None = None,
    films: Mapping[int, int] | None = None,
    send: bool = True,
) -> None:
    """Have a worker import a checked file.

    ``likely`` are the ids of the rows whose probable film is right; None takes all of them.
    ``films`` gives the film of rows whose film is not certain, by the row's id. Rows that could
    mean several films and of which none is chosen are left out. Unless ``send``, the caller imports
    it itself.

    Raises
    ------
    ValidationError
        The file is not ready to be imported.
    WrongFilm
        A row has a certain film, or the catalogue lacks a film.
    WrongRow
        A row in ``likely`` has no probable film.

    """
    with transaction.atomic():
        ready = PersonalImport.objects.filter(pk=job.pk, status=Status.READY)
        if not ready.update(
            status=Status.QUEUED, conflicts=conflicts, n_done=0, n_total=0, step=""
        ):
            raise ValidationError(_("This import is not ready to be imported."))
        _choose(job, films or {})
        chosen = list(job.rows.filter(confidence=Confidence.CHOSEN))
        for row in chosen:
            row.note = _note_without_doubt(row.note)
        PersonalImportRow.objects.bulk_update(chosen, ["note"], BATCH_ROWS)
        probable = job.rows.filter(confidence=Confidence.LIKELY, outcome=Outcome.NONE)
        if likely:
            agreed = set(probable.exclude(movie=None).values_list("pk", flat=True))
            if wrong := min(set(likely) - agreed - {row.pk for row in chosen}, default=0):
                raise WrongRow(wrong)
        probable.filter(movie=None).update(outcome=Outcome.DECLINED)
        if likely is not None:
            probable.exclude(pk__in=likely).update(outcome=Outcome.DECLINED)
        transaction.on_commit(partial(_discard, job))
        if send:
            transaction.on_commit(partial(_send, job.pk))
    job.refresh_from_db()


def _require_guessed(job: PersonalImport, answers: Mapping[str, Any]) -> None:
    """Refuse an encoding that is not known, or of a file whose encoding is certain.

    Raises
    ------
    UnfitAnswer
        It would change nothing.

    """
    encoding = answers.get("encoding")
    if encoding and (encoding not in LABELS or not job.questions.get("encoding")):
        raise UnfitAnswer({"encoding": _("The encoding of this file is certain, or not known.")})


def _questions_in(job: PersonalImport, encoding: str) -> dict[str, Any]:
    """Return what is asked about a table whose file is read in another encoding."""
    with local_path(job.upload) as path:
        return read(path, job.file_name, {"encoding": encoding}, silent).questions


def film_choose(*, job: PersonalImport, row_id: int, movie_id: int | None) -> None:
    """Store which film a row means, or with None that the row has no chosen film any more.

    The row of a finished import that waits for its film is imported at once.

    Raises
    ------
    ValidationError
        The import is neither ready nor done, or None is given for a finished one.
    WrongFilm
        The row has a certain film, or the catalogue lacks the film.

    """
    with transaction.atomic():
        _lock(job.user_id)
        job.refresh_from_db()
        if job.status == Status.READY and movie_id is None:
            _unchoose(job, row_id)
        elif job.status == Status.READY and movie_id:
            _choose(job, {row_id: movie_id})
        elif job.status == Status.DONE and movie_id:
            rows = rows_of_choices(job, {row_id: movie_id}, outcome=Outcome.WAITING)
            for row in rows:
                row.note = _note_without_doubt(row.note)
            rows_join(job.pk, rows)
        else:
            raise ValidationError(_("No film can be chosen in this import now."))


def import_delete(*, job: PersonalImport) -> None:
    """Delete an import with its rows and the films it waits for. What it brought stays.

    Raises
    ------
    ValidationError
        A worker is at work on it.

    """
    with transaction.atomic():
        _lock(job.user_id)
        job = PersonalImport.objects.select_for_update().get(pk=job.pk)
        if job.is_working:
            raise ValidationError(_("A worker is at work on this import. Cancel it first."))
        if _counts(job) and job.created_at > timezone.now() - HOUR:
            _count("deleted", job.user_id)
        job.delete()


def import_cancel(*, job: PersonalImport) -> None:
    """Stop an import that is not over; nothing of it is kept.

    Raises
    ------
    ValidationError
        It is over.

    """
    jobs = PersonalImport.objects.filter(pk=job.pk)
    waiting = jobs.filter(status__in=[Status.ASKING, Status.READY, Status.QUEUED, Status.CHECKING])
    if waiting.update(status=Status.CANCELLED, finished_at=timezone.now(), cancel_requested=True):
        job.refresh_from_db()
        _discard(job)
        job.rows.all().delete()
        _tell(job)
    elif not jobs.filter(status=Status.RUNNING).update(cancel_requested=True):
        raise ValidationError(_("This import is over."))
    job.refresh_from_db()


def import_undo(*, job: PersonalImport) -> dict[str, int]:
    """Take back everything that an import changed, unless the member changed it again since.

    Raises
    ------
    ValidationError
        The import is not done.

    """
    with transaction.atomic():
        _lock(job.user_id)
        job.refresh_from_db()
        if job.status != Status.DONE:
            raise ValidationError(_("Only a finished import can be undone."))
        counts = rows_undo(job)
        job.status, job.counts = Status.UNDONE, job.counts | counts
        job.save(update_fields=["status", "counts"])
        _tell(job)
    return counts


def import_do(job_id: int) -> None:
    """Do what an import waits for: check it or import it. Called by a worker.

    Nothing happens while another worker is at it: its message may have been sent twice.

    Raises
    ------
    OperationalError, InterfaceError
        The database went away; try again.

    """
    with lock_across_transactions(f"personal-import:{job_id}") as is_ours:
        if is_ours:
            _do(job_id)


def _do(job_id: int) -> None:
    open_jobs = PersonalImport.objects.filter(
        pk=job_id, status__in=[Status.CHECKING, Status.QUEUED, Status.RUNNING]
    )
    if not open_jobs.update(n_attempts=F("n_attempts") + 1):
        return
    job = PersonalImport.objects.get(pk=job_id)
    if job.n_attempts > MAX_ATTEMPTS:
        _end(job, Status.FAILED, "Its worker died each time.")
    elif job.status == Status.CHECKING:
        import_check(job)
    else:
        import_apply(job)


def import_check(job: PersonalImport, progress: Progress | None = None) -> None:
    """Read the file of an import and find its films; the outcome is in the import.

    An unexpected error fails the import, too, so that its file is deleted. A refusal is signalled
    as ``import_finished`` by a worker alone: with ``progress``, the caller's answer tells it.

    Raises
    ------
    OperationalError, InterfaceError
        The database went away; try again.

    """
    try:
        with local_path(job.upload) as path, _watched(job, progress) as watch:
            reading = read(path, job.file_name, job.answers, watch)
            with transaction.atomic():
                _lock(job.user_id)
                _store(job, reading, watch)
    except ImportFailed as error:
        if job.answers and "columns" in job.questions:  # the answers were wrong, not the file
            _end(job, Status.ASKING, str(error))
            return
        _refuse(job, str(error), is_answered=progress is not None)
    except ImportCancelled:
        _end(job, Status.CANCELLED)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("The file of personal import %s could not be checked.", job.pk)
        _refuse(job, WENT_WRONG, is_answered=progress is not None)
    # Until a table is imported, its columns can be corrected.
    if job.status != Status.ASKING and not (job.status == Status.READY and job.questions):
        _discard(job)


def import_apply(job: PersonalImport, progress: Progress | None = None) -> None:
    """Import the rows of a checked file in one transaction."""
    claimed = PersonalImport.objects.filter(pk=job.pk, status__in=[Status.QUEUED, Status.RUNNING])
    if not claimed.update(status=Status.RUNNING):
        return
    try:
        with _watched(job, progress) as watch, transaction.atomic():
            _lock(job.user_id)
            job.refresh_from_db()
            if job.status != Status.RUNNING:
                return
            job.finished_at = timezone.now()
            declined = counts_of(job.rows.filter(outcome=Outcome.DECLINED), Outcome.DECLINED)
            job.counts = job.counts | declined | rows_apply(job, watch)
            _hold(job)
            job.status, job.error = Status.DONE, ""
            job.save(update_fields=["status", "counts", "error", "finished_at"])
            missing_wanted()
            _tell(job)
    except ImportCancelled:
        _end(job, Status.CANCELLED)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("Personal import %s failed.", job.pk)
        _end(job, Status.FAILED, WENT_WRONG)


def personal_imports_wake() -> None:
    """Send open imports to a worker again if nobody works on them, and delete old uploads.

    What an operator only checked is left to the command; after a day, the command has been killed.
    """
    silent_since = timezone.now() - SILENT_FOR
    waiting = [Status.CHECKING, Status.QUEUED, Status.RUNNING]
    silent = PersonalImport.objects.filter(status__in=waiting, created_at__lt=silent_since)
    for pk in silent.exclude(OPERATORS_TRIAL).values_list("pk", flat=True):
        _send(pk)
    old = PersonalImport.objects.filter(created_at__lt=timezone.now() - UPLOAD_LIFETIME)
    for job in old.filter(OPERATORS_TRIAL):
        job.delete()
    for job in old.exclude(upload=""):
        if job.status != Status.READY:
            unused = "The file was deleted because it was not used for a day."
            _end(job, Status.FAILED, unused)
        _discard(job)


def _require_few(user: User) -> None:
    """Refuse a file of a member who has brought many within an hour, deleted ones included.

    Files that could not be read have a limit of their own, so that a few tries cost nothing.

    Raises
    ------
    TooManyImports
        With the time to wait.

    """
    if cache.get(_counter("refused", user.pk), 0) >= MAX_REFUSED_PER_HOUR:
        text = _("%(n)s of your files could not be read within an hour. Try later.")
        raise TooManyImports(text % {"n": MAX_REFUSED_PER_HOUR})
    recent = user.personal_imports.filter(created_at__gt=timezone.now() - HOUR, by_operator=False)
    read = recent.exclude(status=Status.FAILED).order_by("created_at")
    times = list(read.values_list("created_at", flat=True))
    if len(times) + cache.get(_counter("deleted", user.pk), 0) < MAX_PER_HOUR:
        return
    refusal = TooManyImports(
        _("You brought %(n)s files within an hour. Try later.") % {"n": MAX_PER_HOUR}
    )
    if times:
        refusal.wait_seconds = ceil((times[0] + HOUR - timezone.now()).total_seconds())
    raise refusal


def _counts(job: PersonalImport) -> bool:
    """Return whether an import counts among the files that its member brought within an hour."""
    return not job.by_operator and job.status != Status.FAILED


def _counter(what: str, user_id: int) -> str:
    return f"imports-{what}:{user_id}"


def _count(what: str, user_id: int) -> None:
    """Count a file of a member whose import is not kept, for an hour."""
    key = _counter(what, user_id)
    cache.add(key, 0, HOUR.total_seconds())
    cache.incr(key)


def rows_of_choices(
    job: PersonalImport, films: Mapping[int, int], *, outcome: str = Outcome.NONE
) -> list[PersonalImportRow]:
    """Return the rows for which a film is chosen, with that film; nothing is stored.

    The film that a row probably meant becomes one of its candidates.

    Raises
    ------
    WrongFilm
        A row has a certain film, or the catalogue lacks a film.

    """
    unsure = job.rows.exclude(confidence__in=[Confidence.EXACT, ""]).filter(outcome=outcome)
    rows = unsure.in_bulk(list(films))
    movies = set(Movie.objects.filter(pk__in=films.values()).values_list("pk", flat=True))
    for pk, movie_id in films.items():
        if pk not in rows or movie_id not in movies:
            raise WrongFilm(pk, movie_id)
        row = rows[pk]
        if row.confidence == Confidence.LIKELY and row.movie_id:
            row.candidates = [row.movie_id]
        row.movie_id, row.confidence = movie_id, Confidence.CHOSEN
    return list(rows.values())


def _choose(job: PersonalImport, films: Mapping[int, int]) -> None:
    """Store the films that are chosen for rows."""
    if films:
        _save_choices(job, rows_of_choices(job, films))


def _unchoose(job: PersonalImport, row_id: int) -> None:
    """Make a row as unsure again as it was before its film was chosen."""
    row = job.rows.filter(pk=row_id, confidence=Confidence.CHOSEN, outcome=Outcome.NONE).first()
    if row is None:
        raise ValidationError(_("No film is chosen for this row."))
    row.movie_id = None
    row.confidence = Confidence.LIKELY if row.candidates else Confidence.UNMATCHED
    _save_choices(job, [row])


def _save_choices(job: PersonalImport, rows: Sequence[PersonalImportRow]) -> None:
    """Store rows whose film was chosen or given up, and count all rows of the import again."""
    PersonalImportRow.objects.bulk_update(rows, ["movie", "confidence", "candidates"], BATCH_ROWS)
    counts: Counter[str] = Counter()
    is_found = ExpressionWrapper(Q(movie__isnull=False), BooleanField())
    imported = job.rows.exclude(outcome=Outcome.LEFT_OUT).order_by().annotate(is_found=is_found)
    groups = imported.values_list("kind", "confidence", "outcome", "is_found")
    for kind, confidence, outcome, has_film, n_rows in groups.annotate(n=Count("pk")):
        counts[count_name(kind, confidence, outcome, is_found=has_film)] += n_rows
    left_out = {name: n for name, n in job.counts.items() if name == Outcome.LEFT_OUT}
    job.counts = dict(counts) | left_out
    job.save(update_fields=["counts"])


def _chosen_before(job: PersonalImport) -> dict[tuple[int, str, str], int | None]:
    """Return the films that the member chose for rows of this file, as they said last.

    That is this import if it was read before, else the latest import of the file. An import that
    was undone says that none of its choices counts.
    """
    imports = PersonalImport.objects.filter(user=job.user_id, digest=job.digest)
    read_before = imports.filter(rows__isnull=False).distinct()
    latest = read_before.filter(pk=job.pk).first() or read_before.order_by("-pk").first()
    if latest is None or latest.status == Status.UNDONE:
        return {}
    rows = latest.rows.filter(confidence=Confidence.CHOSEN).exclude(movie=None)
    return {(row.line_number, row.kind, row.title): row.movie_id for row in rows}


def _choose_again(job: PersonalImport, chosen: Mapping[tuple[int, str, str], int | None]) -> None:
    """Choose the same films for a file that was checked again, where they are still uncertain."""
    lines = {line for line, _kind, _title in chosen}
    unsure = job.rows.filter(outcome=Outcome.NONE, line_number__in=lines)
    films = {
        row.pk: movie_id
        for row in unsure.exclude(confidence=Confidence.EXACT)
        if (movie_id := chosen.get((row.line_number, row.kind, row.title)))
    }
    _choose(job, films)


def _note_without_doubt(note: str) -> str:
    """Return the reasons of a row without those that the choice of a film answers."""
    reasons = note.split("; ")
    return "; ".join(one for one in reasons if one != NAMESAKE and not is_answered_by_choice(one))


def _check_or_send(job: PersonalImport, n_bytes: int, progress: Progress | None) -> None:
    if progress is not None or n_bytes <= INLINE_BYTES:
        import_check(job, progress or silent)
        job.refresh_from_db()
    else:
        transaction.on_commit(partial(_send, job.pk))


def _store(job: PersonalImport, reading: Reading, progress: Progress) -> None:
    job.refresh_from_db(fields=["status"])
    if job.status != Status.CHECKING:
        raise ImportCancelled
    job.source, job.questions = reading.source, reading.questions or job.questions
    if reading.encoding:
        job.questions |= {"encoding": reading.encoding}
    job.status = Status.ASKING if reading.questions else Status.READY
    job.counts, job.error = dict(reading.counts), ""
    chosen = _chosen_before(job)
    # A table that is asked about again keeps the choices for the rows that it will have.
    is_asked_again = job.status == Status.ASKING
    (job.rows.exclude(confidence=Confidence.CHOSEN) if is_asked_again else job.rows.all()).delete()
    rows = reading.rows

    def blocks() -> Iterator[str]:
        for start in range(0, len(rows), BATCH_ROWS):
            batch = rows[start : start + BATCH_ROWS]
            yield "".join(text_row((job.pk, *row)) for row in batch)
            progress("saving", start + len(batch), len(rows))

    with connection.cursor() as cursor:
        copy_in(cursor, _COPY_ROWS, blocks())
    job.save(update_fields=["source", "questions", "status", "counts", "error"])
    if chosen:
        _choose_again(job, chosen)


def _watched(job: PersonalImport, progress: Progress | None) -> Any:
    """Progress for others to read, unless the caller shows it."""
    if progress is None:
        return Watch(PersonalImport.objects.filter(pk=job.pk))
    return _Given(progress)


class _Given:
    """A context manager around a progress that the caller brings."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __enter__(self) -> Progress:
        return self._progress

    def __exit__(self, *_error: object) -> None:
        return None


def _lock(user_id: int) -> None:
    """Let one import of a member work at a time; the member's own writes go on."""
    User.objects.select_for_update(no_key=True).get(pk=user_id)


def _end(
    job: PersonalImport,
    status: PersonalImport.Status,
    error: str = "",
    *,
    is_answered: bool = False,
) -> None:
    """End an import; send ``import_finished`` unless the caller's answer says how it ended."""
    PersonalImport.objects.filter(pk=job.pk).update(
        status=status, error=error, finished_at=timezone.now(), step="", n_done=0, n_total=0
    )
    job.refresh_from_db()
    if status == Status.CANCELLED:
        job.rows.all().delete()
    if status in {Status.CANCELLED, Status.FAILED} and not is_answered:
        _tell(job)


def _refuse(job: PersonalImport, error: str, *, is_answered: bool) -> None:
    """End an import whose file cannot be read, which counts for its member."""
    _end(job, Status.FAILED, error, is_answered=is_answered)
    if not job.by_operator:
        _count("refused", job.user_id)


def _hold(job: PersonalImport) -> None:
    """Lock an import that is about to end, so that nobody's wish to cancel it is lost.

    Raises
    ------
    ImportCancelled
        Somebody asked for it since the worker last looked.

    """
    if PersonalImport.objects.select_for_update().get(pk=job.pk).cancel_requested:
        raise ImportCancelled


def _tell(job: PersonalImport) -> None:
    transaction.on_commit(
        partial(import_finished.send_robust, sender=PersonalImport, job=job), robust=True
    )


def _discard(job: PersonalImport) -> None:
    if job.upload:
        try:
            job.upload.delete(save=False)
        except OSError:
            logger.warning("The file of personal import %s could not be deleted.", job.pk)
        PersonalImport.objects.filter(pk=job.pk).update(upload="")


def _digest(file: "File[Any]") -> str:
    digest = hashlib.sha256()
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _send(job_id: int) -> None:
    send(TASK, job_id)
