"""Public copies of data sets: Kaggle's names, dates as times, Excel's files, other scales."""

import json
import shutil

import numpy as np
import pytest

from accounts.models import User
from ml.data.dataset import DataError
from ml.io.readers import read_dataset
from movies.importers.errors import ImportFailed
from movies.importers.files import open_file, open_source
from movies.importers.movielens import import_movielens
from movies.importers.wikipedia import import_wikipedia
from movies.models import ImportReport, Movie, Rating
from tests import cast
from tests.movies.importers.editions import write, write_csv

pytestmark = pytest.mark.django_db


def kaggle(folder):
    folder.mkdir()
    write(folder / "movie.csv", '"movieId","title","genres"', '5,"Alien (1979)","Horror|Sci-Fi"')
    write(folder / "link.csv", '"movieId","imdbId","tmdbId"', '5,"0078748",348.0')
    write(
        folder / "rating.csv",
        '"userId","movieId","rating","timestamp"',
        '1,5,3.5,"2009-02-13 23:31:30"',
        '2,5,4,"2009-02-13 23:31:31"',
    )
    return folder


def tweets(folder):
    folder.mkdir()
    write(folder / "movies.dat", "0000005::Méliès (1901)::Short", "0078748::Alien (1979)::")
    write(folder / "ratings.dat", *(f"{user}::0078748::{user + 4}::100" for user in range(1, 7)))
    return folder


def run(path, **options):
    return import_movielens(source=open_source(path), **options)


class TestKaggle:
    def test_the_site_reads_it(self, tmp_path):
        assert run(kaggle(tmp_path / "archive")).counts["ratings_added"] == 2
        film = Movie.objects.get()
        assert (film.imdb_id, film.tmdb_id, film.movielens_id) == ("tt0078748", 348, 5)
        times = Rating.objects.order_by("rated_at").values_list("rated_at", flat=True)
        assert times[0].timestamp() == 1234567890

    def test_ml_reads_the_zip_as_it_comes(self, tmp_path):
        folder = kaggle(tmp_path / "data")
        zipped = shutil.make_archive(str(tmp_path / "archive"), "zip", tmp_path, "data")
        assert len(read_dataset(zipped).ratings) == len(read_dataset(folder).ratings) == 2

    def test_ml_says_that_a_zip_is_damaged(self, tmp_path):
        (tmp_path / "archive.zip").write_bytes(b"PK\x03\x04 cut")
        with pytest.raises(DataError, match=r"archive\.zip is neither a directory nor a zip"):
            read_dataset(tmp_path / "archive.zip")

    def test_ml_reads_it_the_same(self, tmp_path):
        data = read_dataset(kaggle(tmp_path / "archive"))
        assert data.ratings.timestamps.tolist() == [1234567890, 1234567891]
        assert data.ratings.half_stars.tolist() == [7, 8]
        assert data.catalogue.titles == ("Alien",)

    def test_excels_semicolons_are_read_by_both(self, tmp_path):
        folder = write_csv(tmp_path / "excel")
        for name in ("ratings.csv", "links.csv"):
            path = folder / name
            path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b",", b";"))
        assert run(folder).counts["ratings_added"] == 4
        assert len(read_dataset(folder).ratings) == 4

    def test_a_column_of_row_numbers_does_not_matter(self, tmp_path):
        folder = write_csv(tmp_path / "pandas")
        lines = (folder / "ratings.csv").read_text().splitlines()
        numbered = [f"{n - 1 if n else ''},{line}" for n, line in enumerate(lines)]
        write(folder / "ratings.csv", *numbered)
        assert run(folder).counts["ratings_added"] == 4
        assert len(read_dataset(folder).ratings) == 4


