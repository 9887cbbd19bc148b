"""Others' catalogues: Kaggle's The Movies Dataset, TMDB's daily export, Wikidata's dump."""

import gzip
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from movies.importers import catalogue
from movies.importers.catalogue import import_catalogue
from movies.importers.errors import ImportFailed
from movies.importers.files import open_file
from movies.models import Movie
from tests import cast
from tests.movies.importers.personal.exports import table

pytestmark = pytest.mark.django_db

KAGGLE = table(
    [
        *("adult", "genres", "id", "imdb_id", "original_title", "overview", "poster_path"),
        *("release_date", "title", "video"),
    ],
    [
        *("False", "[{'id': 27, 'name': 'Horror'}, {'id': 878, 'name': 'Science Fiction'}]"),
        *("348", "tt0078748", "Alien", "A ship,\nfar out.", "/alien.jpg", "1979-05-25", "Alien"),
        "False",
    ],
    ["False", "[]", "4977", "tt0851578", "パプリカ", "", "", "2006-10-01", "Paprika", "False"],
    ["True", "[]", "1", "tt0000001", "Adult", "", "", "2000-01-01", "Adult", "False"],
    ["False", "[", "1997-08-20", "0", "Broken", "", "", "", "", "False"],
)
TMDB = "\n".join(
    json.dumps(row)
    for row in (
        {"adult": False, "id": 348, "original_title": "Alien", "popularity": 9.9, "video": False},
        {"adult": True, "id": 2, "original_title": "Adult", "popularity": 9.9, "video": False},
        {"adult": False, "id": 3, "original_title": "A Trailer", "popularity": 1, "video": True},
    )
)


def claim(value: Any) -> dict[str, Any]:
    return {"mainsnak": {"snaktype": "value", "datavalue": {"value": value}}}


def entity(label: str, kind: str, year: str, imdb: str) -> dict[str, Any]:
    return {
        "id": "Q1",
        "labels": {"en": {"language": "en", "value": label}},
        "claims": {
            "P31": [claim({"id": kind})],
            "P577": [claim({"time": f"+{year}-05-25T00:00:00Z"}), claim({"time": "+1999-01-01"})],
            "P345": [claim(imdb)],
            "P4947": [claim("348")],
            "P2047": [{"mainsnak": {"snaktype": "novalue"}}],
        },
    }


WIKIDATA = (
    "[\n"
    + ",\n".join(
        json.dumps(one)
        for one in (
            entity("Alien", "Q11424", "1979", "tt0078748"),
            entity("Ridley Scott", "Q5", "1937", "nm0000631"),
        )
    )
    + "\n]\n"
)


@pytest.fixture
def run(tmp_path):
    def run(content: str, name: str = "dump", **options):
        path = tmp_path / name
        raw = content.encode()
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return import_catalogue(file=open_file(path), **options)

    return run


def test_kaggles_movies_dataset_is_read_with_genres_and_pictures(run):
    report = run(KAGGLE)
    assert report.counts == {
        "films_read": 2,
        "films_added": 2,
        "films_changed": 0,
        "films_unclear": 0,
        "rows_refused": 1,
    }
    alien = Movie.objects.get(title="Alien")
    assert (alien.year, alien.imdb_id, alien.tmdb_id) == (1979, "tt0078748", 348)
    assert alien.description == "A ship,\nfar out."
    assert alien.picture_url == "https://image.tmdb.org/t/p/w780/alien.jpg"
    assert [genre.name for genre in alien.genres.all()] == ["Horror", "Science Fiction"]
    assert Movie.objects.get(title="Paprika").other_titles == "パプリカ"


@pytest.mark.parametrize(
    ("content", "name"), [(TMDB, "movie_ids.json.gz"), (WIKIDATA, "wikidata.json")]
)
def test_dumps_of_tmdb_and_wikidata_are_read(run, content, name):
    assert run(content, name).counts["films_added"] == 1
    film = Movie.objects.get()
    assert (film.title, film.tmdb_id) == ("Alien", 348)
    if name.startswith("wikidata"):
        assert (film.year, film.imdb_id) == (1979, "tt0078748")


def test_twice_is_once_and_nothing_known_is_changed(run):
    alien = cast.movie("Alien", 1979, description="Mine.", tmdb_id=348)
    assert run(KAGGLE).counts["films_added"] == 1
    assert run(WIKIDATA, "wikidata.json").counts["films_added"] == 0
    again = run(KAGGLE)
    assert (again.counts["films_added"], again.counts["films_changed"]) == (0, 0)
    alien.refresh_from_db()
    assert (alien.description, alien.imdb_id) == ("Mine.", "tt0078748")


def test_a_namesake_without_a_year_is_passed_over(run):
    cast.movie("Alien", 1979)
    assert run(TMDB).counts["films_unclear"] == 1
    assert Movie.objects.count() == 1


def row(number: int | None, imdb: str, title: str, year: int | None, **more: Any) -> str:
    released = f"{year}-03-03" if year else ""
    film = {"id": number, "imdb_id": imdb, "original_title": title, "release_date": released}
    return json.dumps(film | more)


