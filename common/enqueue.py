"""Send Celery tasks when the broker may be down.

The database holds the work, and the broker only wakes a worker. A task that is not sent costs
nothing: a periodic task looks for work that nobody does.
"""

import logging
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def send(task: str, *args: object, **options: Any) -> bool:
    """Send a task by its name, without retries.

    Parameters
    ----------
    task
        The task's name.
    *args
        The task's positional arguments.
    **options
        Options of ``Celery.send_task``, such as ``queue``, ``countdown`` and ``expires``.

    Returns
    -------
    bool
        False when the broker cannot be reached, which is logged.

    """
    try:
        current_app.send_task(task, args=list(args), retry=False, **options)
    except OperationalError:
        logger.exception("%s%r is not sent: the broker cannot be reached.", task, args)
        return False
    return True


def send_on_commit(task: str, *args: object, **options: Any) -> None:
    """Send a task once the transaction commits; without a transaction, at once."""
    transaction.on_commit(partial(send, task, *args, **options))
