"""Lease rows of a table to workers, so that two workers never do the same work.

There are two kinds of queues. Long work (a run's stage, a shard) has a :class:`Lease`: the row
names its holder and the time at which the lease expires, and the holder renews it. Short work (one
HTTP request) has only a time at which the row is due; :func:`claim_due` moves that time into the
future. Both compare times by the database's clock. A message that comes twice is harmless, and
work whose worker died is claimed again.
"""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

logger = logging.getLogger(__name__)

LONGEST_LEASE = timedelta(hours=1)
IS_EXPIRED = Q(lease_expires_at__lt=Now()) | Q(lease_expires_at__gt=Now() + LONGEST_LEASE)
"""Condition of rows whose holder is silent. A lease that still lasts longer than any does was taken
before the database's clock was set back; a living holder renews it within seconds."""

IS_FREE = Q(lease_expires_at=None) | IS_EXPIRED
"""Condition of rows that no living worker holds."""


class LeaseLostError(Exception):
    """Another worker has taken the row over, so results of this worker must not be stored."""


def new_holder() -> str:
    """Return a unique name for the holder of a lease: host, process id and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Lease:
    """The right to work on one row, for as long as it is renewed.

    The row's model has the fields ``lease_holder`` and ``lease_expires_at``.

    Parameters
    ----------
    name
        The row's name in messages, such as "Run 5".
    rows
        A query of the row that finds it only while it can be held.
    duration
        Time after which another worker may take over a row whose holder does not renew.
    holder
        The holder's unique name.

    """

    name: str
    rows: QuerySet[Any]
    duration: timedelta
    holder: str = field(default_factory=new_holder)

    def take(self, rows: QuerySet[Any], **changes: Any) -> bool:
        """Claim the row if it is among ``rows``, and return whether it was.

        ``changes`` are made to the row in the same statement.
        """
        changes |= {"lease_holder": self.holder, "lease_expires_at": Now() + self.duration}
        return bool(rows.update(**changes))

    def renew(self, **changes: Any) -> None:
        """Extend the lease by its duration from now, and make ``changes`` to the row.

        Raises
        ------
        LeaseLostError
            Another worker holds the row, or its work is over.

        """
        self._update(lease_expires_at=Now() + self.duration, **changes)

    def release(self, **changes: Any) -> None:
        """Give the row back and make ``changes`` to it, both or neither.

        Raises
        ------
        LeaseLostError
            Another worker holds the row, or its work is over; nothing was changed.

        """
        self._update(lease_holder="", lease_expires_at=None, **changes)

    def read(self, field: str) -> Any:
        """Return the value of a field of the row, which must not be nullable.

        Raises
        ------
        LeaseLostError
            Another worker holds the row, or its work is over.

        """
        value = self._mine().values_list(field, flat=True).first()
        if value is None:
            raise self._lost()
        return value

    @contextmanager
    def kept(self, changes: Callable[[], Mapping[str, Any]] = dict) -> Iterator[None]:
        """Renew the lease from a thread until the block ends, each time with these changes.

        A lease that cannot be renewed is logged; :meth:`release` then finds that it is lost.
        """
        is_over = threading.Event()
        thread = threading.Thread(
            target=self._renew_until, args=[is_over, changes], name="lease", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def _renew_until(
        self, is_over: threading.Event, changes: Callable[[], Mapping[str, Any]]
    ) -> None:
        try:
            while not is_over.wait(self.duration.total_seconds() / 3):
                self.renew(**changes())
        except Exception:
            logger.exception("The lease of %s cannot be renewed.", self.name)
        finally:
            connection.close()

    def _update(self, **changes: Any) -> None:
        if not self._mine().update(**changes):
            raise self._lost()

    def _mine(self) -> QuerySet[Any]:
        return self.rows.filter(lease_holder=self.holder)

    def _lost(self) -> LeaseLostError:
        return LeaseLostError(f"{self.name} was taken over by another worker.")


def claim_due(rows: QuerySet[Any], field: str, duration: timedelta, **changes: Any) -> bool:
    """Claim a row that is due, and return whether this caller is the one that got it.

    Parameters
    ----------
    rows
        A query of the row.
    field
        The field with the time at which the row is due.
    duration
        Time after which the row is due again if nobody changes it.
    **changes
        Other changes to the row, made in the same statement.

    """
    due = rows.filter(**{f"{field}__lte": Now()})
    with transaction.atomic():
        # Locked first: an UPDATE whose conditions join another table does not check them again
        # when it had to wait for another worker's claim.
        ids = list(
            due.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)
        )
        changes[field] = Now() + duration
        return bool(ids and rows.model.objects.filter(pk__in=ids).update(**changes))
