"""Celery tasks of webhooks; they run on the queue ``web``."""

from celery import shared_task

from recommendations.webhooks import services


@shared_task(name=services.DELIVER_TASK, soft_time_limit=30, time_limit=40)  # type: ignore[untyped-decorator]
def deliver_webhook(delivery_id: int) -> None:
    """Send one delivery once and record the response."""
    services.delivery_attempt(delivery_id)


@shared_task(  # type: ignore[untyped-decorator]
    name="recommendations.wake_deliveries", time_limit=60, expires=60
)
def wake_deliveries() -> None:
    """Wake a worker for every delivery that is due, in case a message was lost."""
    services.deliveries_wake()
