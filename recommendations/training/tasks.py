"""Celery's tasks: a name, an id, one call."""

from celery import shared_task
from celery.signals import worker_ready
from django.conf import settings
from django.db import InterfaceError, OperationalError

from accounts.services import departed_sessions_delete
from recommendations.services import new_films
from recommendations.serving import query_embedding
from recommendations.training import jobs
from recommendations.training.services import schedules

STAGE_SECONDS = settings.STAGE_SECONDS


@shared_task(  # type: ignore[untyped-decorator]
    name=jobs.RUN_STAGE_TASK,
    autoretry_for=(OperationalError, InterfaceError),
    retry_backoff=True,
    max_retries=8,
    soft_time_limit=STAGE_SECONDS,
    time_limit=STAGE_SECONDS + 300,
)
def run_stage(run_id: int) -> None:
    """Do the next stage of a run, then ask for the one after it or for the next run."""
    # Here, so that a worker for the other queue never loads torch.
    from recommendations.training.worker.runner import Outcome, run_advance

    outcome = run_advance(run_id)
    if outcome is Outcome.MORE:
        jobs.enqueue(run_id)
    elif outcome is Outcome.OVER:
        jobs.resume()
    else:  # perhaps held by a worker that died a moment ago
        resume_runs.apply_async(countdown=settings.RUN_LEASE_SECONDS + 2, expires=None)


@shared_task(  # type: ignore[untyped-decorator]
    name="recommendations.run_shard",
    autoretry_for=(OperationalError, InterfaceError),
    retry_backoff=True,
    max_retries=5,
    time_limit=3600,
    expires=STAGE_SECONDS,
)
def run_shard(stage_id: int) -> None:
    """Do a range of users of a stage that another worker holds, if one is left."""
    from recommendations.training.worker.shards import shard_advance

    shard_advance(stage_id)


@shared_task(name="recommendations.resume_runs", time_limit=60, expires=60)  # type: ignore[untyped-decorator]
def resume_runs() -> None:
    """Wake a worker for whatever run nobody works on."""
    jobs.resume()


@shared_task(name=query_embedding.EMBED_QUERY_TASK, time_limit=120)  # type: ignore[untyped-decorator]
def embed_query(text: str, model_id: int) -> None:
    """Work out what a visitor's words mean, with a text model that web processes cannot run."""
    from recommendations.training.worker.queries import query_embed

    query_embed(text, model_id)


@shared_task(name="recommendations.retrain_if_due", time_limit=60, expires=60)  # type: ignore[untyped-decorator]
def retrain_if_due() -> None:
    """Start a run if the schedule says so."""
    schedules.retrain_if_due()


@shared_task(  # type: ignore[untyped-decorator]
    name=new_films.EMBED_FILMS_TASK,
    autoretry_for=(OperationalError, InterfaceError),
    retry_backoff=True,
    max_retries=5,
    time_limit=600,
)
def embed_films() -> None:
    """Embed films that were added or changed since the last run; the rest by another task."""
    from recommendations.training.worker.new_films import films_embed

    new_films.begin()
    model = films_embed()
    if model is not None:
        new_films.task_send(model)


@worker_ready.connect  # type: ignore[untyped-decorator]
def resume_after_start(**_: object) -> None:
    """Look for work when a worker starts, and again when the leases of a dead one are over."""
    resume_runs.apply_async()
    resume_runs.apply_async(countdown=settings.RUN_LEASE_SECONDS + 2, expires=None)


@shared_task(name=jobs.ERASE_TASK, time_limit=3600, expires=24 * 3600)  # type: ignore[untyped-decorator]
def erase_departed() -> None:
    """Remove people who deleted their account from the files of trainings and from sessions."""
    from recommendations.training.worker.erasure import departed_erase

    departed_sessions_delete()
    departed_erase()
