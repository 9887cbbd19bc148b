"""Activate a model version, or roll back to the one before."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from common.locks import transaction_lock
from recommendations.models import Activation, ModelVersion
from recommendations.signals import send_version_activated, version_activating

ACTIVATION_LOCK = "activation"
"""Of two people who activate or roll back at once, the second sees what the first has done."""


@transaction.atomic
def version_activate(
    *, version: ModelVersion, activated_by: User | None, reason: str = ""
) -> Activation:
    """Make this version the one that the site serves, within seconds and without a restart.

    Activating the active version again changes nothing.
    """
    transaction_lock(ACTIVATION_LOCK)
    active = Activation.objects.filter(withdrawn_at=None).first()
    if active and active.version_id == version.pk:
        return active
    activation = Activation.objects.create(
        version=version, activated_by=activated_by, reason=reason[:300]
    )
    version_activating.send(
        sender=Activation, activation=activation, actor=activated_by, withdrawn=None
    )
    send_version_activated(activation)
    return activation


@transaction.atomic
def version_rollback(*, rolled_back_by: User | None) -> Activation:
    """Withdraw the active version, and return the activation of the one before it.

    Raises
    ------
    ValidationError
        There is no version before the active one.

    """
    transaction_lock(ACTIVATION_LOCK)
    latest = list(Activation.objects.filter(withdrawn_at=None)[:2])
    if len(latest) < 2:
        raise ValidationError(_("There is no earlier model to go back to."))
    active, previous = latest
    Activation.objects.filter(pk=active.pk).update(withdrawn_at=Now(), withdrawn_by=rolled_back_by)
    version_activating.send(
        sender=Activation, activation=previous, actor=rolled_back_by, withdrawn=active
    )
    send_version_activated(previous)
    return previous
