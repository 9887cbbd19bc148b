"""What holds for every endpoint of the API: who may ask, and that it keeps to its own schema."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import hypothesis
import jsonschema
import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from django.urls import URLPattern, get_resolver, resolve, reverse
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
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
from movies.models import ImportProblem, ImportReport, PersonalImport, Rating
from recommendations.training.models import ModelRun
from recommendations.webhooks.member_services import member_webhook_create
from recommendations.webhooks.models import Webhook, WebhookDelivery
from recommendations.webhooks.services import webhook_create
from tests import cast
from tests.api.conftest import document, unnamed_headers
from tests.recommendations.toy import with_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("full_allowance")]

N_EXAMPLES = 4
"""For each operation and caller; more would take longer than all other tests of the API."""
PLAIN = {"Accept-Encoding": "identity"}
"""Schemathesis does not decompress the answers of a WSGI application."""
N_SEQUENCES, N_STEPS = 6, 8


def fits_the_schema(context: Any, response: Any, case: Any) -> bool | None:
    """Schemathesis' check of the body, and docs/api.md's rule for an answer to `fields`."""
    body = case.body if isinstance(case.body, dict) else {}
    names = (case.query or {}).get("fields") or body.get("fields")
    if not names or response.status_code != 200:
        return response_schema_conformance(context, response, case)
    texts = names if isinstance(names, list) else [names]
    selected = {name for text in texts for name in str(text).split(",")}
    validate_sparse(response.json(), case.operation.definition.raw, selected)
    return None


def validate_sparse(answer: Any, operation: dict[str, Any], names: set[str]) -> None:
    """Validate an answer to `fields` as docs/api.md says."""
    document = json.loads(document_text())
    schemas = document["components"]["schemas"]
    parameters = {one.get("name"): one for one in operation.get("parameters", [])}
    body = schemas["RecommendationRequest"]["properties"]
    component = (parameters.get("fields") or body["fields"])["x-selects"]["$ref"]
    row = schemas[component.rpartition("/")[2]]
    row["properties"] = {name: row["properties"][name] for name in names}
    row["required"] = sorted(names & set(row["required"]))
    row["additionalProperties"] = False
    whole = operation["responses"]["200"]["content"]["application/json"]["schema"]
    absolute = json.loads(json.dumps(whole).replace("#/comp", "urn:api#/comp"))
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    registry = Registry().with_resource("urn:api", resource)
    jsonschema.Draft202012Validator(absolute, registry=registry).validate(answer)


@cache
def document_text() -> str:
    """Return the OpenAPI document, to be read by those who change what they read."""
    return json.dumps(document())


def names_its_headers(context: Any, response: Any, case: Any) -> None:
    """Schemathesis' check that the schema names every header of an answer."""
    operation = case.operation.definition.raw
    unnamed = unnamed_headers(operation, response.status_code, response.headers)
    assert not unnamed, (case.operation.label, response.status_code, unnamed)


CHECKS = (
    names_its_headers,
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    fits_the_schema,
)


@dataclass(frozen=True)
class Access:
    """Who may use an endpoint."""

    who: str
    """anybody, member (their own things), session (their own, not by token), token, or staff."""
    methods: str
    others: str = ""
    """Those of the methods for which the address names something that belongs to one person."""
    public: str = ""
    """Methods beside them that are open to anybody."""


ENDPOINTS = {
    "api-index": Access("anybody", "get"),
    "api-schema": Access("anybody", "get"),
    "api-movies": Access("anybody", "get"),
    "api-movie": Access("anybody", "get"),
    "api-similar": Access("anybody", "get"),
    "api-semantic": Access("anybody", "get"),
    "api-genres": Access("anybody", "get"),
    "api-genre-similarity": Access("anybody", "get"),
    "api-recommendations": Access("member", "get", public="post"),
    "api-taste": Access("member", "get"),
    "api-export": Access("member", "get"),
    "api-account-delete": Access("member", "post"),
    "api-export-stream": Access("member", "get"),
    "api-ratings": Access("member", "get post"),
    "api-ratings-bulk": Access("member", "post"),
    "api-ratings-bulk-delete": Access("member", "post"),
    "api-rating": Access("member", "get put patch delete", others="get patch delete"),
    "api-list": Access("member", "get"),
    "api-list-bulk": Access("member", "post"),
    "api-list-entry": Access("member", "get put delete", others="get delete"),
    "api-me-imports": Access("member", "get post"),
    "api-me-import": Access("member", "get delete", others="get delete"),
    "api-me-import-rows": Access("member", "get", others="get"),
    "api-me-import-answers": Access("member", "post"),
    "api-me-import-accept": Access("member", "post"),
    "api-me-import-cancel": Access("member", "post", others="post"),
    "api-me-import-undo": Access("member", "post", others="post"),
    "api-tokens": Access("session", "get post"),
    "api-token": Access("session", "get delete", others="get delete"),
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
    "api-delivery": Access("staff", "get"),
    "api-redeliver": Access("staff", "post"),
    "api-me-webhooks": Access("member", "get post"),
    "api-me-webhook": Access("member", "get patch delete", others="get patch delete"),
    "api-me-deliveries": Access("member", "get", others="get"),
    "api-me-delivery": Access("member", "get", others="get"),
    "api-me-redeliver": Access("member", "post", others="post"),
}


