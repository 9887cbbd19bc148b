import json

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from rest_framework.exceptions import ValidationError
from rest_framework.fields import DateTimeField, ListField
from rest_framework.test import APIRequestFactory

from movies.api.serializers import MovieBriefSerializer, RatingInputSerializer
from movies.catalogue_state import catalogue_changed
from movies.models import Movie
from recommendations.api import views
from recommendations.api.serializers import (
    RatingListField,
    ReasonSerializer,
    RecommendedMovieSerializer,
)
from recommendations.selectors.search import MeantMovies
from recommendations.serving import registry as serving
from recommendations.training.models import ModelRun
from tests import cast
from tests.recommendations.toy import ToyWorld

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("servers")]

URL = "/api/v1/recommendations/"


@pytest.fixture(autouse=True)
def _fresh_throttle() -> None:
    cache.clear()


def post(client: Client, body: object):
    content = body if isinstance(body, str) else json.dumps(body)
    return client.post(URL, content, content_type="application/json")


def test_anybody_gets_ten_films_for_ratings_sent_along(
    client: Client, world: ToyWorld, active: ModelRun
):
    liked = world.films["Comedy"][0]
    answer = post(client, {"ratings": [{"movie_id": liked.pk, "stars": 4.5}]}).json()
    assert answer["model_version"] == active.pk
    assert answer["is_personal"] is True
    assert answer["computed_at"].startswith("20")
    assert answer["ratings_read_at"] == (
        active.ratings_read_at and DateTimeField().to_representation(active.ratings_read_at)
    )
    assert len(answer["results"]) == 10
    first = answer["results"][0]
    best = world.films["Comedy"][-1]
    assert set(first) == {"movie", "score", "reasons", "because"}
    assert first["because"] == {"kind": "movies", "genre": None, "share": 1.0, "country": None}
    assert first["movie"] == {
        "id": best.pk,
        "title": best.title,
        "year": best.year,
        "genres": ["Comedy"],
        "poster_url": f"http://testserver/movies/{best.pk}/poster.svg",
        "movielens_id": None,
        "imdb_id": "",
        "tmdb_id": None,
    }
    assert first["reasons"] == [{"movie_id": liked.pk, "contribution": 3.5}]


def test_all_options_are_honoured(client: Client, world: ToyWorld, active: ModelRun):
    liked, other = world.films["Comedy"][0], world.films["Horror"][-1]
    body = {
        "ratings": [{"movie_id": liked.pk, "stars": 5}],
        "k": 3,
        "exclude": [other.pk],
        "genres": ["horror"],
        "diversity": 0.5,
    }
    results = post(client, body).json()["results"]
    assert len(results) == 3
    assert all("Horror" in result["movie"]["genres"] for result in results)
    assert other.pk not in {result["movie"]["id"] for result in results}


def test_no_ratings_and_no_model_still_answer(client: Client, world: ToyWorld):
    answer = post(client, {"ratings": []}).json()
    assert answer["model_version"] is None
    assert len(answer["results"]) == 10


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"ratings": None}, "ratings", "null"),
        ({"ratings": [{"movie_id": 1}]}, "ratings", "required"),
        ({"ratings": [{"movie_id": "1", "stars": 4}]}, "ratings", "integer"),
        ({"ratings": [{"movie_id": True, "stars": 4}]}, "ratings", "integer"),
        ({"ratings": [{"movie_id": -1, "stars": 4}]}, "ratings", "greater than or equal to 1"),
        ({"ratings": [{"movie_id": 1, "stars": 4.7}]}, "ratings", "half"),
        ({"ratings": [{"movie_id": 1, "stars": 0}]}, "ratings", "half a star"),
        ({"ratings": [{"movie_id": 1, "stars": 5.5}]}, "ratings", "half a star"),
        ({"ratings": [{"movie_id": 1, "stars": "4.5"}]}, "ratings", "number"),
        ({"ratings": [{"movie_id": 1, "stars": 4, "note": ""}]}, "ratings", "Unknown field"),
        ({"k": 0}, "k", "greater than or equal to 1"),
        ({"k": 101}, "k", "less than or equal to 100"),
        ({"k": "10"}, "k", "integer"),
        ({"exclude": ["a"]}, "exclude", "integer"),
        ({"genres": ["Musicals"]}, "genres", "“Musicals” is not known"),
        ({"diversity": 2}, "diversity", "less than or equal to 1"),
        ({"colour": 1}, "colour", "Unknown field"),
    ],
)
def test_a_mistake_is_refused_where_it_is_and_in_words(
    client: Client, world: ToyWorld, change: dict[str, object], field: str, words: str
):
    answer = post(client, {"ratings": []} | change)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["pointer"].startswith(f"#/{field}")
    assert words.lower() in error["detail"].lower()


