"""What one endpoint takes, answers or refuses, all do."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver, resolve, reverse

from accounts.models import User
from movies.models import PersonalImport
from tests import cast
from tests.api.conftest import operations

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]

PROBLEM = "application/problem+json"
JSON = "application/json"
MOVIES = "/api/v1/movies/"
RECOMMENDATIONS = "/api/v1/recommendations/"
IMPORTS = "/api/v1/me/imports/"


@pytest.fixture
def member(client: Client) -> User:
    cache.clear()
    return cast.logged_in(client, cast.member())


def view_at(address: str) -> Any:
    """Return the class of the view at an address."""
    view: Any = resolve(address).func
    return view.view_class


def mistake(answer: Any) -> dict[str, str]:
    """Return the one mistake that a problem document names."""
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == PROBLEM
    [error] = answer.json()["errors"]
    return dict(error)


class TestRepresentations:
    def test_every_get_answers_a_client_that_accepts_what_it_produces(
        self, client: Client, staff: User
    ):
        n_asked = 0
        for address, method, operation in operations():
            for kind in operation["responses"].get("200", {}).get("content", {}):
                if method != "GET":
                    continue
                answer = client.get(address, headers={"Accept": kind})
                assert answer.status_code != 406, (address, kind)
                if answer.status_code == 200:
                    assert answer["Content-Type"] == kind, address
                    n_asked += 1
        assert n_asked > 15

    @pytest.mark.parametrize("accept", ["application/x-ndjson", "*/*", JSON, PROBLEM])
    def test_the_stream_is_ndjson(self, client: Client, member: User, accept: str):
        answer = client.get("/api/v1/export/ndjson/", headers={"Accept": accept})
        assert answer["Content-Type"] == "application/x-ndjson"
        assert all(json.loads(line)["section"] for line in b"".join(answer).splitlines())

    def test_an_error_of_the_stream_is_a_problem_document(self, client: Client, member: User):
        stream = {"Accept": "application/x-ndjson"}
        assert mistake(client.get("/api/v1/export/ndjson/?a=1", headers=stream))["parameter"]
        refused = Client().get("/api/v1/export/ndjson/", headers=stream)
        assert (refused.status_code, refused["Content-Type"]) == (401, PROBLEM)
        assert client.get("/api/v1/export/", headers=stream).status_code == 406

    @pytest.mark.parametrize(
        "kind",
        [
            "application/vnd.oai.openapi+json",
            JSON,
            "application/vnd.oai.openapi",
            "application/yaml",
        ],
    )
    def test_the_schema_is_json_or_yaml(self, client: Client, db: None, kind: str):
        answer = client.get("/api/v1/schema/", headers={"Accept": kind})
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith(kind)

    def test_metrics_are_text_for_a_scraper(self, client: Client, db: None):
        accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
        assert client.get("/metrics", headers=accept).status_code in {200, 404}


class TestText:
    @pytest.mark.parametrize(
        "path", [f"{MOVIES}?search=%FF", f"{MOVIES}?%C3=1", f"{RECOMMENDATIONS}?genres=Com%E9die"]
    )
    def test_an_address_that_is_not_utf8_is_refused(self, client: Client, member: User, path: str):
        answer = client.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
        assert "UTF-8" in answer.json()["detail"]

    def test_a_path_that_is_not_utf8_is_no_address(self, client: Client, member: User):
        answer = client.get("/api/v1/lists/%FF/")
        assert (answer.status_code, answer["Content-Type"]) == (404, PROBLEM)

    def test_an_address_in_utf8_is_read(self, client: Client, db: None):
        cast.movie("Amélie")
        assert client.get(f"{MOVIES}?search=Am%C3%A9lie").json()["results"]

    def test_a_body_that_is_not_utf8_is_refused_in_words(self, client: Client, db: None):
        body = b'{"ratings": [], "genres": ["Com\xe9die"]}'
        answer = client.generic("POST", RECOMMENDATIONS, body, JSON)
        assert answer.status_code == 400
        assert answer.json()["detail"] == "The body is not in UTF-8."

    def test_a_form_that_is_not_utf8_is_refused(self, client: Client, staff: User):
        form = (
            b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nCom\xe9die\r\n'
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\nPK\r\n'
            b"--x--\r\n"
        )
        kind = "multipart/form-data; boundary=x"
        answer = client.generic("POST", "/api/v1/imports/", form, kind)
        assert answer.status_code == 400
        assert answer.json()["detail"] == "The body is not in UTF-8."


class TestParameters:
    def test_no_parameter_may_be_empty(self, client: Client, staff: User):
        n_refused = 0
        for address, method, operation in operations():
            for parameter in operation.get("parameters", []):
                if parameter["in"] != "query":
                    continue
                for value in ("", "%20"):
                    query = f"{address}?{parameter['name']}={value}"
                    answer = client.generic(method, query)
                    if address.endswith("/tokens/current/"):  # it needs a token
                        assert answer.status_code == 403
                        continue
                    error = mistake(answer)
                    assert error["parameter"] == parameter["name"], address
                    assert error["detail"] == "A value is empty. Leave it out."
                    n_refused += 1
        assert n_refused > 200

    @pytest.mark.parametrize(
        "query",
        ["ids=1,,2", "genres=Crime,", "fields=id,,title", "genres=Crime&genres=", "person=,Ada"],
    )
    def test_no_value_between_commas_may_be_empty(self, client: Client, db: None, query: str):
        cast.movie("Heat", 1995, "Crime")
        assert mistake(client.get(f"{MOVIES}?{query}"))["detail"].startswith("A value is empty")

    def test_an_address_without_parameters_says_so(self, client: Client, member: User):
        detail = mistake(client.get("/api/v1/export/?a=1"))["detail"]
        assert detail == "Unknown parameter. This address takes none."

    @pytest.mark.parametrize(
        ("name", "column", "value"),
        [("country", "countries", "Finland"), ("language", "languages", "Finnish")],
    )
    def test_a_country_or_language_of_no_film_is_refused(
        self, client: Client, db: None, name: str, column: str, value: str
    ):
        nothing = mistake(client.get(MOVIES, {name: "Nowhere"}))["detail"]
        assert nothing == "“Nowhere” is not known: there is nothing of this kind yet."
        cast.movie("Ariel", 1988, "Drama", **{column: [value]})
        cast.movie("Heat")
        detail = mistake(client.get(MOVIES, {name: f"{value},Nowhere"}))["detail"]
        assert detail == f"“Nowhere” is not known. Known are: {value}."
        rows = client.get(MOVIES, {name: value.upper()}).json()["results"]
        assert [row["title"] for row in rows] == ["Ariel"]

    def test_a_person_of_no_film_finds_nothing(self, client: Client, db: None):
        assert client.get(f"{MOVIES}?person=Nobody").json()["results"] == []

    def test_genres_have_one_name_everywhere(self, client: Client, member: User):
        heat = cast.movie("Heat", 1995, "Crime")
        cast.movie("Ran", 1985, "Drama")
        for word in ("Crime", "crime", "CRIME"):
            [row] = client.get(MOVIES, {"genres": word}).json()["results"]
            assert row["id"] == heat.pk
            for answer in (
                client.get(RECOMMENDATIONS, {"genres": word}),
                client.post(RECOMMENDATIONS, {"ratings": [], "genres": [word]}, JSON),
            ):
                assert [one["movie"]["id"] for one in answer.json()["results"]] == [heat.pk]
        for path in (MOVIES, RECOMMENDATIONS):
            for name in ("genres", "exclude_genres"):
                detail = mistake(client.get(path, {name: "Nope"}))["detail"]
                assert detail == "“Nope” is not known. Known are: Crime, Drama."

    @pytest.mark.parametrize("name", ["genre", "exclude_genre"])
    def test_the_old_name_of_a_parameter_is_taken_and_deprecated(
        self, client: Client, db: None, name: str
    ):
        cast.movie("Heat", 1995, "Crime")
        cast.movie("Ran", 1985, "Drama")
        old = client.get(f"{MOVIES}?{name}=Crime&fields=title")
        new = client.get(f"{MOVIES}?{name}s=Crime&fields=title")
        assert old.json()["results"] == new.json()["results"]
        assert old["Deprecation"].startswith("@")
        assert old["Sunset"].endswith("GMT")
        assert "Deprecation" not in new
        assert mistake(client.get(f"{MOVIES}?{name}=Nope"))["parameter"] == name
        both = mistake(client.get(f"{MOVIES}?{name}=Crime&{name}s=Crime"))
        assert both["parameter"] == name
        assert f"{name}s" in both["detail"]
        detail = mistake(client.get(f"{MOVIES}?surprise=1"))["detail"]
        assert "genres" in detail
        assert "genre," not in detail

    def test_the_schema_calls_old_names_deprecated(self):
        [films] = [one for _, _, one in operations() if one["operationId"] == "movies_list"]
        deprecated = {one["name"] for one in films["parameters"] if one.get("deprecated")}
        assert deprecated == {"genre", "exclude_genre"}

    def test_a_pattern_that_is_violated_is_shown(self, client: Client, db: None):
        detail = mistake(client.get(f"{MOVIES}?imdb_id=114709"))["detail"]
        assert "tt0113277" in detail


class TestFilms:
    def test_a_list_maps_ids_of_other_sites_to_films(self, client: Client, db: None):
        cast.movie("Toy Story", imdb_id="tt0114709", tmdb_id=862, movielens_id=1)
        ids = {"imdb_id": "tt0114709", "tmdb_id": 862, "movielens_id": 1}
        for name, value in ids.items():
            query = f"{MOVIES}?{name}={value}&fields=id,{','.join(ids)}"
            [row] = client.get(query).json()["results"]
            assert {key: row[key] for key in ids} == ids


class TestLocation:
    def test_what_was_made_or_begun_has_an_address_that_answers_get(self, db: None):
        # They answer with the address that was asked, or with that of the rating.
        own = {"ratings_create", "ratings_put", "lists_add"}
        n_located = 0
        for address, method, operation in operations():
            if {"201", "202"} & operation["responses"].keys() and operation[
                "operationId"
            ] not in own:
                route = getattr(view_at(address), method.lower()).location
                ((possibility, *_),) = get_resolver().reverse_dict.getlist(route)
                there = reverse(route, kwargs=dict.fromkeys(possibility[0][1], 1))
                assert hasattr(view_at(there), "get"), route
                n_located += 1
        assert n_located >= 9

    def test_it_is_followed(self, client: Client, member: User):
        film = cast.movie("Heat")
        hook = {"url": "http://93.184.216.34/", "events": ["ratings.changed"]}
        for method, path, body in (
            ("POST", "/api/v1/tokens/", {"name": "TV", "scopes": ["read"]}),
            ("POST", "/api/v1/ratings/", {"movie_id": film.pk, "stars": 4}),
            ("PUT", f"/api/v1/ratings/{cast.movie('Ran').pk}/", {"stars": 4}),
            ("PUT", f"/api/v1/lists/watch_later/{film.pk}/", {}),
            ("POST", "/api/v1/me/webhooks/", hook),
        ):
            made = client.generic(method, path, json.dumps(body), JSON)
            assert made.status_code == 201, made.content
            assert client.get(made["Location"]).status_code == 200, path

    def test_a_token_is_read_without_its_secret(self, client: Client, member: User):
        body = json.dumps({"name": "TV", "scopes": ["read"]})
        made = client.generic("POST", "/api/v1/tokens/", body, JSON)
        found = client.get(made["Location"]).json()
        assert found == {key: value for key, value in made.json().items() if key != "token"}


class TestImports:
    def upload(self, client: Client, name: str, content: bytes, **headers: str) -> Any:
        file = SimpleUploadedFile(name, content)
        return client.post(IMPORTS, {"file": file}, headers=headers)

    @pytest.mark.parametrize("key", ["", "k"])
    @pytest.mark.parametrize(
        ("name", "content"), [("a.zip", b"PK\3\4 no zip"), ("a.json", b"{"), ("a.csv", b"\0\0\0")]
    )
    def test_a_file_that_holds_nothing_readable_is_refused(
        self, client: Client, member: User, name: str, content: bytes, key: str
    ):
        headers = {"Idempotency-Key": key} if key else {}
        error = mistake(self.upload(client, name, content, **headers))
        assert error["pointer"] == "#/file"
        assert error["detail"]
        assert not PersonalImport.objects.exists()

    def test_what_was_accepted_is_followed(self, client: Client, member: User):
        cast.movie("Alien", 1979)
        content = (
            b"Date,Name,Year,Letterboxd URI,Rating\n2021-03-04,Alien,1979,https://boxd.it/a,4.5\n"
        )
        made = self.upload(client, "ratings.csv", content)
        assert made.status_code == 201, made.content
        begun = client.post(f"{made['Location']}accept/", "{}", JSON)
        assert begun.status_code == 202, begun.content
        assert begun["Location"] == made["Location"]
        assert client.get(begun["Location"]).json()["status"] == "queued"


class TestOneAddressOfEachObject:
    @pytest.mark.parametrize(
        "spelling", ["01", "00", "1" * 19, "9" * 400, "+1", "-1", "1.0", "\uff11"]
    )
    def test_another_spelling_of_an_id_is_no_address(
        self, client: Client, staff: User, spelling: str
    ):
        n_asked = 0
        for address, method, _operation in operations():
            if "/1/" in address:
                other = address.replace("/1/", f"/{spelling}/", 1)
                answer = client.generic(method, other, b"{}", JSON)
                assert answer.status_code == 404, (method, other)
                assert answer["Content-Type"] == PROBLEM
                n_asked += 1
        assert n_asked > 30

    def test_the_longest_id_is_looked_for(self, client: Client, staff: User):
        for address, method, _operation in operations():
            if "/1/" in address:
                other = address.replace("/1/", f"/{10**18 - 1}/", 1)
                answer = client.generic(method, other, b"{}", JSON)
                assert answer.status_code in {204, 400, 404}, (method, other)

    def test_a_page_has_one_address_as_well(self, client: Client):
        film = cast.movie("Heat")
        assert client.get(f"/movies/{film.pk}/").status_code == 200
        for spelling in (f"0{film.pk}", "9" * 400):
            assert client.get(f"/movies/{spelling}/").status_code == 404
