"""A cache whose server is down is an empty cache, not a full one."""

import pytest
from django.conf import settings
from django.core.cache import cache

from recsite.cache import OptionalRedisCache


@pytest.fixture
def unreachable():
    options = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    return OptionalRedisCache(options.pop("LOCATION"), options)


def test_nothing_is_found_and_every_key_is_free_while_the_server_is_down(unreachable):
    unreachable.set("key", "value")
    assert unreachable.get("key", "default") == "default"
    assert unreachable.add("key", "value") is True
    assert unreachable.get_many(["key"]) == {}


def test_a_key_is_taken_once_while_the_server_answers(fresh_valkey):
    assert cache.add("key", "value") is True
    assert cache.add("key", "other") is False
    assert cache.get("key") == "value"