class TestOtherScale:
    def test_both_refuse_it_as_a_whole(self, tmp_path):
        folder = tweets(tmp_path / "tweets")
        with pytest.raises(ImportFailed, match=r"another scale .* Use --scale 10"):
            run(folder)
        assert not Movie.objects.exists()
        with pytest.raises(DataError, match="another scale"):
            read_dataset(folder)

    def test_it_is_halved_when_told(self, tmp_path):
        run(tweets(tmp_path / "tweets"), scale=10)
        found = Rating.objects.order_by("half_stars").values_list("half_stars", flat=True)
        assert list(found) == [5, 6, 7, 8, 9, 10]

    def test_a_number_of_another_catalogue_never_merges_films(self, tmp_path):
        whit = cast.movie("Barcelona", 1994, movielens_id=5)
        run(tweets(tmp_path / "tweets"), scale=10)
        assert Movie.objects.get(title="Méliès").movielens_id is None
        whit.refresh_from_db()
        assert (whit.title, whit.n_ratings) == ("Barcelona", 0)
        assert run(tmp_path / "tweets", scale=10).counts["films_added"] == 0


class TestNumbersOfImdb:
    """MovieTweetings numbers its films as IMDb does."""

    def test_they_find_the_film_under_another_title(self, tmp_path):
        alien = cast.movie("Alien: Director's Cut", 1979, imdb_id="tt0078748", movielens_id=1214)
        run(tweets(tmp_path / "tweets"), scale=10)
        alien.refresh_from_db()
        assert (alien.n_ratings, alien.movielens_id) == (6, 1214)
        assert Movie.objects.count() == 2

    def test_they_are_kept_as_such(self, tmp_path):
        run(tweets(tmp_path / "tweets"), scale=10)
        films = Movie.objects.order_by("title").values_list("title", "imdb_id", "movielens_id")
        assert list(films) == [("Alien", "tt0078748", None), ("Méliès", "tt0000005", None)]

    def test_a_namesake_with_another_number_is_another_film(self, tmp_path):
        cast.movie("Alien", 1979, imdb_id="tt0000099")
        run(tweets(tmp_path / "tweets"), scale=10)
        assert Movie.objects.filter(title="Alien").count() == 2

    def test_the_film_of_another_decade_is_not_taken(self, tmp_path):
        cast.movie("Alien", 2005, imdb_id="tt0078748")
        run(tweets(tmp_path / "tweets"), scale=10)
        assert Movie.objects.get(year=1979).n_ratings == 6


def test_the_netflix_prize_is_refused_in_words_by_both(tmp_path):
    write(tmp_path / "combined_data_1.txt", "1:", "1488844,3,2005-09-06")
    write(tmp_path / "movie_titles.csv", "1,2003,Dinosaur Planet")
    for read, error in (
        (lambda: run(tmp_path), ImportFailed),
        (lambda: read_dataset(tmp_path), DataError),
    ):
        with pytest.raises(error, match=r"Netflix Prize .* Known forms"):
            read()


@pytest.mark.parametrize(
    ("raw", "title", "year", "others"),
    [
        ("Ada and the Sea (Ada ja meri) (1983))", "Ada and the Sea", 1983, "Ada ja meri"),
        ("Diplomats (2009– )", "Diplomats", 2009, ""),  # noqa: RUF001
        ('"Long Game, The (2007-)"', "The Long Game", 2007, ""),
        ("The Big Game (Das grosse Spiel)", "The Big Game", None, "Das grosse Spiel"),
        ("$ (Dollars) (1971)", "$", 1971, "Dollars"),
    ],
)
def test_both_read_odd_titles_by_one_function(tmp_path, raw, title, year, others):
    write(tmp_path / "movies.csv", "movieId,title,genres", f"1,{raw},Drama")
    write(tmp_path / "ratings.csv", "userId,movieId,rating,timestamp", "1,1,4,100")
    run(tmp_path)
    film = Movie.objects.get()
    assert (film.title, film.year, film.other_titles) == (title, year, others)
    catalogue = read_dataset(tmp_path).catalogue
    assert catalogue.titles == (f"{title} ({others})" if others else title,)
    assert np.isnan(catalogue.years[0]) if year is None else catalogue.years[0] == year


