"""Celery's tasks of the composition root."""

from smtplib import SMTPException
from typing import Any

from celery import shared_task

from recsite import mail


@shared_task(  # type: ignore[untyped-decorator]
    name=mail.SEND_TASK,
    autoretry_for=(OSError, SMTPException),
    retry_backoff=10,
    retry_backoff_max=1800,
    max_retries=8,
    time_limit=60,
)
def send_mail(payload: dict[str, Any]) -> None:
    """Send one e-mail, and try again up to 8 times over about an hour while the server fails."""
    mail.send_payload(payload)
