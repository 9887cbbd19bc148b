"""The cache of a site that answers without its cache."""

from typing import Any

from django_redis.cache import RedisCache


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