def test_unknown_films_are_named(client: Client, world: ToyWorld):
    known = world.films["Comedy"][0].pk
    unknown = Movie.objects.order_by("-id")[0].pk + 1
    ratings = [{"movie_id": movie_id, "stars": 4} for movie_id in (known, unknown)]
    answer = post(client, {"ratings": ratings})
    assert answer.status_code == 400
    assert answer.json()["detail"] == f"ratings/1/movie_id: There is no film with the id {unknown}."


def test_a_film_rated_twice_is_refused(client: Client, world: ToyWorld):
    rating = {"movie_id": world.films["Comedy"][0].pk, "stars": 4}
    answer = post(client, {"ratings": [rating, rating]})
    assert answer.json()["detail"] == "ratings/1/movie_id: A film is rated more than once."


def test_too_many_ratings_are_refused(client: Client):
    answer = post(client, {"ratings": [{"movie_id": 1, "stars": 4}] * 2001})
    assert answer.status_code == 400
    assert "2000" in json.dumps(answer.json())


@pytest.mark.parametrize("body", ["", "[]", "null", '"text"', "{", "NaN", '{"ratings": [NaN]}'])
def test_what_is_no_json_object_is_refused(client: Client, body: str):
    assert post(client, body).status_code == 400


def test_one_who_asks_too_often_has_to_wait(client: Client, world: ToyWorld, settings: Settings):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {
        "DEFAULT_THROTTLE_RATES": {"recommendations": "2/day"}
    }
    assert [post(client, {"ratings": []}).status_code for _ in range(3)] == [200, 200, 429]


def test_a_members_own_ten_follow_from_their_stored_ratings(
    client: Client, world: ToyWorld, active: ModelRun
):
    assert client.get(URL).status_code == 401
    ada = cast.member()
    cast.rated(ada, (world.films["Comedy"][0], 5))
    client.force_login(ada)
    answer = client.get(f"{URL}?k=4&exclude={world.films['Comedy'][-1].pk}").json()
    ids = [result["movie"]["id"] for result in answer["results"]]
    assert ids == [movie.pk for movie in world.films["Comedy"][-2:-6:-1]]
    assert client.get(URL, {"k": "many"}).status_code == 400