def endpoints() -> Iterator[tuple[str, set[str]]]:
    """Name and methods of every view under /api/v1/ of the URL conf."""
    for resolver in get_resolver().url_patterns:
        if str(resolver.pattern).startswith("api/v1/"):
            patterns = [resolver] if isinstance(resolver, URLPattern) else resolver.url_patterns
            for pattern in patterns:
                view = pattern.callback.view_class
                allowed = set(view.http_method_names) - {"head", "options", "trace"}
                yield str(pattern.name), {method for method in allowed if hasattr(view, method)}


@dataclass(frozen=True)
class Operation:
    """A method of an endpoint, as the schema tells of it."""

    name: str
    method: str
    query: list[dict[str, Any]]
    body: dict[str, Any] | None
    """The schema of the JSON object that it takes, if it takes one."""


@cache
def operations() -> list[Operation]:
    """All of the schema: what is new is tested with the rest."""
    schema = document()
    found = []
    for path, methods in schema["paths"].items():
        name = resolve(re.sub(r"{kind}", "watch_later", re.sub(r"{\w+_id}", "1", path))).url_name
        for method, operation in methods.items():
            parameters = operation.get("parameters", [])
            content = operation.get("requestBody", {}).get("content", {})
            reference = content.get("application/json", {}).get("schema", {}).get("$ref")
            body = schema["components"]["schemas"][reference.split("/")[-1]] if reference else None
            query = [parameter for parameter in parameters if parameter["in"] == "query"]
            found.append(Operation(str(name), method, query, body))
    return found


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
    own = member_webhook_create(user=bob, url="http://93.184.216.34/", events=["ratings.changed"])
    told = WebhookDelivery.objects.create(webhook=own, event="ratings.changed", body="{}")
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
        mine = {"webhook_id": own.pk, "delivery_id": told.pk} if "api-me-" in name else {}
        wanted = {key: (ids | mine)[key] for key in possibility[0][0][1]}
        found[name] = reverse(name, kwargs=wanted)
    return found


@pytest.fixture
def unlimited(settings: Settings) -> None:
    """Nobody asks too often."""
    rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    unlimited = {"DEFAULT_THROTTLE_RATES": dict.fromkeys(rates, "1000000/min")}
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | unlimited


def bearer(user: User, *scopes: str) -> dict[str, str]:
    _token, secret = token_create(user=user, name="test", scopes=scopes)
    return {"Authorization": f"Bearer {secret}"}


def asked(client: Client, address: str, method: str, **headers: Any) -> int:
    body = {} if method == "get" else {"data": "{}", "content_type": "application/json"}
    response = getattr(client, method)(address, **body, **headers)
    if response.streaming:  # one that is never read would close the test's connection
        list(response)
    return int(response.status_code)


def test_every_endpoint_says_here_who_may_use_it():
    known = {
        name: {*access.methods.split(), *access.public.split()}
        for name, access in ENDPOINTS.items()
    }
    assert dict(endpoints()) == known


@pytest.mark.usefixtures("unlimited")
@pytest.mark.parametrize("name", ENDPOINTS)
def test_only_who_may_gets_in(client: Client, addresses: dict[str, str], name: str):
    access, address = ENDPOINTS[name], addresses[name]
    ada, staff = cast.member("ada"), cast.member("grace", is_staff=True)
    own, admin = bearer(ada, "read", "rate"), bearer(staff, "admin")
    for method in access.public.split():
        assert asked(client, address, method) not in {401, 403}
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


METHODS = ("get", "head", "options", "post", "put", "patch", "delete", "trace")