class TestIdentity:
    def test_the_same_files_under_another_name_add_no_raters(self, tmp_path):
        run(write_csv(tmp_path / "ml-latest"))
        copy = (tmp_path / "ml-latest").rename(tmp_path / "downloads-2")
        assert run(copy).counts["raters_added"] == 0
        assert set(User.objects.values_list("source", flat=True)) == {"ml-latest"}
        assert ImportReport.objects.latest("pk").source == "ml-latest"

    def test_what_lies_beside_the_ratings_does_not_matter(self, tmp_path):
        folder = write_csv(tmp_path / "ml-latest")
        run(folder)
        zipped = shutil.make_archive(str(tmp_path / "archive"), "zip", folder)
        copy = folder.rename(tmp_path / "downloads-2")
        (copy / "notes.txt").write_text("my own")
        (copy / "links.csv").unlink()
        ratings = (copy / "ratings.csv").read_bytes()
        (copy / "ratings.csv").write_bytes(ratings.replace(b"\n", b"\r\n"))
        for path in (copy, tmp_path / zipped):
            assert run(path).counts["raters_added"] == 0

    def test_other_ratings_are_of_other_raters(self, tmp_path):
        run(write_csv(tmp_path / "ml-latest"))
        other = write_csv(tmp_path / "ml-later")
        with (other / "ratings.csv").open("a") as file:
            file.write("3,1,4,1000000000\n")
        assert run(other).counts["raters_added"] == 3

    def test_a_name_that_is_given_counts(self, tmp_path):
        run(write_csv(tmp_path / "ml-latest"))
        assert run(tmp_path / "ml-latest", name="again").counts["raters_added"] == 2

    def test_two_numbers_of_one_film_are_one_film(self, tmp_path):
        write(
            tmp_path / "movies.csv",
            *("movieId,title,genres", "1,Solaris (1972),Drama", "2,Solaris (1972),Drama"),
            "3,Solaris (1972),Drama",
        )
        write(
            tmp_path / "links.csv", "movieId,imdbId,tmdbId", "1,0069293,593", "2,0069293,", "3,99,9"
        )
        write(
            tmp_path / "ratings.csv",
            *(
                "userId,movieId,rating,timestamp",
                "1,1,4,100",
                "1,2,3,200",
                "2,2,5,100",
                "2,3,1,100",
            ),
        )
        for _ in range(2):
            report = run(tmp_path)
            assert Movie.objects.count() == 2, "the third has another number at IMDb"
        assert report.counts["films_added"] == 0
        first = Movie.objects.get(movielens_id=1)
        latest = sorted(first.ratings.values_list("half_stars", flat=True))
        assert latest == [6, 10], "of two ratings of one film the later one stays"


class TestWikipedia:
    FILMS = [
        {"title": "Alien", "year": 1979, "href": "Alien_(film)", "extract": "A ship.", "cast": []},
        {"title": "Amélie", "year": 2001, "href": None, "cast": [], "genres": ["Comedy"]},
    ]

    @pytest.mark.parametrize("indent", [None, 2])
    def test_the_published_array_is_read(self, tmp_path, indent):
        alien, amelie = cast.movie("Alien", 1979), cast.movie("Amélie", 2001)
        path = tmp_path / "movies-1970s.json"
        path.write_text(json.dumps(self.FILMS, indent=indent, ensure_ascii=False))
        assert import_wikipedia(file=open_file(path)).counts["descriptions_set"] == 1
        alien.refresh_from_db()
        amelie.refresh_from_db()
        assert (alien.description, amelie.description) == ("A ship.", "")

    def test_an_array_longer_than_the_buffer_is_read_in_pieces(self, tmp_path):
        cast.movie("Alien", 1979)
        path = tmp_path / "movies.json"
        others = [{"title": f"Film {n}", "year": 1950, "extract": "x" * 900} for n in range(900)]
        path.write_text(json.dumps([*others, *self.FILMS], indent=2))
        assert path.stat().st_size > 3 * 256 * 1024
        report = import_wikipedia(file=open_file(path))
        assert (report.counts["articles_read"], report.counts["rows_refused"]) == (902, 0)

    @pytest.mark.parametrize("content", ['[{"title": "Alien", "year": 1979}', '[{"title"', "["])
    def test_an_array_that_breaks_off_is_refused_as_a_whole(self, tmp_path, content):
        path = tmp_path / "movies.json"
        path.write_text(content)
        with pytest.raises(ImportFailed, match="breaks off"):
            import_wikipedia(file=open_file(path))


