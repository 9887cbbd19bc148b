"""Nothing that a client sends is ignored silently, and nothing breaks the API."""

import gzip
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts import exports
from accounts.api.serializers import ExportSerializer
from accounts.models import User
from accounts.services import token_create
from movies.api.filters import ORDERS
from movies.models import ListEntry, Movie, Rating
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers", "full_allowance")]

RATINGS = "/api/v1/ratings/"
BULK = "/api/v1/ratings/bulk/"
MOVIES = "/api/v1/movies/"
RECOMMENDATIONS = "/api/v1/recommendations/"
PREFLIGHT = "/api/v1/runs/preflight/"
WEBHOOKS = "/api/v1/webhooks/"
PROBLEM = "application/problem+json"
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
"""A form with one field, whose boundary is ``x``."""


@pytest.fixture
def member(client: Client) -> User:
    cache.clear()
    user = cast.member()
    client.force_login(user)
    return user


@pytest.fixture
def staff(client: Client) -> User:
    cache.clear()
    user = cast.member("grace", is_staff=True)
    client.force_login(user)
    return user


def cursor_of(address: str) -> str:
    return QueryDict(urlsplit(address).query)["cursor"]


def forged_cursors(given: str, value: object) -> list[str]:
    """Return cursors like a given one, with another value in every column of the order."""
    payload, _dot, signature = given.partition(".")
    is_reverse, *values = json.loads(urlsafe_b64decode(payload + "==="))
    forged = json.dumps([is_reverse] + [value] * len(values))
    changed = urlsafe_b64encode(forged.encode()).decode().rstrip("=")
    return [f"{changed}.{signature}", f"{changed}.", changed, f"{payload}.{signature[:-1]}"]


def is_refused_cursor(answer: Any) -> bool:
    names = [error.get("parameter") for error in answer.json().get("errors", ())]
    return answer.status_code == 400 and names == ["cursor"]


def send(client: Client, method: str, path: str, body: object = None, **headers: str) -> Any:
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    return client.generic(method, path, text, "application/json", headers=headers)