@pytest.mark.usefixtures("unlimited")
@pytest.mark.parametrize("role", ["stranger", "member", "staff"])
def test_every_method_of_every_endpoint_answers_each_role_in_order(
    client: Client, addresses: dict[str, str], role: str
):
    user = cast.member("ada", is_staff=role == "staff")
    scopes = ["read", "rate", "admin"] if role == "staff" else ["read", "rate"]
    headers = {} if role == "stranger" else bearer(user, *scopes)
    for name, address in addresses.items():
        access = ENDPOINTS[name]
        known = {*access.methods.split(), *access.public.split(), "options"}
        known |= {"head"} if "get" in known else set()
        for method in METHODS:
            body = b"" if method in {"get", "head", "options", "trace"} else b"{}"
            response = client.generic(
                method.upper(), address, body, "application/json", headers=headers
            )
            if response.streaming:
                list(response)
                continue
            place = (name, method, response.status_code)
            assert response.status_code < 500, place
            assert response["X-Request-ID"], place
            assert "RateLimit" in response or role == "staff", place
            if method not in known:
                assert response.status_code in {401, 403, 405}, place
            if response.status_code >= 400:
                assert response["Content-Type"] == "application/problem+json", place


@pytest.mark.usefixtures("staff", "unlimited")
def test_every_endpoint_refuses_unknown_parameters(client: Client, addresses: dict[str, str]):
    for name, address in addresses.items():
        for method in ENDPOINTS[name].methods.split():
            response = client.generic(
                method.upper(), f"{address}?surprise=1", "{}", "application/json"
            )
            if ENDPOINTS[name].who == "token":
                assert response.status_code == 403
                continue
            assert response.status_code == 400, (name, method)
            (error,) = response.json()["errors"]
            assert error["parameter"] == "surprise", (name, method)


@pytest.mark.parametrize("name", [name for name, access in ENDPOINTS.items() if access.others])
def test_what_is_another_persons_is_not_there(
    client: Client, addresses: dict[str, str], bob: User, name: str
):
    client.force_login(cast.member("ada"))
    body = json.dumps({"stars": 1})
    for method in ENDPOINTS[name].others.split():
        has_body = method in {"put", "patch"}
        data = {"data": body, "content_type": "application/json"} if has_body else {}
        assert getattr(client, method)(addresses[name], **data).status_code == 404
    assert bob.ratings.get().half_stars == 8
    assert bob.list_entries.exists()
    assert bob.api_tokens.get().is_usable


@pytest.fixture
def staff(client: Client, addresses: dict[str, str], bob: User) -> User:
    """Somebody who may ask for everything there is, logged in."""
    for run in ModelRun.objects.filter(version=None):
        with_version(run, "models/1")
    ModelRun.objects.update(status=ModelRun.Status.SUCCEEDED)
    grace = cast.member("grace", is_staff=True)
    cast.rated(grace, (bob.ratings.get().movie, 3))
    report = ImportReport.objects.latest("pk")
    PersonalImport.objects.create(pk=report.pk, user=grace, file_name="ratings.csv")
    Webhook.objects.filter(owner=bob).update(owner=grace)
    cast.logged_in(client, grace)
    return grace


@pytest.mark.usefixtures("staff", "unlimited")
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
    client: Client, addresses: dict[str, str], body: str, content_type: str, status: int
):
    for operation in operations():
        if operation.body:
            response = client.generic(
                operation.method.upper(), addresses[operation.name], body, content_type
            )
            assert response.status_code == status, operation
            assert response["Content-Type"] == "application/problem+json"
            assert response.json()["detail"]


@pytest.mark.usefixtures("staff", "unlimited")
def test_a_value_of_the_wrong_type_is_refused_at_its_place(
    client: Client, addresses: dict[str, str]
):
    for operation in operations():
        for field, schema in (operation.body or {}).get("properties", {}).items():
            wrong = {"a": 1} if "array" in schema.get("type", ()) else [[]]
            response = client.generic(
                operation.method.upper(),
                addresses[operation.name],
                json.dumps({field: wrong}),
                "application/json",
            )
            assert response.status_code == 400, (operation.name, field)
            places = [error["pointer"] for error in response.json()["errors"]]
            assert any(place.startswith(f"#/{field}") for place in places), (operation.name, field)


@pytest.mark.usefixtures("staff", "unlimited")
def test_a_parameter_of_the_wrong_type_or_out_of_range_is_refused_by_name(
    client: Client, addresses: dict[str, str]
):
    n_refused = 0
    for operation in operations():
        for parameter in operation.query:
            for value in wrong_values(parameter["schema"]):
                response = client.get(addresses[operation.name], {parameter["name"]: value})
                assert response.status_code == 400, (operation.name, parameter["name"], value)
                names = [error["parameter"] for error in response.json()["errors"]]
                assert parameter["name"] in names
                n_refused += 1
    assert n_refused > 50


def wrong_values(schema: dict[str, Any]) -> Iterator[object]:
    """Return what a parameter of this schema cannot be."""
    kind = schema.get("items", schema).get("type")
    if kind != "string" or "enum" in schema:
        yield "no such thing"
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1


