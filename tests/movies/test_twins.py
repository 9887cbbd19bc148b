"""A film that is there twice is merged, and a namesake is not."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command

from movies.importers.personal.matching import Matcher
from movies.importers.personal.protocol import Kind, Row
from movies.models import Confidence, ListKind, Movie, PersonalImport
from movies.services.lists import list_add
from movies.services.ratings import rating_set
from movies.services.twins import twins_find, twins_merge
from tests import cast

pytestmark = pytest.mark.django_db


def on(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


@pytest.fixture
def heat() -> Movie:
    return cast.movie("Heat", 1995, imdb_id="tt0113277", movielens_id=6)


@pytest.fixture
def twin(heat: Movie) -> Movie:
    return cast.movie(
        "HEAT", 1995, "Crime", imdb_id="tt0113277", tmdb_id=949, description="A heist."
    )


def test_everything_moves_to_the_older_film(heat: Movie, twin: Movie):
    ada, bob, cy = cast.member("ada"), cast.member("bob"), cast.member("cy")
    rating_set(user=ada, movie=heat, half_stars=4, rated_at=on(2001))
    rating_set(user=ada, movie=twin, half_stars=9, rated_at=on(2020))
    rating_set(user=bob, movie=heat, half_stars=8, rated_at=on(2020))
    rating_set(user=bob, movie=twin, half_stars=2, rated_at=on(2001))
    rating_set(user=cy, movie=twin, half_stars=6)
    dan = cast.member("dan")
    list_add(user=dan, movie=twin, kind=ListKind.WATCH_LATER)
    list_add(user=cy, movie=heat, kind=ListKind.WATCH_LATER)
    cast.credit(twin, "Michael Mann")
    job = PersonalImport.objects.create(user=ada, file_name="a.csv")
    row = job.rows.create(movie=twin, title="Heat", line_number=2)
    assert twins_merge() == 1
    film = Movie.objects.get(title__iexact="heat")
    assert film.pk == heat.pk
    assert (film.tmdb_id, film.movielens_id, film.description) == (949, 6, "A heist.")
    stars = dict(film.ratings.values_list("user__username", "half_stars"))
    assert stars == {"ada": 9, "bob": 8, "cy": 6}
    assert (film.n_ratings, film.half_stars_sum) == (3, 23)
    assert [entry.user for entry in film.list_entries.all()] == [dan], "cy has rated it"
    assert [credit.person.name for credit in film.credits.all()] == ["Michael Mann"]
    assert [genre.name for genre in film.genres.all()] == ["Crime"]
    row.refresh_from_db()
    assert row.movie_id == film.pk
    assert twins_merge() == 0


@pytest.mark.parametrize(
    ("title", "year", "imdb_id"),
    [
        ("Heat", 1995, "tt9999999"),
        ("Heat", 1986, "tt0113277"),
        ("Paprika", 1995, "tt0113277"),
        ("Heat", 1995, ""),
    ],
)
def test_a_film_that_may_be_another_stays(heat: Movie, title: str, year: int, imdb_id: str):
    cast.movie(title, year, imdb_id=imdb_id)
    assert twins_find() == []


def test_three_of_one_film_are_one(heat: Movie, twin: Movie):
    cast.movie("Heat", 1995, tmdb_id=949)
    assert twins_merge() + twins_merge() == 2
    assert Movie.objects.get().pk == heat.pk


def test_the_command_lists_first(heat: Movie, twin: Movie):
    out = StringIO()
    call_command("merge_films", dry_run=True, stdout=out)
    assert f"Heat (1995): {heat.pk} is also {twin.pk}" in out.getvalue()
    assert Movie.objects.count() == 2
    call_command("merge_films", stdout=out)
    assert "1 merged." in out.getvalue()
    assert Movie.objects.get() == heat


def row_of(*people: str, year: int | None = 1996) -> Row:
    return Row("a.csv", 1, Kind.RATING, title="Crash", year=year, people=people)


class TestPeople:
    @pytest.fixture
    def crashes(self) -> tuple[Movie, Movie]:
        first, second = cast.movie("Crash", 1996), cast.movie("Crash", 1996)
        cast.credit(first, "David Cronenberg")
        cast.credit(second, "Ada Löwe")
        cast.credit(second, "David Cronenberg", "cast")
        return first, second

    def test_the_director_decides_between_films_of_one_year(self, crashes):
        rows = [row_of("david cronenberg"), row_of("Ada Lowe", "Bob"), row_of("Cy"), row_of()]
        matcher = Matcher(rows)
        found = [matcher.match(row) for row in rows]
        assert [match.movie_id for match in found] == [crashes[0].pk, crashes[1].pk, None, None]
        assert found[0].confidence == Confidence.EXACT
        assert found[2].reason == "2 films could be meant"

    @pytest.mark.parametrize("year", [1997, None])
    def test_the_director_decides_where_the_year_does_not(self, crashes, year):
        row = row_of("Ada Löwe", year=year)
        match = Matcher([row]).match(row)
        assert (match.movie_id, match.confidence) == (crashes[1].pk, Confidence.LIKELY)

    def test_nobody_is_asked_for_where_one_film_could_be_meant(self, django_assert_num_queries):
        cast.movie("Crash", 1996)
        with django_assert_num_queries(1):  # the catalogue
            Matcher([row_of("David Cronenberg")])

    def test_twins_are_no_doubt(self, heat: Movie, twin: Movie):
        row = Row("a.csv", 1, Kind.RATING, title="Heat", year=1995)
        match = Matcher([row]).match(row)
        assert (match.movie_id, match.confidence) == (heat.pk, Confidence.EXACT)
