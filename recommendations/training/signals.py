"""Define the signals of training."""

from django.db import transaction
from django.dispatch import Signal

from recommendations.training.models import ModelRun

run_finished = Signal()
"""``run``: a ``ModelRun`` that is over, with its status: it succeeded, failed or was cancelled.
Sent on commit; receivers never fail the sender, what they raise is logged."""


def send_run_finished(run_id: int) -> None:
    """Send ``run_finished`` with the run as stored when the transaction commits."""

    def send() -> None:
        run = ModelRun.objects.get(pk=run_id)
        run_finished.send_robust(sender=ModelRun, run=run)

    transaction.on_commit(send)
