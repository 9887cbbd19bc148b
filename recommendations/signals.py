"""What happens to runs, for whoever wants to know: sent once the transaction is through.

Receivers never fail the sender: what they raise is logged (``Signal.send_robust``).
"""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

from recommendations.models import Activation, ModelRun

run_finished = Signal()
"""``run``: a ``ModelRun`` that is over, with its status: it succeeded, failed or was cancelled."""

version_activated = Signal()
"""``activation``: the ``Activation`` in force from now on; a roll-back sends the earlier one."""


def send_run_finished(run_id: int) -> None:
    """Tell of the run, as it then is, on commit."""

    def send() -> None:
        run = ModelRun.objects.get(pk=run_id)
        run_finished.send_robust(sender=ModelRun, run=run)

    transaction.on_commit(send)


def send_version_activated(activation: Activation) -> None:
    """Tell of the activation on commit."""
    transaction.on_commit(
        partial(version_activated.send_robust, sender=Activation, activation=activation)
    )
