"""A cache whose server is down is an empty cache, not a full one."""

import pytest
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse

from recsite.cache import OptionalRedisCache
from tests import cast


@pytest.fixture
def unreachable():
    options = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    return OptionalRedisCache(str(options.pop("LOCATION")), options)


def test_nothing_is_found_and_every_key_is_free_while_the_server_is_down(unreachable):
    unreachable.set("key", "value")
    assert unreachable.get("key", "default") == "default"
    assert unreachable.add("key", "value") is True
    assert unreachable.get_many(["key"]) == {}


def test_a_key_is_taken_once_while_the_server_answers(fresh_valkey):
    assert cache.add("key", "value") is True
    assert cache.add("key", "other") is False
    assert cache.get("key") == "value"


@pytest.fixture
def no_redis(settings, unreachable):
    settings.CACHES = {
        "default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    }
    unreachable._own.clear()
    yield
    unreachable._own.clear()


@pytest.mark.django_db
def test_passwords_are_not_guessed_without_end_while_the_server_is_down(client, no_redis):
    cast.member()
    url, n_tried = reverse("account_login"), 0
    for _ in range(14):
        page = client.post(url, {"login": "ada", "password": "wrong"}).content.decode()
        n_tried += "Too many" not in page
    assert n_tried == 5
    page = client.post(url, {"login": "ada", "password": cast.PASSWORD})
    assert page.status_code != 302


@pytest.mark.django_db
def test_an_account_is_not_deleted_by_guesses_while_the_server_is_down(client, no_redis):
    cast.logged_in(client, cast.member())
    answers = [
        client.post("/api/v1/me/delete/", {"password": "wrong"}, "application/json").status_code
        for _ in range(12)
    ]
    assert answers[-1] == 429