@pytest.mark.usefixtures("staff", "unlimited")
@pytest.mark.parametrize("unknown", [10**9, 10**30])
def test_an_unknown_id_is_not_found(client: Client, unknown: int):
    for name, access in ENDPOINTS.items():
        (possibility,) = get_resolver().reverse_dict.getlist(name)
        names = possibility[0][0][1]
        if not any(key.endswith("_id") for key in names):
            continue
        ids = {key: "watch_later" if key == "kind" else 123456789 for key in names}
        address = reverse(name, kwargs=ids).replace("123456789", str(unknown))
        address += "?other=1" if name == "api-compare" else ""
        for method in access.methods.split():
            has_stars = name == "api-rating" and method in {"put", "patch"}
            body = json.dumps({"stars": 4} if has_stars else {})
            response = client.generic(method.upper(), address, body, "application/json")
            assert response.status_code == 404, (name, method)
            assert response["Content-Type"] == "application/problem+json"


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


@pytest.mark.usefixtures("unlimited")
def test_a_sparse_answer_has_the_named_properties_alone(
    client: Client, addresses: dict[str, str], staff: User
):
    document = json.loads(document_text())
    token_create(user=staff, name="TV", scopes=["read"])
    film = Rating.objects.filter(user=staff).get().movie
    staff.list_entries.create(movie=film, kind="watch_later")
    staff.personal_imports.get().rows.create(line_number=2, movie=film, candidates=[film.pk])
    told, unanswered = [], []
    for operation in operations():
        of_name = {one["name"]: one for one in operation.query}
        if operation.method != "get" or "fields" not in of_name:
            continue
        address = addresses[operation.name]
        if operation.name == "api-token":
            address = reverse("api-token", args=[staff.api_tokens.get().pk])
        query = {"expand": "movie"} if "expand" in of_name else {}
        if client.get(address, query).status_code != 200:
            unanswered.append(operation.name)
            continue
        known = of_name["fields"]["schema"]["items"]["enum"]
        for names in ({known[0]}, {known[-1]}, set(known)):
            answer = client.get(address, query | {"fields": ",".join(names)})
            assert answer.status_code == 200, (operation.name, answer.content)
            validate_sparse(answer.json(), operation_at(address, document), names)
        told.append(operation.name)
    assert len(told) > 30
    # A search needs a sentence, a version must serve, and a session has no token.
    assert set(unanswered) == {"api-semantic", "api-version-active", "api-token-current"}


def operation_at(address: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return what the schema says of GET at an address."""
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", "/" + resolve(address).route)
    operation: dict[str, Any] = document["paths"][path]["get"]
    return operation


@pytest.fixture
def _kept_connection() -> Iterator[None]:
    """Keep the test's transaction open during the requests, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_kept_connection", "unlimited")
def test_no_request_of_a_stranger_a_member_or_staff_breaks_the_api_or_its_schema(
    addresses: dict[str, str],
):
    """Each request is sent by all three: making one takes longer than answering it."""
    ada, grace = cast.member("ada"), cast.member("grace", is_staff=True)
    callers = [{}, bearer(ada, "read", "rate"), bearer(grace, "read", "rate", "admin")]
    schema = schemathesis.openapi.from_wsgi(
        f"{reverse('api-schema')}?format=json", get_wsgi_application()
    )
    for found in schema.get_all_operations():
        _hold(found.ok(), [PLAIN | headers for headers in callers])


@pytest.mark.usefixtures("_kept_connection", "unlimited")
@pytest.mark.parametrize("caller", ["stranger", "member", "staff"])
def test_no_sequence_of_requests_breaks_the_api_or_its_schema(
    addresses: dict[str, str], caller: str
):
    """Later requests use the ids that earlier ones have answered."""
    scopes = ["read", "rate", "admin"] if caller == "staff" else ["read", "rate"]
    ada = cast.member("ada", is_staff=caller == "staff")
    headers = PLAIN | (bearer(ada, *scopes) if caller != "stranger" else {})
    schema = schemathesis.openapi.from_wsgi(
        f"{reverse('api-schema')}?format=json", get_wsgi_application()
    )
    seen: set[str] = set()

    class Workflow(schema.exclude(operation_id="tokens_revoke_current").as_state_machine()):  # type: ignore[misc] # made at run time
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": headers}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            seen.add(f"{case.operation.label} {response.status_code}")
            case.validate_response(response, checks=list(CHECKS))

    Workflow.run(
        settings=hypothesis.settings(
            max_examples=N_SEQUENCES,
            stateful_step_count=N_STEPS,
            phases=[Phase.generate],
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
    )
    assert len(seen) > 10


def _hold(operation: Any, callers: list[dict[str, str]]) -> None:
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
        for headers in callers:
            case.call_and_validate(headers=headers, checks=list(CHECKS))

    holds()
