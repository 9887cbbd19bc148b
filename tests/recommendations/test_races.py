"""Two people who do the same at once: the second sees what the first has done."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from movies.models import ListEntry, ListKind
from movies.services.lists import list_add
from recommendations.models import Activation, ModelVersion
from recommendations.services.activation import version_activate
from recommendations.training.models import THE_ONE, ModelRun, RetrainSchedule
from recommendations.training.services import schedules
from recommendations.webhooks.member_services import (
    member_webhook_create,
    member_webhooks_switch_off,
)
from recommendations.webhooks.models import MemberEvent, Webhook, WebhookDelivery
from recommendations.webhooks.services import deliveries_wake
from tests import cast
from tests.waiting import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_clicks_on_serve_this_model_activate_it_once(fresh_valkey):
    old, new = (ModelVersion.objects.create(pk=pk, artifact="models/x") for pk in (1, 2))
    version_activate(version=old, activated_by=None)
    at_once(
        lambda: version_activate(version=new, activated_by=None),
        lambda: version_activate(version=new, activated_by=None),
    )
    assert Activation.objects.filter(version=new).count() == 1


def test_a_film_never_stands_on_two_lists(fresh_valkey):
    ada, film = cast.member(), cast.movie()
    at_once(
        lambda: list_add(user=ada, movie=film, kind=ListKind.WATCH_LATER),
        lambda: list_add(user=ada, movie=film, kind=ListKind.NOT_INTERESTED),
    )
    assert ListEntry.objects.get().kind == ListKind.NOT_INTERESTED


def test_two_looks_of_the_schedule_at_once_start_one_run(fresh_valkey, monkeypatch):
    cast.rated(cast.member(), (cast.movie(), 4))
    RetrainSchedule.objects.create(pk=THE_ONE, is_enabled=True, after_n_ratings=1)
    monkeypatch.setattr(schedules, "_request", lambda _schedule: {"parameters": {}})
    monkeypatch.setattr("recommendations.training.services.preflight.capacity", lambda: None)
    at_once(schedules.retrain_if_due, schedules.retrain_if_due)
    assert ModelRun.objects.count() == 1


def test_a_webhook_that_is_switched_off_wakes_nobody(fresh_valkey):
    webhook = Webhook.objects.create(url="https://example.org/", events=[], is_active=False)
    WebhookDelivery.objects.create(
        webhook=webhook,
        event_id="00000000-0000-0000-0000-000000000001",
        event="run.finished",
        body="{}",
        next_attempt_at=webhook.created_at,
    )
    assert deliveries_wake() == 0


def webhook_of(user: User) -> None:
    """Make a webhook as the page does, with the member as the request knows them."""
    address = "http://93.184.216.34/"
    member_webhook_create(user=user, url=address, events=[MemberEvent.RATINGS_CHANGED])


def test_a_webhook_that_is_made_while_all_are_switched_off_is_switched_off(fresh_valkey):
    ada = cast.member()
    at_once(
        lambda: webhook_of(ada),
        lambda: member_webhooks_switch_off(user=ada),
    )
    assert not Webhook.objects.get().is_active


def test_the_old_password_makes_no_webhook_after_a_reset(fresh_valkey):
    ada, logged_in_before = cast.member(), User.objects.get()

    def reset() -> None:
        ada.set_password("another one 1815")
        ada.save()
        member_webhooks_switch_off(user=ada)

    def make() -> None:
        with pytest.raises(ValidationError, match="password has changed"):
            webhook_of(logged_in_before)

    at_once(reset, make)
    assert not Webhook.objects.exists()