class TestBodies:
    @pytest.mark.parametrize(
        ("path", "body"),
        [
            (RECOMMENDATIONS, '{"ratings":[],"\\ud800":1}'),
            (BULK, '{"ratings":[{"movie_id":300,"stars":4},{"\\ud800":1}]}'),
            (PREFLIGHT, '{"kind":"\\ud800"}'),
            (PREFLIGHT, '{"first_stage":"\\ud800"}'),
            (WEBHOOKS, '{"url":"http://x/","events":["\\ud800"]}'),
        ],
    )
    def test_half_a_surrogate_pair_is_refused_anywhere(
        self, client: Client, staff: User, path: str, body: str
    ):
        Movie.objects.create(pk=300, title="Heat")
        response = send(client, "POST", path, body)
        assert response.status_code == 400
        assert response["Content-Type"] == PROBLEM
        assert not Rating.objects.exists()

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            (RECOMMENDATIONS, '{"ratings":[],"k":1,"k":2}'),
            (BULK, '{"ratings":[{"movie_id":300,"stars":4,"stars":2}]}'),
            (PREFLIGHT, '{"parameters":{"seed":1,"seed":2}}'),
            (PREFLIGHT, '{"base_run":' + "7" * 5_000 + "}"),
        ],
    )
    def test_a_field_that_is_there_twice_and_an_endless_number_are_refused(
        self, client: Client, staff: User, path: str, body: str
    ):
        Movie.objects.create(pk=300, title="Heat")
        response = send(client, "POST", path, body)
        assert response.status_code == 400
        assert response["Content-Type"] == PROBLEM
        assert "sys." not in response.content.decode()
        assert not Rating.objects.exists()

    @pytest.mark.parametrize("value", ["0.3", True])
    def test_a_number_is_a_number(self, client: Client, db: None, value: object):
        response = send(client, "POST", RECOMMENDATIONS, {"ratings": [], "diversity": value})
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == "#/diversity"

    @pytest.mark.parametrize(
        "body",
        [
            '{"base_run":1e400}',
            '{"base_run":1.5}',
            '{"base_run":""}',
            '{"base_run":true}',
            '{"parameters":{"embeddings":[]}}',
            '{"budget":{"trials":"3"},"kind":"search"}',
        ],
    )
    def test_a_run_takes_values_of_the_right_type_alone(
        self, client: Client, staff: User, body: str
    ):
        assert send(client, "POST", PREFLIGHT, body).status_code == 400

    @pytest.mark.parametrize(
        ("parameters", "refusal"),
        [
            ({"factors": 1.5}, "factors must be a whole number, at most 2147483647"),
            ({"factors": 10**30}, "factors must be a whole number, at most 2147483647"),
            ({"epochs": True}, "epochs must be a whole number, at most 2147483647"),
            ({"epochs": "25"}, "epochs must be a whole number, at most 2147483647"),
            ({"learning_rate": "fast"}, "learning_rate must be a finite number"),
            ({"negative_strategy": 1}, "negative_strategy must be a text"),
        ],
    )
    def test_parameters_of_a_wrong_type_are_refused_in_words(
        self, client: Client, staff: User, parameters: dict[str, Any], refusal: str
    ):
        response = send(client, "POST", PREFLIGHT, {"parameters": parameters})
        assert response.json()["refusals"] == [refusal]

    @pytest.mark.parametrize(
        "url",
        ["http://\uff45xample.com/", "http://127.0.0.1:99999/", "http://xn--/", "https://[/"],
    )
    def test_an_address_that_cannot_be_called_is_no_webhook(
        self, client: Client, staff: User, url: str
    ):
        response = send(client, "POST", WEBHOOKS, {"url": url, "events": ["run.finished"]})
        assert response.status_code == 400, response.content
        assert response.json()["errors"][0]["pointer"] == "#/url"

    def test_every_mistake_is_named_at_once(self, client: Client, db: None):
        body = {"ratings": [{"movie_id": 1}], "k": 0, "surprise": 1}
        places = send(client, "POST", RECOMMENDATIONS, body).json()["errors"]
        assert {error["pointer"] for error in places} == {
            "#/surprise",
            "#/ratings/0/stars",
            "#/k",
        }

    def test_without_ratings_a_stranger_is_told_what_to_send(self, client: Client, db: None):
        response = send(client, "POST", RECOMMENDATIONS, {})
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == "#/ratings"

    def test_without_ratings_a_token_needs_the_scope_to_read(self, client: Client, db: None):
        _token, secret = token_create(user=cast.member(), name="x", scopes=["rate"])
        answer = send(client, "POST", RECOMMENDATIONS, {}, Authorization=f"Bearer {secret}")
        assert answer.status_code == 403

    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    @pytest.mark.parametrize(
        ("content_type", "body"),
        [
            ("multipart/form-data; boundary=x", MULTIPART),
            ("application/x-www-form-urlencoded", b"a=1"),
            ("application/json", b"[]"),
            ("application/json", b"0"),
            ("application/json", b'""'),
            ("application/json", b"false"),
            ("application/json", b"null"),
        ],
    )
    def test_a_body_where_none_is_taken_is_refused_in_any_form(
        self, client: Client, member: User, method: str, content_type: str, body: bytes
    ):
        film = cast.movie("Heat")
        ListEntry.objects.create(user=member, movie=film, kind="seen")
        path = f"/api/v1/lists/seen/{film.pk}/"
        answer = client.generic(method, path, body, content_type)
        assert answer.status_code == 400
        assert answer.json()["detail"] == "This operation takes no body."
        assert ListEntry.objects.exists()

    def test_a_form_names_each_field_once(self, client: Client, member: User, staff: User):
        one, two = (SimpleUploadedFile(f"{name}.csv", b"a,b") for name in "ab")
        for path, form in (
            ("/api/v1/me/imports/", {"file": [one, two]}),
            ("/api/v1/imports/", {"file": one, "kind": ["movielens", "wikipedia"]}),
        ):
            answer = client.post(path, form)
            assert answer.status_code == 400
            assert "is there more than once" in answer.json()["detail"]


