"""Waiting for what another process, thread or page is about to do."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], object], seconds: float = 240) -> None:
    """Ask again and again until ``condition`` holds; fail when it did not in ``seconds``.

    They are many by default: a machine that does other things too may be slow, and only a test
    that fails waits for their end.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen in {seconds:g} s"
        time.sleep(0.05)
