"""E-mails are sent by a worker, so that no page waits for a mail server or fails with it."""

import logging
from collections.abc import Sequence
from smtplib import SMTPException
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

SEND_TASK = "recsite.send_mail"
EXPIRES_SECONDS = 6 * 3600
"""A link to confirm an address or reset a password is worth little later than this."""


class QueuedEmailBackend(BaseEmailBackend):
    """Hand e-mails to a worker; without a broker, send them at once and only log a failure."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Return the number of e-mails that were handed over or sent."""
        return sum(map(_hand_over, email_messages))


class UnsentEmailBackend(BaseEmailBackend):
    """Log that an e-mail was not sent, without its text: it may hold a link that logs in."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Return 0: nothing is sent."""
        for message in email_messages:
            logger.warning("EMAIL_URL is not set: not sent: %s", message.subject)
        return 0


def send_payload(payload: dict[str, Any]) -> None:
    """Send one e-mail from its JSON form through ``EMAIL_TRANSPORT``.

    Raises
    ------
    OSError, SMTPException
        The mail server cannot be reached, is too slow or refuses the e-mail.

    """
    fields = dict(payload)
    alternatives = fields.pop("alternatives", [])
    connection = get_connection(settings.EMAIL_TRANSPORT)
    message = EmailMultiAlternatives(**fields, connection=connection)
    for content, mimetype in alternatives:
        message.attach_alternative(content, mimetype)
    message.send()


def _hand_over(message: EmailMessage) -> int:
    payload = _payload(message)
    try:
        current_app.send_task(SEND_TASK, args=[payload], expires=EXPIRES_SECONDS, retry=False)
    except OperationalError:
        return _send_now(payload)
    return 1


def _send_now(payload: dict[str, Any]) -> int:
    try:
        send_payload(payload)
    except (OSError, SMTPException) as error:
        logger.error("An e-mail was not sent: %s: %s", type(error).__name__, error)  # noqa: TRY400
        return 0
    return 1


def _payload(message: EmailMessage) -> dict[str, Any]:
    return {
        "subject": str(message.subject),
        "body": str(message.body),
        "from_email": message.from_email,
        "to": list(message.to),
        "cc": list(message.cc),
        "bcc": list(message.bcc),
        "reply_to": list(message.reply_to),
        "headers": dict(message.extra_headers),
        "alternatives": [
            (str(each[0]), str(each[1])) for each in getattr(message, "alternatives", [])
        ],
    }