class TestQueries:
    @pytest.mark.parametrize("order", ORDERS)
    @pytest.mark.parametrize(
        "value",
        [*("\0", "a\ud800b", True, None, ["a"]), *(1.5, -1, 1e308, -(10**30), "20200101", "٣")],
    )
    def test_a_cursor_that_no_page_gave_is_refused(
        self, client: Client, db: None, order: str, value: object
    ):
        for title in ("Alien", "Ran", "1"):
            cast.movie(title)
        page = client.get(f"{MOVIES}?order={order}&page_size=1").json()
        for cursor in forged_cursors(cursor_of(page["next"]), value):
            answer = client.get(MOVIES, {"order": order, "cursor": cursor})
            assert is_refused_cursor(answer)

    @pytest.mark.parametrize("since", ["", "&since=2000-01-01"])
    @pytest.mark.parametrize(
        "value", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2020-01-01T00:00:00Z"]
    )
    def test_a_cursor_with_a_time_that_no_page_gave_is_refused(
        self, client: Client, member: User, since: str, value: str
    ):
        cast.rated(member, (cast.movie("Heat"), 4), (cast.movie("Ran"), 4))
        path = f"/api/v1/ratings/?page_size=1{since}"
        for cursor in forged_cursors(cursor_of(client.get(path).json()["next"]), value):
            assert is_refused_cursor(client.get(f"{path}&cursor={cursor}"))

    def test_a_cursor_is_taken_while_its_secret_key_is_a_fallback(
        self, client: Client, db: None, settings: Settings
    ):
        for title in ("Heat", "Alien"):
            cast.movie(title)
        address = client.get(f"{MOVIES}?page_size=1").json()["next"]
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
        assert client.get(address).status_code == 200
        settings.SECRET_KEY_FALLBACKS = []
        assert client.get(address).status_code == 400

    @pytest.mark.parametrize(
        "since", ["0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59", "0001-01-01"]
    )
    def test_a_time_that_the_database_does_not_have_breaks_nothing(
        self, client: Client, member: User, since: str
    ):
        assert client.get(f"/api/v1/ratings/?since={since}").status_code in {200, 400}

    @pytest.mark.parametrize("order", ORDERS)
    def test_a_cursor_belongs_to_its_order(self, client: Client, db: None, order: str):
        for title in ("Heat", "Alien"):
            cast.movie(title)
        page = client.get(f"{MOVIES}?order={order}&page_size=1").json()
        query = QueryDict(urlsplit(page["next"]).query, mutable=True)
        for other in ORDERS:
            query["order"] = other
            answer = client.get(f"{MOVIES}?{query.urlencode()}")
            assert answer.status_code == (200 if other == order else 400)

    @pytest.mark.parametrize(
        ("query", "is_same"),
        [
            ("search=star+wars", False),
            ("search=star&year_min=1900", False),
            ("search=star&genre=Crime", False),
            ("search=star&exclude_genres=Crime,Drama", False),
            ("search=star&genres=Drama&genres=Crime", True),
            ("genres=Crime,Drama", False),
            ("search=star&genres=Drama,%20Crime", True),
            ("genre=Crime&search=star&genre=Drama", True),
            ("search=star&genres=Crime,Drama&page_size=2&total=true&fields=id", True),
        ],
    )
    def test_a_cursor_belongs_to_its_search_and_filters(
        self, client: Client, db: None, query: str, is_same: bool
    ):
        for year in (1977, 1980, 1983):
            cast.movie(f"Star {year}", year, "Crime", "Drama")
        page = client.get(f"{MOVIES}?search=star&genres=Crime,Drama&page_size=1").json()
        answer = client.get(f"{MOVIES}?{query}&cursor={cursor_of(page['next'])}")
        assert answer.status_code == (200 if is_same else 400)
        if not is_same:
            assert answer.json()["errors"][0]["parameter"] == "cursor"

    def test_a_cursor_belongs_to_its_list(self, client: Client, member: User):
        for title in ("Heat", "Ran"):
            ListEntry.objects.create(user=member, movie=cast.movie(title), kind="watch_later")
        cursor = cursor_of(client.get("/api/v1/lists/watch_later/?page_size=1").json()["next"])
        for name, status in (("watch_later", 200), ("seen", 400)):
            answer = client.get(f"/api/v1/lists/{name}/?cursor={cursor}")
            assert answer.status_code == status

    def test_addresses_of_pages_are_as_the_client_wrote_them(self, client: Client, db: None):
        ids = ",".join(str(cast.movie(title).pk) for title in ("Heat", "Ran", "Alien"))
        first = client.get(f"{MOVIES}?ids={ids}&fields=id,title&page_size=1")
        address = first.json()["next"]
        assert f"?ids={ids}&fields=id,title&page_size=1&cursor=" in address
        assert "%" not in address
        assert first["Link"] == f'<{address}>; rel="next"'
        second = client.get(address).json()
        assert len(second["next"]) == len(address)
        assert client.get(second["previous"]).json()["results"] == first.json()["results"]

    def test_a_link_that_is_long_stands_in_the_body_alone(self, client: Client, db: None):
        movies = [cast.movie(title) for title in ("Heat", "Ran")]
        for n_others, has_header in ((100, True), (400, False)):
            ids = ",".join(str(number) for number in range(10_000, 10_000 + n_others))
            address = f"{MOVIES}?page_size=1&ids={ids},{movies[0].pk},{movies[1].pk}"
            answer = client.get(address)
            assert answer.json()["next"].startswith(f"http://testserver{address}&cursor=")
            assert answer.has_header("Link") is has_header

    def test_no_address_is_given_that_would_be_refused(self, client: Client, db: None):
        movies = [cast.movie(title) for title in ("Heat", "Ran")]
        ids = ",".join(str(number) for number in range(10**15, 10**15 + 474))
        address = f"{MOVIES}?ids={ids},{movies[0].pk},{movies[1].pk}"
        assert len(client.get(address).json()["results"]) == 2
        answer = client.get(f"{address}&page_size=1")
        assert answer.status_code == 414
        assert answer.json()["type"] == "/api/problems/#uri-too-long"

    @pytest.mark.parametrize(
        "query",
        ["ids=1%0A", "ids=01", "ids=%091", "page_size=01", "year_min=01990", "year_min=+1990"],
    )
    def test_a_number_is_written_in_one_way(self, client: Client, db: None, query: str):
        assert client.get(f"{MOVIES}?{query}").status_code == 400

    @pytest.mark.parametrize(
        ("time", "status"),
        [
            ("2020-01-01T00:00:00Z", 200),
            ("2020-01-01T00:00:00.25%2B02:00", 200),
            ("2020-01-01", 200),
            ("2020-01-01T00:00Z", 400),
            ("2020-01-01T00Z", 400),
            ("2020-01-01T00:00:00%2B0200", 400),
        ],
    )
    def test_a_time_is_written_as_in_rfc_3339(
        self, client: Client, member: User, time: str, status: int
    ):
        assert client.get(f"{RATINGS}?since={time}").status_code == status

    @pytest.mark.parametrize("parameter", ["year", "page", "serach", "format", "limit"])
    def test_an_unknown_parameter_is_named_with_those_that_are_known(
        self, client: Client, db: None, parameter: str
    ):
        response = client.get(MOVIES, {parameter: "1"})
        assert response.status_code == 400
        (error,) = response.json()["errors"]
        assert error["parameter"] == parameter
        assert "imdb_id" in error["detail"]

    def test_a_parameter_with_one_value_is_given_once(self, client: Client, db: None):
        response = client.get(f"{MOVIES}?year_min=1990&year_min=1991")
        assert response.json()["errors"][0]["parameter"] == "year_min"

    def test_several_values_are_repeated_or_stand_between_commas(self, client: Client, db: None):
        heat, ran = cast.movie("Heat", 1995, "Crime"), cast.movie("Ran", 1985, "Drama")
        cast.movie("Alien", 1979, "Horror")
        for query in (f"ids={heat.pk},{ran.pk}", "genre=Crime,Drama", "genre=Crime&genre=drama"):
            rows = client.get(f"{MOVIES}?{query}").json()["results"]
            assert {row["title"] for row in rows} == {"Heat", "Ran"}, query
        rows = client.get(f"{MOVIES}?exclude_genre=Crime,Horror").json()["results"]
        assert [row["title"] for row in rows] == ["Ran"]

    def test_a_film_is_found_by_its_ids_elsewhere(self, client: Client, db: None):
        cast.movie("Toy Story", imdb_id="tt0114709", tmdb_id=862, movielens_id=1)
        cast.movie("Heat", imdb_id="tt0113277", tmdb_id=949, movielens_id=6)
        cast.movie("Ran")
        for query in ("imdb_id=tt0114709,tt0113277", "tmdb_id=862&tmdb_id=949", "movielens_id=1,6"):
            rows = client.get(f"{MOVIES}?{query}&fields=title").json()["results"]
            assert rows == [{"title": "Toy Story"}, {"title": "Heat"}], query
        assert client.get(f"{MOVIES}?imdb_id=114709").status_code == 400

    def test_fields_that_are_none_are_named(self, client: Client, db: None):
        response = client.get(f"{MOVIES}?fields=id,nope")
        assert response.json()["errors"][0]["parameter"] == "fields"

    def test_a_page_tells_its_neighbours_in_a_header_and_the_total_on_request(
        self, client: Client, db: None
    ):
        for number in range(3):
            cast.movie(f"Film {number}")
        page = client.get(f"{MOVIES}?page_size=1&total=true")
        assert page.json()["total"] == 3
        assert page["Link"] == f'<{page.json()["next"]}>; rel="next"'
        assert "total" not in client.get(MOVIES).json()
        assert client.get(f"{MOVIES}?total=yes").status_code == 400


