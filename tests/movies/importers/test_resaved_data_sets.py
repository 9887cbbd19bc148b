"""Data sets that Excel or pandas saved again: the site and ``ml`` read the same ratings."""

import hashlib
from pathlib import Path

import pytest

from ml.data.dataset import DataError
from ml.io.readers import read_dataset
from movies.importers.errors import ImportFailed
from movies.importers.files import open_source
from movies.importers.movielens import import_movielens
from movies.models import Rating

MOVIES = "movieId,title,genres\n1,Toy Story (1995),Adventure\n6,Amélie (2001),Crime\n"
RATINGS = "userId,movieId,rating,timestamp\n1,1,4.5,964982703\n1,6,3,964982704\n"
SEMICOLONS = str.maketrans(",.", ";,")
FORMS: dict[str, tuple[str | bytes, str | bytes]] = {
    "plain": (MOVIES, RATINGS),
    "decimal commas": (MOVIES.replace(",", ";"), RATINGS.translate(SEMICOLONS)),
    "cp1252": (MOVIES.encode("cp1252"), RATINGS),
    "Excel": (MOVIES.replace(",", ";").encode("cp1252"), RATINGS.translate(SEMICOLONS)),
    "quotes": (MOVIES.replace(",", ";").replace("Toy Story (1995)", '"Toy Story (1995)"'), RATINGS),
    "index": (
        ",movieId,title,genres\n0,1,Toy Story (1995),Adventure\n1,6,Amélie (2001),Crime\n",
        ",userId,movieId,rating,timestamp\n0,1,1,4.5,964982703\n1,1,6,3.0,964982704\n",
    ),
    "whole numbers with .0": (
        MOVIES,
        RATINGS.replace("1,1,", "1.0,1.0,").replace("703", "703.0").replace("704", "704.0"),
    ),
    "names of columns": (
        MOVIES.replace("movieId", "MovieID"),
        RATINGS.replace("userId", " UserId"),
    ),
}
"""Films and ratings in the same words, as programs write them."""


def write(folder: Path, movies: str | bytes, ratings: str | bytes) -> Path:
    for name, content in (("movies.csv", movies), ("ratings.csv", ratings)):
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def refusals(folder: Path) -> list[str]:
    """Return why both readers refuse a folder."""
    with pytest.raises(ImportFailed) as site:
        import_movielens(source=open_source(folder))
    with pytest.raises(DataError) as ml:
        read_dataset(folder)
    return [str(site.value), str(ml.value)]


@pytest.mark.django_db
@pytest.mark.parametrize("form", FORMS)
def test_both_readers_read_the_same_films_and_ratings(tmp_path: Path, form: str):
    movies, ratings = FORMS[form]
    folder = write(tmp_path, movies, ratings)
    data = read_dataset(folder)
    assert data.catalogue.titles == ("Toy Story", "Amélie")
    assert data.ratings.half_stars.tolist() == [9, 6]
    assert data.ratings.timestamps.tolist() == [964982703, 964982704]
    report = import_movielens(source=open_source(folder))
    assert report.counts["rows_refused"] == 0
    rows = Rating.objects.order_by("rated_at")
    assert list(rows.values_list("movie__title", "half_stars")) == [("Toy Story", 9), ("Amélie", 6)]
    assert [int(one.rated_at.timestamp()) for one in rows] == [964982703, 964982704]


@pytest.mark.django_db
def test_the_first_refused_line_is_named_with_its_reason(tmp_path: Path):
    row = "userId,movieId,rating,timestamp\n1,1,4,5,9.64982703E+08\n".replace("4,5", "4")
    site, ml = refusals(write(tmp_path, MOVIES, row))
    assert "The first one is line 2: the timestamp '9.64982703E+08' is not a whole number" in site
    assert "ratings.csv, line 2: the timestamp '9.64982703E+08' is no number" in ml
    good = "userId,movieId,rating,timestamp\n1,1,4,\n".replace("4,", "four,1")
    site, ml = refusals(write(tmp_path, MOVIES, good))
    assert "The first one is line 2: the rating 'four'" in site
    assert "ratings.csv, line 2: the rating 'four' is no number" in ml
    site, _ml = refusals(write(tmp_path, "movieId,title,genres\nx,Heat (1995),\n", RATINGS))
    assert "movies.csv has no row that can be imported. The first one is line 2: " in site


