"""Signals of recommendations: an activated version, a shown list.

Receivers of signals that are sent on commit never fail the sender: what they raise is logged
(``Signal.send_robust``).
"""

from functools import partial

from django.db import models, transaction
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from recommendations.models import Activation

version_activating = Signal()
"""``activation``, ``actor``, ``withdrawn`` (the activation that a roll-back withdrew, or None):
sent inside the transaction that changes the active version, so that a receiver's rows are stored
with the change or not at all."""

version_activated = Signal()
"""``activation``: the ``Activation`` in force from now on; a roll-back sends the earlier one.
Sent on commit."""

list_shown = Signal()
"""``request``, ``movie_ids``, ``model_version`` (None for popular movies), ``surface``: a list of
movies was rendered for the visitor. Receivers run no query."""


class Surface(models.TextChoices):
    """Where on the site a list is shown."""

    HOME = "home", _("Home")
    FOR_YOU = "for-you", _("For you")
    RAIL = "rail", _("Rail")
    API = "api", _("API")


def send_version_activated(activation: Activation) -> None:
    """Send ``version_activated`` when the transaction commits."""
    transaction.on_commit(
        partial(version_activated.send_robust, sender=Activation, activation=activation)
    )