class TestRatings:
    def test_the_rating_that_changed_last_comes_first(self, client: Client, member: User):
        films = [cast.movie(f"Film {number}") for number in range(3)]
        for film, stars in [*((film, 3) for film in films), (films[1], 3), (films[0], 4)]:
            send(client, "PUT", f"{RATINGS}{film.pk}/", {"stars": stars})
        order, address = [], RATINGS + "?page_size=1"
        while address:
            page = client.get(address).json()
            order += [row["movie_id"] for row in page["results"]]
            address = page["next"]
        assert order == [films[0].pk, films[2].pk, films[1].pk]

    def test_ratings_since_a_time(self, client: Client, member: User):
        now = timezone.now()
        for days, title in enumerate(["Heat", "Ran", "Alien"]):
            film = cast.movie(title)
            Rating.objects.create(
                user=member, movie=film, half_stars=8, rated_at=now - timedelta(days=days)
            )
        since = (now - timedelta(days=1)).isoformat()
        assert len(client.get(RATINGS, {"since": since}).json()["results"]) == 2
        assert client.get(RATINGS, {"since": "yesterday"}).status_code == 400
        unencoded = client.get(f"{RATINGS}?since=2026-11-01T00:00:00+01:00")
        assert unencoded.status_code == 400
        assert "%2B" in unencoded.json()["errors"][0]["detail"]
        assert client.get(f"{RATINGS}?since=2026-11-01T00:00:00%2B01:00").status_code == 200

    def test_the_time_of_a_rating_is_kept_as_it_is_sent(self, client: Client, member: User):
        one, two, three = (cast.movie(title) for title in ("Heat", "Ran", "Alien"))
        rows = [
            {"movie_id": one.pk, "stars": 4, "rated_at": "2014-04-05T15:27:00Z"},
            {"movie_id": two.pk, "stars": 2.5, "rated_at": "2019-12-31T23:59:59+01:00"},
        ]
        assert send(client, "POST", BULK, {"ratings": rows}).json()["n_saved"] == 2
        body = {"stars": 1, "rated_at": "2001-02-03T04:05:06.789Z"}
        assert send(client, "PUT", f"{RATINGS}{three.pk}/", body).status_code == 201
        times = dict(member.ratings.values_list("movie", "rated_at"))
        assert times == {
            one.pk: datetime(2014, 4, 5, 15, 27, tzinfo=UTC),
            two.pk: datetime(2019, 12, 31, 22, 59, 59, tzinfo=UTC),
            three.pk: datetime(2001, 2, 3, 4, 5, 6, 789000, tzinfo=UTC),
        }

    @pytest.mark.parametrize(
        "rated_at",
        ["2999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1899-12-31T00:00:00Z", "now", 5],
    )
    def test_a_time_that_cannot_be_is_refused(self, client: Client, member: User, rated_at: object):
        body = {"stars": 4, "rated_at": rated_at}
        response = send(client, "PUT", f"{RATINGS}{cast.movie('Heat').pk}/", body)
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == "#/rated_at"

    def test_a_change_names_what_changes_alone(self, client: Client, member: User):
        film = cast.movie("Heat")
        cast.rated(member, (film, 4))
        path = f"{RATINGS}{film.pk}/"
        answer = send(client, "PATCH", path, {"rated_at": "2014-04-05T15:27:00Z"})
        assert answer.json() == {
            "movie_id": film.pk,
            "stars": 4.0,
            "rated_at": "2014-04-05T15:27:00Z",
        }
        assert send(client, "PATCH", path, {}).json() == answer.json()

    def test_many_are_taken_back_at_once(self, client: Client, member: User):
        one, two = cast.movie("Heat"), cast.movie("Ran")
        cast.rated(member, (one, 4), (two, 3))
        body = {"movie_ids": [one.pk, two.pk, 10**9]}
        answer = send(client, "POST", "/api/v1/ratings/bulk-delete/", body).json()
        assert [row["status"] for row in answer["results"]] == [204, 204, 404]
        assert not member.ratings.exists()


