import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from common.locks import lock_key
from movies.importers.errors import ImportFailed
from movies.importers.files import open_source
from movies.importers.movielens import import_movielens
from movies.importers.movielens.builtin import builtin_source
from movies.importers.runs import LOCK
from movies.models import Genre, ImportReport, Movie, Rating
from movies.services.ratings import rating_set
from tests import cast
from tests.movies.importers import editions
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db

EDITIONS = {
    "csv": editions.write_csv,
    "zip": editions.write_zip,
    "1m": lambda folder: editions.write_dat(folder, "latin-1"),
    "10m": lambda folder: editions.write_dat(folder, "utf-8"),
    "100k": editions.write_100k,
}


def run(path: Path, **options) -> ImportReport:
    return import_movielens(source=open_source(path), **options)


def problems(report) -> list[tuple[str, int, str]]:
    return list(report.problems.values_list("file", "line_number", "reason"))


def counts(report, *names):
    return tuple(report.counts[name] for name in names)


def everything() -> list[tuple[object, ...]]:
    fields = ("user__username", "movie__title", "half_stars", "rated_at")
    return sorted(Rating.objects.values_list(*fields))


class TestEditions:
    @pytest.mark.parametrize("edition", EDITIONS)
    def test_every_edition_gives_the_same_films_and_ratings(self, tmp_path, edition):
        report = run(EDITIONS[edition](tmp_path / "ml-made"))
        assert report.status == ImportReport.Status.DONE
        assert problems(report) == []
        assert [(user, film, half) for user, film, half, _when in everything()] == [
            ("ml-made:1", "The City of Lost Children", 6),
            ("ml-made:1", "Toy Story", 8),
            ("ml-made:2", 'Say "Hello", Dolly', 2),
            ("ml-made:2", "Toy Story", 10),
        ]
        toy_story = Movie.objects.get(title="Toy Story")
        assert toy_story.year == 1995
        assert [str(genre) for genre in toy_story.genres.all()] == [
            "Animation",
            "Children",
            "Comedy",
        ]
        assert (toy_story.n_ratings, toy_story.half_stars_sum) == (2, 18)
        lost = Movie.objects.get(title="The City of Lost Children")
        assert lost.other_titles == "La Cité des enfants perdus"
        assert not Movie.objects.get(title__startswith="Say").genres.exists()
        rated_at = Rating.objects.get(user__source_id=1, movie=toy_story).rated_at
        assert rated_at.timestamp() == 1_000_000_000

    @pytest.mark.parametrize("edition", EDITIONS)
    def test_twice_is_once(self, tmp_path, edition):
        path = EDITIONS[edition](tmp_path / "ml-made")
        run(path)
        before = everything()
        report = run(path)
        assert everything() == before
        assert report.counts == {
            "films_added": 0,
            "films_changed": 0,
            "genres_added": 0,
            "raters_added": 0,
            "ratings_added": 0,
            "ratings_changed": 0,
            "ratings_unchanged": 4,
            "rows_refused": 0,
        }

    def test_the_numbers_of_imdb_and_tmdb_come_along(self, tmp_path):
        run(editions.write_csv(tmp_path))
        toy_story, lost, dolly = Movie.objects.order_by("movielens_id")
        assert (toy_story.imdb_id, toy_story.tmdb_id) == ("tt0114709", 862)
        assert (lost.imdb_id, lost.tmdb_id) == ("tt0112682", None)
        assert (dolly.imdb_id, dolly.tmdb_id) == ("", None)

    def test_columns_may_stand_in_another_order_and_in_quotes(self, tmp_path):
        editions.write_csv(tmp_path)
        editions.write(
            tmp_path / "ratings.csv",
            '\ufeff"timestamp","rating","note","movieId","userId"',
            '1000000000,"3.5",x,"1",7',
        )
        run(tmp_path)
        rating = Rating.objects.get()
        assert (rating.user.source_id, rating.movie.movielens_id, rating.stars) == (7, 1, 3.5)

    def test_two_editions_share_their_films_but_not_their_raters(self, tmp_path):
        run(editions.write_100k(tmp_path / "ml-100k"))
        assert not Movie.objects.exclude(movielens_id=None).exists()
        report = run(editions.write_csv(tmp_path / "ml-latest"))
        assert counts(report, "films_added", "films_changed", "raters_added") == (0, 3, 2)
        assert Movie.objects.get(movielens_id=1).n_ratings == 4

    def test_films_of_one_name_and_year_but_two_numbers_stay_two(self, tmp_path):
        editions.write_csv(tmp_path)
        twins = ["5,War (2005),Drama", "6,War (2005),Comedy"]
        editions.write(tmp_path / "movies.csv", "movieId,title,genres", "1,Toy Story,", *twins)
        for _ in range(2):
            run(tmp_path)
            assert Movie.objects.filter(title="War").count() == 2

    def test_two_numbers_whose_links_come_later_are_named_and_can_be_merged(self, tmp_path, capsys):
        folder = editions.write_csv(tmp_path / "ml-made")
        films = ["7,Twin Late (2005),Drama", "8,Twin Late (2005),Drama"]
        editions.write(folder / "movies.csv", "movieId,title,genres", *films)
        rows = ["1,7,4.0,1000000000", "2,8,3.0,1000000000"]
        editions.write(folder / "ratings.csv", "userId,movieId,rating,timestamp", *rows)
        (folder / "links.csv").unlink()
        call_command("import_movielens", str(folder))
        assert "merge_films" not in capsys.readouterr().out
        links = ["7,9876000,7600001", "8,9876000,7600001"]
        editions.write(folder / "links.csv", "movieId,imdbId,tmdbId", *links)
        call_command("import_movielens", str(folder))
        output = capsys.readouterr().out
        assert "1 films there twice" in output
        assert "manage.py merge_films" in output
        call_command("merge_films")
        call_command("import_movielens", str(folder))
        assert Movie.objects.count() == 1
        assert Rating.objects.count() == 2

    def test_a_film_is_found_by_another_of_its_titles_and_its_year(self, tmp_path):
        folder = editions.write_csv(tmp_path / "ml-made")
        known = Movie.objects.create(
            title="A Trip to the Moon", year=1902, other_titles="Le Voyage dans la lune; Moon"
        )
        Movie.objects.create(title="Moon Trip", year=1902, other_titles="Moon")
        films = ["Le voyage dans la lune (1902)", "Le voyage dans la lune (2002)", "Moon (1902)"]
        rows = [f"000041{number}::{title}::Fantasy" for number, title in enumerate(films)]
        for file in folder.iterdir():
            file.unlink()
        editions.write(folder / "movies.dat", *rows)
        editions.write(folder / "ratings.dat", "1::0000410::4::1000000000")
        run(folder)
        known.refresh_from_db()
        assert known.imdb_id == "tt0000410"
        assert known.n_ratings == 1
        assert Movie.objects.count() == 4

    def test_a_film_that_gets_its_number_keeps_it_beside_a_namesake(self, tmp_path):
        known = cast.movie("War", 2005)
        editions.write_csv(tmp_path)
        films = ["1,Toy Story,", "5,War (2005),Drama", "6,War (2005),Comedy"]
        editions.write(tmp_path / "movies.csv", "movieId,title,genres", *films)
        run(tmp_path)
        known.refresh_from_db()
        assert known.movielens_id == 5
        assert Movie.objects.get(movielens_id=6) != known

    def test_many_small_portions_give_what_one_gives(self, tmp_path, monkeypatch):
        monkeypatch.setattr("movies.importers.movielens.ratings.COPY_ROWS", 1)
        monkeypatch.setattr("movies.importers.movielens.ratings.MERGE_LINES", 2)
        report = run(editions.write_csv(tmp_path))
        assert counts(report, "ratings_added", "ratings_changed") == (4, 0)
        assert counts(run(tmp_path), "ratings_added", "ratings_unchanged") == (0, 4)
        assert Movie.objects.get(movielens_id=1).n_ratings == 2

    @pytest.mark.slow
    def test_the_packaged_data_set_is_imported_whole(self):
        report = import_movielens(source=builtin_source())
        assert counts(report, "films_added", "raters_added", "ratings_added") == (9066, 671, 100004)
        assert report.counts["rows_refused"] == 0
        assert Genre.objects.count() == 19
        assert Movie.objects.get(movielens_id=1).n_ratings == 247
        assert Movie.objects.get(movielens_id=151307).title == "The Lovers and the Despot"


