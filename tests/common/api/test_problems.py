import json

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.services import token_create
from common.api.problems import CONTENT_TYPE, KINDS
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("full_allowance")]

RATINGS = "/api/v1/ratings/"
STATELESS = "/api/v1/recommendations/"


@pytest.fixture
def ada(client: Client):
    ada = cast.member()
    client.force_login(ada)
    return ada


def problem_of(response, status: int, slug: str):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == CONTENT_TYPE
    problem = response.json()
    assert problem["type"] == f"/api/problems/#{slug}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == response.wsgi_request.path
    return problem


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v2/", "/api/v1/movies/0x1/"])
def test_an_address_that_is_none_is_a_problem(client: Client, path: str):
    problem_of(client.get(path), 404, "not-found")


def test_a_page_that_is_none_is_a_page(client: Client):
    response = client.get("/nothing/")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


def test_a_method_that_does_not_go_lists_those_that_do(client: Client):
    response = client.delete("/api/v1/movies/")
    problem_of(response, 405, "method-not-allowed")
    assert response["Allow"] == "GET, HEAD, OPTIONS"


def test_another_format_is_not_spoken(client: Client):
    response = client.get("/api/v1/movies/", headers={"Accept": "text/csv"})
    problem_of(response, 406, "not-acceptable")


def test_a_compressed_body_is_not_called_one_without_json(client: Client):
    compressed = {"Content-Encoding": "gzip"}
    response = client.post(STATELESS, b"x", "application/json", headers=compressed)
    problem = problem_of(response, 415, "unsupported-media-type")
    assert "Content-Encoding" in problem["detail"]
    assert "JSON" not in problem["title"]


def test_a_form_is_no_json(client: Client):
    response = client.post(STATELESS, {"ratings": "[]"})
    problem_of(response, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    "body",
    ["{", "", "nul", "NaN", "\0", b"\xff\xfe", '{"genres": ["\\ud800"]}', "[" * 200_000],
)
def test_what_cannot_be_read_is_a_problem(client: Client, body: str | bytes):
    response = client.post(STATELESS, body, content_type="application/json")
    assert response.status_code == 400
    assert response["Content-Type"] == CONTENT_TYPE


def test_ten_megabytes_are_too_much_and_the_answer_says_how_much_is_not(client: Client):
    body = json.dumps({"ratings": [], "genres": ["x" * 10_000_000]})
    response = client.post(STATELESS, body, content_type="application/json")
    problem = problem_of(response, 413, "payload-too-large")
    assert "1000000" in problem["detail"]


def test_each_mistake_is_named_with_its_place_in_the_body(client: Client):
    body = {
        "ratings": [{"movie_id": 1, "stars": 4}, {"movie_id": "x", "stars": 7}],
        "k": 0,
        "a/b~c": 1,
    }
    response = client.post(STATELESS, body, content_type="application/json")
    problem = problem_of(response, 400, "invalid")
    places = [error["pointer"] for error in problem["errors"]]
    assert places[0] == "#/a~1b~0c"
    assert "#/ratings/1/movie_id" in places
    del body["a/b~c"]
    response = client.post(STATELESS, body, content_type="application/json")
    codes = {error["pointer"]: error["code"] for error in response.json()["errors"]}
    assert codes == {
        "#/ratings/1/movie_id": "invalid",
        "#/ratings/1/stars": "invalid",
        "#/k": "min_value",
    }


def test_a_mistake_in_the_query_is_named_by_its_parameter(client: Client, ada):
    problem = problem_of(client.get(STATELESS, {"k": "many"}), 400, "invalid")
    assert problem["errors"] == [
        {"detail": "A valid integer is required.", "code": "invalid", "parameter": "k"}
    ]
    assert problem["detail"] == "k: A valid integer is required."


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("search=%ff", ["search"]),
        ("page_size=5&search=d%e9&genres=%C3%A9&person=%80", ["search", "person"]),
        ("%ff=1", ["\ufffd"]),
        ("a+b%ff", ["a b\ufffd"]),
    ],
)
def test_a_parameter_that_is_no_text_is_named(client: Client, query: str, names: list[str]):
    response = client.get("/api/v1/movies/", QUERY_STRING=query)
    problem = problem_of(response, 400, "invalid")
    assert [error["parameter"] for error in problem["errors"]] == names
    assert all(error["detail"] == "The address is not in UTF-8." for error in problem["errors"])


def test_a_thousand_mistakes_are_not_all_listed(client: Client):
    body = {"ratings": [{"movie_id": "x", "stars": 4}] * 1000}
    response = client.post(STATELESS, body, content_type="application/json")
    assert len(response.json()["errors"]) == 50


def test_a_stranger_is_told_how_to_come_in(client: Client):
    response = client.get(RATINGS)
    problem_of(response, 401, "not-authenticated")
    assert response["WWW-Authenticate"] == 'Bearer realm="Marquee"'


