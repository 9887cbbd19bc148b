"""Imports that staff ask for: by the API, done by a worker, one after another."""

import gzip
import io
import itertools
import json
import os
import signal
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client

from accounts.models import User
from common.locks import lock_key
from movies.importers import watch
from movies.importers.runs import LOCK
from movies.models import ImportReport, Movie, Rating
from movies.services import imports
from movies.services.imports import import_cancel, import_do, import_request, imports_wake
from tests import cast
from tests.movies.importers import editions
from tests.waiting import wait_until

URL = "/api/v1/imports/"
Status = ImportReport.Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the imports for which a worker would be woken."""
    calls: list[int] = []
    monkeypatch.setattr(imports, "_send", calls.append)
    return calls


@pytest.fixture
def grace(client: Client) -> User:
    grace = cast.member("grace", is_staff=True)
    client.force_login(grace)
    return grace


@pytest.fixture
def import_dir(tmp_path: Path, settings: Any) -> Path:
    """Return the operator's folder of imports, with an edition in it."""
    settings.IMPORT_DIR = tmp_path / "imports"
    editions.write_csv(settings.IMPORT_DIR / "ml-made")
    return settings.IMPORT_DIR


def upload(tmp_path: Path, name: str = "ml-made") -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{name}.zip", editions.write_zip(tmp_path / name).read_bytes())


