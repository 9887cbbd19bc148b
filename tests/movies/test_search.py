import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from movies.models import Movie
from movies.selectors.movies import SORTS, movies_by_id, movies_listed
from movies.selectors.search import FilmSearch, movies_browse, movies_search
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    return {
        title: cast.movie(title, year)
        for title, year in [
            ("The Matrix", 1999),
            ("The Matrix Reloaded", 2003),
            ("Amélie", 2001),
            ("Schindler's List", 1993),
            ("Toy Story", 1995),
            ("Toy Story 2", 1999),
            ("Her", 2013),
            ("Hercules", 1997),
            ("How He Lost Her", 1990),
            ("8 ½ Women", 1999),
            ("O Brother, Where Art Thou?", 2000),
        ]
    }


def found(query):
    return [movie.title for movie in movies_search(query)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("matrix", "The Matrix"),
        ("the matrix", "The Matrix"),
        ("Matrix, The", "The Matrix"),
        ("MATR", "The Matrix"),
        ("amelie", "Amélie"),
        ("Amélie", "Amélie"),
        ("schindlers li", "Schindler's List"),
        ("schindler's", "Schindler's List"),
        ("toy story", "Toy Story"),
        ("story toy", "Toy Story"),
        ("her", "Her"),
        ("O brother where", "O Brother, Where Art Thou?"),
        ("wom", "8 ½ Women"),
    ],
)
def test_a_film_is_found_as_people_type_it(shelf, query, first):
    assert found(query)[0] == first


def test_the_very_title_comes_before_whole_words_and_these_before_beginnings(shelf):
    assert found("her") == ["Her", "How He Lost Her", "Hercules"]


def test_more_rated_films_come_first_among_equal_matches(shelf):
    cast.rated(cast.member(), (shelf["Toy Story 2"], 4))
    assert found("toy") == ["Toy Story 2", "Toy Story"]


def test_a_film_is_found_by_its_other_titles():
    cast.movie("Hate", 1995, other_titles="La Haine")
    assert found("haine") == ["Hate"]


@pytest.mark.parametrize("query", ["", "   ", "?!", "'", "\0", "& | !", ":*", "zzz", "a " * 500])
def test_a_query_that_says_nothing_finds_nothing(shelf, query):
    assert found(query) == []


class AnyQuery(TestCase):
    @settings(max_examples=100, deadline=None)
    @given(st.text())
    def test_no_query_breaks_the_search(self, query):
        list(movies_search(query))

    @settings(max_examples=60, deadline=None)
    @given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40))
    def test_a_film_is_found_by_its_own_title(self, title):
        film = Movie.objects.create(title=title)
        has_word = any(c.isalnum() for c in film.search_text)
        assert (film in movies_search(title)) == has_word


def test_a_film_saved_in_bulk_is_found_too():
    Movie.objects.bulk_create([Movie(title="Alien")])
    assert found("alien") == ["Alien"]


def test_a_page_of_a_search_costs_four_queries(shelf, django_assert_num_queries):
    with django_assert_num_queries(4):  # whether a title has the words, people, films, genres
        for movie in movies_search("toy"):
            list(movie.genres.all())


def test_unknown_ids_are_left_out(shelf):
    her = shelf["Her"]
    assert movies_by_id([her.pk, 10**9]) == {her.pk: her}


def test_lists_are_read_by_title(shelf):
    ids = {shelf["Toy Story"].pk, shelf["Amélie"].pk}
    assert [movie.title for movie in movies_listed(ids)] == ["Amélie", "Toy Story"]


def test_browsing_narrows_by_genre_and_sorts():
    drama = cast.genre("Drama")
    old, new = cast.movie("B", 1950, "Drama"), cast.movie("A", 2000, "Drama", "War")
    undated = cast.movie("C", None, "Drama")
    cast.movie("D", 2020, "War")
    assert list(movies_browse(genre=drama, sort="newest")) == [new, old, undated]
    assert list(movies_browse(genre=drama, sort="title")) == [new, old, undated]
    cast.rated(cast.member("ada"), (old, 5), (new, 1))
    assert movies_browse(genre=drama, sort="best").first() == old
    assert list(movies_browse("a", drama)) == [new]