def test_a_token_that_does_not_work_is_said_to_be_the_reason(client: Client):
    for secret in ("mq_no", "no"):
        response = client.get(RATINGS, headers={"Authorization": f"Bearer {secret}"})
        problem_of(response, 401, "authentication-failed")
        assert response["WWW-Authenticate"] == 'Bearer realm="Marquee", error="invalid_token"'


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [("post", RATINGS, "rate"), ("get", "/api/v1/runs/", "admin"), ("get", RATINGS, "read")],
)
def test_a_token_without_a_scope_is_told_which(client: Client, method: str, path: str, scope: str):
    others = [one for one in ("read", "rate", "admin") if one != scope]
    user = cast.member(is_staff=True)
    _token, secret = token_create(user=user, name="test", scopes=others)
    response = getattr(client, method)(path, headers={"Authorization": f"Bearer {secret}"})
    problem_of(response, 403, "permission-denied")
    expected = f'Bearer realm="Marquee", error="insufficient_scope", scope="{scope}"'
    assert response["WWW-Authenticate"] == expected


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("body", [[], 1, {"ratings": {}}, {"ratings": 1}, {"ratings": [1]}])
def test_a_value_of_another_kind_is_refused_in_words_of_json(
    client: Client, body: object, language: str
):
    headers = {"Accept-Language": language}
    response = client.post(STATELESS, body, "application/json", headers=headers)
    detail = problem_of(response, 400, "invalid")["errors"][0]["detail"]
    for word in ("dict", "int", "Wörterbuch", "'", '"'):
        assert word not in detail


@pytest.mark.parametrize(
    ("etags", "status"),
    [
        ('"a", , {}', 304),
        ("{},", 304),
        (", {}", 304),
        ('"a", ,', 200),
        (",", 400),
        ("a, {}", 400),
    ],
)
def test_empty_elements_of_a_list_of_etags_are_ignored(client: Client, etags: str, status: int):
    path = f"/api/v1/movies/{cast.movie().pk}/"
    sent = etags.replace("{}", client.get(path)["ETag"])
    assert client.get(path, headers={"If-None-Match": sent}).status_code == status


def test_a_form_of_another_site_cannot_rate():
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.member())
    rating = {"movie_id": cast.movie().pk, "stars": 4}
    problem = problem_of(strict.post(RATINGS, rating, "application/json"), 403, "permission-denied")
    assert "CSRF" in problem["detail"]


def test_a_bug_is_a_problem_too(client: Client, monkeypatch: pytest.MonkeyPatch):
    def fail(*_args: object):
        raise RuntimeError("secret words")

    monkeypatch.setattr("movies.api.views.MovieListApi.list", fail)
    client.raise_request_exception = False
    problem = problem_of(client.get("/api/v1/movies/"), 500, "error")
    assert "secret" not in json.dumps(problem)


def test_who_asks_too_often_is_told_how_long_to_wait(client: Client, settings: Settings):
    cache.clear()
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {
        "DEFAULT_THROTTLE_RATES": {"anonymous": "2/day"}
    }
    first, second, third = (client.get("/api/v1/genres/") for _ in range(3))
    assert first["RateLimit-Policy"] == '"anonymous";q=2;w=86400'
    assert first["RateLimit"].startswith('"anonymous";r=1;t=')
    assert second.status_code == 200
    problem_of(third, 429, "throttled")
    assert 0 < int(third["Retry-After"]) <= 86_400
    assert third["RateLimit"].startswith('"anonymous";r=0;')


def test_scopes_are_counted_apart(client: Client, ada, settings: Settings):
    cache.clear()
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {
        "DEFAULT_THROTTLE_RATES": {"read": "1/day", "rate": "1/day"}
    }
    body = {"movie_id": cast.movie().pk, "stars": 4}
    assert client.get(RATINGS).status_code == 200
    assert client.get(RATINGS).status_code == 429
    assert client.post(RATINGS, body, "application/json").status_code == 201


def test_what_has_not_changed_is_not_sent_again(client: Client):
    film = cast.movie()
    url = f"/api/v1/movies/{film.pk}/"
    first = client.get(url)
    again = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    film.title = "Another"
    film.save()
    changed = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_the_catalogue_may_be_kept_by_anybody_and_ones_own_by_nobody_else(client: Client, ada):
    assert client.get("/api/v1/genres/")["Cache-Control"] == "public, no-cache"
    own = client.get(RATINGS)
    assert own["Cache-Control"] == "private, no-cache"
    assert "Authorization" in own["Vary"]
    assert client.get("/api/v1/nothing/")["Cache-Control"] == "no-store"


def test_pages_of_sites_that_are_named_may_ask(client: Client, settings: Settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://films.example"]
    allowed = client.get("/api/v1/genres/", headers={"Origin": "https://films.example"})
    assert allowed["Access-Control-Allow-Origin"] == "https://films.example"
    assert "ETag" in allowed["Access-Control-Expose-Headers"]
    other = client.get("/api/v1/genres/", headers={"Origin": "https://other.example"})
    assert "Access-Control-Allow-Origin" not in other
    for path in ("/", "/identity/o/authorize", "/_allauth/app/v1/auth/login"):
        page = client.get(path, headers={"Origin": "https://films.example"})
        assert "Access-Control-Allow-Origin" not in page


@pytest.mark.parametrize("act", ["token", "device/code", "revoke"])
def test_pages_of_sites_that_are_named_may_exchange_a_code(
    client: Client, settings: Settings, act: str
):
    settings.CORS_ALLOWED_ORIGINS = ["https://films.example"]
    origin = {"Origin": "https://films.example"}
    answer = client.post(f"/identity/o/api/{act}", {"client_id": "x"}, headers=origin)
    assert answer.status_code >= 400
    assert answer["Access-Control-Allow-Origin"] == "https://films.example"
    assert "Access-Control-Allow-Credentials" not in answer


def test_every_kind_of_problem_is_explained(client: Client):
    page = client.get(reverse("api-problems")).content.decode()
    assert all(f'id="{slug}"' in page for slug in KINDS)
