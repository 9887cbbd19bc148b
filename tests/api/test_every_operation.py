"""What holds for every operation and every address that programs use."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.services import token_create
from movies.models import Movie
from tests import cast
from tests.api.conftest import operations, unnamed_headers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]

PROBLEM = "application/problem+json"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
LOG_IN = "/_allauth/app/v1/auth/login"
ACTS = ("device/code", "token", "revoke")
BODY = json.dumps({"surprise": 1})


def is_problem(response: Any, status: int) -> bool:
    body = response.json()
    return (response.status_code, response["Content-Type"], body["status"]) == (
        status,
        PROBLEM,
        status,
    )


def oauth_error(response: Any, status: int, code: str) -> str:
    """Return the description of an error of OAuth 2.0."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == JSON
    assert response["Cache-Control"] == "no-store"
    error = response.json()
    assert error.keys() == {"error", "error_description"}
    assert error["error"] == code
    description: str = error["error_description"]
    assert description.isascii()
    assert description
    return description


def test_a_body_where_none_is_taken_is_refused(client: Client, staff: User):
    _token, secret = token_create(user=staff, name="x", scopes=["read", "rate"])
    n_operations = 0
    for address, method, operation in operations():
        if "requestBody" in operation:
            continue
        is_current = address.endswith("/tokens/current/")
        headers = {"Authorization": f"Bearer {secret}"} if is_current else {}
        answer = client.generic(method, address, BODY, JSON, headers=headers)
        assert is_problem(answer, 400), (method, address, answer.content)
        assert "takes no body" in answer.json()["detail"], (method, address)
        n_operations += 1
    assert n_operations > 50


BODIES = {
    "ratings_create": '{"movie_id": 1, "stars": 2}',
    "ratings_put": '{"stars": 3}',
    "ratings_patch": '{"stars": 2.5}',
    "recommendations_for_ratings": "{}",
}
"""Operation -> body with which it sends its headers."""


