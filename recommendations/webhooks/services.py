"""Deliver events to webhooks: signed, retried, recorded, and never into the site's own network.

Deliveries are rows, and a message of the broker only wakes a worker. ``deliveries_wake`` finds what
is due when a message is lost. docs/webhooks.md tells how a receiver checks a signature.
"""

import hashlib
import hmac
import json
import logging
import random
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.utils.encoders import JSONEncoder

from accounts.models import User
from common.enqueue import send
from common.leases import claim_due
from common.net import PrivateAddressError, UnknownHostError, resolve_public
from recommendations.webhooks.models import (
    MemberEvent,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)

logger = logging.getLogger(__name__)

DELIVER_TASK = "recommendations.deliver_webhook"
SIGNATURE_HEADER = "Marquee-Signature"
TIMEOUT_SECONDS = 10.0
HTTPS_PORT = 443
CLAIM = timedelta(minutes=2)
"""How long one attempt has a delivery to itself; it takes seconds."""
FIRST_RETRY = timedelta(seconds=30)
RETRY_FACTOR = 4
MAX_ATTEMPTS = 8
"""The last attempt is made about 45 hours after the first, which covers a night."""
DISABLE_AFTER = timedelta(days=3)
"""An address that fails for this long is switched off until somebody switches it on."""
RECORDED = ("status", "response_code", "error", "next_attempt_at", "finished_at")
"""Fields of a delivery that an attempt changes."""


class UnsafeAddressError(Exception):
    """The address leads into a network that is not the public's, or nowhere."""


def webhook_create(*, url: str, events: Sequence[str], created_by: User | None) -> Webhook:
    """Tell ``url`` of these events from now on. Its ``secret`` is to be shown this once.

    Raises
    ------
    ValidationError
        Not an address that may be called, or an event that does not exist.

    """
    webhook = Webhook(url=url, events=events_checked(events), created_by=created_by)
    webhook.full_clean()
    url_check(url)
    webhook.save()
    return webhook


def webhook_update(*, webhook: Webhook, events: Sequence[str], is_active: bool) -> Webhook:
    """Change what is told, or switch the webhook off or on again.

    Raises
    ------
    ValidationError
        No event, or one that does not exist; or the token of a webhook to switch on has ended.

    """
    if is_active and webhook.disabled_at:
        webhook.failing_since = webhook.disabled_at = None
    if is_active and webhook.ended_at:
        raise ValidationError(Webhook.TOKEN_HAS_ENDED)
    webhook.events, webhook.is_active = events_checked(events, webhook.owner), is_active
    webhook.full_clean()
    webhook.save(force_update=True)  # one that was deleted meanwhile is not made again
    return webhook


def webhook_delete(*, webhook: Webhook) -> None:
    """Tell it nothing more, and forget what it was told."""
    webhook.delete()


@transaction.atomic
def webhook_redeliver(*, delivery: WebhookDelivery) -> WebhookDelivery:
    """Tell the same event once more: same id, same body, attempts from the beginning.

    Raises
    ------
    ValidationError
        The webhook is switched off.

    """
    if not Webhook.objects.filter(is_live(), pk=delivery.webhook_id).exists():
        raise ValidationError(_("This webhook is switched off."))
    again = WebhookDelivery.objects.create(
        webhook=delivery.webhook,
        event_id=delivery.event_id,
        event=delivery.event,
        body=delivery.body,
        next_attempt_at=timezone.now(),
    )
    wake([again.pk])
    return again


@transaction.atomic
def event_tell(event: WebhookEvent, data: Mapping[str, Any]) -> list[WebhookDelivery]:
    """Tell every active webhook of staff that wants to know of ``event``, soon."""
    webhooks = Webhook.objects.filter(owner=None, is_active=True, events__contains=[event])
    deliveries = WebhookDelivery.objects.bulk_create(_one_event(kept(webhooks), event, data))
    wake([delivery.pk for delivery in deliveries])
    return deliveries