class TestRaters:
    def test_they_are_people_who_cannot_log_in(self, tmp_path, client):
        run(editions.write_csv(tmp_path / "ml-made"))
        for rater in User.objects.all():
            assert rater.is_rater
            assert not rater.is_active
            assert not rater.has_usable_password()

    def test_only_the_first_so_many_are_taken(self, tmp_path):
        report = run(editions.write_csv(tmp_path), max_users=1)
        assert counts(report, "raters_added", "ratings_added") == (1, 2)
        assert run(tmp_path).counts["ratings_added"] == 2

    def test_they_can_be_given_a_name(self, tmp_path):
        run(editions.write_csv(tmp_path), name="Our own data")
        assert set(User.objects.values_list("source", flat=True)) == {"our-own-data"}


class TestAgain:
    def test_what_changed_in_the_files_changes_and_what_is_new_is_added(self, tmp_path):
        run(editions.write_csv(tmp_path))
        with (tmp_path / "ratings.csv").open("a") as file:
            file.write("3,1,0.5,1000000400\n")
        text = (tmp_path / "ratings.csv").read_text().replace("1,1,4.0", "1,1,2.0")
        (tmp_path / "ratings.csv").write_text(text)
        report = run(tmp_path)
        assert counts(report, "ratings_added", "ratings_changed", "ratings_unchanged") == (1, 1, 3)
        toy_story = Movie.objects.get(movielens_id=1)
        assert (toy_story.n_ratings, toy_story.half_stars_sum) == (3, 15)

    def test_what_an_administrator_corrected_stays(self, tmp_path):
        run(editions.write_csv(tmp_path))
        film = Movie.objects.get(movielens_id=1)
        film.title, film.year = "Toy Story!", 1996
        film.save()
        film.genres.set([cast.genre("Western")])
        run(tmp_path)
        film.refresh_from_db()
        assert (film.title, film.year) == ("Toy Story!", 1996)
        assert [str(genre) for genre in film.genres.all()] == ["Western"]

    def test_members_ratings_are_left_alone(self, tmp_path):
        run(editions.write_csv(tmp_path))
        film = Movie.objects.get(movielens_id=1)
        ada = cast.member()
        cast.rated(ada, (film, 0.5))
        run(tmp_path)
        assert ada.ratings.get().half_stars == 1
        film.refresh_from_db()
        assert film.n_ratings == 3


