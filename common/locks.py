"""Locks that PostgreSQL holds until the end of a transaction.

They work behind a pooler that hands out connections by transaction, unlike session locks.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


def transaction_lock(name: str) -> None:
    """Wait for the lock of this name and hold it until the transaction ends.

    Raises
    ------
    TransactionManagementError
        There is no transaction: the lock would be released at once.

    """
    _require_transaction(name)
    with connection.cursor() as cursor:
        _wait(cursor, name)


def try_transaction_lock(name: str) -> bool:
    """Take the lock of this name if nobody holds it, and return whether it was taken."""
    _require_transaction(name)
    with connection.cursor() as cursor:
        return _try(cursor, name)


@contextmanager
def lock_across_transactions(name: str, *, wait: bool = False) -> Iterator[bool]:
    """Hold the lock of this name until the block ends, and yield whether it was free.

    A transaction of a connection of its own holds it, so the block can begin and end others.
    The lock goes with the process that holds it. With ``wait`` it is waited for, and held for sure.
    """
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            is_held = _wait(cursor, name) if wait else _try(cursor, name)
        yield is_held
    finally:
        other.close()


def _wait(cursor: Any, name: str) -> bool:
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key(name)])
    return True


def _try(cursor: Any, name: str) -> bool:
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_key(name)])
    row = cursor.fetchone()
    return bool(row and row[0])


def lock_key(name: str) -> int:
    """Return the 64-bit key under which PostgreSQL knows the lock of this name."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _require_transaction(name: str) -> None:
    if not connection.in_atomic_block:
        from django.db.transaction import TransactionManagementError

        raise TransactionManagementError(f"The lock {name!r} needs a transaction.")
