"""Celery's tasks of operations."""

from celery import shared_task

from recsite.operations.retention import retention_apply


@shared_task(name="operations.prune", time_limit=3 * 3600, expires=6 * 3600)  # type: ignore[untyped-decorator]
def prune() -> None:
    """Delete what is no longer kept. Once a night."""
    retention_apply()
