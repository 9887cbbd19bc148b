"""Failures in words, those of several processes as those of one."""

import errno

import pytest

from recommendations.training.worker.causes import DISK_FULL, OUT_OF_MEMORY, cause_in_words
from recommendations.training.worker.launch import TrainingFailedError

TORCHRUN = """
[rank1]: Traceback (most recent call last):
[rank1]:   File "ml/__main__.py", line 12, in <module>
[rank1]: {}
E1123 22:10:01 failed (exitcode: 1) local_rank: 1 (pid: 4) of binary: python
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
"""


@pytest.mark.parametrize(
    "failure",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        OSError("[Errno 28] Error writing bytes to file. Detail: No space left on device"),
        TrainingFailedError(TORCHRUN.format("OSError: [Errno 28] No space left on device")),
    ],
)
def test_a_full_disk_is_known_whoever_says_it(failure: Exception):
    assert cause_in_words(failure) == DISK_FULL


@pytest.mark.parametrize(
    "failure",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes"),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        TrainingFailedError(TORCHRUN.format("numpy._core._exceptions._ArrayMemoryError: Unable")),
        TrainingFailedError("exitcode: -9\ntraceback: Signal 9 (SIGKILL) received by PID 7"),
    ],
)
def test_too_little_memory_is_known_whoever_says_it(failure: Exception):
    assert cause_in_words(failure) == OUT_OF_MEMORY


def test_of_a_process_that_raised_the_cause_is_told_and_not_the_traceback():
    failure = TrainingFailedError(TORCHRUN.format("ValueError: the loss is NaN"))
    assert cause_in_words(failure) == "ValueError: the loss is NaN"


def test_processes_that_say_nothing_are_told_as_such():
    assert cause_in_words(TrainingFailedError("no word why")).endswith("failed: no word why")
