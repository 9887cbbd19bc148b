"""A member brings ratings: checked first, imported by a worker, idempotent, undone as a whole."""

import io
import signal
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.locks import lock_across_transactions
from movies.exports import SECTIONS
from movies.import_pages import result_of
from movies.importers.errors import ImportCancelled
from movies.importers.personal import files as files_module
from movies.importers.progress import silent
from movies.models import ListEntry, Movie, PersonalImport, PersonalImportRow, Rating
from movies.selectors.personal_imports import preview_of, report_rows
from movies.services import personal_imports
from movies.services.personal_imports import (
    TooManyImports,
    UnfitAnswer,
    import_accept,
    import_answer,
    import_apply,
    import_bring,
    import_cancel,
    import_do,
    import_undo,
    personal_imports_wake,
)
from movies.services.ratings import rating_clear, rating_set
from tests import cast
from tests.movies.bringing import ratings
from tests.movies.importers.personal import exports
from tests.waiting import at_once

Status = PersonalImport.Status
Conflicts = PersonalImport.Conflicts
Outcome = PersonalImportRow.Outcome
Bring = Callable[..., PersonalImport]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def films() -> dict[str, int]:
    return exports.catalogue()


@pytest.fixture
def ada() -> User:
    return cast.member("ada")


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the imports that a worker would be given."""
    calls: list[int] = []
    monkeypatch.setattr(personal_imports, "_send", calls.append)
    return calls


@pytest.fixture
def bring(ada: User) -> Bring:
    def bring(content: str | bytes, name: str = "ratings.csv", user: User = ada) -> PersonalImport:
        raw = content.encode() if isinstance(content, str) else content
        return import_bring(user=user, file=ContentFile(raw), name=name)

    return bring


@pytest.fixture
def letterboxd(tmp_path: Path) -> bytes:
    return exports.write_zip(tmp_path / "letterboxd.zip", exports.LETTERBOXD).read_bytes()


def done(job: PersonalImport, **options: Any) -> PersonalImport:
    import_accept(job=job, **options)
    import_do(job.pk)
    job.refresh_from_db()
    assert job.status == Status.DONE, job.error
    return job


def ratings_of(user: User) -> dict[str, tuple[float, str]]:
    return {
        str(rating.movie): (rating.stars, f"{rating.rated_at:%Y-%m-%d}")
        for rating in Rating.objects.filter(user=user).select_related("movie")
    }


def csv_of(*rows: str) -> str:
    return exports.RATINGS + "".join(f"{row}\n" for row in rows)


class TestCheck:
    def test_a_dry_run_counts_and_changes_nothing(self, bring: Bring, letterboxd: bytes, ada: User):
        job = bring(letterboxd, "letterboxd.zip")
        assert (job.status, job.source) == (Status.READY, "letterboxd")
        preview = preview_of(job)
        assert (preview.n_ratings, preview.n_seen, preview.n_watch_later) == (5, 1, 0)
        assert (preview.n_unmatched, preview.n_refused, preview.n_repeated) == (4, 1, 5)
        assert job.counts["left_out"] == 4
        assert [row.title for row in preview.sample][:2] == ["Alien", "Amelie"]
        assert not Rating.objects.exists()
        assert not ListEntry.objects.exists()

    def test_the_file_is_deleted_once_it_is_read(self, bring: Bring, letterboxd: bytes):
        job = bring(letterboxd)
        assert not job.upload
        assert not PersonalImport.objects.exclude(upload="").exists()

    def test_likely_matches_and_conflicts_are_shown(
        self, bring: Bring, ada: User, films: dict[str, int]
    ):
        alien = Movie.objects.get(title="Alien")
        rating_set(user=ada, movie=alien, half_stars=4)
        job = bring(
            csv_of(
                "2021-01-01,Alien,1979,https://boxd.it/1,4.5", "2021-01-01,Paprika,2007,https://b,4"
            )
        )
        preview = preview_of(job)
        assert [row.movie for row in preview.likely] == [Movie.objects.get(title="Paprika")]
        assert preview.likely[0].note == "the years differ by one"
        assert [(row.title, vars(row)["mine"]) for row in preview.conflicts] == [("Alien", 4)]
        assert preview.n_conflicts == 1

    @pytest.mark.parametrize(
        ("title", "year", "reason"),
        [
            ("Suspiria", "1990", "not in the catalogue with the year 1990"),
            ("Suspirio", "1977", "not in the catalogue"),
        ],
    )
    def test_a_row_without_a_film_says_why(self, bring: Bring, title: str, year: str, reason: str):
        job = bring(csv_of(f"2021-01-01,{title},{year},https://boxd.it/1,4"))
        row = job.rows.get()
        assert (row.movie, row.confidence, row.note) == (None, "unmatched", reason)

    def test_an_unknown_file_says_what_is_known(self, bring: Bring):
        job = bring(b"Dear Sir,\nI liked it.\n", "letter.txt")
        assert job.status == Status.FAILED
        assert "Letterboxd" in job.error
        job = bring(b"\x89PNG\r\n\x1a\n" + bytes(100), "me.png")
        assert (job.status, job.error[:19]) == (Status.FAILED, "me.png is a picture")


class TestImport:
    def test_ratings_marks_and_dates_arrive(self, bring: Bring, letterboxd: bytes, ada: User):
        done(bring(letterboxd))
        assert ratings_of(ada) == {
            "Alien (1979)": (4.5, "2021-03-04"),
            "Amélie (2001)": (0.5, "2021-03-05"),
            "Suspiria (1977)": (5, "2021-03-06"),
            "Suspiria (2018)": (3, "2021-03-06"),
            "WALL·E (2008)": (3.5, "2021-03-07"),
        }
        assert list(ListEntry.objects.values_list("kind", "movie__title")) == [("seen", "Paprika")]
        assert Movie.objects.get(title="Alien").n_ratings == 1

    def test_twice_is_once(self, bring: Bring, letterboxd: bytes, ada: User):
        done(bring(letterboxd))
        before = list(Rating.objects.order_by("pk").values()), list(ListEntry.objects.values())
        job = done(bring(letterboxd))
        assert before == (
            list(Rating.objects.order_by("pk").values()),
            list(ListEntry.objects.values()),
        )
        assert job.counts["rating_same"] == 5
        assert "rating_added" not in job.counts

    @pytest.mark.parametrize(
        ("conflicts", "mine_is_from", "stars"),
        [
            (Conflicts.MINE, 2000, 2),
            (Conflicts.THEIRS, 2025, 4.5),
            (Conflicts.NEWER, 2000, 4.5),
            (Conflicts.NEWER, 2025, 2),
        ],
    )
    def test_conflicts_are_settled_as_told(
        self, bring: Bring, ada: User, conflicts: str, mine_is_from: int, stars: float
    ):
        alien = Movie.objects.get(title="Alien")
        when = datetime(mine_is_from, 1, 1, tzinfo=UTC)
        rating_set(user=ada, movie=alien, half_stars=4, rated_at=when)
        job = done(bring(csv_of("2021-01-01,Alien,1979,https://b,4.5")), conflicts=conflicts)
        assert ratings_of(ada)["Alien (1979)"][0] == stars
        import_undo(job=job)
        assert ratings_of(ada) == {"Alien (1979)": (2, f"{when:%Y-%m-%d}")}

    def test_only_confirmed_likely_matches_are_taken(self, bring: Bring, ada: User):
        content = csv_of("2021-01-01,Paprika,2007,https://b,4", "2021-01-01,Alien,1978,https://c,3")
        job = bring(content)
        paprika = job.rows.get(title="Paprika")
        done(job, likely=[paprika.pk])
        assert set(ratings_of(ada)) == {"Paprika (2006)"}
        assert job.rows.get(title="Alien").outcome == Outcome.DECLINED
        job.refresh_from_db()
        assert (job.counts["rating_declined"], job.counts["rating_added"]) == (1, 1)

    def test_films_that_wait_are_still_listed_afterwards(self, bring: Bring):
        job = bring(csv_of("2021-01-01,Unheard Of,1931,https://b,4"))
        before = [row.title for row in preview_of(job).unmatched]
        done(job)
        assert [row.title for row in preview_of(job).unmatched] == before == ["Unheard Of"]

    def test_texts_come_back_as_they_were_written(self, bring: Bring):
        title = "C:\\Nights\t\\N and 'quotes' \"more\" 映画 \U0001f3ac"
        quoted = title.replace('"', '""')
        job = bring(csv_of(f'2021-01-01,"{quoted}",1999,https://b,4', "2021-01-01,\\N,,u,3"))
        assert [row.title for row in job.rows.all()] == [title, "\\N"]
        assert job.rows.get(title=title).year == 1999

    def test_marks_that_give_way_to_ones_own_are_told(self, bring: Bring, ada: User):
        rating_set(user=ada, movie=Movie.objects.get(title="Alien"), half_stars=2)
        watched = "Date,Name,Year,Letterboxd URI\n2021-01-01,Alien,1979,https://b\n"
        job = done(bring(watched, "watched.csv"))
        assert result_of(job) == [("film left on the list or rating that you gave it here", 1)]

    def test_a_film_on_a_list_or_rated_is_not_marked_as_seen(
        self, bring: Bring, letterboxd: bytes, ada: User
    ):
        rating_set(user=ada, movie=Movie.objects.get(title="Paprika"), half_stars=9)
        job = done(bring(letterboxd))
        assert not ListEntry.objects.exists()
        assert job.counts["seen_kept"] == 1

    def test_the_report_names_every_row_with_file_line_and_outcome(
        self, bring: Bring, letterboxd: bytes
    ):
        job = done(bring(letterboxd))
        head, *rows = report_rows(job)
        assert head[:2] == ["file", "line"]
        by_place = {(row[0], row[1]): (row[3], row[9], row[10]) for row in rows}
        assert by_place["ratings.csv", 2][:2] == ("Alien", "Added")
        unheard = ("The Unheard Of", "Waits for the film", "not in the catalogue")
        assert by_place["ratings.csv", 7] == unheard
        assert by_place["ratings.csv", 8][1] == "Cannot be read"
        assert by_place["reviews.csv", 2][1] == "Repeats another row"
        assert by_place["lists/best.csv", ""][1] == "Not imported"


class TestUndo:
    def test_everything_is_as_before(self, bring: Bring, letterboxd: bytes, ada: User):
        jaws = cast.movie("Jaws", 1975)
        rating_set(user=ada, movie=jaws, half_stars=9)
        rating_set(user=ada, movie=Movie.objects.get(title="Alien"), half_stars=1)
        before = list(Rating.objects.order_by("movie_id").values("movie", "half_stars", "rated_at"))
        job = done(bring(letterboxd), conflicts=Conflicts.THEIRS)
        assert import_undo(job=job) == {
            "ratings_removed": 4,
            "ratings_restored": 1,
            "marks_removed": 1,
            "marks_restored": 0,
            "shared": 0,
        }
        after = list(Rating.objects.order_by("movie_id").values("movie", "half_stars", "rated_at"))
        assert after == before
        assert not ListEntry.objects.exists()
        assert Movie.objects.get(title="WALL·E").n_ratings == 0

    def test_what_was_changed_since_stays(self, bring: Bring, letterboxd: bytes, ada: User):
        job = done(bring(letterboxd))
        rating_set(user=ada, movie=Movie.objects.get(title="WALL·E"), half_stars=10)
        rating_clear(user=ada, movie=Movie.objects.get(title="Amélie"))
        import_undo(job=job)
        assert {film: stars for film, (stars, _day) in ratings_of(ada).items()} == {
            "WALL·E (2008)": 5
        }

    @pytest.mark.parametrize("had_rated", [False, True])
    def test_no_rating_comes_back_from_an_import_that_was_undone_before(
        self, bring: Bring, ada: User, had_rated: bool
    ):
        alien = Movie.objects.get(title="Alien")
        if had_rated:
            rating_set(user=ada, movie=alien, half_stars=2)
        before = ratings_of(ada)
        first = done(bring(csv_of("2021-01-01,Alien,1979,https://b,4")), conflicts=Conflicts.THEIRS)
        second = done(
            bring(csv_of("2022-01-01,Alien,1979,https://b,5")), conflicts=Conflicts.THEIRS
        )
        import_undo(job=first)
        assert ratings_of(ada)["Alien (1979)"][0] == 5
        import_undo(job=second)
        assert ratings_of(ada) == before

    def test_only_once_and_only_what_is_done(self, bring: Bring, letterboxd: bytes):
        job = bring(letterboxd)
        with pytest.raises(ValidationError, match="finished"):
            import_undo(job=job)
        done(job)
        import_undo(job=job)
        with pytest.raises(ValidationError, match="finished"):
            import_undo(job=job)


class TestTables:
    CONTENT = "Titel;Jahr;Note;Datum\nAlien;1979;4;01.02.2020\nPaprika;2006;3;02.02.2020\n"

    def test_an_unknown_table_is_asked_about_with_a_suggestion(self, bring: Bring):
        job = bring(self.CONTENT, "filme.csv")
        assert (job.status, bool(job.upload)) == (Status.ASKING, True)
        assert job.questions["columns"] == {
            "title": "Titel",
            "year": "Jahr",
            "rating": "Note",
            "date": "Datum",
            "imdb_id": "",
            "tmdb_id": "",
            "original_title": "",
            "people": "",
            "type": "",
        }
        assert job.questions["scale"] == "", "whole numbers up to 5 may be of ten or of five"

    def test_the_answer_is_taken(self, bring: Bring, ada: User):
        job = bring(self.CONTENT, "filme.csv")
        answers = {"columns": job.questions["columns"], "scale": "10"}
        import_answer(job=job, answers=answers)
        assert job.status == Status.READY
        done(job)
        assert ratings_of(ada) == {
            "Alien (1979)": (2, "2020-02-01"),
            "Paprika (2006)": (1.5, "2020-02-02"),
        }

    @pytest.mark.parametrize(
        ("answers", "message"),
        [
            ({"columns": {"rating": "Note"}, "scale": "10"}, "which column holds the title"),
            ({"columns": {"title": "nothing"}, "scale": "10"}, "no column 'nothing'"),
            ({"columns": {"title": "Titel", "rating": "Note"}}, "on which scale"),
            ({"columns": {"title": "Titel", "rating": "Note"}, "scale": "7"}, "no such choice"),
        ],
    )
    def test_a_wrong_answer_is_refused_and_asked_again(
        self, bring: Bring, answers: dict[str, Any], message: str
    ):
        job = bring(self.CONTENT, "filme.csv")
        with pytest.raises(UnfitAnswer, match=message):
            import_answer(job=job, answers=answers)
        job.refresh_from_db()
        assert (job.status, job.answers) == (Status.ASKING, {})
        assert job.upload

    def test_a_question_from_before_an_update_is_answered_in_lower_case(
        self, bring: Bring, ada: User
    ):
        job = bring(self.CONTENT, "filme.csv")
        job.questions = {
            "columns": {},
            "available": ["titel", "jahr", "note", "datum"],
            "samples": [],
            "scale": "",
            "kind": "",
        }
        job.save()
        columns = {"title": "titel", "year": "jahr", "rating": "note", "date": "datum"}
        import_answer(job=job, answers={"columns": columns, "scale": "10"})
        done(job)
        assert ratings_of(ada)["Alien (1979)"] == (2, "2020-02-01")


class TestSaidTwice:
    @pytest.mark.parametrize("date", ["2021-01-01", ""])
    def test_the_last_line_of_a_file_counts(self, bring: Bring, ada: User, date: str):
        job = bring(csv_of(f"{date},Alien,1979,u,2", f"{date},Alien,1979,u,4.5"))
        assert list(job.rows.order_by("pk").values_list("outcome", flat=True)) == ["repeated", ""]
        done(job)
        assert ratings_of(ada)["Alien (1979)"][0] == 4.5

    def test_a_later_date_counts_before_a_later_line(self, bring: Bring, ada: User):
        done(bring(csv_of("2022-01-01,Alien,1979,u,2", "2021-01-01,Alien,1979,u,4.5")))
        assert ratings_of(ada)["Alien (1979)"][0] == 2

    def test_a_film_that_was_seen_is_not_counted_as_a_like(self, bring: Bring, tmp_path: Path):
        alien = exports.PLAIN + "2020-01-02,Alien,1979,https://boxd.it/a1\n"
        files = {"watched.csv": alien, "likes/films.csv": alien}
        path = exports.write_zip(tmp_path / "letterboxd.zip", files)
        preview = preview_of(bring(path.read_bytes(), "letterboxd.zip"))
        assert (preview.n_seen, preview.n_likes, preview.n_repeated) == (1, 0, 1)


class TestLimits:
    def test_an_empty_or_too_large_file_is_refused(self, bring: Bring, settings: Any):
        with pytest.raises(ValidationError, match="empty"):
            bring(b"")
        settings.PERSONAL_IMPORT_MAX_BYTES = 10
        with pytest.raises(ValidationError, match="larger than 10"):
            bring(b"x" * 11)
        assert not PersonalImport.objects.exists()

    def test_a_zip_bomb_is_refused_before_it_is_unpacked(self, bring: Bring, tmp_path: Path):
        path = exports.write_zip(tmp_path / "bomb.zip", {"ratings.csv": b"0" * 100_000_000})
        assert path.stat().st_size < 100_000
        job = bring(path.read_bytes(), "bomb.zip")
        assert job.status == Status.FAILED
        assert job.error == "bomb.zip unpacks to more than 200 times its size."

    def test_a_zip_that_unpacks_to_too_much_says_how_much_is_allowed(
        self, bring: Bring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(files_module, "MAX_UNPACKED_BYTES", 1024**2)
        path = exports.write_zip(tmp_path / "large.zip", {"ratings.csv": b"0" * 1_100_000})
        assert bring(path.read_bytes(), "large.zip").error == "large.zip unpacks to more than 1 MB."

    def test_a_damaged_file_of_a_zip_is_named_and_the_others_come(
        self, bring: Bring, letterboxd: bytes, ada: User
    ):
        with zipfile.ZipFile(ContentFile(letterboxd)) as archive:
            start = archive.getinfo("ratings.csv").header_offset
        position = start + 30 + len("ratings.csv") + 5
        broken = letterboxd[:position] + b"\xff\xff\xff" + letterboxd[position + 3 :]
        job = bring(broken, "letterboxd.zip")
        assert job.status == Status.READY
        assert "ratings.csv is damaged" in job.rows.get(file="ratings.csv").note
        assert preview_of(job).n_seen == 1

    def test_more_rows_than_allowed_are_refused(self, bring: Bring, settings: Any):
        settings.PERSONAL_IMPORT_MAX_ROWS = 2
        job = bring(csv_of(*["2021-01-01,Alien,1979,https://b,4"] * 3))
        assert (job.status, job.error) == (Status.FAILED, "The file has more than 2 rows.")

    def test_files_that_cannot_be_read_leave_the_allowance_as_it_is(
        self, bring: Bring, monkeypatch: pytest.MonkeyPatch
    ):
        cache.clear()
        good = csv_of("2021-01-01,Alien,1979,https://b,4")
        monkeypatch.setattr(personal_imports, "MAX_PER_HOUR", 1)
        monkeypatch.setattr(personal_imports, "MAX_REFUSED_PER_HOUR", 3)
        for _ in range(2):
            assert bring(b"no table", "letter.txt").status == Status.FAILED
        assert bring(good).status == Status.READY
        with pytest.raises(TooManyImports, match="1 files within an hour"):
            bring(good)
        PersonalImport.objects.all().delete()
        assert bring(b"no table", "letter.txt").status == Status.FAILED
        with pytest.raises(TooManyImports, match="3 of your files could not be read"):
            bring(good)

    def test_a_member_brings_at_most_twenty_files_an_hour(self, bring: Bring, ada: User):
        for _ in range(personal_imports.MAX_PER_HOUR):
            PersonalImport.objects.create(user=ada, file_name="x")
        with pytest.raises(ValidationError, match="20 files within an hour"):
            bring(csv_of("2021-01-01,Alien,1979,https://b,4"))
        grace = cast.member("grace")
        assert bring(csv_of("2021-01-01,Alien,1979,https://b,4"), user=grace).pk

    def test_cancelling_in_the_middle_leaves_nothing(
        self, bring: Bring, letterboxd: bytes, ada: User
    ):
        job = bring(letterboxd)
        import_accept(job=job)

        def cancelling(step: str, n_done: int, n_total: int) -> None:
            assert Rating.objects.exists(), "it is in the middle"
            raise ImportCancelled

        import_apply(job, cancelling)
        assert job.status == Status.CANCELLED
        assert not Rating.objects.exists()
        assert not job.rows.exists()

    def test_cancelling_at_the_last_moment_leaves_nothing(
        self, bring: Bring, letterboxd: bytes, ada: User
    ):
        job = bring(letterboxd)
        import_accept(job=job)

        def cancelling(step: str, n_done: int, n_total: int) -> None:
            if n_done == n_total:
                import_cancel(job=PersonalImport.objects.get(pk=job.pk))

        import_apply(job, cancelling)
        assert job.status == Status.CANCELLED
        assert not Rating.objects.exists()

    def test_an_import_that_waits_is_cancelled_at_once(self, bring: Bring, letterboxd: bytes):
        job = bring(letterboxd)
        import_accept(job=job)
        import_cancel(job=job)
        import_do(job.pk)
        job.refresh_from_db()
        assert job.status == Status.CANCELLED
        assert not Rating.objects.exists()

    def test_a_large_file_is_left_to_a_worker(
        self,
        bring: Bring,
        letterboxd: bytes,
        monkeypatch: pytest.MonkeyPatch,
        sent: list[int],
        django_capture_on_commit_callbacks: Any,
    ):
        monkeypatch.setattr(personal_imports, "INLINE_BYTES", 10)
        with django_capture_on_commit_callbacks(execute=True):
            job = bring(letterboxd)
        assert (job.status, sent) == (Status.CHECKING, [job.pk])
        import_do(job.pk)
        job.refresh_from_db()
        assert job.status == Status.READY

    def test_a_second_message_changes_nothing_while_another_worker_is_at_it(
        self, bring: Bring, letterboxd: bytes, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(personal_imports, "INLINE_BYTES", 10)
        job = bring(letterboxd)
        with lock_across_transactions(f"personal-import:{job.pk}") as is_held:
            assert is_held
            for _ in range(personal_imports.MAX_ATTEMPTS + 1):
                import_do(job.pk)
        job.refresh_from_db()
        assert (job.status, job.n_attempts) == (Status.CHECKING, 0)
        import_do(job.pk)
        job.refresh_from_db()
        assert (job.status, job.n_attempts) == (Status.READY, 1)

    def test_a_file_nobody_used_for_a_day_is_deleted(self, bring: Bring):
        job = bring(TestTables.CONTENT, "filme.csv")
        kept = Path(job.upload.path)
        personal_imports_wake()
        assert kept.exists()
        PersonalImport.objects.update(created_at=timezone.now() - personal_imports.UPLOAD_LIFETIME)
        personal_imports_wake()
        assert not kept.exists()
        job.refresh_from_db()
        assert job.status == Status.FAILED


class TestCommand:
    def test_a_dry_run_writes_numbers_and_keeps_nothing(
        self, tmp_path: Path, letterboxd: bytes, ada: User, capsys: pytest.CaptureFixture[str]
    ):
        path = tmp_path / "letterboxd.zip"
        call_command("import_ratings", str(path), user="ada", dry_run=True)
        written = capsys.readouterr().out
        assert "5 ratings of films in the catalogue" in written
        assert "ratings.csv:8: The Overrated" in written
        assert not Rating.objects.exists()
        assert not PersonalImport.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_a_check_that_is_interrupted_leaves_no_record(self, ada: User, letterboxd: bytes):
        def interrupt(step: str, n_done: int, n_total: int) -> None:
            sys.exit(128 + signal.SIGTERM)  # what manage.py makes of the signal

        file = ContentFile(letterboxd)
        with pytest.raises(SystemExit):
            import_bring(user=ada, file=file, name="l.zip", progress=interrupt, by_operator=True)
        assert not PersonalImport.objects.exists()

    def test_what_is_only_checked_is_nothing_to_the_member(
        self, ada: User, letterboxd: bytes, client: Client
    ):
        client.force_login(ada)
        seen: list[int] = []

        def look(step: str, n_done: int, n_total: int) -> None:
            if step == "saving":  # the connection is busy
                return
            job = PersonalImport.objects.get()
            assert f"/import/{job.pk}/" not in client.get("/import/").content.decode()
            assert client.get("/api/v1/me/imports/").json()["results"] == []
            for page in (f"/import/{job.pk}/", f"/api/v1/me/imports/{job.pk}/rows/"):
                assert client.get(page).status_code == 404
            assert client.post(f"/import/{job.pk}/cancel/").status_code == 404
            assert not any(section.count(ada) for section in SECTIONS)
            assert all(not list(section.rows(ada)) for section in SECTIONS)
            seen.append(job.pk)

        file = ContentFile(letterboxd)
        job = import_bring(user=ada, file=file, name="l.zip", progress=look, by_operator=True)
        look("ready", 1, 1)
        assert len(seen) > 1
        import_accept(job=job, send=False)
        assert f"/import/{job.pk}/" in client.get("/import/").content.decode()

    def test_what_a_killed_command_only_checked_is_deleted_after_a_day(
        self, ada: User, sent: list[int], letterboxd: bytes
    ):
        file = ContentFile(letterboxd)
        import_bring(user=ada, file=file, name="l.zip", progress=silent, by_operator=True)
        PersonalImport.objects.update(
            status=Status.CHECKING, created_at=timezone.now() - personal_imports.SILENT_FOR
        )
        personal_imports_wake()
        assert (PersonalImport.objects.count(), sent) == (1, [])
        PersonalImport.objects.update(created_at=timezone.now() - personal_imports.UPLOAD_LIFETIME)
        personal_imports_wake()
        assert not PersonalImport.objects.exists()

    @pytest.mark.parametrize("dry_run", [True, False])
    def test_a_command_that_is_interrupted_before_the_import_leaves_no_record(
        self, tmp_path: Path, letterboxd: bytes, ada: User, dry_run: bool
    ):
        class Interrupted(io.StringIO):
            def write(self, text: str) -> int:
                sys.exit(128 + signal.SIGTERM)

        path = str(tmp_path / "letterboxd.zip")
        with pytest.raises(SystemExit):
            call_command("import_ratings", path, user="ada", dry_run=dry_run, stdout=Interrupted())
        assert not PersonalImport.objects.exists()

    def test_what_an_operator_imports_leaves_the_members_files_alone(
        self,
        tmp_path: Path,
        letterboxd: bytes,
        ada: User,
        bring: Bring,
        monkeypatch: pytest.MonkeyPatch,
    ):
        cache.clear()
        monkeypatch.setattr(personal_imports, "MAX_PER_HOUR", 1)
        path = str(tmp_path / "letterboxd.zip")
        for options in ({"dry_run": True}, {"dry_run": True}, {}):
            call_command("import_ratings", path, user="ada", **options)
        letter = tmp_path / "letter.txt"
        letter.write_text("no table")
        with pytest.raises(CommandError, match="none of the exports"):
            call_command("import_ratings", str(letter), user="ada")
        assert PersonalImport.objects.get().by_operator
        assert bring(letterboxd).status == Status.READY

    def test_it_imports_and_undoes(
        self, tmp_path: Path, letterboxd: bytes, ada: User, capsys: pytest.CaptureFixture[str]
    ):
        call_command("import_ratings", str(tmp_path / "letterboxd.zip"), user="ada")
        assert len(ratings_of(ada)) == 5
        written = capsys.readouterr().out
        assert "5 rating added" in written
        assert "rating exact" not in written, "what became of the rows, not how they were found"
        call_command("import_ratings", user="ada", undo=PersonalImport.objects.get().pk)
        assert ratings_of(ada) == {}

    def test_an_unknown_table_needs_its_columns(self, tmp_path: Path, ada: User):
        path = tmp_path / "filme.csv"
        path.write_text(TestTables.CONTENT)
        with pytest.raises(CommandError, match="--column and --scale: Titel, Jahr, Note, Datum"):
            call_command("import_ratings", str(path), user="ada")
        columns = ["title=Titel", "year=jahr", "rating=Note"]
        for wrong, message in (
            (["title=Title"], "no column 'Title'"),
            (["film=Titel"], "no field"),
        ):
            with pytest.raises(CommandError, match=message):
                call_command("import_ratings", str(path), user="ada", column=wrong, scale="5")
        assert not PersonalImport.objects.exists()
        call_command("import_ratings", str(path), user="ada", column=columns, scale="5")
        assert ratings_of(ada)["Alien (1979)"][0] == 4

    def test_a_table_without_names_and_with_dates_of_two_meanings(self, tmp_path: Path, ada: User):
        path = tmp_path / "filme.csv"
        path.write_text("Alien;1979;4;03/04/2020\n")
        columns = ["title=column 1", "year=column 2", "rating=column 3", "date=column 4"]
        options: dict[str, Any] = {"user": "ada", "column": columns, "scale": "5"}
        with pytest.raises(CommandError, match="in which order day, month and year"):
            call_command("import_ratings", str(path), **options)
        call_command("import_ratings", str(path), **options, date_order="dmy")
        assert ratings_of(ada) == {"Alien (1979)": (4, "2020-04-03")}
        call_command("import_ratings", str(path), **options, date_order="dmy", header=False)
        with pytest.raises(CommandError, match="column names but no rows"):
            call_command("import_ratings", str(path), **options, date_order="dmy", header=True)

    @pytest.mark.parametrize(
        ("options", "named"),
        [
            ({"scale": "10"}, "--scale"),
            ({"column": ["title=Name"], "kind": "seen"}, "--column, --kind"),
            ({"date_order": "dmy", "header": False}, "--date-order, --no-header"),
        ],
    )
    @pytest.mark.parametrize("dry_run", [False, True])
    def test_options_of_tables_are_refused_for_the_file_of_a_known_site(
        self, tmp_path: Path, ada: User, options: dict[str, Any], named: str, dry_run: bool
    ):
        path = tmp_path / "ratings.csv"
        path.write_text(ratings("2021-01-01,Alien,1979,https://b,4"))
        with pytest.raises(CommandError, match=f"export of Letterboxd.*: leave out {named}"):
            call_command("import_ratings", str(path), user="ada", dry_run=dry_run, **options)
        assert not PersonalImport.objects.exists()
        assert ratings_of(ada) == {}

    def test_undo_refuses_what_it_has_no_use_for(self, tmp_path: Path, ada: User):
        path = tmp_path / "ratings.csv"
        path.write_text(ratings("2021-01-01,Alien,1979,https://b,4"))
        call_command("import_ratings", str(path), user="ada")
        before = ratings_of(ada)
        undo = PersonalImport.objects.get().pk
        for options, named in (
            ({"dry_run": True}, "--dry-run"),
            ({"path": str(path)}, "a file"),
            ({"conflicts": "newer", "film": ["a:1=2"]}, "--conflicts, --film"),
        ):
            arguments = [options.pop("path")] if "path" in options else []
            with pytest.raises(CommandError, match=f"leave out {named}"):
                call_command("import_ratings", *arguments, user="ada", undo=undo, **options)
        assert ratings_of(ada) == before != {}

    @pytest.mark.parametrize(
        ("column", "message"),
        [("title", "FIELD=COLUMN"), ("title=", "FIELD=COLUMN"), ("year=Note", "named twice")],
    )
    def test_a_column_without_a_name_or_named_twice_is_refused(
        self, tmp_path: Path, ada: User, column: str, message: str
    ):
        path = tmp_path / "filme.csv"
        path.write_text(TestTables.CONTENT)
        columns = ["year=Jahr", "rating=Note", column]
        with pytest.raises(CommandError, match=message):
            call_command("import_ratings", str(path), user="ada", column=columns, scale="5")
        assert ratings_of(ada) == {}

    def test_a_table_of_films_that_were_seen_needs_no_ratings(self, tmp_path: Path, ada: User):
        path = tmp_path / "filme.csv"
        path.write_text("Titel,Jahr\nAlien,1979\n")
        columns = ["title=Titel", "year=Jahr"]
        call_command("import_ratings", str(path), user="ada", column=columns, kind="seen")
        assert ListEntry.objects.get(user=ada).kind == "seen"

    @pytest.mark.parametrize(
        ("user", "path", "message"),
        [("nobody", "x.csv", "no member nobody"), ("ada", "x.csv", "No such file")],
    )
    def test_what_is_wrong_is_said(self, ada: User, user: str, path: str, message: str):
        with pytest.raises(CommandError, match=message):
            call_command("import_ratings", path, user=user)


@pytest.mark.django_db(transaction=True)
def test_of_two_files_at_once_the_one_beyond_the_limit_is_refused(
    bring: Bring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(personal_imports, "MAX_PER_HOUR", 1)
    refused: list[Exception] = []

    def second() -> None:
        with pytest.raises(TooManyImports) as error:
            bring(csv_of("2021-01-01,Alien,1979,https://b,4"))
        refused.append(error.value)

    at_once(lambda: bring(csv_of("2021-01-02,Alien,1979,https://b,4")), second)
    assert len(refused) == 1
    assert PersonalImport.objects.count() == 1
