"""What holds for every endpoint of the API: who may ask, and that it keeps to its own schema."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import User
from accounts.services import token_create
from movies.models import ImportProblem, ImportReport
from recommendations.models import ModelRun, WebhookDelivery
from recommendations.services.webhooks import webhook_create
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]

N_EXAMPLES = 4
"""For each operation and caller; more would take longer than all other tests of the API."""
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


@dataclass(frozen=True)
class Access:
    """Who may use an endpoint."""

    who: str
    """anybody, member (their own things), session (their own, not by token), token, or staff."""
    methods: str
    others: bool = False
    """Whether the address names something that belongs to one person."""


ENDPOINTS = {
    "api-schema": Access("anybody", "get"),
    "api-movies": Access("anybody", "get"),
    "api-movie": Access("anybody", "get"),
    "api-similar": Access("anybody", "get"),
    "api-semantic": Access("anybody", "get"),
    "api-genres": Access("anybody", "get"),
    "api-genre-similarity": Access("anybody", "get"),
    "api-recommendations": Access("member", "get"),  # POST is open to anybody, and keeps nothing
    "api-taste": Access("member", "get"),
    "api-export": Access("member", "get"),
    "api-ratings": Access("member", "get post"),
    "api-ratings-bulk": Access("member", "post"),
    "api-rating": Access("member", "get patch delete", others=True),
    "api-list": Access("member", "get"),
    "api-list-entry": Access("member", "delete", others=True),
    "api-tokens": Access("session", "get post"),
    "api-token": Access("session", "delete", others=True),
    "api-token-current": Access("token", "get delete"),
    "api-users": Access("staff", "get"),
    "api-user": Access("staff", "get"),
    "api-imports": Access("staff", "get post"),
    "api-import": Access("staff", "get"),
    "api-import-cancel": Access("staff", "post"),
    "api-import-problems": Access("staff", "get"),
    "api-runs": Access("staff", "get post"),
    "api-run-preflight": Access("staff", "post"),
    "api-run": Access("staff", "get"),
    "api-run-events": Access("staff", "get"),
    "api-run-cancel": Access("staff", "post"),
    "api-run-retry": Access("staff", "post"),
    "api-run-adopt": Access("staff", "post"),
    "api-versions": Access("staff", "get"),
    "api-version-active": Access("staff", "get"),
    "api-roll-back": Access("staff", "post"),
    "api-version": Access("staff", "get"),
    "api-activate": Access("staff", "post"),
    "api-compare": Access("staff", "get"),
    "api-webhooks": Access("staff", "get post"),
    "api-webhook": Access("staff", "get patch delete"),
    "api-deliveries": Access("staff", "get"),
    "api-redeliver": Access("staff", "post"),
}


def names_of_endpoints() -> Iterator[str]:
    """Every name under /api/v1/ of the URL conf."""
    for resolver in get_resolver().url_patterns:
        if str(resolver.pattern).startswith("api/v1/"):
            patterns = [resolver] if isinstance(resolver, URLPattern) else resolver.url_patterns
            yield from (str(pattern.name) for pattern in patterns)


@pytest.fixture
def bob() -> User:
    """Somebody who has one of everything."""
    bob = cast.member("bob")
    cast.rated(bob, (cast.movie("Heat", 1995, "Crime"), 4))
    token_create(user=bob, name="TV", scopes=["read"])
    return bob


@pytest.fixture
def addresses(bob: User) -> dict[str, str]:
    """Of every endpoint, with ids of things that exist and, if they are anybody's, are bob's."""
    movie_id = bob.ratings.get().movie_id
    bob.list_entries.create(movie_id=movie_id, kind="watch_later")
    report = ImportReport.objects.create(source="test")
    ImportProblem.objects.create(report=report, file="a.csv", line_number=2, reason="no id")
    webhook = webhook_create(url="http://93.184.216.34/", events=["run.finished"], created_by=None)
    delivery = WebhookDelivery.objects.create(webhook=webhook, event="run.finished", body="{}")
    ids = {
        "movie_id": movie_id,
        "kind": "watch_later",
        "token_id": bob.api_tokens.get().pk,
        "user_id": bob.pk,
        "import_id": report.pk,
        "run_id": ModelRun.objects.create().pk,
        "webhook_id": webhook.pk,
        "delivery_id": delivery.pk,
    }
    found = {}
    for name in ENDPOINTS:
        (possibility,) = get_resolver().reverse_dict.getlist(name)
        wanted = {key: ids[key] for key in possibility[0][0][1]}
        found[name] = reverse(name, kwargs=wanted)
    return found


def bearer(user: User, *scopes: str) -> dict[str, str]:
    _token, secret = token_create(user=user, name="test", scopes=scopes)
    return {"Authorization": f"Bearer {secret}"}


def asked(client: Client, address: str, method: str, **headers: Any) -> int:
    body = {} if method == "get" else {"data": "{}", "content_type": "application/json"}
    return int(getattr(client, method)(address, **body, **headers).status_code)


def test_every_endpoint_says_here_who_may_use_it():
    assert set(names_of_endpoints()) == set(ENDPOINTS)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_only_who_may_gets_in(client: Client, addresses: dict[str, str], name: str):
    access, address = ENDPOINTS[name], addresses[name]
    ada, staff = cast.member("ada"), cast.member("grace", is_staff=True)
    own, admin = bearer(ada, "read", "rate"), bearer(staff, "admin")
    for method in access.methods.split():
        stranger = asked(client, address, method)
        by_token = asked(client, address, method, headers=own)
        by_admin = asked(client, address, method, headers=admin)
        if access.who == "anybody":
            assert stranger in {200, 400, 404}
            continue
        assert stranger == 401
        if access.who == "staff":
            assert by_token == 403
            assert by_admin not in {401, 403}
            assert asked(client, address, method, headers=bearer(staff, "read", "rate")) == 403
        elif access.who == "session":
            assert by_token == by_admin == 403
        elif access.who == "member":
            assert by_token not in {401, 403}
            assert by_admin == 403


@pytest.mark.parametrize("name", [name for name, access in ENDPOINTS.items() if access.others])
def test_what_is_another_persons_is_not_there(
    client: Client, addresses: dict[str, str], bob: User, name: str
):
    client.force_login(cast.member("ada"))
    body = json.dumps({"stars": 1})
    for method in ENDPOINTS[name].methods.split():
        data = {} if method == "get" else {"data": body, "content_type": "application/json"}
        assert getattr(client, method)(addresses[name], **data).status_code == 404
    assert bob.ratings.get().half_stars == 8
    assert bob.list_entries.exists()
    assert bob.api_tokens.get().is_usable


@pytest.mark.parametrize(
    "name",
    [
        *("api-ratings", "api-ratings-bulk", "api-tokens", "api-imports"),
        *("api-runs", "api-webhooks", "api-activate"),
    ],
)
@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ('{"surprise": 1}', "application/json", 400),
        ("[1]", "application/json", 400),
        ('"text"', "application/json", 400),
        ("{", "application/json", 400),
        ("<a/>", "application/xml", 415),
        ('{"name": "' + "x" * 10_000_000 + '"}', "application/json", 413),
    ],
    ids=["unknown field", "list", "text", "half", "xml", "10 MB"],
)
def test_a_body_that_makes_no_sense_is_refused_in_words(
    client: Client,
    addresses: dict[str, str],
    name: str,
    body: str,
    content_type: str,
    status: int,
):
    ModelRun.objects.update(status=ModelRun.Status.SUCCEEDED, artifact="models/1")
    client.force_login(cast.member("grace", is_staff=True))
    response = client.post(addresses[name], body, content_type)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"]


def test_the_schema_is_valid_without_a_warning(client: Client, capsys: pytest.CaptureFixture[str]):
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json")
    schema = json.loads(capsys.readouterr().out)
    assert schema["openapi"].startswith("3.1")
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)
    for operation in operations:
        assert operation["summary"]
        assert operation["tags"]
        problem = operation["responses"]["default"]["content"]
        assert list(problem) == ["application/problem+json"]
    assert client.get(reverse("api-schema")).status_code == 200


@pytest.fixture
def _kept_connection() -> Iterator[None]:
    """The test's transaction outlives the requests, as Django's own test client sees to."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_kept_connection")
@pytest.mark.parametrize("caller", ["stranger", "member", "staff"])
def test_no_request_breaks_the_api_or_its_schema(
    client: Client, addresses: dict[str, str], caller: str, settings: Settings
):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {
        "DEFAULT_THROTTLE_RATES": dict.fromkeys(
            settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "1000000/min"
        )
    }
    ada = cast.member("ada", is_staff=caller == "staff")
    scopes = ["read", "rate", "admin"] if caller == "staff" else ["read", "rate"]
    headers = bearer(ada, *scopes) if caller != "stranger" else {}
    schema = schemathesis.openapi.from_wsgi(
        f"{reverse('api-schema')}?format=json", get_wsgi_application()
    )
    for found in schema.get_all_operations():
        _hold(found.ok(), headers)


def _hold(operation: Any, headers: dict[str, str]) -> None:
    """Send requests that the schema allows, and others that it does not."""
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

    @given(case=cases)
    @hypothesis.settings(
        max_examples=N_EXAMPLES,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def holds(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=list(CHECKS))

    holds()
