"""Impressions are kept for a while, what they add up to for good."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone

from recommendations.experiments.models import DailyListTotal, DailyPositionTotal, ImpressionList
from recommendations.experiments.selectors import daily_totals, midnight, summed_until

DELETED_AT_ONCE = 10_000
"""Lists in one statement: short ones keep no page waiting."""


@dataclass(frozen=True)
class Kept:
    """What one round did."""

    n_days: int
    n_deleted: int


def totals_keep(now: datetime | None = None) -> Kept:
    """Sum up every day to which no reaction can be attributed any more, then delete old lists.

    A running split's lists stay until it ends: its comparison needs the people behind them.
    """
    today = (now or timezone.now()).astimezone(UTC).date()
    n_days = 0
    closed = today - timedelta(days=settings.ATTRIBUTION_DAYS + 1)
    while (day := _next_day()) is not None and day <= closed:
        _sum_up(day)
        n_days += 1
    return Kept(n_days, _delete_before(today - timedelta(days=settings.IMPRESSION_RETENTION_DAYS)))


def _next_day() -> date | None:
    """Return the first day with lists whose totals are not stored yet."""
    last = summed_until()
    open_lists = ImpressionList.objects.all()
    if last is not None:
        open_lists = open_lists.filter(shown_at__gte=midnight(last + timedelta(days=1)))
    first: datetime | None = open_lists.aggregate(first=Min("shown_at"))["first"]
    return first.astimezone(UTC).date() if first else None


@transaction.atomic
def _sum_up(day: date) -> None:
    lists, positions = daily_totals(midnight(day), midnight(day + timedelta(days=1)))
    DailyListTotal.objects.bulk_create(lists)
    DailyPositionTotal.objects.bulk_create(positions)


def _delete_before(day: date) -> int:
    """Delete summed-up lists shown before this day; says how many."""
    last = summed_until()
    if last is None:
        return 0
    end = midnight(min(day, last + timedelta(days=1)))
    old = ImpressionList.objects.filter(
        Q(split=None) | Q(split__ended_at__isnull=False), shown_at__lt=end
    )
    n_deleted = 0
    while ids := list(old.values_list("pk", flat=True)[:DELETED_AT_ONCE]):
        ImpressionList.objects.filter(pk__in=ids).delete()
        n_deleted += len(ids)
    return n_deleted
