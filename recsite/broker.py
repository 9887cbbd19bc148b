"""Connections to the broker that workers outlive.

When a broker goes away, Kombu closes the worker's connection and keeps its channels for a while:
a task that ends then acknowledges its message there. Kombu's channel to Redis fails by
``AttributeError`` in that state, which nobody expects, and the worker ends (seen with Kombu 5.7).
Here it is a ``ConnectionError``, which Kombu and Celery log and live with: the worker connects
again, and the broker delivers the message once more after a time.
"""

from typing import Any

from celery.app.amqp import AMQP
from kombu.connection import Connection
from kombu.transport import redis
from redis.exceptions import ConnectionError as BrokerGoneError


class BrokerChannel(redis.Channel):
    """Channel to Redis that says by an expected error that its connection was closed."""

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection is None or self.connection.client is None:
            raise BrokerGoneError("The connection to the broker was closed.")
        return dict(super()._connparams(asynchronous))  # type: ignore[no-untyped-call] # Kombu comes untyped


class BrokerTransport(redis.Transport):
    """Transport to Redis with channels that outlive their connection."""

    Channel = BrokerChannel


class BrokerConnection(Connection):
    """Connection to the site's broker, which is Redis or Valkey."""

    def get_transport_cls(self) -> type[BrokerTransport]:
        """Return the class of the transport, whatever the address says."""
        return BrokerTransport


class BrokerMessages(AMQP):  # type: ignore[misc] # Celery comes untyped
    """What Celery knows of messages, sent and received over these connections."""

    Connection = BrokerConnection
    BrokerConnection = BrokerConnection