class TestLists:
    def test_the_first_put_creates(self, client: Client, member: User):
        path = f"/api/v1/lists/watch_later/{cast.movie('Heat').pk}/"
        assert client.get(path).status_code == 404
        first = send(client, "PUT", path)
        assert first.status_code == 201
        assert first["Location"].endswith(path)
        assert send(client, "PUT", path).status_code == 200
        assert client.get(path)["ETag"] == first["ETag"]

    def test_a_change_of_a_list_honours_conditions(self, client: Client, member: User):
        path = f"/api/v1/lists/watch_later/{cast.movie('Heat').pk}/"
        etag = send(client, "PUT", path, **{"If-None-Match": "*"})["ETag"]
        assert send(client, "PUT", path, **{"If-None-Match": "*"}).status_code == 412
        assert send(client, "DELETE", path, **{"If-Match": '"stale"'}).status_code == 412
        assert send(client, "DELETE", path, **{"If-Match": etag}).status_code == 204

    def test_many_films_at_once(self, client: Client, member: User):
        one, two, three = (cast.movie(title) for title in ("Heat", "Ran", "Alien"))
        path = "/api/v1/lists/watch_later/bulk/"
        send(client, "POST", path, {"add": [one.pk, two.pk]})
        body = {"add": [two.pk, three.pk, 10**9], "remove": [one.pk]}
        answer = send(client, "POST", path, body).json()
        assert [row["status"] for row in answer["results"]] == [200, 201, 404, 204]
        assert set(member.list_entries.values_list("movie", flat=True)) == {two.pk, three.pk}
        assert send(client, "POST", path, {}).status_code == 400