def zipped(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_", "."), text)
    return content.getvalue()


RATINGS = "userId,movieId,rating,timestamp\n1,1,4.5,1000000000\n"
MOVIES = "movieId,title,genres\n1,Heat (1995),Crime\n"
DAMAGED = zipped(ratings_csv=RATINGS, movies_csv=MOVIES).replace(b"ratings.csv", b"rXtings.csv", 1)
"""A zip whose directory names another file than the one that lies there."""


class TestAsking:
    def test_a_zip_is_sent_and_waits_for_a_worker(
        self,
        client: Client,
        grace: User,
        tmp_path: Path,
        woken: list[int],
        django_capture_on_commit_callbacks: Any,
    ):
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(URL, {"file": upload(tmp_path), "max_users": "1"})
        assert answer.status_code == 201
        body = answer.json()
        assert (body["status"], body["source"], body["started_by"]) == (
            "queued",
            "ml-made",
            "grace",
        )
        assert woken == [body["id"]]

    def test_then_it_is_imported_reported_and_the_file_deleted(
        self, client: Client, grace: User, tmp_path: Path, woken: list[int]
    ):
        number = client.post(URL, {"file": upload(tmp_path)}).json()["id"]
        kept = Path(ImportReport.objects.get().upload.path)
        assert kept.exists()
        import_do(number)
        body = client.get(f"{URL}{number}/").json()
        assert (body["status"], body["percent"], body["error"]) == ("done", 100, "")
        assert body["counts"]["ratings_added"] == Rating.objects.count() == 4
        assert User.objects.filter(username="ml-made:1").exists()
        assert not kept.exists()

    def test_refused_rows_are_listed_with_file_and_line(
        self, client: Client, grace: User, woken: list[int]
    ):
        content = zipped(
            movies_csv="movieId,title,genres\n1,Heat (1995),Crime\n1,Heat again,\n",
            ratings_csv="userId,movieId,rating,timestamp\n1,1,9,1\n1,1,4.5,1\n1,7,3,1\nx\n",
        )
        number = client.post(URL, {"file": SimpleUploadedFile("odd.zip", content)}).json()["id"]
        import_do(number)
        assert client.get(f"{URL}{number}/").json()["n_problems"] == 4
        rows = client.get(f"{URL}{number}/problems/").json()["results"]
        assert [(row["file"], row["line_number"]) for row in rows] == [
            ("movies.csv", 3),
            ("ratings.csv", 2),
            ("ratings.csv", 4),
            ("ratings.csv", 5),
        ]
        assert "'9' is not from 0.5 to 5" in rows[1]["reason"]

    def test_a_folder_of_the_server_is_named(
        self, client: Client, grace: User, import_dir: Path, woken: list[int]
    ):
        body = {"path": "ml-made", "name": "My raters", "max_users": 1}
        answer = client.post(URL, body, "application/json")
        assert answer.status_code == 201
        import_do(answer.json()["id"])
        assert set(Rating.objects.values_list("user__username", flat=True)) == {"my-raters:1"}

    def test_wikipedias_descriptions_come_as_lines_of_json(
        self, client: Client, grace: User, woken: list[int]
    ):
        heat = cast.movie("Heat", 1995, description="Old.")
        article = {"title": "Heat", "year": 1995, "extract": "A thief.", "href": "Heat"}
        file = SimpleUploadedFile("films.jsonl.gz", gzip.compress(json.dumps(article).encode()))
        form = {"kind": "wikipedia", "file": file, "overwrite": "true"}
        import_do(client.post(URL, form).json()["id"])
        heat.refresh_from_db()
        assert heat.description == "A thief."

    def test_the_same_key_imports_once_and_another_file_is_refused(
        self, client: Client, grace: User, tmp_path: Path, woken: list[int]
    ):
        key = {"Idempotency-Key": "october"}
        file = upload(tmp_path)
        first = client.post(URL, {"file": file}, headers=key)
        file.seek(0)
        again = client.post(URL, {"file": file}, headers=key)
        assert first.json()["id"] == again.json()["id"]
        assert again["Idempotent-Replay"] == "true"
        other = SimpleUploadedFile("ml-made.zip", zipped(ratings_csv="x"))
        assert client.post(URL, {"file": other}, headers=key).status_code == 422
        assert ImportReport.objects.count() == 1

    @pytest.mark.parametrize(
        ("form", "told"),
        [
            ({}, "file: No file was submitted."),
            ({"file": ("a.zip", b"")}, "file: The submitted file is empty."),
            ({"file": ("a.zip", b"not a zip")}, "This is no zip file"),
            ({"file": ("ratings.csv", b"a,b")}, "Its name must end in .zip."),
            ({"file": ("a.zip", b"x"), "kind": "wikipedia"}, "must end in .json, .jsonl, .gz."),
            ({"file": ("a.zip", b"x"), "kind": "imdb"}, "not a valid choice"),
            ({"file": ("a.zip", b"x"), "max_users": "0"}, "max_users"),
            ({"file": ("a.zip", b"x"), "colour": "red"}, "colour: Unknown field."),
            ({"file": "text"}, "file: The submitted data was not a file."),
        ],
    )  # fmt: skip
    def test_a_form_that_makes_no_sense_is_refused_in_words(
        self, client: Client, grace: User, form: dict[str, Any], told: str
    ):
        files = {
            name: SimpleUploadedFile(*value) if isinstance(value, tuple) else value
            for name, value in form.items()
        }
        answer = client.post(URL, files)
        assert answer.status_code == 400
        assert told in answer.json()["detail"]
        assert not ImportReport.objects.exists()

    def test_a_file_that_is_too_large_is_not_read(
        self, client: Client, grace: User, settings: Any, tmp_path: Path
    ):
        settings.IMPORT_MAX_BYTES = 1000
        file = SimpleUploadedFile("a.zip", bytes(1_200_000))
        answer = client.post(URL, {"file": file})
        assert answer.status_code == 413
        assert "At most 1000 bytes" in answer.json()["detail"]
        answer = client.post(URL, {"file": SimpleUploadedFile("a.zip", bytes(1001))})
        assert answer.status_code == 413
        assert "At most 1000 bytes" in answer.json()["detail"]

    @pytest.mark.parametrize(
        ("name", "content", "told"),
        [
            ("a.zip", zipped(readme_txt="Hello."), "neither ratings.csv nor"),
            ("a.zip", zipped(ratings_csv=RATINGS), "movies.csv is missing"),
            ("a.zip", zipped(ratings_csv=RATINGS, movies_csv=""), "movies.csv is empty"),
            ("a.zip", zipped(ratings_csv=RATINGS, movies_csv="a,b\n1,2\n"), "does not begin with"),
            ("a.zip", zipped(ratings_csv="x\n", movies_csv=MOVIES), "does not begin with"),
            ("a.zip", DAMAGED, "is damaged"),
            ("a.json", b"hello", "no row that can be imported"),
            ("a.json", b"[{", "breaks off"),
            ("a.jsonl", b" \n", "no row that can be imported"),
            ("a.json.gz", b"not compressed", "is damaged"),
            ("a.json.gz", gzip.compress(b"{}")[:12], "is damaged"),
            ("a.json.gz", gzip.compress(b"{"), "no row that can be imported"),
        ],
        ids=itertools.count(),  # archives hold the time, and both test processes need equal names
    )  # fmt: skip
    def test_a_file_that_its_beginning_shows_to_be_useless_is_refused_at_once(
        self, client: Client, grace: User, name: str, content: bytes, told: str
    ):
        kind = "movielens" if name.endswith(".zip") else "wikipedia"
        answer = client.post(URL, {"file": SimpleUploadedFile(name, content), "kind": kind})
        assert answer.status_code == 400
        assert told in answer.json()["detail"]
        assert answer.json()["errors"][0]["pointer"] == "#/file"
        assert not ImportReport.objects.exists()

    def test_a_zip_that_would_unpack_to_too_much_is_refused(
        self, client: Client, grace: User, settings: Any
    ):
        settings.IMPORT_MAX_UNPACKED_BYTES = 100_000
        bomb = SimpleUploadedFile("bomb.zip", zipped(ratings_csv="0" * 10_000_000))
        answer = client.post(URL, {"file": bomb})
        assert answer.status_code == 400
        assert "It holds more than" in answer.json()["detail"]

    @pytest.mark.parametrize(
        "path",
        ["/etc", "../imports", "ml-made/../..", ".", "\0", "a\nb", "link", "inside", "loop"],
    )
    def test_no_path_leads_out_of_the_folder_of_imports(
        self, client: Client, grace: User, import_dir: Path, tmp_path: Path, path: str
    ):
        secret = editions.write_csv(tmp_path / "secret")
        (import_dir / "link").symlink_to(secret)
        (import_dir / "inside").mkdir()
        (import_dir / "inside" / "ratings.csv").symlink_to(secret / "ratings.csv")
        (import_dir / "loop").symlink_to(import_dir / "loop")
        answer = client.post(URL, {"path": path}, "application/json")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "#/path"
        assert not ImportReport.objects.exists()

    @pytest.mark.parametrize("path", ["nothing", "x" * 300, "ml-made/movies.csv/deeper"])
    def test_a_path_that_is_not_there_says_so(
        self, client: Client, grace: User, import_dir: Path, path: str
    ):
        answer = client.post(URL, {"path": path}, "application/json")
        assert answer.status_code == 400
        assert "There is no such folder or file." in answer.json()["detail"]

    def test_without_a_folder_of_imports_a_file_must_be_sent(self, client: Client, grace: User):
        answer = client.post(URL, {"path": "ml-made"}, "application/json")
        assert answer.status_code == 400
        assert "MARQUEE_IMPORT_DIR" in answer.json()["detail"]


class TestDoing:
    def asked(self, tmp_path: Path, **options: Any) -> ImportReport:
        return import_request(started_by=None, file=upload(tmp_path), **options)

    def test_what_is_no_movielens_fails_in_words(self, import_dir: Path, woken: list[int]):
        (import_dir / "other").mkdir()
        (import_dir / "other" / "readme.txt").write_text("Hello.")
        report = import_request(started_by=None, path="other")
        import_do(report.pk)
        report.refresh_from_db()
        assert report.status == Status.FAILED
        assert "it has neither ratings.csv nor ratings.dat nor u.data" in report.error
        assert not report.upload

    def test_a_link_laid_after_the_request_is_not_followed(
        self, import_dir: Path, tmp_path: Path, woken: list[int]
    ):
        report = import_request(started_by=None, path="ml-made")
        (import_dir / "ml-made").rename(import_dir / "gone")
        (import_dir / "ml-made").symlink_to(editions.write_csv(tmp_path / "secret"))
        import_do(report.pk)
        report.refresh_from_db()
        assert (report.status, Movie.objects.exists()) == (Status.FAILED, False)
        assert "below the folder of imports" in report.error

    def test_one_that_is_over_is_not_done_again(self, tmp_path: Path, woken: list[int]):
        report = self.asked(tmp_path)
        import_do(report.pk)
        Rating.objects.all().delete()
        import_do(report.pk)
        assert not Rating.objects.exists()

    def test_the_next_one_is_woken_when_one_is_done(self, tmp_path: Path, woken: list[int]):
        first, second = self.asked(tmp_path), self.asked(tmp_path)
        woken.clear()
        import_do(first.pk)
        assert woken == [second.pk]

    def test_a_storage_elsewhere_is_copied_from(
        self, tmp_path: Path, woken: list[int], monkeypatch: pytest.MonkeyPatch
    ):
        report = self.asked(tmp_path)

        def nowhere(self: FileSystemStorage, name: str) -> str:
            raise NotImplementedError

        with report.upload.open() as file:
            content = file.read()
        monkeypatch.setattr(FileSystemStorage, "path", nowhere)
        monkeypatch.setattr(FileSystemStorage, "_open", lambda *_: ContentFile(content))
        monkeypatch.setattr(FileSystemStorage, "delete", lambda *_: None)
        import_do(report.pk)
        assert Rating.objects.count() == 4

    @pytest.mark.parametrize(("attempts", "status"), [(1, "running"), (3, "failed")])
    def test_a_database_that_goes_away_costs_an_attempt(
        self,
        tmp_path: Path,
        woken: list[int],
        monkeypatch: pytest.MonkeyPatch,
        attempts: int,
        status: str,
    ):
        def away(**_: Any) -> None:
            raise OperationalError("the connection was lost")

        monkeypatch.setattr(imports, "import_movielens", away)
        report = self.asked(tmp_path)
        for attempt in range(1, attempts + 1):
            if attempt < imports.MAX_ATTEMPTS:
                with pytest.raises(OperationalError):
                    import_do(report.pk)
            else:
                import_do(report.pk)
        report.refresh_from_db()
        assert (report.status, bool(report.upload)) == (status, status == "running")
        assert ("lost" in report.error) == (status == "failed")

    def test_a_file_that_kills_its_worker_each_time_is_given_up(
        self, tmp_path: Path, woken: list[int]
    ):
        report = self.asked(tmp_path)
        ImportReport.objects.update(status=Status.RUNNING, n_attempts=imports.MAX_ATTEMPTS)
        import_do(report.pk)
        report.refresh_from_db()
        assert (report.status, report.error) == (Status.FAILED, "Its worker died each time.")

    def test_a_waiting_import_is_cancelled_at_once(
        self, client: Client, grace: User, tmp_path: Path, woken: list[int]
    ):
        report = self.asked(tmp_path)
        answer = client.post(f"{URL}{report.pk}/cancel/")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
        import_do(report.pk)
        assert not Movie.objects.exists()
        assert client.post(f"{URL}{report.pk}/cancel/").status_code == 409

    def test_the_clock_wakes_a_worker_now_and_then(
        self, fresh_valkey: None, tmp_path: Path, woken: list[int]
    ):
        report = self.asked(tmp_path)
        imports_wake(again=False)
        imports_wake(again=False)
        assert woken == [report.pk]


@pytest.mark.django_db(transaction=True)
class TestWhileItRuns:
    @pytest.fixture
    def report(self, tmp_path: Path, woken: list[int], servers: None) -> ImportReport:
        return import_request(started_by=None, file=upload(tmp_path))

    def test_another_in_work_leaves_it_waiting(self, report: ImportReport):
        with psycopg.connect(
            **connection.get_connection_params() | {"cursor_factory": None}
        ) as other:
            other.execute("SELECT pg_advisory_lock(%s)", [lock_key(LOCK)])
            import_do(report.pk)
            report.refresh_from_db()
            assert report.status == Status.QUEUED
            other.execute("SELECT pg_advisory_unlock(%s)", [lock_key(LOCK)])
        import_do(report.pk)
        report.refresh_from_db()
        assert report.status == Status.DONE

    def test_progress_is_seen_and_a_wish_to_stop_is_heard(
        self, report: ImportReport, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(watch, "TICK_SECONDS", 0.01)
        seen: list[tuple[str, int]] = []

        def endless(*, progress: Any, report: ImportReport, **_: Any) -> None:
            for done in range(10_000):
                progress("ratings.csv", done, 10_000)
                time.sleep(0.01)
                found = ImportReport.objects.get()
                if found.n_done and not seen:
                    seen.append((found.step, found.n_total))
                    import_cancel(report=report)

        monkeypatch.setattr(imports, "import_movielens", endless)
        import_do(report.pk)
        report.refresh_from_db()
        assert seen == [("ratings.csv", 10_000)]
        assert (report.status, report.finished_at is not None) == (Status.CANCELLED, True)


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_import_whose_worker_is_killed_goes_on_when_another_one_starts(
    celery_worker_factory: Callable[..., Any], tmp_path: Path
):
    """The worker is held in the middle by a lock on the ratings, and killed there, twice."""
    report = import_request(started_by=None, file=upload(tmp_path))
    other = psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None})
    for n_attempts in (1, 2):
        with celery_worker_factory() as worker:
            other.execute("LOCK TABLE movies_rating IN ACCESS EXCLUSIVE MODE")
            wait_until(ImportReport.objects.filter(n_attempts=n_attempts, status="running").exists)
            os.killpg(worker.pid, signal.SIGKILL)
        other.rollback()
        assert not Rating.objects.exists()
    with celery_worker_factory():
        wait_until(lambda: ImportReport.objects.get().status == Status.DONE)
    report.refresh_from_db()
    assert (report.n_attempts, Rating.objects.count()) == (3, 4)
    other.close()
