import pytest
from django.core.cache import cache
from django.utils.translation import override

from movies.selectors.leaning import leaning_of
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    """Ten films each of two genres and decades, all equally known."""
    cache.clear()
    return {
        genre: [
            cast.movie(f"{genre} {n}", year, genre, "IMAX", countries=["France"]) for n in range(10)
        ]
        for genre, year in (("Sci-Fi", 1985), ("Film-Noir", 1947))
    }


def ratings(films, half_stars=9):
    return {film.pk: half_stars for film in films}


def test_the_liked_genre_and_decade_are_named_and_the_other_avoided(shelf):
    leaning = leaning_of(ratings(shelf["Sci-Fi"]) | ratings(shelf["Film-Noir"][:3], 2))
    assert leaning.words == ["Sci-Fi", "1980s"]
    assert leaning.avoided == ("Film-Noir",)
    assert [(kind.name, kind.n_liked) for kind in leaning.countries] == [("France", 10)]


def test_a_taste_is_told_in_the_language_of_the_page(shelf):
    with override("de"):
        leaning = leaning_of(ratings(shelf["Sci-Fi"]) | ratings(shelf["Film-Noir"][:3], 2))
    assert leaning.words == ["Science-Fiction", "1980er"]
    assert leaning.avoided == ("Film noir",)
    assert [kind.name for kind in leaning.countries] == ["Frankreich"]


def test_an_even_taste_leans_nowhere(shelf):
    leaning = leaning_of(ratings(shelf["Sci-Fi"][:5] + shelf["Film-Noir"][:5]))
    assert (leaning.words, leaning.avoided) == ([], ())


def test_directors_of_two_films_are_named_and_the_rarest_favourite(shelf):
    first, second, third = shelf["Sci-Fi"][:3]
    for film in (first, second):
        cast.credit(film, "Agnès Varda")
    cast.rated(cast.member(), (first, 5), (third, 5))
    leaning = leaning_of(ratings([first, second, third]))
    assert [kind.name for kind in leaning.directors] == ["Agnès Varda"]
    assert leaning.rarest == second


def test_without_a_liked_film_there_is_nothing_to_say(shelf):
    assert leaning_of({}).n_liked == leaning_of(ratings(shelf["Sci-Fi"], 2)).n_liked == 0
