import pytest
from django.db import connection
from django.test import Client

from movies.api.filters import movies_filtered
from movies.models import Movie, Rating
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("full_allowance")]

MOVIES = "/api/v1/movies/"
RATINGS = "/api/v1/ratings/"


@pytest.fixture
def ada(client):
    ada = cast.member()
    client.force_login(ada)
    return ada


def titles(response):
    assert response.status_code == 200, response.content
    return [movie["title"] for movie in response.json()["results"]]


def every_page(client, url, **query):
    """Return the results of all pages, followed by their ``next`` links."""
    response = client.get(url, query)
    while True:
        page = response.json()
        yield from page["results"]
        if page["next"] is None:
            return
        response = client.get(page["next"])


class TestMovies:
    def test_a_film_says_what_a_list_needs(self, client):
        heat = cast.movie("Heat", 1995, "Crime", "Drama")
        cast.rated(cast.member(), (heat, 4.5))
        [found] = client.get(MOVIES, {"search": "heat"}).json()["results"]
        assert found == {
            "id": heat.pk,
            "title": "Heat",
            "year": 1995,
            "genres": ["Crime", "Drama"],
            "poster_url": f"http://testserver/movies/{heat.pk}/poster.svg",
            "mean_stars": 4.5,
            "n_ratings": 1,
            "movielens_id": None,
            "imdb_id": "",
            "tmdb_id": None,
        }

    def test_a_film_tells_its_people_and_facts(self, client):
        heat = cast.movie(
            "Heat", runtime_minutes=170, countries=["United States"], languages=["English"]
        )
        mann = cast.credit(heat, "Michael Mann")
        found = client.get(f"{MOVIES}{heat.pk}/").json()
        assert found["people"] == [{"id": mann.pk, "name": "Michael Mann", "role": "director"}]
        assert (found["runtime_minutes"], found["countries"]) == (170, ["United States"])
        assert (found["languages"], found["awards"]) == (["English"], "")

    def test_films_are_found_by_people_country_language_and_runtime(self, client):
        heat = cast.movie(
            "Heat", runtime_minutes=170, countries=["United States"], languages=["English"]
        )
        amelie = cast.movie(
            "Amélie", runtime_minutes=122, countries=["France", "Germany"], languages=["French"]
        )
        cast.movie("Unknown")
        mann = cast.credit(heat, "Michael Mann")
        cast.credit(heat, "Al Pacino", "cast")
        cast.credit(amelie, "Jean-Pierre Jeunet")
        cast.credit(cast.movie("Other"), "Michael Mann Smith")
        for query, expected in (
            ("person=michael+mann", ["Heat"]),
            (f"person={mann.pk}", ["Heat"]),
            ("person=AL+PACINO,jean+pierre+jeunet", ["Heat", "Amélie"]),
            ("person=Nobody+Known", []),
            (f"person={10**30}", []),
            ("country=germany", ["Amélie"]),
            ("country=germany,United+States", ["Heat", "Amélie"]),
            ("language=FRENCH", ["Amélie"]),
            ("runtime_max=122", ["Amélie"]),
            ("runtime_min=123&country=united+states&person=al+pacino", ["Heat"]),
        ):
            assert titles(client.get(f"{MOVIES}?{query}")) == expected, query

    def test_a_longest_runtime_below_the_shortest_is_refused(self, client):
        response = client.get(f"{MOVIES}?runtime_min=90&runtime_max=80")
        assert response.status_code == 400
        assert response.json()["errors"][0]["parameter"] == "runtime_max"

    def test_a_film_nobody_rated_has_no_mean(self, client):
        cast.movie("Heat")
        assert client.get(MOVIES).json()["results"][0]["mean_stars"] is None

    def test_the_best_match_comes_first(self, client):
        cast.movie("Toy Story 2")
        cast.movie("Toy Story")
        assert titles(client.get(MOVIES, {"search": "toy story"})) == ["Toy Story", "Toy Story 2"]

    @pytest.mark.parametrize("genre", ["Sci-Fi", "sci-fi", "SCI-FI"])
    def test_films_are_filtered_by_genre_and_years(self, client, genre):
        cast.movie("Alien", 1979, "Horror", "Sci-Fi")
        cast.movie("Aliens", 1986, "Sci-Fi")
        cast.movie("Heat", 1986, "Crime")
        cast.movie("Undated", None, "Sci-Fi")
        assert titles(client.get(MOVIES, {"genre": genre, "year_min": 1980})) == ["Aliens"]
        assert titles(client.get(MOVIES, {"genre": genre, "year_max": 1979})) == ["Alien"]

    @pytest.mark.parametrize(
        "query",
        [
            {"genre": "Sci-Fie"},
            {"year_min": "soon"},
            {"search": "\0"},
            {"search": "x" * 1000},
            {"genre": "\0"},
        ],
    )
    def test_a_filter_that_makes_no_sense_is_refused_by_name(self, client, query):
        response = client.get(MOVIES, query)
        assert response.status_code == 400
        assert [error["parameter"] for error in response.json()["errors"]] == list(query)

    @pytest.mark.parametrize(
        "year",
        ["1e49", "-5", "1980.5", "99999999999", "1_980", "١٩٨٠", "Infinity", "NaN", "\0", " 1980"],
    )
    def test_what_is_no_year_is_refused(self, client, year):
        for name in ("year_min", "year_max"):
            response = client.get(MOVIES, {name: year})
            assert response.status_code == 400
            assert response.json()["errors"][0]["parameter"] == name

    @pytest.mark.parametrize("size", ["0", "-1", "x", "1e9", "999999", "1_0", "٣"])
    def test_a_page_size_that_cannot_be_is_refused_with_what_can(self, client, size):
        response = client.get(MOVIES, {"page_size": size})
        assert response.status_code == 400
        assert response.json()["detail"] == "page_size: A page has 1 to 500 results."

    def test_a_search_for_nothing_findable_finds_nothing(self, client):
        cast.movie("Heat")
        assert titles(client.get(MOVIES, {"search": "?!"})) == []

    @pytest.mark.parametrize("cursor", ["nonsense", "W10=", "WzEsIDJd", "W2ZhbHNlLCBudWxsXQ=="])
    def test_a_cursor_that_is_none_is_refused(self, client, cursor):
        response = client.get(MOVIES, {"cursor": cursor})
        assert response.status_code == 400
        assert response.json()["errors"][0]["parameter"] == "cursor"

    @pytest.mark.parametrize("order", ["id", "popular", "best", "newest", "title"])
    def test_a_walk_in_any_order_sees_every_film_once_and_comes_back(self, client, order):
        films = [cast.movie(f"Film {i % 4}", 1990 + i % 3 if i % 5 else None) for i in range(23)]
        cast.rated(cast.member(), *((film, 0.5 * (i % 4 + 1)) for i, film in enumerate(films[:9])))
        pages = [client.get(MOVIES, {"order": order, "page_size": 4}).json()]
        while pages[-1]["next"]:
            pages.append(client.get(pages[-1]["next"]).json())
        seen = [movie["id"] for page in pages for movie in page["results"]]
        assert sorted(seen) == sorted(film.pk for film in films)
        assert pages[0]["previous"] is None
        for page, before in zip(pages[:0:-1], pages[-2::-1], strict=True):
            assert client.get(page["previous"]).json()["results"] == before["results"]

    def test_orders_are_what_they_say(self, client):
        old, new = cast.movie("Brazil", 1985), cast.movie("Alien", 2001)
        undated = cast.movie("Casablanca", None)
        cast.rated(cast.member(), (old, 5), (undated, 1))
        cast.rated(cast.member("bob"), (undated, 1))
        order = {
            name: titles(client.get(MOVIES, {"order": name}))
            for name in ("popular", "best", "newest", "title")
        }
        assert order == {
            "popular": ["Casablanca", "Brazil", "Alien"],
            "best": ["Brazil", "Alien", "Casablanca"],
            "newest": ["Alien", "Brazil", "Casablanca"],
            "title": ["Alien", "Brazil", "Casablanca"],
        }
        assert new.title == order["newest"][0]

    def test_films_with_few_ratings_are_left_out_on_request(self, client):
        cast.rated(cast.member(), (cast.movie("Heat"), 4))
        cast.movie("Ran")
        assert titles(client.get(MOVIES, {"ratings_min": 1})) == ["Heat"]

    def test_pages_skip_and_repeat_nothing_while_films_are_added_and_rated(self, client):
        films = [cast.movie(f"Film {i}") for i in range(10)]
        seen = []
        for result in every_page(client, MOVIES, page_size=3):
            seen.append(result["id"])
            cast.movie("New")
            cast.rated(cast.member(f"member{len(seen)}"), (films[-1], 5))
            if len(seen) == 10:
                break
        assert seen == [film.pk for film in films]

    def test_pages_of_equal_matches_reach_beyond_the_first_thousand(self, client):
        Movie.objects.bulk_create([Movie(title=f"Toy {i}") for i in range(1_205)])
        found = [r["id"] for r in every_page(client, MOVIES, search="toy", page_size=500)]
        assert len(found) == len(set(found)) == 1_205

    def test_a_page_costs_two_queries_and_a_search_four(self, client, django_assert_num_queries):
        for i in range(5):
            cast.movie(f"Film {i}", 1990, "Drama", "War")
        with django_assert_num_queries(2):
            client.get(MOVIES)
        with django_assert_num_queries(4):
            client.get(MOVIES, {"search": "film"})

    def test_a_film_alone_tells_more(self, client, django_assert_num_queries):
        heat = cast.movie("Heat", 1995, "Crime", other_titles="Hitze; Calor", imdb_id="tt0113277")
        with django_assert_num_queries(3):
            found = client.get(f"{MOVIES}{heat.pk}/").json()
        assert found["other_titles"] == ["Hitze", "Calor"]
        assert found["imdb_id"] == "tt0113277"
        assert "search" not in found

    @pytest.mark.parametrize("movie_id", [10**9, 10**30])
    def test_an_unknown_film_is_not_found(self, client, movie_id):
        assert client.get(f"{MOVIES}{movie_id}/").status_code == 404