BAD_RATINGS = [
    (b"1,99,4.0,1000000000", "unknown film 99"),
    (b"1,1,7,1000000000", "the rating '7' is not from 0.5 to 5 in halves"),
    (b"1,1,3.3,1000000000", "the rating '3.3' is not from 0.5 to 5 in halves"),
    (b"1,1,0,1000000000", "the rating '0' is not from 0.5 to 5 in halves"),
    (b"1,1,NaN,1000000000", "the rating 'NaN' is not from 0.5 to 5 in halves"),
    (b"1,1,,1000000000", "the rating '' is not from 0.5 to 5 in halves"),
    (b"1,1,4.0", "3 columns where there should be 4"),
    (b"1,1,4.0,1000000000,x", "5 columns where there should be 4"),
    (b"-1,1,4.0,1000000000", "the user's number '-1' is not a whole number from 0 on"),
    (b"NaN,1,4.0,1000000000", "the user's number 'NaN' is not a whole number from 0 on"),
    (b"1.5,1,4.0,1000000000", "the user's number '1.5' is not a whole number from 0 on"),
    (b"9" * 30 + b",1,4.0,1000000000", f"the user's number '{'9' * 30}' is too large"),
    (b"1,-1,4.0,1000000000", "the film's number '-1' is not a whole number from 0 on"),
    (b"1,1,4.0,yesterday", "the timestamp 'yesterday' is not a whole number from 0 on"),
    (b"1,1,4.0,99999999999", "the timestamp '99999999999' is too large"),
    (b"1,1,4.0,100000\xff0000", "byte 15 of the line is not UTF-8"),
    (b'1,1,"4.0,1000000000', "the quotes are wrong: unexpected end of data"),
    (b"\x00\x01\x02", "1 columns where there should be 4"),
    (b"x" * 70_000, "the line is longer than 65536 bytes"),
]