def atomic(folder, genres="genre:token_seq"):
    folder.mkdir()
    write(
        folder / "ml-1m.item",
        f"item_id:token\tmovie_title:token_seq\trelease_year:token\t{genres}",
        "1\tUsual Suspects, The\t1995\tCrime Thriller",
        '2\tThe "Odd" One\tunkonwn\t',
    )
    write(
        folder / "ml-1m.inter",
        "user_id:token\titem_id:token\trating:float\ttimestamp:float",
        "1\t1\t5\t100",
        "1\t2\t3.0\t100",
        "2\t2\t3\t100",
        "2\t9\t3\t100",
        "2\t2\t4\t200",
        "2\t2\t2\t150",
    )
    return folder


class TestOneRule:
    """The site and ``ml`` keep the same ratings of the same films."""

    @pytest.mark.parametrize("genres", ["genre:token_seq", "class:token_seq"])
    def test_recboles_atomic_files(self, tmp_path, genres):
        folder = atomic(tmp_path / "ml-1m", genres)
        report = run(folder)
        films = {film.title: film for film in Movie.objects.all()}
        assert {title: film.year for title, film in films.items()} == {
            "The Usual Suspects": 1995,
            'The "Odd" One': None,
        }
        genres_of = films["The Usual Suspects"].genres.values_list("name", flat=True)
        assert sorted(genres_of) == ["Crime", "Thriller"]
        assert report.counts["ratings_added"] == 3
        assert report.problems.count() == 3
        assert run(folder).counts["ratings_added"] == 0
        assert kept_by_the_site() == kept_by_ml(folder) == [(1, 6), (1, 10), (2, 8)]

    def test_a_number_of_recboles_is_no_number_of_movielens(self, tmp_path):
        toy = cast.movie("Toy Story", 1995, movielens_id=1)
        run(atomic(tmp_path / "ml-1m"))
        toy.refresh_from_db()
        assert toy.n_ratings == 0

    def test_unknown_films_repeated_ratings_and_twins(self, tmp_path):
        rows = ("movieId,title,genres", "1,Solaris (1972),Drama", "2,Solaris (1972),Drama")
        write(tmp_path / "movies.csv", *rows, "3,Solaris (2002),Drama")
        links = ("movieId,imdbId,tmdbId", "1,0069293,593", "2,0069293,", "3,0307479,2103")
        write(tmp_path / "links.csv", *links)
        ratings = ("1,1,4,300", "1,2,3,200", "2,2,5,100", "2,3,1,100", "2,3,2,100", "2,9,1,100")
        write(tmp_path / "ratings.csv", "userId,movieId,rating,timestamp", *ratings)
        run(tmp_path)
        assert kept_by_the_site() == kept_by_ml(tmp_path) == [(1, 8), (2, 4), (2, 10)]
        assert Movie.objects.count() == len(read_dataset(tmp_path).catalogue) == 2


def kept_by_the_site():
    return sorted(Rating.objects.values_list("user__source_id", "half_stars"))


def kept_by_ml(folder):
    ratings = read_dataset(folder).ratings
    users = ratings.user_ids[ratings.user_index].tolist()
    return sorted(zip(users, ratings.half_stars.tolist(), strict=True))