@pytest.mark.django_db
@pytest.mark.parametrize("is_films", [True, False])
def test_utf_16_is_named_in_words(tmp_path: Path, is_films: bool):
    movies = MOVIES.encode("utf-16") if is_films else MOVIES
    ratings = RATINGS if is_films else RATINGS.encode("utf-16")
    for said in refusals(write(tmp_path, movies, ratings)):
        assert "Save it as CSV UTF-8" in said
        assert said.startswith("movies.csv" if is_films else "ratings.csv")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header",
    [
        "Date,Name,Year,Letterboxd URI,Rating",
        "Const,Your Rating,Date Rated,Title,Original Title,URL",
        "movie_id,imdb_id,tmdb_id,rating,average_rating,title",
    ],
)
@pytest.mark.parametrize("has_films", [True, False])
def test_the_export_of_one_person_is_named_with_its_command(
    tmp_path: Path, header: str, has_films: bool
):
    write(tmp_path, MOVIES, f"{header}\n{'1,' * header.count(',')}1\n")
    if not has_films:
        (tmp_path / "movies.csv").unlink()
    for said in refusals(tmp_path):
        assert "manage.py import_ratings" in said


@pytest.mark.django_db
def test_a_file_of_films_that_is_not_there_is_named(tmp_path: Path):
    (write(tmp_path, MOVIES, RATINGS) / "movies.csv").unlink()
    for said in refusals(tmp_path):
        assert "movies.csv is missing" in said


AGAIN = {
    "quotes": "".join(
        ",".join(f'"{field}"' for field in line.split(",")) + "\n" for line in RATINGS.splitlines()
    ),
    "semicolons": RATINGS.replace(",", ";"),
    "decimal commas": RATINGS.translate(SEMICOLONS),
    "order": "\n".join([RATINGS.split("\n")[number] for number in (0, 2, 1)]) + "\n",
    "line ends": RATINGS.replace("\n", "\r\n"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("form", AGAIN)
@pytest.mark.parametrize("max_users", [None, 1])
def test_the_same_ratings_in_another_form_add_no_raters(
    tmp_path: Path, form: str, max_users: int | None
):
    others = RATINGS + "2,1,5,964982705\n"
    for name, ratings in (("first", RATINGS), ("second", AGAIN[form])):
        (tmp_path / name).mkdir()
        write(tmp_path / name, MOVIES, ratings)
    first = import_movielens(source=open_source(tmp_path / "first"), max_users=max_users)
    second = import_movielens(source=open_source(tmp_path / "second"))
    assert (second.source, second.counts["raters_added"]) == (first.source, 0)
    assert Rating.objects.count() == 2
    (tmp_path / "third").mkdir()
    third = import_movielens(source=open_source(write(tmp_path / "third", MOVIES, others)))
    assert (third.source, third.counts["raters_added"]) == ("third", 2)


@pytest.mark.django_db
def test_an_import_of_an_older_version_is_known_by_the_bytes_of_its_file(tmp_path: Path):
    (tmp_path / "other").mkdir()
    first = import_movielens(source=open_source(write(tmp_path, MOVIES, RATINGS)), name="mine")
    first.digest = hashlib.sha256(RATINGS.encode()).hexdigest()
    first.save()
    for ratings in (RATINGS.replace("\n", "\r\n"), AGAIN["quotes"]):
        source = open_source(write(tmp_path / "other", MOVIES, ratings))
        again = import_movielens(source=source)
        assert (again.source, again.counts["raters_added"]) == ("mine", 0)
