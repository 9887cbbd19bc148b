"""Training by itself: after so many hours, or after so many new ratings."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from common.locks import try_transaction_lock
from recommendations.training.models import THE_ONE, ModelRun, RetrainSchedule
from recommendations.training.selectors.runs import active_run
from recommendations.training.services.preflight import n_ratings_since
from recommendations.training.services.runs import run_start


@dataclass(frozen=True)
class ScheduleState:
    """The schedule, and what it waits for."""

    schedule: RetrainSchedule
    last_run: ModelRun | None
    """The latest that learnt, or will learn, from ratings; searches make no model."""
    n_new_ratings: int
    """Given, changed, imported or removed since that run read them."""
    next_at: datetime | None
    """When the hours are over; None where time alone starts nothing."""

    @property
    def is_due(self) -> bool:
        """Whether a run is to be started now; never without a new rating, never beside another."""
        schedule, last = self.schedule, self.last_run
        if not schedule.is_enabled or not self.n_new_ratings:
            return False
        if last is not None and not last.is_over:
            return False
        by_time = self.next_at is not None and timezone.now() >= self.next_at
        by_count = schedule.after_n_ratings is not None
        return by_time or (by_count and self.n_new_ratings >= (schedule.after_n_ratings or 0))


def schedule_get() -> RetrainSchedule:
    """Return the site's schedule, which is off by default.

    One query.
    """
    return RetrainSchedule.objects.filter(pk=THE_ONE).first() or RetrainSchedule(pk=THE_ONE)


def schedule_state() -> ScheduleState:
    """Return what the schedule waits for.

    Four queries, two of them counts of ratings.
    """
    schedule = schedule_get()
    last = ModelRun.objects.exclude(kind=ModelRun.Kind.SEARCH).first()
    next_at = None
    if schedule.is_enabled and schedule.every_hours is not None:
        since = last.created_at if last is not None else timezone.now()
        next_at = since + timedelta(hours=schedule.every_hours)
    n_new = (
        n_ratings_since(last.ratings_read_at, last.n_ratings)
        if last
        else n_ratings_since(None, None)
    )
    return ScheduleState(schedule, last, n_new, next_at)


@transaction.atomic
def schedule_change(*, changed_by: User | None, **changes: Any) -> RetrainSchedule:
    """Set when the site trains by itself.

    Raises
    ------
    ValidationError
        It is on and has no reason to start a run, or a number is out of range.

    """
    schedule = schedule_get()
    for name, value in changes.items():
        setattr(schedule, name, value)
    schedule.updated_by = changed_by
    schedule.full_clean(validate_unique=False, validate_constraints=False)
    schedule.save()
    return schedule


@transaction.atomic
def retrain_if_due() -> ModelRun | None:
    """Look once: start a run if it is time and something is new, and note what was found.

    A run that cannot start (no memory, no active model to update) is noted and tried again at the
    next look. While another process looks, this one does nothing.
    """
    if not try_transaction_lock("retrain"):
        return None
    state = schedule_state()
    if not state.schedule.is_enabled:
        return None
    run = None
    if state.is_due:
        try:
            run = run_start(started_by=None, **_request(state.schedule))
        except ValidationError as error:
            outcome = " ".join(error.messages)
        else:
            outcome = _("Run %(run)s was started.") % {"run": run.pk}
    else:
        outcome = _waiting(state)
    RetrainSchedule.objects.filter(pk=THE_ONE).update(
        looked_at=timezone.now(), outcome=outcome[:300]
    )
    return run


def _request(schedule: RetrainSchedule) -> dict[str, Any]:
    """Return the active model's parameters, so that the new run can be compared with it."""
    base = active_run()
    request: dict[str, Any] = {"parameters": base.parameters if base else {}}
    if schedule.kind == ModelRun.Kind.UPDATE:
        request |= {"kind": ModelRun.Kind.UPDATE, "base_run": base}
    return request


def _waiting(state: ScheduleState) -> str:
    if not state.n_new_ratings:
        return _("Nothing new: no rating since the last run.")
    if state.last_run is not None and not state.last_run.is_over:
        return _("Run %(run)s is not over yet.") % {"run": state.last_run.pk}
    return ngettext(
        "%(n)s new rating: not yet time.", "%(n)s new ratings: not yet time.", state.n_new_ratings
    ) % {"n": state.n_new_ratings}