class TestBadRows:
    @pytest.mark.parametrize(("row", "reason"), BAD_RATINGS, ids=lambda v: str(v)[:40])
    def test_a_bad_rating_is_reported_and_the_good_ones_go_in(self, tmp_path, row, reason):
        editions.write_csv(tmp_path)
        file = tmp_path / "ratings.csv"
        good = file.read_bytes().splitlines(keepends=True)
        file.write_bytes(b"".join([*good[:3], row + b"\n", *good[3:]]))
        report = run(tmp_path)
        assert problems(report) == [("ratings.csv", 4, reason)]
        assert counts(report, "ratings_added", "rows_refused") == (4, 1)
        excerpt = report.problems.get().excerpt
        assert excerpt[:3] == row[:3].decode().replace("\0\1\2", "\ufffd\ufffd\ufffd")

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            ("1,Toy Story again (1995),", "film 1 stands on an earlier line already"),
            ("x,Alien (1979),", "the film's number 'x' is not a whole number from 0 on"),
            ("9999999999,Alien (1979),", "the film's number '9999999999' is too large"),
            ("4,,Horror", "the title is empty"),
            (f"4,{'x' * 301},Horror", "the title is longer than 300 characters"),
            (f"4,Alien (1979),{'x' * 51}", f"'{'x' * 51}' is no name of a genre"),
            ("4,Alien (1979),!!!", "'!!!' is no name of a genre"),
            ("4,Alien (1979)", "2 columns where there should be 3"),
        ],
    )
    def test_a_bad_film_is_reported_and_the_good_ones_go_in(self, tmp_path, row, reason):
        editions.write_csv(tmp_path)
        with (tmp_path / "movies.csv").open("a") as file:
            file.write(row + "\n")
        report = run(tmp_path)
        assert problems(report) == [("movies.csv", 5, reason)]
        assert counts(report, "films_added", "ratings_added") == (3, 4)

    def test_a_bad_link_is_reported_and_the_film_goes_in_without(self, tmp_path):
        editions.write_csv(tmp_path)
        editions.write(tmp_path / "links.csv", "movieId,imdbId,tmdbId", "1,tt1,862", "2,5,6")
        report = run(tmp_path)
        reason = "the IMDb number 'tt1' is not a whole number from 0 on"
        assert problems(report) == [("links.csv", 2, reason)]
        assert Movie.objects.get(movielens_id=1).tmdb_id is None
        assert Movie.objects.get(movielens_id=2).imdb_id == "tt0000005"

    def test_duplicates_are_found_wherever_they_stand(self, tmp_path):
        editions.write_csv(tmp_path)
        with (tmp_path / "ratings.csv").open("a") as file:
            file.write("1,1,0.5,1000000400\n2,1,0.5,1000000400\n1,1,1,1000000400\n")
        report = run(tmp_path)
        assert problems(report) == [
            ("ratings.csv", 2, "user 1 rates this film again on line 8"),
            ("ratings.csv", 4, "user 2 rates this film again on line 7"),
            ("ratings.csv", 6, "user 1 rates this film again on line 8"),
        ]
        excerpts = [problem.excerpt for problem in report.problems.all()]
        assert excerpts[-1] == "Toy Story: 0.5 stars"
        assert Rating.objects.get(user__source_id=1, movie__movielens_id=1).half_stars == 2

    def test_a_file_cut_in_the_middle_of_a_row_loses_that_row_alone(self, tmp_path):
        editions.write_csv(tmp_path)
        file = tmp_path / "ratings.csv"
        file.write_bytes(file.read_bytes()[:-14])
        report = run(tmp_path)
        assert problems(report) == [("ratings.csv", 5, "3 columns where there should be 4")]
        assert report.counts["ratings_added"] == 3


