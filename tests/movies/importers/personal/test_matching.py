"""Which film of the catalogue a row is about, where the titles have different forms."""

import pytest

from movies.importers.personal.matching import OTHER_FORM, Match, Matcher
from movies.importers.personal.namesakes import settled
from movies.importers.personal.protocol import Kind, Row
from movies.models import Confidence, Credit, Movie, Person, Role
from tests import cast

pytestmark = pytest.mark.django_db


def row(title: str, year: int | None = None, **more: object) -> Row:
    return Row("ratings.csv", 2, Kind.RATING, title=title, year=year, **more)  # type: ignore[arg-type]


def match(*rows: Row) -> Match:
    """Return the match of the first row."""
    matcher = Matcher(rows)
    return settled(rows, [matcher.match(one) for one in rows]).matches[0]


@pytest.fixture
def star_wars() -> Movie:
    return cast.movie("Star Wars: Episode IV - A New Hope", 1977)


def test_a_title_in_another_form_is_probably_the_film(star_wars: Movie):
    found = match(row("Star Wars", 1977))
    assert (found.confidence, found.movie_id) == (Confidence.LIKELY, star_wars.pk)
    assert found.reason == OTHER_FORM


@pytest.mark.parametrize("year", [None, 1978])
def test_the_person_chooses_where_the_year_of_a_part_of_a_title_is_not_the_films(
    star_wars: Movie, year: int | None
):
    found = match(row("Star Wars", year))
    assert (found.confidence, found.movie_id) == (Confidence.LIKELY, None)
    assert found.candidates == (star_wars.pk,)


def test_the_whole_title_in_another_spelling_may_have_the_next_year():
    film = cast.movie("Rocky II", 1979)
    assert match(row("Rocky 2", 1980)) == Match(
        Confidence.LIKELY,
        film.pk,
        f"{OTHER_FORM}; the years differ by one",
        is_other_form=True,
    )


def test_a_film_of_the_very_title_goes_before_one_that_has_it_in_another_form(star_wars: Movie):
    plain = cast.movie("Star Wars", 1977)
    assert match(row("Star Wars", 1977)) == Match(Confidence.EXACT, plain.pk)


@pytest.mark.parametrize(("title", "year"), [("Rocky", 1976), ("Rocky", 1979), ("Alien", 1986)])
def test_a_film_is_not_taken_for_its_sequel(title: str, year: int):
    cast.movie("Rocky II", 1979)
    cast.movie("Aliens", 1986)
    assert match(row(title, year)).confidence == Confidence.UNMATCHED


def test_of_several_films_the_one_of_the_director_is_meant():
    first, second = (cast.movie(f"Romeo + Juliet: {name}", 1996) for name in ("One", "Two"))
    assert match(row("Romeo and Juliet", 1996)).candidates == (first.pk, second.pk)
    person = Person.objects.create(name="Baz Luhrmann")
    Credit.objects.create(movie=second, person=person, role=Role.DIRECTOR)
    found = match(row("Romeo and Juliet", 1996, people=("Baz Luhrmann",)))
    assert found.movie_id == second.pk


def test_a_film_with_another_id_is_not_meant(star_wars: Movie):
    Movie.objects.filter(pk=star_wars.pk).update(imdb_id="tt0076759")
    found = match(row("Star Wars", 1977, imdb_id="tt0000001"))
    assert found.confidence == Confidence.UNMATCHED


def test_a_title_marked_as_a_film_for_television_is_not_looked_for_in_other_forms(
    star_wars: Movie,
):
    assert match(row(f"{star_wars.title[:9]} (TV)", 1977)).confidence == Confidence.UNMATCHED


def test_the_person_chooses_where_another_row_has_the_films_own_title(star_wars: Movie):
    found = match(row("Star Wars", 1977), row(star_wars.title, 1977))
    assert (found.movie_id, found.candidates) == (None, (star_wars.pk,))
