"""Celery tasks of experiments."""

from celery import shared_task

from recommendations.experiments.services.totals import totals_keep


@shared_task(  # type: ignore[untyped-decorator]
    name="recommendations.keep_totals", time_limit=3600, expires=3600
)
def keep_totals() -> None:
    """Sum up past days, and delete impressions past the retention time."""
    totals_keep()