def drop(name):
    return lambda folder: (folder / name).unlink()


def replace(name, content):
    return lambda folder: (folder / name).write_bytes(content)


HEADER = b"userId,movieId,rating,timestamp\n"
BROKEN = {
    "no files": (lambda folder: [f.unlink() for f in folder.iterdir()], "There is no MovieLens in"),
    "no films": (drop("movies.csv"), "movies.csv is missing in"),
    "no ratings": (drop("ratings.csv"), "There is no MovieLens in"),
    "empty": (replace("ratings.csv", b""), "ratings.csv is empty"),
    "header alone": (replace("ratings.csv", HEADER), "ratings.csv has no row that can be imported"),
    "no header": (replace("ratings.csv", b"1,1,4.0,1000000000\n"), "does not begin with a line"),
    "other header": (replace("ratings.csv", b"a,b,c,d\n1,1,4,1\n"), "userId, movieId, rating"),
    "binary": (replace("ratings.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 99), "begin with"),
    "binary films": (replace("movies.csv", bytes(range(256)) * 99), "movies.csv does not begin"),
    "one endless line": (replace("ratings.csv", b"u" * 10**6), "does not begin with a line"),
    "no good row": (replace("ratings.csv", HEADER + b"1,1,0,1\n2,1,0,1\n"), "has no row that can"),
    "no good film": (
        replace("movies.csv", b"movieId,title,genres\n1,,\n"),
        "movies.csv has no row",
    ),
    "bad links": (replace("links.csv", b"nonsense"), "links.csv does not begin"),
}


class TestBrokenFiles:
    @pytest.mark.parametrize("fault", BROKEN)
    def test_the_fault_is_named_nothing_goes_in_and_the_report_stays(self, tmp_path, fault):
        damage, message = BROKEN[fault]
        damage(editions.write_csv(tmp_path))
        with pytest.raises(ImportFailed, match=message):
            run(tmp_path)
        report = ImportReport.objects.get()
        assert report.status == ImportReport.Status.FAILED
        assert message in report.error
        assert report.finished_at is not None
        assert not Movie.objects.exists()
        assert not User.objects.exists()

    def test_the_refused_rows_of_a_failed_import_can_be_read(self, tmp_path):
        BROKEN["no good row"][0](editions.write_csv(tmp_path))
        with pytest.raises(ImportFailed):
            run(tmp_path)
        assert [line for _file, line, _reason in problems(ImportReport.objects.get())] == [2, 3]

    def test_100k_without_its_genres_is_refused(self, tmp_path):
        (editions.write_100k(tmp_path) / "u.genre").unlink()
        with pytest.raises(ImportFailed, match=r"u\.genre is missing"):
            run(tmp_path)


class TestOneAtATime:
    def test_a_second_import_at_the_same_time_is_refused_and_says_so(self, tmp_path):
        path = editions.write_csv(tmp_path)
        database = connection.settings_dict
        wrapper: Any = connection
        with wrapper.Database.connect(
            dbname=database["NAME"], host=database["HOST"], user=database["USER"],
            password=database["PASSWORD"], port=database["PORT"] or None,
        ) as other:  # fmt: skip
            other.cursor().execute("SELECT pg_advisory_xact_lock(%s)", [lock_key(LOCK)])
            with pytest.raises(ImportFailed, match="Another import is running"):
                run(path)
        assert ImportReport.objects.get().status == ImportReport.Status.FAILED
        run(path)

    @pytest.mark.parametrize("interruption", [KeyboardInterrupt(), MemoryError("no memory")])
    def test_an_interrupted_import_leaves_nothing_but_a_failed_report(self, tmp_path, interruption):
        def interrupt(step, n_done, n_total):
            if step == "merging":
                raise interruption

        with pytest.raises(type(interruption)):
            run(editions.write_csv(tmp_path), progress=interrupt)
        report = ImportReport.objects.get()
        assert report.status == ImportReport.Status.FAILED
        assert report.error in {"KeyboardInterrupt", "no memory"}
        assert not Movie.objects.exists()
        assert not Rating.objects.exists()
        assert run(tmp_path).counts["ratings_added"] == 4


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_a_killed_import_leaves_nothing_half_done_and_the_next_one_says_it_died(
    tmp_path, site_environment
):
    folder = editions.write_csv(tmp_path / "ml-made")
    rows = [f"{user},{film},3.0,1000000000" for user in range(1, 200_001) for film in (1, 2, 3)]
    editions.write(folder / "ratings.csv", "userId,movieId,rating,timestamp", *rows)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "import_movielens", str(folder)], env=site_environment
    )
    try:
        wait_until(lambda: copied_rows() > 0)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    wait_until(lambda: copied_rows() == 0)
    dead = ImportReport.objects.get()
    assert dead.status == ImportReport.Status.RUNNING
    assert not Movie.objects.exists()
    assert not User.objects.exists()

    report = run(editions.write_csv(tmp_path / "ml-made"))
    assert report.counts["ratings_added"] == 4
    dead.refresh_from_db()
    assert dead.status == ImportReport.Status.FAILED
    assert "process ended" in dead.error