def kept(webhooks: QuerySet[Webhook]) -> list[Webhook]:
    """Lock webhooks, so that none is deleted before what it is told is stored. One query."""
    locked = Webhook.objects.select_for_update(no_key=True)
    return list(locked.filter(pk__in=webhooks.values("pk")).order_by("pk"))


def delivery_of(
    webhook: Webhook, event: str, data: Mapping[str, Any], event_id: uuid.UUID | None = None
) -> WebhookDelivery:
    """Return an unsaved delivery of an event, due now."""
    event_id, now = event_id or uuid.uuid4(), timezone.now()
    envelope = {"id": event_id, "type": str(event), "created_at": now, "data": data}
    body = json.dumps(envelope, cls=JSONEncoder)
    return WebhookDelivery(
        webhook=webhook, event_id=event_id, event=event, body=body, next_attempt_at=now
    )


def deliveries_wake() -> int:
    """Wake a worker for every delivery that is due; says how many there are."""
    due = WebhookDelivery.objects.filter(
        status=WebhookDelivery.Status.WAITING,
        next_attempt_at__lte=Now(),
    )
    ids = list(due.filter(is_live("webhook__")).values_list("pk", flat=True))
    wake(ids)
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


def is_live(prefix: str = "") -> Q:
    """Return the condition that a webhook is active, and its owner and its token still are."""
    return (
        Q(**{f"{prefix}is_active": True})
        & (Q(**{f"{prefix}owner": None}) | Q(**{f"{prefix}owner__is_active": True}))
        & has_token(prefix)
    )


def has_token(prefix: str = "") -> Q:
    """Return the condition that the token that made a webhook is usable, or none made it."""
    now = timezone.now()
    usable = Q(**{f"{prefix}token__revoked_at": None}) & (
        Q(**{f"{prefix}token__expires_at": None}) | Q(**{f"{prefix}token__expires_at__gt": now})
    )
    return Q(**{f"{prefix}token": None}) | usable


def events_checked(events: Sequence[str], owner: User | None = None) -> list[str]:
    """Return the events of a webhook, each once.

    Raises
    ------
    ValidationError
        An event that webhooks of this owner are not told of.

    """
    known = WebhookEvent.values if owner is None else MemberEvent.values
    if unknown := sorted(set(events) - set(known)):
        text = _("There is no event %(name)s. Events are: %(known)s.")
        raise ValidationError(
            {"events": text % {"name": unknown[0], "known": ", ".join(map(str, known))}}
        )
    return sorted(set(events))


def url_check(url: str, *, of_member: bool = False) -> None:
    """Refuse, in words, an address that must not be called.

    A member's address is stricter on a public site: port 443, whatever the operator allows.

    Raises
    ------
    ValidationError
        Not https on a public site, with a user name or a fragment in it, not spelled as it is
        called, or not public.

    """
    try:
        parsed = httpx.URL(url)
        default = 80 if parsed.scheme == "http" else HTTPS_PORT
        port = default if parsed.port is None else parsed.port
        is_address = bool(parsed.host) and 0 < port < 65536
    except (httpx.InvalidURL, UnicodeError, ValueError):
        is_address = False
    if not is_address:
        raise ValidationError({"url": _("This is no address of a web server.")})
    schemes = {"https"} if settings.IS_PRODUCTION else {"https", "http"}
    if parsed.scheme not in schemes:
        raise ValidationError({"url": _("The address must begin with https://.")})
    _spelling_check(url, parsed)
    if of_member and settings.IS_PRODUCTION and port != HTTPS_PORT:
        raise ValidationError({"url": _("The address must use port 443.")})
    try:
        public_address(parsed.host, port, of_member=of_member)
    except UnsafeAddressError as error:
        raise ValidationError({"url": str(error)}) from error