def test_genres_are_listed_with_their_number_of_films(client, django_assert_num_queries):
    cast.movie("Heat", 1995, "Crime", "Drama")
    cast.movie("Ran", 1985, "Drama")
    cast.genre("War")
    with django_assert_num_queries(1):
        found = client.get("/api/v1/genres/").json()
    assert [(genre["name"], genre["n_movies"]) for genre in found] == [
        ("Crime", 1),
        ("Drama", 2),
        ("War", 0),
    ]


class TestOwnRatings:
    def test_a_first_rating_is_201_and_a_second_replaces_it(self, client, ada):
        heat = cast.movie("Heat")
        rating = {"movie_id": heat.pk, "stars": 4.5}
        first = client.post(RATINGS, rating, "application/json")
        assert first.status_code == 201
        assert first.json()["stars"] == 4.5
        second = client.post(RATINGS, rating | {"stars": 2}, "application/json")
        assert second.status_code == 200
        assert Rating.objects.get().half_stars == 4

    @pytest.mark.parametrize("stars", [0, 5.5, 3.3, "4", None, True, [], float("nan"), 1e400])
    def test_stars_that_are_none_are_refused_and_lose_nothing(self, client, ada, stars):
        heat = cast.movie("Heat")
        cast.rated(ada, (heat, 4))
        for response in (
            client.post(RATINGS, {"movie_id": heat.pk, "stars": stars}, "application/json"),
            client.put(f"{RATINGS}{heat.pk}/", {"stars": stars}, "application/json"),
        ):
            assert response.status_code == 400
            assert Rating.objects.get().half_stars == 8

    @pytest.mark.parametrize("movie_id", [10**9, 10**30, 0, -1, "x", None, 1.5])
    def test_a_film_that_does_not_exist_cannot_be_rated(self, client, ada, movie_id):
        rating = {"movie_id": movie_id, "stars": 4}
        response = client.post(RATINGS, rating, "application/json")
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == "#/movie_id"

    @pytest.mark.parametrize("body", ["", "[]", "{", "null", '"x"', "\0"])
    def test_a_body_that_is_no_rating_is_refused(self, client, ada, body):
        assert client.post(RATINGS, body, "application/json").status_code == 400

    def test_a_rating_is_read_changed_and_deleted_under_its_film(self, client, ada):
        heat = cast.movie("Heat")
        url = f"{RATINGS}{heat.pk}/"
        assert client.get(url).status_code == 404
        assert client.delete(url).status_code == 404
        assert client.put(url, {"stars": 3}, "application/json").json()["stars"] == 3
        assert client.get(url).json()["movie_id"] == heat.pk
        assert client.delete(url).status_code == 204
        assert not Rating.objects.exists()

    @pytest.mark.parametrize("movie_id", [10**9, 10**30])
    def test_a_rating_of_an_unknown_film_is_not_found(self, client, ada, movie_id):
        url = f"{RATINGS}{movie_id}/"
        for response in (
            client.get(url),
            client.put(url, {"stars": 3}, "application/json"),
            client.delete(url),
        ):
            assert response.status_code == 404

    def test_ratings_come_the_latest_first_page_by_page(self, client, ada):
        films = [cast.movie(f"Film {i}") for i in range(5)]
        cast.rated(ada, *((film, 3) for film in films))
        found = [rating["movie_id"] for rating in every_page(client, RATINGS, page_size=2)]
        assert found == [film.pk for film in reversed(films)]

    def test_another_persons_ratings_are_not_there(self, client, ada):
        heat = cast.movie("Heat")
        bob = cast.member("bob")
        cast.rated(bob, (heat, 4))
        url = f"{RATINGS}{heat.pk}/"
        assert client.get(RATINGS).json()["results"] == []
        assert client.get(url).status_code == 404
        assert client.delete(url).status_code == 404
        client.put(url, {"stars": 1}, "application/json")
        assert bob.ratings.get().half_stars == 8

    def test_strangers_have_none(self, client):
        heat = cast.movie("Heat")
        for response in (
            client.get(RATINGS),
            client.post(RATINGS, {"movie_id": heat.pk, "stars": 4}, "application/json"),
            client.get(f"{RATINGS}{heat.pk}/"),
            client.put(f"{RATINGS}{heat.pk}/", {"stars": 4}, "application/json"),
            client.delete(f"{RATINGS}{heat.pk}/"),
        ):
            assert response.status_code == 401

    def test_a_form_of_another_site_cannot_rate(self):
        ada, heat = cast.member(), cast.movie("Heat")
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(ada)
        rating = {"movie_id": heat.pk, "stars": 4}
        assert strict.post(RATINGS, rating, "application/json").status_code == 403

    def test_a_page_costs_one_query_beside_session_and_user(
        self, client, ada, django_assert_num_queries
    ):
        cast.rated(ada, *((cast.movie(f"Film {i}"), 3) for i in range(5)))
        with django_assert_num_queries(3):
            client.get(RATINGS)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({"country": ["france"]}, "movies_movie_countries"),
        ({"language": ["french"]}, "movies_movie_languages"),
    ],
)
def test_filters_by_country_and_language_use_their_index(query, index):
    for number in range(50):
        cast.movie(f"Film {number}", countries=["United States"], languages=["English"])
    cast.movie("Amélie", countries=["France"], languages=["French"])
    found = movies_filtered(query).order_by("pk")
    assert [film.title for film in found] == ["Amélie"]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    assert index in found.explain()
