import sqlite3

import pytest
from django.core.management import CommandError, call_command

from movies.importers.errors import ImportFailed
from movies.importers.wikidata import COLUMNS, import_wikidata
from movies.models import Credit, ImportReport, Movie, Person
from tests import cast

pytestmark = pytest.mark.django_db

HEAT = {
    "imdbID": "tt0113277",
    "Title": "Heat",
    "Year": 1995,
    "Runtime": 170.0,
    "Director": "Michael Mann",
    "Writer": "Michael Mann",
    "Cast": "Al Pacino, Robert De Niro",
    "Language": "English, Spanish",
    "Country": "United States",
    "Awards": "Nominated for 1 Oscar.",
}


@pytest.fixture
def run(tmp_path):
    def run(*rows, **options):
        path = tmp_path / "movies.db"
        path.unlink(missing_ok=True)
        with sqlite3.connect(path) as database:
            columns = ", ".join(f'"{name}"' for name in COLUMNS)
            database.execute(f"CREATE TABLE omdb ({columns})")
            marks = ", ".join("?" * len(COLUMNS))
            for row in rows:
                values = [(HEAT | row)[name] for name in COLUMNS]
                database.execute(f"INSERT INTO omdb VALUES ({marks})", values)
        database.close()
        return import_wikidata(path=path, **options)

    return run


def names(film, role):
    found = Credit.objects.filter(movie=film, role=role).order_by("position")
    return list(found.values_list("person__name", flat=True))


def test_a_film_gets_its_people_and_facts(run):
    heat, alien = cast.movie("Heat", 1995), cast.movie("Alien", 1979)
    report = run({})
    heat.refresh_from_db()
    assert (heat.imdb_id, heat.runtime_minutes) == ("tt0113277", 170)
    assert (heat.countries, heat.languages) == (["United States"], ["English", "Spanish"])
    assert (heat.awards, heat.facts_source) == ("Nominated for 1 Oscar.", "wikidata")
    assert names(heat, "director") == names(heat, "writer") == ["Michael Mann"]
    assert Person.objects.count() == 3
    assert report.counts == {
        "rows_read": 1,
        "films_matched": 1,
        "films_unmatched": 1,
        "films_changed": 1,
        "people_added": 3,
        "credits_added": 4,
        "rows_refused": 0,
    }
    alien.refresh_from_db()
    assert (alien.imdb_id, alien.facts_source) == ("", "")


def test_twice_is_once(run):
    cast.movie("Heat", 1995)
    run({})
    report = run({})
    assert (report.counts["films_changed"], report.counts["credits_added"]) == (0, 0)
    assert Credit.objects.count() == 4


def test_the_imdb_id_decides_before_title_and_year(run):
    remake, other = cast.movie("Heat", 1995, imdb_id="tt0093164"), cast.movie("Hitze", 1986)
    other.imdb_id = "tt0113277"
    other.save()
    run({})
    assert names(other, "director") == ["Michael Mann"]
    assert names(remake, "director") == []


@pytest.mark.parametrize(
    ("title", "year", "others"),
    [("The Heat", 1994, ""), ("HEAT!", 1996, ""), ("Hitze", 1995, "Heat")],
)
def test_spellings_and_other_titles_match_within_a_year(run, title, year, others):
    film = cast.movie(title, year, other_titles=others)
    run({})
    assert names(film, "director") == ["Michael Mann"]


@pytest.mark.parametrize(
    ("title", "year", "row"),
    [
        ("Kill Bill: Vol. 1", 2003, "Kill Bill: Volume 1"),
        ("Dr. Strangelove or: How I Learned to Stop Worrying", 1964, "Dr. Strangelove"),
        ("X2: X-Men United", 2003, "X2"),
        ("Three Colors: Red", 1994, "Three Colours: Red"),
        ("Men in Black III", 2012, "Men in Black 3"),
    ],
)
def test_a_title_in_another_form_matches_in_its_year(run, title, year, row):
    film = cast.movie(title, year)
    run({"Title": row, "Year": year, "imdbID": "tt0000001"})
    film.refresh_from_db()
    assert film.imdb_id == "tt0000001"