def test_the_stateless_answer_costs_no_query_for_films_that_the_process_knows(
    client: Client,
    world: ToyWorld,
    active: ModelRun,
    django_assert_num_queries,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(serving, "RECHECK_SECONDS", 1e9)  # else now and then one for the model
    serving.forget_active_model()
    ratings = [{"movie_id": movie.pk, "stars": 4} for movie in world.films["Comedy"]]
    post(client, {"ratings": ratings[:2]})
    for n_rated in (1, 2, len(ratings)):
        post(client, {"ratings": ratings[:n_rated]})
        with django_assert_num_queries(0):
            assert post(client, {"ratings": ratings[:n_rated]}).status_code == 200


def test_films_are_told_as_the_schema_says(client: Client, world: ToyWorld, active: ModelRun):
    answer = post(client, {"ratings": [{"movie_id": world.films["Comedy"][0].pk, "stars": 5}]})
    first = answer.json()["results"][0]
    assert set(first) == set(RecommendedMovieSerializer().fields)
    assert set(first["reasons"][0]) == set(ReasonSerializer().fields) - {"movie"}
    movie = Movie.objects.get(pk=first["movie"]["id"])
    request = APIRequestFactory().get("/")
    assert first["movie"] == MovieBriefSerializer(movie, context={"request": request}).data


def test_recommended_films_and_reasons_have_their_ids_at_other_sites(
    client: Client, world: ToyWorld, active: ModelRun
):
    for movie in world.films["Comedy"]:
        movie.imdb_id, movie.tmdb_id, movie.movielens_id = f"tt{movie.pk:07}", movie.pk, movie.pk
        movie.save()
    catalogue_changed()
    client.force_login(ada := cast.member())
    cast.rated(ada, (world.films["Comedy"][0], 5))
    rating = {"movie_id": world.films["Comedy"][0].pk, "stars": 5}
    for answer in (
        client.get(f"{URL}?expand=movie&genres=Comedy"),
        post(client, {"ratings": [rating], "expand": ["movie"], "genres": ["Comedy"]}),
        client.get(f"/api/v1/movies/{rating['movie_id']}/similar/?limit=3"),
    ):
        rows = answer.json()["results"]
        films = [row["movie"] for row in rows]
        films += [reason["movie"] for row in rows for reason in row.get("reasons", [])]
        comedies = [film for film in films if film["genres"] == ["Comedy"]]
        assert comedies
        for film in comedies:
            ids = (film["imdb_id"], film["tmdb_id"], film["movielens_id"])
            assert ids == (f"tt{film['id']:07}", film["id"], film["id"])


def test_a_release_that_shows_more_of_films_finds_no_answer_of_the_one_before(
    client: Client, world: ToyWorld, active: ModelRun, monkeypatch: pytest.MonkeyPatch
):
    client.force_login(cast.member())
    before = client.get(URL)
    assert client.get(URL)["ETag"] == before["ETag"]
    monkeypatch.setattr(views, "FORM", f"{views.FORM},runtime_minutes")
    after = client.get(URL, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after.json()["computed_at"] > before.json()["computed_at"]


def test_results_have_the_fields_that_are_asked_for(
    client: Client, world: ToyWorld, active: ModelRun
):
    rating = {"movie_id": world.films["Comedy"][0].pk, "stars": 5}
    body = {"ratings": [rating], "fields": ["movie", "score"]}
    for row in post(client, body).json()["results"]:
        assert list(row) == ["movie", "score"]
    client.force_login(cast.member("carl"))
    whole = client.get(URL).json()["results"]
    parts = client.get(f"{URL}?fields=score,movie").json()["results"]
    assert parts == [{"movie": row["movie"], "score": row["score"]} for row in whole]
    wrong = client.get(f"{URL}?fields=title")
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["parameter"] == "fields"


ENTRIES: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {},
    optional={
        "movie_id": st.one_of(
            st.integers(-1, 3), st.integers(2**63 - 1), st.sampled_from([True, "1", 1.0, None])
        ),
        "stars": st.one_of(
            st.sampled_from([0.5, 5, 5.0, 4.5, 0, 5.5, 1.2, True, "4", None, [], float("nan")]),
            st.floats(),
            st.integers(),
        ),
        "note": st.just("hm"),
    },
)


@given(sent=st.lists(st.one_of(ENTRIES, st.sampled_from([None, 3, "text", []])), max_size=4))
def test_ratings_pass_quickly_only_if_they_pass_at_all(sent: list[object]):
    quick = RatingListField(max_length=3)
    thorough = ListField(child=RatingInputSerializer(), max_length=3)
    assert _result_of(quick, sent) == _result_of(thorough, sent)


def _result_of(field: ListField, sent: list[object]) -> object:
    try:
        return field.run_validation(sent)
    except ValidationError as error:
        return error.get_full_details()


def test_similar_films_are_public(client: Client, world: ToyWorld, active: ModelRun):
    movie = world.films["Comedy"][0]
    answer = client.get(f"/api/v1/movies/{movie.pk}/similar/", {"limit": 3})
    results = answer.json()["results"]
    assert len(results) == 3
    assert set(results[0]) == {"movie", "similarity"}
    assert results[0]["similarity"] >= results[1]["similarity"]
    assert client.get("/api/v1/movies/999999/similar/").status_code == 404
    assert client.get(f"/api/v1/movies/{movie.pk}/similar/?limit=0").status_code == 400


def test_taste_is_the_callers_own(client: Client, world: ToyWorld, active: ModelRun):
    assert client.get("/api/v1/taste/").status_code == 401
    ada = cast.member()
    client.force_login(ada)
    assert client.get("/api/v1/taste/").json() == {"median": None, "results": []}
    cast.rated(ada, (world.films["Comedy"][0], 5))
    answer = client.get("/api/v1/taste/").json()
    assert {row["genre"] for row in answer["results"]} == {"Comedy", "Horror", "Drama"}
    assert {row["label"] for row in answer["results"]} == {-1, 0, 1}


def test_similar_films_and_taste_answer_the_fields_that_are_named(
    client: Client, world: ToyWorld, active: ModelRun
):
    film = Movie.objects.order_by("pk").first()
    assert film is not None
    ada = cast.member("ada")
    cast.rated(ada, (film, 5))
    cast.logged_in(client, ada)
    for address, field in (
        (f"/api/v1/movies/{film.pk}/similar/?limit=2", "similarity"),
        ("/api/v1/genres/similarity/?", "genre"),
        ("/api/v1/taste/?", "genre"),
    ):
        rows = "rows" if "genres" in address else "results"
        whole = client.get(address).json()[rows]
        sparse = client.get(f"{address}&fields={field}").json()[rows]
        assert sparse == [{field: row[field]} for row in whole]
        assert len(sparse) > 0
        wrong = client.get(f"{address}&fields=surprise")
        assert wrong.status_code == 400
        assert wrong.json()["errors"][0]["parameter"] == "fields"


def test_a_search_by_meaning_answers_the_fields_that_are_named(
    client: Client, world: ToyWorld, monkeypatch: pytest.MonkeyPatch
):
    film = Movie.objects.latest("pk")
    monkeypatch.setattr(
        "recommendations.api.search.search_by_meaning", lambda *_: MeantMovies(movies=(film,))
    )
    address = "/api/v1/movies/semantic/?query=a+robot"
    answer = client.get(f"{address}&fields=id,title").json()
    assert answer == {"reason": "", "results": [{"id": film.pk, "title": film.title}]}
    assert client.get(f"{address}&fields=surprise").status_code == 400