def test_one_perfect_rating_does_not_beat_many_good_ones():
    many, one = cast.movie("Many"), cast.movie("One")
    cast.rated(cast.member("ada"), (many, 4.5), (one, 5))
    for i in range(20):
        cast.rated(cast.member(f"member{i}"), (many, 4.5))
    assert list(movies_browse(sort="best")) == [many, one]


@pytest.mark.parametrize("sort", [*SORTS, "", "nonsense"])
def test_every_order_gives_every_film_once(shelf, sort):
    assert sorted(movie.title for movie in movies_browse(sort=sort)) == sorted(shelf)


@pytest.fixture
def noirs():
    noir = cast.movie("The Big Sleep", 1946, "Crime", "Film-Noir", countries=["United States"])
    cast.movie("Amélie", 2001, "Comedy", "Romance", countries=["France"], n_ratings=50)
    cast.movie("Taxi", 1998, "Comedy", countries=["France"], n_ratings=10)
    cast.movie("Aqua Teen Film for Theaters", 2007, "Comedy", n_ratings=90)
    cast.movie("1-900", 1994, "Drama")
    return noir


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("film noir", ["The Big Sleep"]),
        ("Film-Noir", ["The Big Sleep"]),
        ("1940s noir", ["The Big Sleep"]),
        ("1994", ["1-900"]),
        ("films of 1994", ["1-900"]),
        ("french comedies", ["Amélie", "Taxi"]),
        ("französische Komödien", ["Amélie", "Taxi"]),
        ("french comedy 1998", ["Taxi"]),
        ("science fiction", []),
    ],
)
def test_a_genre_a_country_and_a_year_are_found_as_such(noirs, query, titles):
    search = FilmSearch(query)
    assert [movie.title for movie in search.movies] == titles
    assert search.suggestions == []


def test_films_of_a_genre_are_not_called_spelt_alike(client, noirs):
    text = client.get("/movies/", {"q": "film noir"}).content.decode()
    assert "1 film matches." in text
    assert "spelt alike" not in text


def test_a_title_comes_before_the_films_of_a_year_or_genre():
    cast.movie("Shrek", 2001, "Comedy", n_ratings=90)
    cast.movie("2001: A Space Odyssey", 1968, n_ratings=10)
    assert found("2001") == ["2001: A Space Odyssey", "Shrek"]


def test_a_year_narrows_the_films_of_a_person_unless_there_are_none():
    gump, apollo = cast.movie("Forrest Gump", 1994), cast.movie("Apollo 13", 1995)
    cast.credit(gump, "Tom Hanks")
    cast.credit(apollo, "Tom Hanks")
    assert found("tom hanks 1994") == ["Forrest Gump"]
    assert len(found("tom hanks 1950")) == 2


@pytest.mark.parametrize(
    "query",
    ["12 angry men", "city of god", "silence of the lams", "tom hanks", "film noir", "the matrx"],
)
def test_films_by_meaning_are_not_looked_up_where_a_title_name_or_genre_is_found(query):
    for title in ("12 Angry Men", "City of God", "The Silence of the Lambs", "The Matrix"):
        cast.movie(title, 1990, "Film-Noir", n_ratings=50)
    cast.credit(cast.movie("Big", 1988), "Tom Hanks")
    assert not FilmSearch(query).wants_meaning
    assert FilmSearch("a dog in space").wants_meaning


@pytest.mark.parametrize(
    ("query", "title", "famous"),
    [
        ("westworld", "Westworld", "Wayne's World"),
        ("rocky 4", "Rocky IV", "The Rock"),
        ("oldboy", "Oldboy", "Old Boys"),
        ("toystory3", "Toy Story 3", "Toy Story"),
        ("godfather iii", "The Godfather: Part III", "The Godfather"),
    ],
)
def test_nothing_else_is_suggested_where_a_title_has_the_words(query, title, famous):
    cast.movie(title, 1990, n_ratings=1)
    cast.movie(famous, 1990, n_ratings=300)
    search = FilmSearch(query)
    assert search.movies[0].title == title
    assert search.suggestions == []


@pytest.mark.parametrize("query", ["der pate", "le parrain"])
def test_a_title_in_another_language_is_no_misspelt_name(query):
    for name in ("Dev Patel", "Brice Parain"):
        cast.credit(cast.movie("Another", 2008, n_ratings=90), name)
    search = FilmSearch(query)
    assert (list(search.movies), search.suggestions) == ([], [])
