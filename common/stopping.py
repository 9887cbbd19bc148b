"""Whether the operator told this worker to stop, known in its child processes too.

Celery's main process gets the signal, and the child that works on a task does not. The flag lies in
memory that children share with the process that forked them.
"""

import mmap
from typing import Any

from celery.signals import worker_init, worker_shutting_down

_flag = mmap.mmap(-1, 1)


def is_stopping() -> bool:
    """Return whether the worker waits for its tasks to end, or is about to be killed."""
    return _flag[0] == 1


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def set_stopping(**_: Any) -> None:
    """Tell this process and its children that the worker stops."""
    _flag[0] = 1


@worker_init.connect  # type: ignore[untyped-decorator]
def clear_stopping(**_: Any) -> None:
    """Start without the flag."""
    _flag[0] = 0