class TestConditions:
    @pytest.mark.parametrize(
        ("method", "body"), [("PUT", {"stars": 2}), ("PATCH", {"stars": 2}), ("DELETE", None)]
    )
    @pytest.mark.parametrize("sent", ["stale-unquoted", "", '"a", b'])
    def test_a_condition_that_is_no_etag_is_refused(
        self, client: Client, member: User, method: str, body: object, sent: str
    ):
        film = cast.movie("Heat")
        cast.rated(member, (film, 4))
        path = f"{RATINGS}{film.pk}/"
        response = send(client, method, path, body, **{"If-Match": sent})
        assert response.status_code == 400
        assert response.json()["errors"][0]["header"] == "If-Match"
        assert member.ratings.get().half_stars == 8

    @pytest.mark.parametrize("form", ["W/{0}", '{1}-gzip"', '{1}-br"', 'W/{1}-gzip"'])
    def test_an_etag_survives_a_proxy_that_compresses(
        self, client: Client, member: User, form: str
    ):
        film = cast.movie("Heat")
        cast.rated(member, (film, 4))
        path = f"{RATINGS}{film.pk}/"
        etag = client.get(path)["ETag"]
        sent = form.format(etag, etag[:-1])
        assert client.get(path, headers={"If-None-Match": sent}).status_code == 304
        response = send(client, "PATCH", path, {"stars": 2}, **{"If-Match": sent})
        assert response.status_code == 200
        assert send(client, "PATCH", path, {"stars": 3}, **{"If-Match": sent}).status_code == 412

    def test_a_read_that_wants_another_state_gets_a_problem(self, client: Client, db: None):
        path = f"{MOVIES}{cast.movie('Heat').pk}/"
        response = client.get(path, headers={"If-Match": '"x"'})
        assert response.status_code == 412
        assert response["Content-Type"] == PROBLEM
        assert response["RateLimit"]
        assert response["Cache-Control"] == "no-store"
        assert client.get(path, headers={"If-Match": "*"}).status_code == 200

    def test_an_address_without_conditions_says_so(self, client: Client, member: User):
        for header in ("If-Match", "If-None-Match"):
            response = send(client, "POST", BULK, {"ratings": []}, **{header: '"x"'})
            assert response.status_code == 400
            assert response.json()["errors"][0]["header"] == header

    def test_a_condition_by_date_is_refused_and_nothing_changes(self, client: Client, member: User):
        film = cast.movie("Heat")
        cast.rated(member, (film, 4))
        dated = {"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}
        response = send(client, "PUT", f"{RATINGS}{film.pk}/", {"stars": 1}, **dated)
        assert response.status_code == 400
        assert response.json()["errors"][0]["header"] == "If-Unmodified-Since"
        assert member.ratings.get().half_stars == 8

    @pytest.mark.parametrize(
        "path",
        [
            *("/api/v1/genres/", f"{MOVIES}{{film}}/", f"{RATINGS}{{film}}/"),
            *("/api/v1/export/ndjson/", "/api/v1/schema/"),
        ],
    )
    def test_a_read_with_a_condition_by_date_is_refused(
        self, client: Client, member: User, path: str
    ):
        film = cast.movie("Heat")
        cast.rated(member, (film, 4))
        dated = {"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}
        response = client.get(path.format(film=film.pk), headers=dated)
        assert response.status_code == 400
        assert response.json()["errors"][0]["header"] == "If-Unmodified-Since"

    @pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
    def test_the_stream_without_etag_takes_no_condition(
        self, client: Client, member: User, header: str
    ):
        response = client.get("/api/v1/export/ndjson/", headers={header: '"x"'})
        assert response.status_code == 400
        assert response.json()["errors"][0]["header"] == header

    def test_a_creation_by_post_honours_conditions(self, client: Client, member: User):
        body = {"movie_id": cast.movie("Heat").pk, "stars": 4}
        assert send(client, "POST", RATINGS, body, **{"If-None-Match": "*"}).status_code == 201
        assert send(client, "POST", RATINGS, body, **{"If-None-Match": "*"}).status_code == 412


class TestTimes:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
            ("2020-01-01t00:00:00z", "2020-01-01T00:00:00Z"),
            ("2020-01-01T02:00:00.5+02:00", "2020-01-01T00:00:00.500000Z"),
            ("2020-01-01T00:00:00.123456789Z", "2020-01-01T00:00:00.123456Z"),
        ],
    )
    def test_a_time_is_written_as_in_rfc_3339(
        self, client: Client, member: User, sent: str, kept: str
    ):
        body = {"movie_id": cast.movie("Heat").pk, "stars": 4, "rated_at": sent}
        response = send(client, "POST", RATINGS, body)
        assert response.status_code == 201, response.content
        assert response.json()["rated_at"] == kept
        assert client.get(RATINGS, {"since": sent}).status_code == 200

    @pytest.mark.parametrize(
        "sent",
        [
            "2020-W01-1",
            "2020-W01-1T00:00:00Z",
            "20200101T000000Z",
            "\u0662\u0660\u0662\u0660-01-01T00:00:00Z",
            "2020-001",
        ],
    )
    def test_another_way_to_write_a_time_is_refused(self, client: Client, member: User, sent: str):
        body = {"movie_id": cast.movie("Heat").pk, "stars": 4, "rated_at": sent}
        response = send(client, "POST", RATINGS, body)
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == "#/rated_at"
        response = client.get(RATINGS, {"since": sent})
        assert response.status_code == 400
        assert response.json()["errors"][0]["parameter"] == "since"

    def test_the_end_of_a_token_is_written_so_too(self, client: Client, member: User):
        cast.logged_in(client, member)
        for sent, status in (("2999-W01-1", 400), ("2999-01-01t00:00:00z", 201)):
            body = {"name": "TV", "scopes": ["read"], "expires_at": sent}
            assert send(client, "POST", "/api/v1/tokens/", body).status_code == status


