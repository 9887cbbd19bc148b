"""The cache of a site that answers without its cache."""

import base64
import json
from typing import Any, Final

from django_redis.cache import RedisCache
from django_redis.serializers.base import BaseSerializer

BYTES_KEY: Final = "__bytes__"


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

    With ``IGNORE_EXCEPTIONS`` alone, ``add`` says of a Redis that is down that the key was there
    already. Whoever takes a lock that way (allauth's rate limits do) would wait for it and then
    turn people away, who could not log in until Redis is back.
    """

    def add(self, *args: Any, **kwargs: Any) -> bool:
        """Store a value under a key that is free: every key is, when nothing can be stored."""
        is_added = super().add(*args, **kwargs)
        return True if is_added is None else bool(is_added)