def test_a_title_in_another_form_is_not_taken_where_it_is_doubtful(run):
    sequel, other_year = cast.movie("Rocky II", 1979), cast.movie("Ever After: A Tale", 1999)
    twins = [cast.movie("Solaris: One", 1972), cast.movie("Solaris: Two", 1972)]
    run(
        {"Title": "Rocky", "Year": 1979, "imdbID": "tt0000001"},
        {"Title": "Ever After", "Year": 1998, "imdbID": "tt0000002"},
        {"Title": "Solaris", "Year": 1972, "imdbID": "tt0000003"},
    )
    for film in (sequel, other_year, *twins):
        film.refresh_from_db()
        assert film.imdb_id == ""


def test_an_equal_title_comes_before_one_in_another_form(run):
    long = cast.movie("Borat: Cultural Learnings", 2006)
    short = cast.movie("Borat", 2006)
    run({"Title": "Borat", "Year": 2006, "imdbID": "tt0000001"})
    long.refresh_from_db()
    short.refresh_from_db()
    assert (long.imdb_id, short.imdb_id) == ("", "tt0000001")


def test_one_row_belongs_to_one_film_the_closest(run):
    cast.movie("Heat", 1994), cast.movie("Heat", None)
    right = cast.movie("Heat", 1995)
    run({})
    assert set(Credit.objects.values_list("movie", flat=True)) == {right.pk}


def test_well_known_actors_come_first_and_juniors_keep_their_names(run):
    film, other = cast.movie("Heat", 1995), cast.movie("Sleuth", 1972)
    cast.rated(cast.member(), (other, 4))
    run(
        {"Cast": "Abe Actor, Cuba Gooding, Jr., Laurence Olivier"},
        {"imdbID": "tt0069281", "Title": "Sleuth", "Year": 1972, "Cast": "Laurence Olivier"},
    )
    assert names(film, "cast") == ["Laurence Olivier", "Abe Actor", "Cuba Gooding Jr."]


def test_what_is_known_stays_unless_it_is_to_be_replaced(run):
    film = cast.movie("Heat", 1995, runtime_minutes=171, countries=["Erewhon"])
    cast.credit(film, "Somebody Else")
    run({})
    film.refresh_from_db()
    assert (film.runtime_minutes, film.countries) == (171, ["Erewhon"])
    assert names(film, "director") == ["Somebody Else"]
    run({}, overwrite=True)
    film.refresh_from_db()
    assert (film.runtime_minutes, film.countries) == (170, ["United States"])
    assert names(film, "director") == ["Michael Mann"]


def test_rows_that_cannot_be_used_are_reported_with_their_line(run):
    cast.movie("Heat", 1995)
    report = run({}, {"Title": ""}, {"Year": "soon"}, {"imdbID": "nm1"})
    assert [(p.line_number, p.reason) for p in report.problems.all()] == [
        (2, "the title is missing"),
        (3, "the year is missing"),
        (4, "the IMDb id is not tt and 7 to 10 digits"),
    ]


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path):
    path = tmp_path / "movies.db"
    path.write_text("no database, although it is long enough to be looked at" * 9)
    with pytest.raises(ImportFailed, match="cannot be read"):
        import_wikidata(path=path)
    assert ImportReport.objects.get().status == "failed"
    with pytest.raises(CommandError, match="is not a file"):
        call_command("import_wikidata", str(tmp_path / "none.db"))


def test_the_package_describes_real_films(capsys):
    film = cast.movie("The Matrix", 1999)
    call_command("import_wikidata", builtin=True)
    assert names(film, "director") == ["Lana Wachowski", "Lilly Wachowski"]
    assert Movie.objects.get().imdb_id == "tt0133093"
    assert "films matched" in capsys.readouterr().out
