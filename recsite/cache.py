"""The cache of a site that answers without its cache."""

import base64
import json
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django_redis.cache import CONNECTION_INTERRUPTED, RedisCache
from django_redis.serializers.base import BaseSerializer
from redis.exceptions import RedisError

BYTES_KEY: Final = "__bytes__"
GUARDED: Final = ("allauth", "throttle:account:")
"""How keys begin that limit guesses at passwords and codes, and mark a code as used."""


class JsonSerializer(BaseSerializer):  # type: ignore[misc] # django-redis comes untyped
    """Store values as JSON, with bytes as base64.

    django-redis stores pickles by default: anyone who can write to Redis could then run code in
    every process of the site. Tuples come back as lists.
    """

    def dumps(self, value: Any) -> bytes:
        """Return the JSON of a value."""
        return json.dumps(value, default=_as_json).encode()

    def loads(self, value: bytes) -> Any:
        """Return the value of a JSON text, or None if the text is no JSON."""
        try:
            return json.loads(value, object_hook=_from_json)
        except ValueError:
            return None


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return {BYTES_KEY: base64.b64encode(value).decode()}
    return str(value)  # lazy translations


def _from_json(value: dict[str, Any]) -> Any:
    return base64.b64decode(value[BYTES_KEY]) if value.keys() == {BYTES_KEY} else value


class OptionalRedisCache(RedisCache):  # type: ignore[misc] # django-redis comes untyped
    """Redis while it answers, else a cache that is always empty.

    What limits guesses is then kept by each process for itself. With ``IGNORE_EXCEPTIONS`` alone,
    ``add`` would report that the key exists while Redis is down. allauth's rate limits use ``add``
    as a lock: they would wait for it and then refuse all log-ins until Redis is back.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        # Threads have caches of their own, which share what goes by this name.
        self._own = LocMemCache("guarded", {"OPTIONS": {"MAX_ENTRIES": 100_000}})

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, **kwargs: Any) -> bool:
        """Store a value under a key that is free: every key is, when nothing can be stored."""
        is_added = super().add(key, value, timeout, **kwargs)
        if is_added is None:
            return self._own.add(key, value, timeout) if _is_guarded(key) else True
        return bool(is_added)

    def get(self, key: Any, default: Any = None, version: Any = None, client: Any = None) -> Any:
        """Return the value of a key; while Redis is away, the process's own or the default."""
        value = self._get(key, default, version, client)
        if value is CONNECTION_INTERRUPTED:
            return self._own.get(key, default) if _is_guarded(key) else default
        return value

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, **kwargs: Any) -> Any:
        """Store a value; while Redis is away, only one that limits guesses."""
        is_set = super().set(key, value, timeout, **kwargs)
        if is_set is None and _is_guarded(key):
            self._own.set(key, value, timeout)
        return is_set

    def delete(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        """Delete a key, here and in Redis."""
        if _is_guarded(key):
            self._own.delete(key)
        return super().delete(key, *args, **kwargs)

    def incr(self, key: Any, delta: int = 1, **kwargs: Any) -> Any:
        """Add to a number; while Redis is away, only to one that limits guesses."""
        total = super().incr(key, delta, **kwargs)
        if total is None and _is_guarded(key):
            self._own.add(key, 0, timeout=24 * 3600)
            return self._own.incr(key, delta)
        return total

    def expire(self, *args: Any, **kwargs: Any) -> Any:
        """Let a key end later; django-redis raises here while Redis is away."""
        try:
            return super().expire(*args, **kwargs)
        except RedisError:
            return None


def _is_guarded(key: Any) -> bool:
    return str(key).startswith(GUARDED)