@pytest.mark.django_db(transaction=True)
def test_members_rate_the_same_films_while_an_import_merges_and_all_are_counted(tmp_path):
    toy_story = cast.movie("Toy Story", 1995, movielens_id=1, imdb_id="tt0114709", tmdb_id=862)
    ada = cast.member()

    def rate():
        rating_set(user=ada, movie=toy_story, half_stars=1)
        connection.close()

    def rate_meanwhile(step, n_done, n_total):
        if step == "merging":
            member = Thread(target=rate, daemon=True)
            member.start()
            member.join(timeout=20)
            assert not member.is_alive(), "the member waits for the import"

    run(editions.write_csv(tmp_path), progress=rate_meanwhile)
    toy_story.refresh_from_db()
    assert (toy_story.n_ratings, toy_story.half_stars_sum) == (3, 8 + 10 + 1)
    rating_set(user=ada, movie=toy_story, half_stars=2)
    toy_story.refresh_from_db()
    assert (toy_story.n_ratings, toy_story.half_stars_sum) == (3, 8 + 10 + 2)


def copied_rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(tuples_processed), 0) FROM pg_stat_progress_copy")
        return int(cursor.fetchone()[0])


class TestCommands:
    def test_the_import_says_what_came_of_it_and_the_report_can_be_read(self, tmp_path, capsys):
        folder = editions.write_csv(tmp_path / "ml-made")
        with (folder / "ratings.csv").open("a") as file:
            file.write("1,99,4.0,1000000000\n")
        call_command("import_movielens", str(folder))
        output = capsys.readouterr().out
        report = ImportReport.objects.get()
        assert "4 ratings added" in output
        assert f"import_report {report.pk}" in output
        call_command("import_report", str(report.pk))
        output = capsys.readouterr().out
        assert "ratings.csv:6: unknown film 99: 1,99,4.0,1000000000" in output
        call_command("import_report")
        assert "ml-made" in capsys.readouterr().out

    def test_what_cannot_be_done_is_said_without_a_traceback(self, tmp_path):
        with pytest.raises(CommandError, match="does not exist"):
            call_command("import_movielens", str(tmp_path / "nowhere"))
        with pytest.raises(CommandError, match="There is no report 7"):
            call_command("import_report", "7")

    def test_only_so_many_users_are_taken(self, tmp_path):
        call_command("import_movielens", str(editions.write_csv(tmp_path)), "--max-users", "1")
        assert User.objects.count() == 1
