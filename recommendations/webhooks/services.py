"""Telling other programs of events: signed, retried, recorded, and never led into our own network.

The deliveries are rows; the broker only wakes who sends them. A message that is lost costs nothing:
``deliveries_wake`` finds what is due. How a receiver checks a signature: docs/webhooks.md.
"""

import hashlib
import hmac
import json
import logging
import random
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.enqueue import send
from common.leases import claim_due
from common.net import PrivateAddressError, UnknownHostError, resolve_public
from recommendations.webhooks.models import Webhook, WebhookDelivery, WebhookEvent

logger = logging.getLogger(__name__)

DELIVER_TASK = "recommendations.deliver_webhook"
SIGNATURE_HEADER = "Marquee-Signature"
TIMEOUT_SECONDS = 10.0
CLAIM = timedelta(minutes=2)
"""How long one attempt has a delivery to itself; it takes seconds."""
FIRST_RETRY = timedelta(seconds=30)
RETRY_FACTOR = 4
MAX_ATTEMPTS = 8
"""The last one 45 hours after the first: a weekend is not survived, a night is."""
DISABLE_AFTER = timedelta(days=3)
"""An address that fails for so long is told nothing more until somebody switches it on again."""


class UnsafeAddressError(Exception):
    """The address leads into a network that is not the public's, or nowhere."""


def webhook_create(*, url: str, events: Sequence[str], created_by: User | None) -> Webhook:
    """Tell ``url`` of these events from now on. Its ``secret`` is to be shown this once.

    Raises
    ------
    ValidationError
        Not an address that may be called, or an event that does not exist.

    """
    webhook = Webhook(url=url, events=_events(events), created_by=created_by)
    webhook.full_clean()
    url_check(url)
    webhook.save()
    return webhook


def webhook_update(*, webhook: Webhook, events: Sequence[str], is_active: bool) -> Webhook:
    """Change what is told, or switch the webhook off or on again.

    Raises
    ------
    ValidationError
        No event, or one that does not exist.

    """
    if is_active and webhook.disabled_at:
        webhook.failing_since = webhook.disabled_at = None
    webhook.events, webhook.is_active = _events(events), is_active
    webhook.full_clean()
    webhook.save()
    return webhook


def webhook_delete(*, webhook: Webhook) -> None:
    """Tell it nothing more, and forget what it was told."""
    webhook.delete()


@transaction.atomic
def webhook_redeliver(*, delivery: WebhookDelivery) -> WebhookDelivery:
    """Tell the same event once more: same id, same body, attempts from the beginning."""
    again = WebhookDelivery.objects.create(
        webhook=delivery.webhook,
        event_id=delivery.event_id,
        event=delivery.event,
        body=delivery.body,
        next_attempt_at=timezone.now(),
    )
    _wake([again.pk])
    return again


@transaction.atomic
def event_tell(event: WebhookEvent, data: Mapping[str, Any]) -> list[WebhookDelivery]:
    """Tell every active webhook that wants to know of ``event``, soon."""
    event_id, now = uuid.uuid4(), timezone.now()
    envelope = {"id": event_id, "type": event.value, "created_at": now, "data": data}
    body = json.dumps(envelope, cls=DjangoJSONEncoder)
    deliveries = WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            webhook=webhook, event_id=event_id, event=event, body=body, next_attempt_at=now
        )
        for webhook in Webhook.objects.filter(is_active=True, events__contains=[event])
    )
    _wake([delivery.pk for delivery in deliveries])
    return deliveries


def deliveries_wake() -> int:
    """Wake a worker for every delivery that is due; says how many there are."""
    due = WebhookDelivery.objects.filter(
        status=WebhookDelivery.Status.WAITING,
        next_attempt_at__lte=Now(),
        webhook__is_active=True,
    )
    ids = list(due.values_list("pk", flat=True))
    _wake(ids)
    return len(ids)


def delivery_attempt(delivery_id: int) -> WebhookDelivery | None:
    """Send one delivery, once, and record what came back; None if it is not due or in work."""
    delivery = _claim(delivery_id)
    if delivery is None:
        return None
    code, error = _sent(delivery)
    if error:
        _record_failure(delivery, code, error)
    else:
        _record_success(delivery, code)
    return delivery


def signature(secret: str, timestamp: int, body: str) -> str:
    """Return the header's value: when it was signed, and HMAC-SHA256 of "timestamp.body".

    >>> signature("whsec_x", 1700000000, "{}")[:24]
    't=1700000000,v1=be8cb832'
    """
    mac = hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256)
    return f"t={timestamp},v1={mac.hexdigest()}"


