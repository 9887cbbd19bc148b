"""Waiting for what another process, thread or page is about to do."""

import threading
import time
from collections.abc import Callable

from django.db import connection, transaction


def wait_until(condition: Callable[[], object], seconds: float = 240) -> None:
    """Ask again and again until ``condition`` holds; fail when it did not in ``seconds``.

    They are many by default: a machine that does other things too may be slow, and only a test
    that fails waits for their end.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen in {seconds:g} s"
        time.sleep(0.05)


def is_waiting_for_a_lock() -> bool:
    """Return whether a transaction of the database server waits for another one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0] > 0)


def at_once(
    first: Callable[[], object],
    second: Callable[[], object],
    then: Callable[[], object] = lambda: None,
) -> None:
    """Call ``second`` in another connection while the transaction of ``first`` is still open.

    ``then`` is called in that transaction, when ``second`` waits for it or is done.
    """
    failures: list[Exception] = []

    def run() -> None:
        try:
            second()
        except Exception as error:  # noqa: BLE001 # the test tells it
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        first()
        thread.start()
        wait_until(lambda: is_waiting_for_a_lock() or not thread.is_alive(), seconds=20)
        then()
    thread.join(20)
    assert not failures