def requests_of(operation: dict[str, Any], method: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield queries and headers with which an operation sends different headers."""
    yield "", {}
    if method == "GET":
        yield "", {"If-None-Match": "*"}
        if "page_size" in {one["name"] for one in operation.get("parameters", [])}:
            yield "?page_size=1", {"If-None-Match": "*"}
        yield "", {"If-Match": '"0"'}
    for parameter in operation.get("parameters", []):
        if parameter.get("deprecated"):
            yield f"?{parameter['name']}=x", {}


def test_the_schema_names_every_header_of_every_answer(client: Client, staff: User):
    film = Movie.objects.create(pk=1, title="Heat", year=1995)
    cast.rated(staff, (film, 4), (Movie.objects.create(pk=2, title="Ran"), 5))
    programs = [client, Client(), Client(headers={"Authorization": "Bearer mq_wrong"})]
    for scope in ("read", "rate", "admin"):
        _token, secret = token_create(user=staff, name=scope, scopes=[scope])
        programs.append(Client(headers={"Authorization": f"Bearer {secret}"}))
    sent: set[tuple[int, str]] = set()
    for address, method, operation in operations():
        body = BODIES.get(operation["operationId"], "")
        for (query, headers), program in product(requests_of(operation, method), programs):
            cache.clear()
            answer = program.generic(method, address + query, body, JSON, headers=headers)
            if answer.streaming:
                list(answer)
            status = answer.status_code
            assert not unnamed_headers(operation, status, answer.headers), (method, address, status)
            assert status not in {304, 403} or str(status) in operation["responses"], address
            sent.update((status, header.lower()) for header in answer.headers)
    assert {
        *((401, "www-authenticate"), (200, "etag"), (201, "etag"), (304, "etag"), (304, "link")),
        *((400, "deprecation"), (400, "sunset")),
    } <= sent


def test_every_condition_of_a_get_is_a_parameter():
    for _address, method, operation in operations():
        names = {one["name"] for one in operation.get("parameters", [])}
        is_conditional = "304" in operation["responses"]
        assert method != "GET" or is_conditional is ("If-None-Match" in names)
        assert ("412" in operation["responses"]) is ("If-Match" in names)


@pytest.mark.parametrize("scopes", [None, ["read"], ["rate"]])
def test_every_address_lists_its_methods_and_answers_405_to_others(scopes: list[str] | None):
    program = Client()
    if scopes:
        _token, secret = token_create(user=cast.member(), name="x", scopes=scopes)
        program = Client(headers={"Authorization": f"Bearer {secret}"})
    for address in {address for address, _method, _operation in operations()}:
        cache.clear()
        answer = program.options(address)
        assert answer.status_code == 200, (address, answer.content)
        methods = answer["Allow"].split(", ")
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "FOO"} - set(methods):
            answer = program.generic(method, address)
            assert is_problem(answer, 405), (method, address, answer.content)
            assert answer["Allow"].split(", ") == methods


def test_an_empty_body_is_no_body(client: Client, staff: User):
    film = cast.movie("Heat")
    for body, status in (("{}", 201), ("", 200)):
        answer = client.generic("PUT", f"/api/v1/lists/seen/{film.pk}/", body, JSON)
        assert answer.status_code == status
    assert client.generic("GET", "/api/v1/movies/", "{}", JSON).status_code == 200


def test_every_change_by_post_is_made_once_for_one_key():
    unlisted = {
        operation["operationId"]
        for _address, method, operation in operations()
        if method == "POST"
        and "Idempotency-Key" not in {one["name"] for one in operation.get("parameters", [])}
    }
    # They change nothing, or a repetition changes nothing more.
    assert unlisted == {"recommendations_for_ratings", "runs_preflight", "me_delete"}


def test_no_other_method_takes_a_key():
    keyed = [
        operation["operationId"]
        for _address, method, operation in operations()
        if method != "POST"
        and "Idempotency-Key" in {one["name"] for one in operation.get("parameters", [])}
    ]
    assert keyed == []


def test_every_object_is_read_with_fewer_fields():
    lacking = {
        operation["operationId"]
        for _address, method, operation in operations()
        if method == "GET"
        and "fields" not in {one["name"] for one in operation.get("parameters", [])}
    }
    # A whole document, or two things side by side.
    assert lacking == {"index", "export_retrieve", "export_stream", "versions_compare"}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/v1/ratings/{film}/", "stars"),
        ("/api/v1/lists/seen/{film}/", "list"),
        ("/api/v1/tokens/current/", "name"),
    ],
)
def test_one_object_has_the_fields_that_are_named_alone(client: Client, path: str, field: str):
    user, film = cast.member(), cast.movie("Heat")
    cast.rated(user, (film, 4))
    _token, secret = token_create(user=user, name="x", scopes=["read", "rate"])
    bearer = {"Authorization": f"Bearer {secret}"}
    if "lists" in path:
        client.put(path.format(film=film.pk), headers=bearer)
    answer = client.get(f"{path.format(film=film.pk)}?fields={field}", headers=bearer)
    assert list(answer.json()) == [field]


@pytest.mark.parametrize("path", ["/api/docs/", "/api/problems/"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"])
def test_a_page_about_the_api_answers_other_methods_by_a_problem(db: None, path: str, method: str):
    answer = Client(enforce_csrf_checks=True).generic(method, path)
    assert is_problem(answer, 405)
    assert "GET" in answer["Allow"]


def test_the_pages_about_the_api_are_pages(client: Client, db: None):
    for path in ("/api/docs/", "/api/problems/"):
        assert client.get(path)["Content-Type"].startswith("text/html")
    wrong = {"Authorization": "Bearer mq_wrong"}
    assert client.get("/api/docs/", headers=wrong).status_code == 200


def test_the_root_leads_to_the_index(client: Client, db: None):
    assert client.get("/api/")["Location"] == "/api/v1/"
    points = client.get("/api/v1/").json()["entry_points"]
    assert points["sign_up"].endswith("/_allauth/app/v1/auth/signup")


@pytest.mark.parametrize(
    ("query", "is_taken"),
    [
        ("novelty=0.5", True),
        ("novelty=5e-1", True),
        ("diversity=.5", True),
        ("novelty=1_0e-1", False),
        ("novelty=%D9%A0", False),
        ("novelty=%200.5", False),
        ("novelty=nan", False),
        ("diversity=inf", False),
    ],
)
def test_a_number_in_a_query_is_written_in_ascii_digits(client: Client, query: str, is_taken: bool):
    client.force_login(cast.member())
    answer = client.get(f"/api/v1/recommendations/?{query}")
    assert answer.status_code == (200 if is_taken else 400)


@pytest.mark.parametrize(("value", "status"), [("true", 200), ("false", 200), ("yes", 400)])
def test_a_truth_value_in_a_query_is_true_or_false(
    client: Client, staff: User, value: str, status: int
):
    assert client.get(f"/api/v1/users/?raters={value}").status_code == status


@pytest.mark.parametrize(
    "body", [{"path": 1}, {"path": "x", "overwrite": "yes"}, {"path": "x", "name": 1}]
)
def test_an_import_takes_values_of_the_right_type_alone(
    client: Client, staff: User, body: dict[str, Any]
):
    answer = client.post("/api/v1/imports/", body, JSON)
    wrong = [name for name, value in body.items() if name != "path" or value == 1]
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"#/{wrong[0]}"]


@pytest.mark.parametrize(("encoding", "status"), [("gzip", 415), ("br", 415), ("identity", 200)])
def test_a_compressed_body_is_refused_as_such(client: Client, db: None, encoding: str, status: int):
    headers = {"Content-Encoding": encoding}
    body = '{"ratings": []}'
    answer = client.generic("POST", "/api/v1/recommendations/", body, JSON, headers=headers)
    assert answer.status_code == status
    assert status == 200 or "Content-Encoding" in answer.json()["detail"]


@pytest.mark.parametrize("accept", ["*", "*/*", "application/*", PROBLEM])
def test_a_client_that_accepts_anything_gets_json(client: Client, db: None, accept: str):
    assert client.get("/api/v1/genres/", headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("", 200),
        (" , ", 200),
        ("application/json;q=0", 406),
        ("application/json; q=0.000, */*", 406),
        ("*;q=0", 406),
        (f"{PROBLEM};q=0", 406),
        ("application/*;q=0, application/json", 200),
        ("application/json;q=0.1, */*;q=0", 200),
        ("text/html;q=0, */*", 200),
        ("text/html;q=0", 406),
    ],
)
def test_what_a_client_gives_the_weight_0_is_not_sent(
    client: Client, db: None, accept: str, status: int
):
    assert client.get("/api/v1/genres/", headers={"Accept": accept}).status_code == status


@pytest.mark.parametrize("header", ["", "Basic eDp5", "Token mq_x"])
def test_a_stranger_is_told_how_to_send_a_token(client: Client, db: None, header: str):
    answer = client.get("/api/v1/taste/", headers={"Authorization": header})
    assert is_problem(answer, 401)
    assert "Authorization: Bearer" in answer.json()["detail"]


class TestWaysIn:
    """Signing up, logging in and OAuth by program: libraries answer, and in documents."""

    @pytest.mark.parametrize(
        "body",
        ["{", "[]", '"x"', '{"username": "\\ud800", "password": "x"}', b"\xff", "[" * 100_000],
    )
    @pytest.mark.parametrize("act", ["login", "signup", "reauthenticate"])
    def test_a_body_that_cannot_be_read_is_refused(
        self, client: Client, body: str | bytes, act: str
    ):
        answer = client.generic("POST", f"/_allauth/app/v1/auth/{act}", body, JSON)
        assert is_problem(answer, 400)

    def test_a_body_that_is_too_large_is_refused(self, client: Client):
        answer = client.generic("POST", LOG_IN, b" " * 3_000_000, JSON)
        assert is_problem(answer, 413)

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/_allauth/app/v1/nothing", 404),
            ("GET", "/identity/o/api/nothing", 404),
            ("POST", "/identity/nope", 404),
            ("GET", "/identity/o/authorize/", 404),
            ("GET", "/.well-known/nothing", 404),
            ("PUT", LOG_IN, 405),
        ],
    )
    def test_an_error_is_a_document(self, client: Client, method: str, path: str, status: int):
        answer = client.generic(method, path)
        assert answer.status_code == status
        assert "json" in answer["Content-Type"]
        assert answer.json()["status"] == status

    @pytest.mark.parametrize("act", ["login", "signup"])
    def test_a_field_is_known_and_given_once(self, client: Client, act: str):
        path, person = f"/_allauth/app/v1/auth/{act}", '"username": "ada", "password": "x"'
        answer = client.generic("POST", path, f'{{{person}, "surprise": 1}}', JSON)
        assert answer.status_code == answer.json()["status"] == 400
        [error] = answer.json()["errors"]
        assert error["param"] == "surprise"
        assert "username" in error["message"]
        twice = client.generic("POST", path, f'{{{person}, "username": "eve"}}', JSON)
        assert is_problem(twice, 400)
        assert "'username' is there more than once" in twice.json()["detail"]
        assert not User.objects.exists()

    def test_a_field_of_a_person_who_is_logged_in_is_known_too(self, client: Client):
        path = "/_allauth/app/v1/account/password/change"
        client.force_login(cast.member())
        answer = client.generic("POST", path, '{"password": "x"}', JSON)
        assert answer.json()["errors"][0]["param"] == "password"

    @pytest.mark.parametrize("kind", ["", JSON, "multipart/form-data; boundary=x"])
    @pytest.mark.parametrize("act", ACTS)
    def test_oauth_asks_for_a_form(self, client: Client, kind: str, act: str):
        answer = client.generic("POST", f"/identity/o/api/{act}", b"{}", kind)
        assert FORM in oauth_error(answer, 400, "invalid_request")

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"scope=%ff", 400),
            (b"%%%", 400),
            (b"client_id=%00", 400),
            (b"client_id=x&client_id=y", 400),
            (b"client_id=" + b"x" * 3_000_000, 413),
            (b"&".join(b"a%d=1" % number for number in range(2000)), 400),
        ],
    )
    @pytest.mark.parametrize("act", ACTS)
    def test_a_form_that_says_nothing_is_an_error_of_oauth(
        self, client: Client, act: str, body: bytes, status: int
    ):
        answer = client.generic("POST", f"/identity/o/api/{act}", body, FORM)
        assert oauth_error(answer, status, "invalid_request")

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "TRACE"])
    @pytest.mark.parametrize("act", ACTS)
    def test_another_method_is_an_error_of_oauth(self, client: Client, act: str, method: str):
        answer = client.generic(method, f"/identity/o/api/{act}")
        assert "POST" in oauth_error(answer, 405, "invalid_request")
        assert "POST" in answer["Allow"]

    def test_too_many_requests_are_an_error_of_oauth(self, client: Client, settings: Settings):
        cache.clear()
        settings.PAGE_RATE = "1/hour"
        for _ in range(2):
            answer = client.post("/identity/o/api/token", "grant_type=x", FORM)
        assert answer.json()["error"] == "temporarily_unavailable"
        assert "Retry-After" in answer.json()["error_description"]
        assert answer["Cache-Control"] == "no-store"

    def test_a_page_of_oauth_refuses_a_null_character(self, client: Client):
        client.force_login(cast.member())
        page = client.get("/identity/o/authorize?client_id=%00&response_type=code")
        assert page.status_code == 400
        assert page["Content-Type"].startswith("text/html")
