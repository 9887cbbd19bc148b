"""Celery's tasks around what happens online: quick ones, for the queue ``web``."""

from celery import shared_task

from recommendations.services import webhooks
from recommendations.services.totals import totals_keep


@shared_task(name=webhooks.DELIVER_TASK, soft_time_limit=30, time_limit=40)  # type: ignore[untyped-decorator]
def deliver_webhook(delivery_id: int) -> None:
    """One attempt to tell one address of one event."""
    webhooks.delivery_attempt(delivery_id)


@shared_task(  # type: ignore[untyped-decorator]
    name="recommendations.wake_deliveries", time_limit=60, expires=60
)
def wake_deliveries() -> None:
    """Wake a worker for what is due: messages may have been lost."""
    webhooks.deliveries_wake()


@shared_task(  # type: ignore[untyped-decorator]
    name="recommendations.keep_totals", time_limit=3600, expires=3600
)
def keep_totals() -> None:
    """Sum up the days that are over for good, and delete impressions that are old enough."""
    totals_keep()