def retry_delay(n_attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: 30 seconds, two minutes, eight, ..."""
    return FIRST_RETRY * int(RETRY_FACTOR ** (n_attempts - 1))


def url_check(url: str) -> None:
    """Refuse, in words, an address that is not to be called.

    Raises
    ------
    ValidationError
        Not https on a public site, with a password in it, or not public.

    """
    try:
        parsed = httpx.URL(url)
        port = parsed.port or 443
        is_address = bool(parsed.host) and 0 < port < 65536
    except (httpx.InvalidURL, UnicodeError, ValueError):
        is_address = False
    if not is_address:
        raise ValidationError({"url": _("This is no address of a web server.")})
    schemes = {"https"} if settings.IS_PRODUCTION else {"https", "http"}
    if parsed.scheme not in schemes:
        raise ValidationError({"url": _("The address must begin with https://.")})
    if parsed.userinfo:
        raise ValidationError({"url": _("The address must not contain a password.")})
    try:
        public_address(parsed.host, port)
    except UnsafeAddressError as error:
        raise ValidationError({"url": str(error)}) from error


def public_address(host: str, port: int) -> str:
    """Return the checked IP address to call ``host`` at.

    Raises
    ------
    UnsafeAddressError
        The host is unknown, or inside a private network and that is not allowed.

    """
    try:
        return resolve_public(host, port, allow_private=settings.WEBHOOK_PRIVATE_ADDRESSES)
    except UnknownHostError as error:
        raise UnsafeAddressError(str(error)) from error
    except PrivateAddressError as error:
        raise UnsafeAddressError(
            _("%(host)s is not on the public internet: webhooks do not go there.") % {"host": host}
        ) from error


def _events(events: Sequence[str]) -> list[str]:
    return sorted(set(events))


def _wake(delivery_ids: Sequence[int]) -> None:
    for delivery_id in delivery_ids:
        transaction.on_commit(partial(_send_task, delivery_id, 0.0))


def _send_task(delivery_id: int, countdown: float) -> None:
    send(DELIVER_TASK, delivery_id, countdown=countdown)


def _claim(delivery_id: int) -> WebhookDelivery | None:
    rows = WebhookDelivery.objects.filter(pk=delivery_id)
    open_rows = rows.filter(status=WebhookDelivery.Status.WAITING, webhook__is_active=True)
    n_attempts = F("n_attempts") + 1
    is_claimed = claim_due(open_rows, "next_attempt_at", CLAIM, n_attempts=n_attempts)
    return rows.select_related("webhook").get() if is_claimed else None


def _sent(delivery: WebhookDelivery) -> tuple[int | None, str]:
    """Send the delivery; return the answer's status code, and an error unless it is 2xx."""
    timestamp = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Marquee-Webhooks/1",
        "Marquee-Event": delivery.event,
        "Marquee-Event-Id": str(delivery.event_id),
        SIGNATURE_HEADER: signature(delivery.webhook.secret, timestamp, delivery.body),
    }
    try:
        code = _post(httpx.URL(delivery.webhook.url), headers, delivery.body)
    except UnsafeAddressError as error:
        return None, str(error)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return None, f"{type(error).__name__}: {error}"
    except SoftTimeLimitExceeded:  # each wait for a few bytes was short enough, all together not
        return None, _("The receiver took too long.")
    return code, "" if 200 <= code < 300 else _("The receiver answered %(code)s.") % {"code": code}


def _post(url: httpx.URL, headers: Mapping[str, str], body: str) -> int:
    """Call the address that was checked, under the name it was asked for; no redirect is followed.

    The answer's body is not read: it is nobody's business, and may be endless.
    """
    address = public_address(url.host, url.port or (80 if url.scheme == "http" else 443))
    with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        request = client.build_request(
            "POST",
            url.copy_with(host=address),
            headers={**headers, "Host": url.netloc.decode("ascii")},
            content=body,
            extensions={"sni_hostname": url.host},
        )
        response = client.send(request, stream=True)
        response.close()
        return response.status_code


def _record_success(delivery: WebhookDelivery, code: int | None) -> None:
    delivery.status, delivery.response_code = WebhookDelivery.Status.DELIVERED, code
    delivery.error, delivery.next_attempt_at = "", None
    delivery.finished_at = timezone.now()
    delivery.save()
    Webhook.objects.filter(pk=delivery.webhook_id).update(failing_since=None)


def _record_failure(delivery: WebhookDelivery, code: int | None, error: str) -> None:
    now = timezone.now()
    delivery.response_code, delivery.error = code, error[:300]
    if delivery.n_attempts >= MAX_ATTEMPTS:
        delivery.status, delivery.next_attempt_at = WebhookDelivery.Status.FAILED, None
        delivery.finished_at = now
    else:
        # Spread, so that receivers that fell over together are not woken together.
        delay = retry_delay(delivery.n_attempts) * random.uniform(0.9, 1.1)  # noqa: S311
        delivery.next_attempt_at = now + delay
    delivery.save()
    webhook = Webhook.objects.filter(pk=delivery.webhook_id)
    webhook.filter(failing_since=None).update(failing_since=now)
    if webhook.filter(failing_since__lt=now - DISABLE_AFTER).update(
        is_active=False, disabled_at=now
    ):
        logger.warning("Webhook %s is switched off: it failed for too long.", delivery.webhook_id)
    elif delivery.next_attempt_at is not None:
        _send_task(delivery.pk, (delivery.next_attempt_at - now).total_seconds() + 1)
