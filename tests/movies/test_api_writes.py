"""What programs change over the API: many ratings at once, one with care, lists; and imports."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import IdempotentAnswer, User
from movies.models import ImportProblem, ImportReport, ListEntry, ListKind, Rating
from movies.services.lists import list_add
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]

RATINGS = "/api/v1/ratings/"
BULK = "/api/v1/ratings/bulk/"
LISTS = "/api/v1/lists/"


@pytest.fixture
def ada(client: Client) -> User:
    ada = cast.member()
    client.force_login(ada)
    return ada


def bulk(client: Client, *ratings: object, **headers: str):
    return client.post(BULK, {"ratings": list(ratings)}, "application/json", headers=headers)


@pytest.mark.parametrize(("number", "status"), [("1.0", 201), ("1e0", 201), ("1.5", 400)])
def test_a_whole_number_may_be_written_with_a_point(
    client: Client, ada: User, number: str, status: int
):
    cast.movie("Heat", pk=1)
    body = f'{{"movie_id": {number}, "stars": 4}}'
    assert client.post(RATINGS, body, "application/json").status_code == status


class TestBulk:
    @pytest.mark.parametrize("item", [None, 5, "x", [], {}])
    def test_an_item_of_another_kind_stops_no_other(self, client: Client, ada: User, item: object):
        heat = cast.movie("Heat")
        response = bulk(client, item, {"movie_id": heat.pk, "stars": 4})
        assert response.status_code == 200, response.content
        assert [row["status"] for row in response.json()["results"]] == [400, 201]
        assert response.json()["results"][0]["detail"]

    def test_each_rating_is_answered_by_itself(self, client: Client, ada: User):
        old, new, twice = cast.movie("Heat"), cast.movie("Ran"), cast.movie("Alien")
        cast.rated(ada, (old, 2))
        response = bulk(
            client,
            {"movie_id": old.pk, "stars": 4.5},
            {"movie_id": new.pk, "stars": 3},
            {"movie_id": 10**9, "stars": 3},
            {"movie_id": new.pk, "stars": 7},
            {"movie_id": twice.pk, "stars": 1},
            "nonsense",
            {"movie_id": twice.pk, "stars": 2},
        )
        assert response.status_code == 200
        answer = response.json()
        assert answer["n_saved"] == 2
        assert [row["status"] for row in answer["results"]] == [200, 201, 404, 400, 400, 400, 400]
        assert [row["index"] for row in answer["results"]] == list(range(7))
        assert answer["results"][3]["detail"].startswith("stars: ")
        assert "more than once" in answer["results"][4]["detail"]
        assert dict(ada.ratings.values_list("movie_id", "half_stars")) == {old.pk: 9, new.pk: 6}

    def test_a_thousand_ratings_cost_as_many_queries_as_two(
        self, client: Client, ada: User, django_assert_num_queries
    ):
        for n_ratings in (2, 1000):
            ratings = [{"movie_id": 10**6 + i, "stars": 4} for i in range(n_ratings - 1)]
            ratings.append({"movie_id": cast.movie().pk, "stars": 4})
            with django_assert_num_queries(
                11
            ):  # session, user, films, lock, rated, write, lists, imports, webhooks, savepoint x 2
                assert bulk(client, *ratings).json()["n_saved"] == 1

    @pytest.mark.parametrize("kind", ListKind)
    def test_a_rating_takes_a_film_off_its_list_and_no_other_film(
        self, client: Client, ada: User, kind: ListKind
    ):
        heat, ran = cast.movie("Heat"), cast.movie("Ran")
        for film in (heat, ran):
            client.put(f"{LISTS}{kind}/{film.pk}/")
        assert bulk(client, {"movie_id": heat.pk, "stars": 4}).json()["n_saved"] == 1
        assert ListEntry.objects.get().movie == ran

    @pytest.mark.parametrize("n_ratings", [0, 1001])
    def test_none_and_too_many_are_refused(self, client: Client, ada: User, n_ratings: int):
        response = bulk(client, *[{"movie_id": 1, "stars": 4}] * n_ratings)
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == "#/ratings"

    def test_the_films_totals_follow(self, client: Client, ada: User):
        heat = cast.movie("Heat")
        bulk(client, {"movie_id": heat.pk, "stars": 4})
        bulk(client, {"movie_id": heat.pk, "stars": 2})
        heat.refresh_from_db()
        assert (heat.n_ratings, heat.half_stars_sum) == (1, 4)

    def test_a_refused_rating_names_its_film_and_stops_no_other(self, client: Client, ada: User):
        heat, ran = cast.movie("Heat"), cast.movie("Ran")
        rows = [
            f'{{"movie_id": {heat.pk}, "stars": 1e400}}',
            f'{{"movie_id": {heat.pk}, "stars": 4, "more": 1}}',
            '{"movie_id": "x", "stars": 4}',
            f'{{"movie_id": {ran.pk}, "stars": 4}}',
        ]
        body = f'{{"ratings": [{", ".join(rows)}]}}'
        results = client.post(BULK, body, "application/json").json()["results"]
        found = [(row["movie_id"], row["status"]) for row in results]
        assert found == [(heat.pk, 400), (heat.pk, 400), (None, 400), (ran.pk, 201)]
        assert all(row["detail"] for row in results[:3])

    @pytest.mark.parametrize("wrong", ["x", None, 0, 1.5, True, [], {}, 10**30])
    def test_a_wrong_or_repeated_id_stops_no_other(self, client: Client, ada: User, wrong: object):
        heat, ran = cast.movie("Heat"), cast.movie("Ran")
        cast.rated(ada, (heat, 4), (ran, 4))
        sent = {"movie_ids": [ran.pk, 10**9, ran.pk, wrong, heat.pk]}
        answer = client.post(f"{RATINGS}bulk-delete/", sent, "application/json").json()
        assert [row["status"] for row in answer["results"]] == [400, 404, 400, 400, 204]
        ids = [row["movie_id"] for row in answer["results"]]
        assert ids == [ran.pk, 10**9, ran.pk, None, heat.pk]
        assert ada.ratings.get().movie == ran
        sent = {"add": [heat.pk, wrong, ran.pk, 10**9], "remove": [ran.pk, wrong]}
        answer = client.post(f"{LISTS}seen/bulk/", sent, "application/json").json()
        assert [row["status"] for row in answer["results"]] == [201, 400, 400, 404, 400, 400]
        assert answer["n_saved"] == 1
        assert ada.list_entries.get().movie == heat


class TestIdempotency:
    def test_the_same_request_happens_once(self, client: Client, ada: User):
        heat = cast.movie("Heat")
        rating = {"movie_id": heat.pk, "stars": 4}
        first = bulk(client, rating, **{"Idempotency-Key": "a"})
        Rating.objects.all().delete()
        second = bulk(client, rating, **{"Idempotency-Key": "a"})
        assert second.json() == first.json()
        assert second["Idempotent-Replay"] == "true"
        assert not Rating.objects.exists()
        assert bulk(client, rating, **{"Idempotency-Key": "b"}).json()["n_saved"] == 1

    def test_a_rating_that_was_deleted_meanwhile_is_not_given_again(
        self, client: Client, ada: User
    ):
        heat = cast.movie("Heat")
        body, key = {"movie_id": heat.pk, "stars": 3}, {"Idempotency-Key": "k-1"}
        first = client.post(RATINGS, body, "application/json", headers=key)
        client.delete(f"{RATINGS}{heat.pk}/")
        again = client.post(RATINGS, body, "application/json", headers=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.headers["Idempotent-Replay"] == "true"
        assert not Rating.objects.exists()

    def test_a_repeated_answer_has_the_address_and_the_etag_of_the_first(
        self, client: Client, ada: User
    ):
        body, key = {"movie_id": cast.movie("Heat").pk, "stars": 3}, {"Idempotency-Key": "k-1"}
        first, again = (client.post(RATINGS, body, "application/json", headers=key) for _ in "ab")
        for name in ("Location", "ETag"):
            assert again[name] == first[name]

    def test_a_key_belongs_to_one_request(self, client: Client, ada: User):
        heat = cast.movie("Heat")
        bulk(client, {"movie_id": heat.pk, "stars": 4}, **{"Idempotency-Key": "a"})
        other = bulk(client, {"movie_id": heat.pk, "stars": 1}, **{"Idempotency-Key": "a"})
        assert other.status_code == 422
        assert other.json()["type"].endswith("#idempotency-mismatch")
        assert Rating.objects.get().half_stars == 8

    def test_a_request_that_failed_may_be_sent_again(self, client: Client, ada: User):
        heat = cast.movie("Heat")
        assert bulk(client, **{"Idempotency-Key": "a"}).status_code == 400
        answer = bulk(client, {"movie_id": heat.pk, "stars": 4}, **{"Idempotency-Key": "a"})
        assert answer.json()["n_saved"] == 1

    def test_a_key_is_the_callers_own(self, client: Client, ada: User):
        rating = {"movie_id": cast.movie("Heat").pk, "stars": 4}
        bulk(client, rating, **{"Idempotency-Key": "a"})
        client.force_login(cast.member("bob"))
        assert bulk(client, rating, **{"Idempotency-Key": "a"}).json()["n_saved"] == 1
        assert Rating.objects.count() == 2

    def test_after_a_day_the_key_is_forgotten(self, client: Client, ada: User):
        rating = {"movie_id": cast.movie("Heat").pk, "stars": 4}
        bulk(client, rating, **{"Idempotency-Key": "a"})
        IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
        assert "Idempotent-Replay" not in bulk(client, rating, **{"Idempotency-Key": "a"})
        assert IdempotentAnswer.objects.count() == 1

    def test_an_answer_may_quote_whatever_was_sent(self, client: Client, ada: User):
        for _attempt in range(2):
            response = bulk(client, {"\0": 1}, **{"Idempotency-Key": "a"})
            assert response.json()["results"][0]["detail"].startswith("\0: Unknown field")

    @pytest.mark.parametrize("key", [" ", "x" * 256])
    def test_a_key_that_cannot_be_is_refused(self, client: Client, ada: User, key: str):
        rating = {"movie_id": cast.movie("Heat").pk, "stars": 4}
        assert bulk(client, rating, **{"Idempotency-Key": key}).status_code == 400

    @pytest.mark.django_db(transaction=True)
    def test_two_at_the_same_moment_happen_once(self):
        ada, heat = cast.member(), cast.movie("Heat")

        def send(_number: int) -> bool:
            client = Client()
            client.force_login(ada)
            try:
                answer = bulk(client, {"movie_id": heat.pk, "stars": 4}, **{"Idempotency-Key": "a"})
                assert answer.json()["results"][0]["status"] == 201
                return "Idempotent-Replay" in answer
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            replays = list(pool.map(send, range(4)))
        assert sorted(replays) == [False, True, True, True]


class TestRepetition:
    @pytest.mark.parametrize("way", ["post", "put", "patch", "bulk"])
    def test_the_same_stars_again_keep_the_time_and_other_stars_do_not(
        self, client: Client, ada: User, way: str
    ):
        film = cast.movie("Heat")
        url = f"{RATINGS}{film.pk}/"

        def rate(stars: float) -> tuple[str, str]:
            body = {"stars": stars}
            if way == "bulk":
                bulk(client, {"movie_id": film.pk} | body)
            elif way == "post":
                client.post(RATINGS, {"movie_id": film.pk} | body, "application/json")
            else:
                client.generic(way.upper(), url, json.dumps(body), "application/json")
            answer = client.get(url)
            return answer.json()["rated_at"], answer["ETag"]

        client.put(url, {"stars": 4}, "application/json")
        first = rate(4)
        assert rate(4) == first
        other = rate(3)
        assert other[0] > first[0]
        assert other[1] != first[1]


class TestPreconditions:
    def test_the_time_of_a_fast_clock_becomes_now(self, client: Client, ada: User):
        heat, asked_at = cast.movie("Heat"), timezone.now()
        body = {"stars": 4, "rated_at": (asked_at + timedelta(minutes=4)).isoformat()}
        assert client.put(f"{RATINGS}{heat.pk}/", body, "application/json").status_code == 201
        assert asked_at <= Rating.objects.get().rated_at <= timezone.now()

    def test_a_change_of_what_was_read_goes_through_and_an_older_one_does_not(
        self, client: Client, ada: User
    ):
        heat = cast.movie("Heat")
        cast.rated(ada, (heat, 4))
        url = f"{RATINGS}{heat.pk}/"
        read = client.get(url)["ETag"]
        own = {"If-Match": read}
        assert client.put(url, {"stars": 3}, "application/json", headers=own).status_code == 200
        for response in (
            client.put(url, {"stars": 1}, "application/json", headers=own),
            client.patch(url, {"stars": 1}, "application/json", headers=own),
            client.delete(url, headers=own),
        ):
            assert response.status_code == 412
            assert response.json()["type"].endswith("#precondition-failed")
        assert Rating.objects.get().half_stars == 6

    def test_the_etag_of_an_answer_holds_for_the_next_change(self, client: Client, ada: User):
        url = f"{RATINGS}{cast.movie().pk}/"
        etag = client.put(url, {"stars": 3}, "application/json")["ETag"]
        assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
        assert client.delete(url, headers={"If-Match": etag}).status_code == 204

    def test_a_first_rating_can_be_kept_from_replacing_one(self, client: Client, ada: User):
        url = f"{RATINGS}{cast.movie().pk}/"
        new = {"If-None-Match": "*"}
        assert client.put(url, {"stars": 3}, "application/json", headers=new).status_code == 201
        assert client.put(url, {"stars": 1}, "application/json", headers=new).status_code == 412

    def test_what_is_not_rated_cannot_be_changed(self, client: Client, ada: User):
        url = f"{RATINGS}{cast.movie().pk}/"
        assert client.patch(url, {"stars": 3}, "application/json").status_code == 404


class TestLists:
    def test_a_film_is_put_on_a_list_and_taken_off(
        self, client: Client, ada: User, django_assert_num_queries
    ):
        heat = cast.movie("Heat", 1995, "Crime")
        url = f"{LISTS}watch_later/{heat.pk}/"
        assert client.put(url).json()["list"] == "watch_later"
        with django_assert_num_queries(4):  # session, user, films, genres
            [entry] = client.get(f"{LISTS}watch_later/").json()["results"]
        assert entry["movie"]["genres"] == ["Crime"]
        assert client.delete(url).status_code == 204
        assert client.delete(url).status_code == 404

    def test_a_film_stands_on_one_list(self, client: Client, ada: User):
        heat = cast.movie("Heat")
        client.put(f"{LISTS}watch_later/{heat.pk}/")
        client.put(f"{LISTS}not_interested/{heat.pk}/")
        assert ListEntry.objects.get().kind == "not_interested"

    @pytest.mark.parametrize("is_bulk", [False, True])
    @pytest.mark.parametrize(
        ("kind", "n_ratings"), [("watch_later", 1), ("seen", 1), ("not_interested", 0)]
    )
    def test_only_not_interested_deletes_the_rating(
        self, client: Client, ada: User, kind: str, n_ratings: int, is_bulk: bool
    ):
        heat, ran = cast.movie("Heat"), cast.movie("Ran")
        cast.rated(ada, (heat, 4), (ran, 2))
        if is_bulk:
            client.post(f"{LISTS}{kind}/bulk/", {"add": [heat.pk]}, "application/json")
        else:
            client.put(f"{LISTS}{kind}/{heat.pk}/")
        assert ListEntry.objects.get().kind == kind
        assert Rating.objects.filter(movie=heat).count() == n_ratings
        assert Rating.objects.filter(movie=ran).exists()

    @pytest.mark.parametrize("kind", ListKind)
    def test_many_films_cost_as_many_queries_as_one(
        self, client: Client, ada: User, kind: ListKind
    ):
        n_queries = []
        for n_films in (1, 20):
            add, remove = ([cast.movie() for _i in range(n_films)] for _list in range(2))
            cast.rated(ada, *((film, 4) for film in add))
            for film in remove:
                list_add(user=ada, movie=film, kind=kind)
            body = {"add": [film.pk for film in add], "remove": [film.pk for film in remove]}
            with CaptureQueriesContext(connection) as queries:
                answer = client.post(f"{LISTS}{kind}/bulk/", body, "application/json")
            assert answer.json()["n_saved"] == 2 * n_films
            n_queries.append(len(queries))
        assert n_queries[0] == n_queries[1]

    def test_other_lists_and_unknown_films_are_not_there(self, client: Client, ada: User):
        heat = cast.movie("Heat")
        assert client.get(f"{LISTS}favourites/").status_code == 404
        assert client.put(f"{LISTS}favourites/{heat.pk}/").status_code == 404
        assert client.put(f"{LISTS}watch_later/{10**9}/").status_code == 404


def test_staff_read_what_an_import_refused_page_by_page(client: Client, ada: User):
    User.objects.update(is_staff=True, is_superuser=True)
    report = ImportReport.objects.create(source="movielens", counts={"ratings": 3})
    ImportProblem.objects.bulk_create(
        ImportProblem(report=report, file="ratings.csv", line_number=i, reason="no such film")
        for i in range(5)
    )
    [listed] = client.get("/api/v1/imports/").json()["results"]
    assert (listed["n_problems"], listed["counts"]) == (5, {"ratings": 3})
    url = f"/api/v1/imports/{report.pk}/problems/"
    first = client.get(url, {"page_size": 3}).json()
    rest = client.get(first["next"]).json()
    lines = [row["line_number"] for row in first["results"] + rest["results"]]
    assert lines == [0, 1, 2, 3, 4]
    assert rest["next"] is None


def test_ratings_carry_their_films_when_asked(client: Client, ada: User, django_assert_num_queries):
    cast.rated(ada, (cast.movie("Heat", 1995, "Crime"), 4), (cast.movie("Alien", 1979), 5))
    plain = client.get(RATINGS).json()["results"]
    assert all(set(row) == {"movie_id", "stars", "rated_at"} for row in plain)
    with django_assert_num_queries(4):  # session, user, ratings with films, genres
        rows = client.get(f"{RATINGS}?expand=movie").json()["results"]
    assert [(row["movie"]["title"], row["movie"]["genres"]) for row in rows] == [
        ("Alien", []),
        ("Heat", ["Crime"]),
    ]
    sparse = client.get(f"{RATINGS}?expand=movie&fields=movie&page_size=1").json()["results"]
    assert [set(row) for row in sparse] == [{"movie"}]
    for query in ("expand=genres", "fields=movie"):
        assert client.get(f"{RATINGS}?{query}").status_code == 400
