"""Why a stage failed, in words that say what to do."""

import errno
import re

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError
from django.db.backends.postgresql.psycopg_any import errors

from recommendations.training.worker.launch import TrainingFailedError

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
SIGNS_OF_MEMORY = ("not enough memory", "out of memory", "MemoryError", "Signal 9 (SIGKILL)")
"""What torch, CUDA, NumPy and torchrun (of a process that the kernel killed) say of it."""
RAISED = re.compile(
    r"^(?:\[\w+\]: ?)?(?:python -m ml: (.+)|((?:\w+\.)*\w*(?:Error|Exception): .+))$", re.MULTILINE
)
"""What `python -m ml` refuses in words, or the last line of a traceback, under torchrun."""


def cause_in_words(failure: BaseException) -> str:
    """One line for the run's page; what was raised is in the stage's log.

    >>> cause_in_words(OSError(28, "No space left on device")) == DISK_FULL
    True
    >>> cause_in_words(ValueError("the loss is NaN"))
    'ValueError: the loss is NaN'
    """
    if is_database_full(failure):
        return DATABASE_FULL
    is_full = isinstance(failure, OSError) and failure.errno in (errno.ENOSPC, errno.EDQUOT)
    text = str(failure)
    if isinstance(failure, OSError | TrainingFailedError):
        is_full |= "No space left on device" in text
    if is_full:
        return DISK_FULL
    if isinstance(failure, MemoryError) or any(sign in text for sign in SIGNS_OF_MEMORY):
        return OUT_OF_MEMORY
    if isinstance(failure, SoftTimeLimitExceeded):
        return TOO_LONG
    if isinstance(failure, TrainingFailedError):
        return _last_raised(text)
    return f"{type(failure).__name__}: {failure}"


def _last_raised(text: str) -> str:
    """Return the error that a training process raised; torchrun only says that one failed."""
    lines = [words or error for words, error in RAISED.findall(text)]
    raised = [line for line in lines if "ChildFailedError" not in line]
    return raised[-1] if raised else f"The processes of the training failed: {text[-300:]}"


def is_passing(failure: BaseException) -> bool:
    """Whether the database was away for a moment, so that the same may succeed a little later."""
    return isinstance(failure, OperationalError | InterfaceError) and not is_database_full(failure)


def is_database_full(failure: BaseException) -> bool:
    """Whether PostgreSQL said so: unlike its other operational errors, waiting does not help."""
    return isinstance(failure.__cause__, errors.DiskFull)