def _spelling_check(url: str, parsed: httpx.URL) -> None:
    """Refuse an address that is called otherwise than it is spelled."""
    if "@" in urlsplit(url).netloc:
        text = _("The address must not contain a user name or a password.")
        raise ValidationError({"url": text})
    if "#" in url:
        raise ValidationError({"url": _("The address must not contain a fragment (#…).")})
    if url != str(parsed):
        text = _("The address is called as %(url)s. Write it like this.")
        raise ValidationError({"url": text % {"url": parsed}})


def public_address(host: str, port: int, *, of_member: bool = False) -> str:
    """Return the checked IP address to call ``host`` at.

    ``MARQUEE_WEBHOOK_PRIVATE_ADDRESSES`` opens the site's own network to staff; on a public site it
    never does so to members.

    Raises
    ------
    UnsafeAddressError
        The host is unknown, or inside a private network and that is not allowed.

    """
    is_trusted = not (of_member and settings.IS_PRODUCTION)
    allow_private = settings.WEBHOOK_PRIVATE_ADDRESSES and is_trusted
    try:
        return resolve_public(host, port, allow_private=allow_private)
    except UnknownHostError as error:
        raise UnsafeAddressError(str(error)) from error
    except PrivateAddressError as error:
        raise UnsafeAddressError(
            _("%(host)s is not on the public internet: webhooks do not go there.") % {"host": host}
        ) from error


def _one_event(
    webhooks: Iterable[Webhook], event: str, data: Mapping[str, Any]
) -> list[WebhookDelivery]:
    event_id = uuid.uuid4()
    return [delivery_of(webhook, event, data, event_id) for webhook in webhooks]


def wake(delivery_ids: Sequence[int], seconds: float = 0.0) -> None:
    """Enqueue deliveries, to be sent ``seconds`` after the transaction commits."""
    for delivery_id in delivery_ids:
        transaction.on_commit(partial(_send_task, delivery_id, seconds))


def _send_task(delivery_id: int, countdown: float) -> None:
    send(DELIVER_TASK, delivery_id, countdown=countdown)


@transaction.atomic
def _claim(delivery_id: int) -> WebhookDelivery | None:
    """Claim a delivery that is due for ``CLAIM``; None if another worker has it."""
    rows = WebhookDelivery.objects.filter(pk=delivery_id)
    live = rows.filter(is_live("webhook__"), status=WebhookDelivery.Status.WAITING)
    is_claimed = claim_due(live, "next_attempt_at", CLAIM, n_attempts=F("n_attempts") + 1)
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
        webhook = delivery.webhook
        code = _post(httpx.URL(webhook.url), headers, delivery.body, webhook.owner_id is not None)
    except UnsafeAddressError as error:
        return None, str(error)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return None, f"{type(error).__name__}: {error}"
    except SoftTimeLimitExceeded:  # each wait for a few bytes was short enough, all together not
        return None, _("The receiver took too long.")
    return code, "" if 200 <= code < 300 else _("The receiver answered %(code)s.") % {"code": code}


def _post(url: httpx.URL, headers: Mapping[str, str], body: str, of_member: bool) -> int:
    """Call the address that was checked, under its name; no redirect is followed.

    The body of the response is not read: it is of no use, and may be endless.
    """
    port = url.port or (80 if url.scheme == "http" else HTTPS_PORT)
    address = public_address(url.host, port, of_member=of_member)
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
    _save(delivery)
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
    _save(delivery)
    webhook = Webhook.objects.filter(pk=delivery.webhook_id)
    webhook.filter(failing_since=None).update(failing_since=now)
    if webhook.filter(failing_since__lt=now - DISABLE_AFTER).update(
        is_active=False, disabled_at=now
    ):
        logger.warning("Webhook %s is switched off: it failed for too long.", delivery.webhook_id)
    elif delivery.next_attempt_at is not None:
        _send_task(delivery.pk, (delivery.next_attempt_at - now).total_seconds() + 1)


def _save(delivery: WebhookDelivery) -> None:
    """Record an attempt, unless the delivery was deleted while it was sent."""
    WebhookDelivery.objects.bulk_update([delivery], RECORDED)