class TestHeaders:
    @pytest.mark.parametrize(
        ("path", "headers", "status"),
        [
            (RATINGS, {"Authorization": "Bearer mq_wrong"}, 401),
            (RATINGS, {}, 401),
            ("/api/v1/users/", {"Authorization": "{read}"}, 403),
            ("/api/v1/nothing/", {}, 404),
            (MOVIES, {"Accept": "text/csv"}, 406),
            (MOVIES, {"Transfer-Encoding": "chunked"}, 411),
        ],
    )
    def test_every_refusal_is_counted_and_limited(
        self,
        client: Client,
        db: None,
        settings: Settings,
        path: str,
        headers: dict[str, str],
        status: int,
    ):
        cache.clear()
        rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
        limited = {"DEFAULT_THROTTLE_RATES": rates | {"anonymous": "2/hour"}}
        settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | limited
        _token, secret = token_create(user=cast.member(), name="x", scopes=["read"])
        headers = {name: text.format(read=f"Bearer {secret}") for name, text in headers.items()}
        for left in (1, 0):
            response = client.get(path, headers=headers)
            assert response.status_code == status
            assert response["RateLimit"].startswith(f'"anonymous";r={left};')
        response = client.get(path, headers=headers)
        assert response.status_code == 429
        assert response["Content-Type"] == PROBLEM
        assert int(response["Retry-After"]) > 0

    @pytest.mark.parametrize("sent", ["abc-123", "", "a b", "x" * 200, "a\x7fb"])
    def test_a_request_has_an_id(self, client: Client, db: None, sent: str):
        got = client.get("/api/v1/nothing/", headers={"X-Request-ID": sent})["X-Request-ID"]
        assert (got == sent) is (sent == "abc-123")
        assert got.isalnum() or got == sent

    def test_long_answers_are_compressed_for_who_can_read_them(self, client: Client, db: None):
        for number in range(20):
            cast.movie(f"Film {number}")
        plain = client.get(MOVIES)
        packed = client.get(MOVIES, headers={"Accept-Encoding": "gzip"})
        assert packed["Content-Encoding"] == "gzip"
        assert json.loads(gzip.decompress(packed.content)) == plain.json()
        assert packed["ETag"] == f"W/{plain['ETag']}"
        again = client.get(
            MOVIES, headers={"Accept-Encoding": "gzip", "If-None-Match": packed["ETag"]}
        )
        assert again.status_code == 304
        assert again["ETag"] == packed["ETag"]
        plainly = client.get(MOVIES, headers={"If-None-Match": packed["ETag"]})
        assert (plainly.status_code, plainly["ETag"]) == (304, plain["ETag"])

    def test_a_number_in_an_address_has_as_many_digits_as_in_a_body(self, client: Client, db: None):
        digits = "0.3" + "0" * 37
        path = "/api/v1/recommendations/"
        body = f'{{"ratings": [], "diversity": {digits}}}'
        assert client.post(path, body, "application/json").status_code == 200
        cast.logged_in(client, cast.member())
        assert client.get(f"{path}?diversity={digits}").status_code == 200

    def test_options_takes_no_body(self, client: Client, member: User):
        for path in (MOVIES, "/api/v1/ratings/"):
            answer = client.generic("OPTIONS", path, '{"a": 1}', "application/json")
            assert answer.status_code == 400
            assert answer.json()["detail"] == "This operation takes no body."
            assert client.options(path).status_code == 200

    @pytest.mark.parametrize("path", [MOVIES, "/"])
    @pytest.mark.parametrize(
        "accepted", ["gzip;q=0", "gzip;q=0, identity", "br; Q=0.000 ,GZIP ; q=0.0", "x, gzip;q=0"]
    )
    def test_a_refused_coding_is_not_used(self, client: Client, db: None, path: str, accepted: str):
        for number in range(20):
            cast.movie(f"Film {number}")
        response = client.get(path, headers={"Accept-Encoding": accepted})
        assert response.status_code == 200
        assert not response.has_header("Content-Encoding")
        assert "Accept-Encoding" in response["Vary"]

    @pytest.mark.parametrize("path", [MOVIES, "/"])
    @pytest.mark.parametrize("accepted", ["gzip;q=0.001", "br;q=0, gzip", "gzip;q=1"])
    def test_a_coding_of_little_weight_is_used(
        self, client: Client, db: None, path: str, accepted: str
    ):
        for number in range(20):
            cast.movie(f"Film {number}")
        response = client.get(path, headers={"Accept-Encoding": accepted})
        assert response["Content-Encoding"] == "gzip"

    def test_problem_details_are_acceptable(self, client: Client, db: None):
        response = client.get(MOVIES, headers={"Accept": PROBLEM})
        assert response.status_code == 200
        assert response["Content-Type"] == "application/json"

    @pytest.mark.parametrize("charset", ["utf-16", "nonsense"])
    def test_another_encoding_is_refused(self, client: Client, db: None, charset: str):
        kind = f"application/json; charset={charset}"
        for path in (RECOMMENDATIONS, f"{MOVIES}?search=%ff"):
            assert client.generic("POST", path, b"{}", kind).status_code == 415

    def test_a_change_without_the_last_slash_keeps_its_method(self, client: Client, member: User):
        path = f"{RATINGS}{cast.movie('Heat').pk}"
        response = send(client, "PUT", path, {"stars": 4})
        assert response.status_code == 308
        assert response["Location"] == f"{path}/"