@pytest.mark.parametrize("known", [{"imdb_id": "tt0113277"}, {"tmdb_id": 949}])
def test_a_film_of_the_same_title_and_year_with_another_id_is_another_film(run, known):
    heat = cast.movie("Heat", 1995, **known)
    dump = row(555001, "tt9990001", "Heat", 1995, overview="Another.")
    for n_added in (1, 0):
        report = run(dump)
        assert (report.counts["films_added"], report.counts["films_changed"]) == (n_added, 0)
    heat.refresh_from_db()
    assert {name: getattr(heat, name) for name in known} == known
    assert (heat.description, heat.imdb_id, heat.tmdb_id) == (
        "",
        known.get("imdb_id", ""),
        known.get("tmdb_id"),
    )
    other = Movie.objects.exclude(pk=heat.pk).get()
    assert (other.imdb_id, other.tmdb_id, other.description) == ("tt9990001", 555001, "Another.")


def test_of_two_films_of_a_title_and_year_the_one_without_a_contradiction_is_filled_in(run):
    first = cast.movie("Heat", 1995, imdb_id="tt0113277")
    second = cast.movie("Heat", 1995)
    assert run(row(555001, "tt9990001", "Heat", 1995)).counts["films_added"] == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.tmdb_id, second.tmdb_id, second.imdb_id) == (None, 555001, "tt9990001")


@pytest.mark.parametrize("batch_rows", [1, 2, 10])
def test_two_films_of_a_dump_with_one_title_and_year_are_both_added(run, monkeypatch, batch_rows):
    monkeypatch.setattr(catalogue, "BATCH_ROWS", batch_rows)
    films = (row(1, "tt0000001", "Heat", 1995), row(2, "tt0000002", "Heat", 1995))
    for n_added in (2, 0):
        assert run("\n".join([*films, films[0]])).counts["films_added"] == n_added
    assert set(Movie.objects.values_list("tmdb_id", "imdb_id")) == {
        (1, "tt0000001"),
        (2, "tt0000002"),
    }


@pytest.mark.parametrize("batch_rows", [1, 10])
def test_a_film_listed_twice_under_two_titles_is_added_once(run, monkeypatch, batch_rows):
    monkeypatch.setattr(catalogue, "BATCH_ROWS", batch_rows)
    run("\n".join([row(1, "", "Heat", 1995), row(1, "tt0000001", "Heat: The Film", 1996)]))
    film = Movie.objects.get()
    assert (film.title, film.year, film.imdb_id) == ("Heat", 1995, "tt0000001")


@pytest.mark.parametrize("batch_rows", [1, 10])
def test_of_namesakes_without_a_year_the_second_is_counted(run, monkeypatch, batch_rows):
    monkeypatch.setattr(catalogue, "BATCH_ROWS", batch_rows)
    counts = run("\n".join(row(n, "", "Heat", None) for n in (1, 2))).counts
    assert (counts["films_added"], counts["films_unclear"]) == (1, 1)


@pytest.mark.parametrize(
    "broken",
    [
        {"labels": ["x"]},
        {"labels": "x"},
        {"labels": {"en": ["x"]}},
        {"labels": {"en": "x"}},
    ],
)
def test_a_row_of_wikidata_with_a_broken_label_is_reported_with_its_line(run, broken):
    good = entity("Alien", "Q11424", "1979", "tt0078748")
    content = "[\n" + json.dumps(good) + ",\n" + json.dumps(good | broken) + "\n]\n"
    report = run(content, "wikidata.json")
    assert (report.counts["films_added"], report.counts["rows_refused"]) == (1, 1)
    problem = report.problems.get()
    assert (problem.line_number, problem.reason) == (2, "there is no English title")


@pytest.mark.parametrize(
    "broken",
    [
        {"P577": 1979},
        {"P31": [claim({"id": ["Q11424"]}), claim({"id": "Q11424"})]},
        {"P345": [claim(["x"])], "P4947": [claim({"a": 1})]},
        {"P1476": "x"},
    ],
)
def test_a_broken_claim_of_wikidata_spoils_no_other_row(run, broken):
    good = entity("Alien", "Q11424", "1979", "tt0078748")
    bad = good | {"labels": {"en": {"value": "Bad"}}}
    bad["claims"] = good["claims"] | {"P4947": [], "P345": []} | broken
    content = "[\n" + json.dumps(bad) + ",\n" + json.dumps(good) + "\n]\n"
    assert run(content, "wikidata.json").counts["films_added"] == 2


def test_films_are_written_in_batches(run, monkeypatch):
    monkeypatch.setattr(catalogue, "BATCH_ROWS", 2)
    rows = [{"id": n, "original_title": f"Film {n}", "adult": False} for n in range(1, 8)]
    report = run("\n".join(map(json.dumps, [*rows, rows[0]])))
    assert (report.counts["films_read"], report.counts["films_added"]) == (8, 7)


@pytest.mark.parametrize("content", ["", "title,year\nAlien,1979\n", "{}\n", "[1]"])
def test_what_is_no_catalogue_is_refused_in_words(run, content):
    with pytest.raises(ImportFailed):
        run(content)
    assert not Movie.objects.exists()


def test_the_command_writes_the_report(tmp_path, capsys):
    path = tmp_path / "movies_metadata.csv"
    path.write_text(KAGGLE)
    call_command("import_catalogue", str(path), limit=1)
    assert "1 films added" in capsys.readouterr().out
    with pytest.raises(CommandError, match="is not a file"):
        call_command("import_catalogue", str(tmp_path / "nothing.csv"))
