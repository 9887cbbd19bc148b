"""Celery's tasks: a name, an id, one call."""

from celery import shared_task
from celery.signals import worker_ready
from django.conf import settings
from django.db import InterfaceError, OperationalError

from movies.models import Movie
from movies.services.imports import IMPORT_TASK, MAX_ATTEMPTS, import_do, imports_wake
from movies.services.personal_imports import TASK as PERSONAL_TASK
from movies.services.personal_imports import import_do as personal_import_do
from movies.services.personal_imports import personal_imports_wake
from movies.services.pictures import FETCH_TASK, picture_fetch
from movies.services.waiting_films import ADD_TASK, JOIN_TASK, missing_add, waiting_join

FETCH_SECONDS = 60
IMPORT_SECONDS = 4 * 3600
PERSONAL_SECONDS = 1800


@shared_task(name=FETCH_TASK, time_limit=FETCH_SECONDS, expires=3600)  # type: ignore[untyped-decorator]
def fetch_picture(movie_id: int) -> None:
    """Fetch a film's picture; of a film that is gone, nothing."""
    movie = Movie.objects.filter(pk=movie_id).exclude(picture_url="").first()
    if movie is not None:
        picture_fetch(movie=movie)


@shared_task(  # type: ignore[untyped-decorator]
    name=IMPORT_TASK,
    autoretry_for=(OperationalError, InterfaceError),
    retry_backoff=True,
    max_retries=MAX_ATTEMPTS,
    soft_time_limit=IMPORT_SECONDS,
    time_limit=IMPORT_SECONDS + 300,
)
def do_import(report_id: int) -> None:
    """Do an import that staff have asked for."""
    import_do(report_id)


@shared_task(name="movies.wake_imports", time_limit=60, expires=60)  # type: ignore[untyped-decorator]
def wake_imports(*, again: bool = False) -> None:
    """Wake a worker for what is to be imported: messages may have been lost."""
    imports_wake(again=again)
    personal_imports_wake()


@worker_ready.connect  # type: ignore[untyped-decorator]
def wake_after_start(**_: object) -> None:
    """Look for imports when a worker starts, and again when a dead one has lost its lock."""
    wake_imports.apply_async(kwargs={"again": True})
    wake_imports.apply_async(
        kwargs={"again": True}, countdown=settings.RUN_LEASE_SECONDS + 2, expires=None
    )


@shared_task(  # type: ignore[untyped-decorator]
    name=PERSONAL_TASK,
    autoretry_for=(OperationalError, InterfaceError),
    retry_backoff=True,
    max_retries=MAX_ATTEMPTS,
    soft_time_limit=PERSONAL_SECONDS,
    time_limit=PERSONAL_SECONDS + 60,
)
def do_personal_import(job_id: int) -> None:
    """Check or import a file that a member brought."""
    personal_import_do(job_id)


@shared_task(name=JOIN_TASK, time_limit=900, expires=3600)  # type: ignore[untyped-decorator]
def join_waiting() -> None:
    """Import the rows that waited for films that the catalogue has now."""
    waiting_join()


@shared_task(name=ADD_TASK, time_limit=900, expires=3600)  # type: ignore[untyped-decorator]
def add_missing() -> None:
    """Add films that members' imports wait for from TMDB, then import their rows."""
    if missing_add():
        waiting_join()