def test_the_export_streams_row_by_row(client: Client, member: User):
    cast.rated(member, (cast.movie("Heat"), 4))
    response = client.get("/api/v1/export/ndjson/")
    assert response.streaming
    lines = [json.loads(line) for line in b"".join(response).splitlines()]
    assert lines[0]["section"] == "profile"
    assert lines[0]["username"] == "ada"
    assert [line["title"] for line in lines if line["section"] == "ratings"] == ["Heat"]


def test_the_export_is_the_same_row_by_row(client: Client, member: User):
    cast.rated(member, (cast.movie("Heat"), 4))
    streamed = b"".join(client.get("/api/v1/export/ndjson/")).splitlines()
    document = client.get("/api/v1/export/").json()
    profile, *rows = map(json.loads, streamed)
    assert document["profile"].items() <= profile.items()
    for name in ("ratings", "impressions", "lists"):
        found = [row for row in rows if row["section"] == name]
        assert found == [{"section": name, **row} for row in document[name]]


def test_the_export_is_not_sent_again_as_long_as_nothing_has_changed(client: Client, member: User):
    etag = client.get("/api/v1/export/")["ETag"]
    held = {"If-None-Match": etag}
    assert client.get("/api/v1/export/", headers=held).status_code == 304
    cast.rated(member, (cast.movie("Heat"), 4))
    assert client.get("/api/v1/export/", headers=held).status_code == 200


def test_the_schema_knows_every_section_of_the_export():
    assert set(exports.section_names()) < set(ExportSerializer().fields)


def test_the_index_leads_to_everything(client: Client, db: None):
    points = client.get("/api/v1/").json()["entry_points"]
    for name, address in points.items():
        by_post = name in {"sign_up", "log_in"}
        assert client.get(address).status_code in ({405} if by_post else {200, 401}), address
