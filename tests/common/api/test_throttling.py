"""How often one may ask, and how an operator changes that."""

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from accounts.services import token_create
from recsite.settings import _rate
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_valkey")]


def limited(settings: Any, rate: str | None) -> None:
    ours: dict[str, Any] = django_settings.REST_FRAMEWORK
    rates = ours["DEFAULT_THROTTLE_RATES"] | {"anonymous": rate}
    settings.REST_FRAMEWORK = ours | {"DEFAULT_THROTTLE_RATES": rates}


def test_whoever_asks_too_often_waits(client: Client, settings: Any):
    limited(settings, "2/hour")
    answers = [client.get("/api/v1/genres/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0]["RateLimit"].startswith('"anonymous";r=1;')
    assert 0 < int(answers[2]["Retry-After"]) <= 3601


def test_a_scope_without_a_rate_is_not_limited(client: Client, settings: Any):
    limited(settings, None)
    answers = [client.get("/api/v1/genres/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "RateLimit" not in answers[0]


def test_what_no_view_has_counted_counts_against_the_address_also_with_a_token(client: Client):
    _token, secret = token_create(user=cast.member(), name="t", scopes=["read"])
    headers = {"Authorization": f"Bearer {secret}"}

    def policy_of(path: str, status: int, **more: str) -> str:
        answer = client.get(path, headers=headers | more)
        assert answer.status_code == status
        return answer["RateLimit-Policy"].partition(";")[0]

    assert policy_of("/api/v1/movies", 301) == '"anonymous"'
    assert policy_of("/api/v1/nothing/", 404) == '"anonymous"'
    assert policy_of("/api/v1/movies/", 406, Accept="text/csv") == '"anonymous"'
    assert policy_of("/api/v1/movies/", 415, **{"Content-Encoding": "gzip"}) == '"anonymous"'
    assert policy_of("/api/v1/movies/?search=%ff", 400) == '"anonymous"'
    assert policy_of("/api/v1/movies/99999999/", 404) == '"read"'


def test_a_method_that_an_address_lacks_counts_against_the_caller(client: Client):
    _token, secret = token_create(user=cast.member(), name="t", scopes=["read"])
    for headers, scope in (({"Authorization": f"Bearer {secret}"}, "rate"), ({}, "anonymous")):
        answer = client.post("/api/v1/movies/1/", headers=headers)
        assert answer.status_code == 405
        assert answer["RateLimit-Policy"].startswith(f'"{scope}";')


def test_the_environment_gives_a_rate_or_none():
    assert [_rate("120/min"), _rate("5/hour"), _rate("None")] == ["120/min", "5/hour", None]
    for text in ("", "120", "0/min", "many/min", "5/fortnight"):
        with pytest.raises(ImproperlyConfigured, match="120/min, or none"):
            _rate(text)
