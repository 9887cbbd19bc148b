"""Films of one title and year in one file: never one film's rating for the other."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from movies.importers.personal.namesakes import NAMESAKE
from movies.importers.personal.reading import read
from movies.importers.progress import silent
from movies.models import Confidence, Movie, PersonalImport, PersonalImportRow, Rating
from movies.services.personal_imports import import_accept, import_apply, import_bring
from movies.services.waiting_films import waiting_join
from tests import cast
from tests.movies.importers.personal import exports

Outcome = PersonalImportRow.Outcome
pytestmark = pytest.mark.django_db
IMDB = ["Const", "Your Rating", "Date Rated", "Title", "URL", "Title Type", "Year", "Directors"]
LETTERBOXD = (
    f"{exports.RATINGS}2020-01-01,Alien,1979,https://boxd.it/a1,4.5\n"
    "2021-01-01,Alien,1979,https://boxd.it/a2,0.5\n"
)


def imdb(number: str, rating: int, title: str, year: int, director: str = "") -> list[object]:
    return [number, rating, "2020-01-01", title, "", "Movie", year, director]


def read_rows(folder: Path, content: str) -> list[tuple[int | None, int | None, str, str]]:
    """Return film, half stars, outcome and note of each row."""
    path = folder / "ratings.csv"
    path.write_text(content)
    rows = read(path, path.name, {}, silent).rows
    return [(row.movie_id, row.half_stars, row.outcome, row.note) for row in rows]


def test_addresses_at_the_source_tell_films_of_one_title_and_year_apart(tmp_path: Path):
    film = cast.movie("Alien", 1979)
    assert read_rows(tmp_path, LETTERBOXD) == [(None, 9, "", NAMESAKE), (None, 1, "", NAMESAKE)]
    (row, _other) = read(tmp_path / "ratings.csv", "ratings.csv", {}, silent).rows
    assert (row.confidence, row.candidates) == (Confidence.LIKELY, f"{{{film.pk}}}")


def test_several_rows_of_one_address_are_one_film(tmp_path: Path):
    film = cast.movie("Alien", 1979)
    files = {
        "ratings.csv": f"{exports.RATINGS}2020-01-01,Alien,1979,https://boxd.it/a1,4.5\n",
        "watched.csv": f"{exports.PLAIN}2020-01-01,Alien,1979,https://boxd.it/a1\n",
        "diary.csv": f"{exports.DIARY}2020-01-02,Alien,1979,https://boxd.it/b1,3,,,2020-01-01\n",
    }
    path = exports.write_zip(tmp_path / "letterboxd.zip", files)
    rows = read(path, path.name, {}, silent).rows
    counting = [(row.movie_id, row.half_stars) for row in rows if row.outcome == Outcome.NONE]
    assert counting == [(film.pk, 9)]


def test_ids_tell_films_apart_that_the_catalogue_knows_by_title_only(tmp_path: Path):
    cast.movie("Alien", 1979)
    table = exports.table(IMDB, imdb("tt1", 9, "Alien", 1979), imdb("tt2", 2, "Alien", 1979))
    assert read_rows(tmp_path, table) == [(None, 9, "", NAMESAKE), (None, 2, "", NAMESAKE)]


def test_directors_tell_films_of_one_title_and_year_apart(tmp_path: Path):
    film = cast.movie("Alien", 1979)
    cast.credit(film, "Ridley Scott")
    path = tmp_path / "films.csv"
    path.write_text(
        "title,year,rating,director\nAlien,1979,4.5,Ridley Scott\nAlien,1979,0.5,Someone Else\n"
    )
    columns = {"title": "title", "year": "year", "rating": "rating", "people": "director"}
    rows = read(path, path.name, {"columns": columns, "scale": "5"}, silent).rows
    assert [(row.movie_id, row.half_stars, row.note) for row in rows] == [
        (film.pk, 9, ""),
        (None, 1, NAMESAKE),
    ]


@pytest.mark.parametrize("order", [1, -1])
def test_the_film_of_an_id_is_not_given_to_its_namesake(tmp_path: Path, order: int):
    film = cast.movie("Alien", 1979, tmdb_id=348)
    rows = [
        [348, "tt0078748", "movie", "Alien", "1979-05-25", "", "", 8, 9, "2020-01-01"],
        ["", "tt99", "movie", "Alien", "1979-05-25", "", "", 8, 2, "2021-01-01"],
    ]
    header = [*("TMDb ID", "IMDb ID", "Type", "Name", "Release Date", "Season Number")]
    header += ["Episode Number", "Rating", "Your Rating", "Date Rated"]
    found = read_rows(tmp_path, exports.table(header, *rows[::order]))
    assert found[::order] == [(film.pk, 9, "", ""), (None, 2, "", NAMESAKE)]


def test_rows_with_one_id_and_several_titles_are_one_film(tmp_path: Path):
    table = exports.table(
        IMDB,
        imdb("tt5", 9, "Das unheimliche Wesen", 1979),
        imdb("tt5", 8, "Alien", 1979),
    )
    assert [row[2] for row in read_rows(tmp_path, table)] == [Outcome.REPEATED, ""]


def test_namesakes_that_wait_for_their_films_join_by_their_ids_only():
    user = cast.member()
    content = exports.table(
        IMDB,
        imdb("tt0000011", 9, "Alien", 1979),
        imdb("tt0000012", 2, "Alien", 1979),
        imdb("tt0000013", 6, "Paprika", 2006),
    )
    job = import_bring(user=user, file=ContentFile(content.encode()), name="ratings.csv")
    import_accept(job=job, send=False)
    job.refresh_from_db()
    import_apply(job)
    cast.movie("Alien", 1979)
    cast.movie("Paprika", 2006)
    waiting_join()
    assert [str(one.movie) for one in Rating.objects.filter(user=user)] == ["Paprika (2006)"]
    second = cast.movie("Alien", 1979, imdb_id="tt0000012")
    waiting_join()
    assert Rating.objects.get(user=user, movie=second).half_stars == 2
    assert not Rating.objects.filter(user=user, half_stars=9).exists()


def test_the_person_chooses_which_of_two_namesakes_the_catalogue_has():
    user, film = cast.member(), cast.movie("Alien", 1979)
    file = ContentFile(LETTERBOXD.encode())
    job = import_bring(user=user, file=file, name="ratings.csv")
    row = job.rows.get(half_stars=9)
    import_accept(job=job, films={row.pk: film.pk}, send=False)
    job.refresh_from_db()
    import_apply(job)
    assert Rating.objects.get(user=user).half_stars == 9
    row.refresh_from_db()
    assert (row.outcome, row.note) == (Outcome.ADDED, "")
    assert PersonalImport.objects.get(pk=job.pk).counts["rating_declined"] == 1
    assert Movie.objects.count() == 1


def test_an_id_and_a_title_of_two_films_of_one_year_are_confirmed(tmp_path: Path):
    film = cast.movie("Heat", 1995, imdb_id="tt0113277")
    cast.movie("Casino", 1995, imdb_id="tt0112641")
    table = exports.table(
        IMDB, imdb("tt0113277", 9, "Casino", 1995), imdb("tt0113277", 8, "Stadt der Nacht", 1995)
    )
    path = tmp_path / "ratings.csv"
    path.write_text(table)
    other, translated = read(path, path.name, {}, silent).rows
    assert (other.movie_id, other.confidence) == (film.pk, Confidence.LIKELY)
    assert other.note == "the id belongs to a film with another title"
    assert (translated.movie_id, translated.confidence) == (film.pk, Confidence.EXACT)
