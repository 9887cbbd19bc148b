"""Why a stage failed, in words that say what to do."""

import errno

import psycopg.errors
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError

DISK_FULL = (
    "The disk of the worker is full. Free some space there, then let the run go on: it takes up the"
    " stage that failed."
)
DATABASE_FULL = "The disk of the database is full. Free some space there, then let the run go on."
OUT_OF_MEMORY = (
    "The worker's memory was too small for this stage. Give the machine more, or start a run with a"
    " smaller batch, fewer dimensions or a smaller rank."
)
TOO_LONG = "The stage took longer than it may."


def cause_in_words(failure: BaseException) -> str:
    """One line for the run's page; what was raised is in the stage's log.

    >>> cause_in_words(OSError(28, "No space left on device")) == DISK_FULL
    True
    >>> cause_in_words(ValueError("the loss is NaN"))
    'ValueError: the loss is NaN'
    """
    if is_database_full(failure):
        return DATABASE_FULL
    if isinstance(failure, OSError) and (
        failure.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(failure)
    ):
        return DISK_FULL
    if isinstance(failure, MemoryError) or "not enough memory" in str(failure):
        return OUT_OF_MEMORY
    if isinstance(failure, SoftTimeLimitExceeded):
        return TOO_LONG
    return f"{type(failure).__name__}: {failure}"


def is_passing(failure: BaseException) -> bool:
    """Whether the database was away for a moment, so that the same may succeed a little later."""
    return isinstance(failure, OperationalError | InterfaceError) and not is_database_full(failure)


def is_database_full(failure: BaseException) -> bool:
    """Whether PostgreSQL said so: unlike its other operational errors, waiting does not help."""
    return isinstance(failure.__cause__, psycopg.errors.DiskFull)
