"""Django's PostgreSQL backend with a time limit on the client's side.

``statement_timeout`` needs a server that still works. A server that is frozen, or a firewall that
drops packets, answers nothing: without a limit here, each such statement would hold a thread of a
web process for ever.
"""

from types import SimpleNamespace
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base
from psycopg import errors


class TimedConnection(psycopg.Connection[Any]):
    """A connection that is closed when one exchange takes longer than ``QUERY_SECONDS``."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Run one exchange with the server.

        Raises
        ------
        OperationalError
            The server did not answer in time; the connection is closed.

        """
        limit = settings.DATABASE_QUERY_SECONDS or None
        try:
            return super().wait(gen, interval, timeout or limit)
        except errors._WaitTimeout:  # noqa: SLF001 # psycopg's name for it
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise errors.OperationalError(f"PostgreSQL did not answer within {limit} s.") from None


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper, which connects with ``TimedConnection``."""

    Database: Any = SimpleNamespace(**(vars(psycopg) | {"connect": TimedConnection.connect}))
