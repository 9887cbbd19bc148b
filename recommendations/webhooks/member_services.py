"""Webhooks of members: events about their own things, bounded for each member.

A member may have five webhooks. Ratings that change within five seconds are one event, so that an
address is called at most twelve times a minute for them. A webhook with 100 deliveries that wait
gets no further ones.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.utils.encoders import JSONEncoder

from accounts.models import ApiToken, User
from accounts.services import member_lock, member_lock_unchanged
from recommendations.webhooks.models import MemberEvent, Webhook, WebhookDelivery
from recommendations.webhooks.services import (
    delivery_of,
    events_checked,
    has_token,
    is_live,
    kept,
    url_check,
    wake,
    webhook_redeliver,
)

MAX_WEBHOOKS: Final = 5
MAX_WAITING: Final = 100
COLLECT_FOR: Final = timedelta(seconds=5)
MAX_RATINGS: Final = 1_000
"""Ratings that one event tells; further ones begin another event."""
BATCH: Final = 1_000
Status = WebhookDelivery.Status


@transaction.atomic
def member_webhook_create(
    *, user: User, url: str, events: Sequence[str], token: ApiToken | None = None
) -> Webhook:
    """Make a webhook of a member. It ends with the token that made it, if one did.

    At most ``MAX_WEBHOOKS``; those whose token has ended do not count.

    Raises
    ------
    ValidationError
        An address that must not be called, an unknown event, or a webhook too many; or the password
        has changed since ``user`` was read.

    """
    member_lock_unchanged(user=user)
    if user.webhooks.filter(has_token()).count() >= MAX_WEBHOOKS:
        raise ValidationError(_("You have %(n)s webhooks. Delete one first.") % {"n": MAX_WEBHOOKS})
    webhook = Webhook(
        url=url, events=events_checked(events, user), owner=user, token=token, created_by=user
    )
    webhook.full_clean()
    url_check(url, of_member=True)
    webhook.save()
    return webhook


def member_webhook_redeliver(*, delivery: WebhookDelivery) -> WebhookDelivery:
    """Send an event to a member's webhook once more.

    Raises
    ------
    ValidationError
        The webhook is switched off, or too many deliveries wait already.

    """
    if not _live(pk=delivery.webhook_id).exists():
        raise ValidationError(_("This webhook is switched off, or too many deliveries wait."))
    return webhook_redeliver(delivery=delivery)


@transaction.atomic
def member_webhooks_switch_off(*, user: User) -> int:
    """Switch off every webhook of a member, and return how many there were."""
    member_lock(user=user)  # one that is being made is switched off, too
    active = user.webhooks.filter(is_active=True)
    return active.update(is_active=False, disabled_at=timezone.now())


def member_event_tell(*, user_id: int, event: MemberEvent, data: Mapping[str, Any]) -> None:
    """Send an event to a member's webhooks, after the transaction. One query without a webhook."""
    _tell(_live(owner=user_id, events__contains=[event]), event, data)


def members_event_tell(*, event: MemberEvent, data: Mapping[str, Any]) -> None:
    """Send an event to the webhooks of all members, after the transaction."""
    _tell(_live(events__contains=[event]).exclude(owner=None), event, data)


def ratings_tell(*, user_id: int, ratings_of: Callable[[], Sequence[Mapping[str, Any]]]) -> None:
    """Tell a member's webhooks of ratings, together with others of the last seconds.

    Parameters
    ----------
    user_id
        Whose ratings they are.
    ratings_of
        Reads what to tell of each rating; called only if somebody is told.

    """
    event = MemberEvent.RATINGS_CHANGED
    webhooks = _live(owner=user_id, events__contains=[event])
    if not webhooks.exists():
        return
    ratings = ratings_of()
    with transaction.atomic():
        for webhook in kept(webhooks):
            for start in range(0, len(ratings), MAX_RATINGS):
                _collect(webhook, ratings[start : start + MAX_RATINGS])


def _collect(webhook: Webhook, ratings: Sequence[Mapping[str, Any]]) -> None:
    """Add ratings to the event that still collects, or begin one."""
    now = timezone.now()
    collecting = WebhookDelivery.objects.select_for_update().filter(
        webhook=webhook,
        event=MemberEvent.RATINGS_CHANGED,
        status=Status.WAITING,
        n_attempts=0,
        next_attempt_at__gt=now,
    )
    if waiting := collecting.first():
        envelope = json.loads(waiting.body)
        by_movie = _by_movie([*envelope["data"]["ratings"], *ratings])
        if len(by_movie) <= MAX_RATINGS:
            envelope["data"]["ratings"] = list(by_movie.values())
            waiting.body = json.dumps(envelope, cls=JSONEncoder)
            waiting.save(update_fields=["body"])
            return
    data = {"ratings": list(_by_movie(ratings).values())}
    delivery = delivery_of(webhook, MemberEvent.RATINGS_CHANGED, data)
    delivery.next_attempt_at = now + COLLECT_FOR
    delivery.save()
    wake([delivery.pk], COLLECT_FOR.total_seconds() + 1)


def _by_movie(ratings: Iterable[Mapping[str, Any]]) -> dict[int, Mapping[str, Any]]:
    return {rating["movie_id"]: rating for rating in ratings}


def _tell(webhooks: QuerySet[Webhook], event: MemberEvent, data: Mapping[str, Any]) -> None:
    ids = list(webhooks.values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            batch = kept(Webhook.objects.filter(pk__in=ids[start : start + BATCH]))
            deliveries = WebhookDelivery.objects.bulk_create(
                [delivery_of(webhook, event, data) for webhook in batch]
            )
            wake([delivery.pk for delivery in deliveries])


def _live(**conditions: Any) -> QuerySet[Webhook]:
    """Return webhooks that may be told more."""
    n_waiting = Count("deliveries", filter=Q(deliveries__status=Status.WAITING))
    live = Webhook.objects.filter(is_live(), **conditions)
    return live.annotate(n_waiting=n_waiting).filter(n_waiting__lt=MAX_WAITING)
