"""A worker that dies in the middle of a member's import loses nothing, and another goes on."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.utils import timezone

from movies.importers.personal.reading import read
from movies.models import PersonalImport, Rating
from movies.services import personal_imports
from movies.services.personal_imports import (
    SILENT_FOR,
    import_accept,
    import_bring,
    import_do,
    import_undo,
    personal_imports_wake,
)
from movies.services.ratings import rating_set
from tests import cast
from tests.waiting import wait_until

N_FILMS = 300
Status = PersonalImport.Status


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_no_row_of_a_members_import(
    celery_worker_factory: Callable[..., Any],
):
    """The worker is held in the middle by a lock on the ratings, and killed there."""
    ada = cast.member("ada")
    films = [cast.movie(f"Film {n}", 1990) for n in range(N_FILMS)]
    rating_set(user=ada, movie=films[0], half_stars=10)
    lines = [f"2021-01-01,Film {n},1990,https://boxd.it/{n},3.5" for n in range(N_FILMS)]
    content = "\n".join(["Date,Name,Year,Letterboxd URI,Rating", *lines]).encode()
    job = import_bring(user=ada, file=SimpleUploadedFile("ratings.csv", content), name="a.csv")
    assert job.counts == {"rating_exact": N_FILMS}

    def current() -> PersonalImport:
        return PersonalImport.objects.get(pk=job.pk)

    parameters = connection.get_connection_params() | {"cursor_factory": None}
    with psycopg.connect(**parameters) as other:
        other.execute("LOCK TABLE movies_rating IN ACCESS EXCLUSIVE MODE")
        with celery_worker_factory() as worker:
            import_accept(job=job)
            wait_until(lambda: current().status == Status.RUNNING)
            os.killpg(worker.pid, signal.SIGKILL)
        other.rollback()
    assert Rating.objects.count() == 1, "nothing half-done"
    with celery_worker_factory():
        PersonalImport.objects.update(created_at=timezone.now() - 2 * SILENT_FOR)
        personal_imports_wake()
        wait_until(lambda: current().status == Status.DONE)
    assert current().counts["rating_added"] == N_FILMS - 1
    assert current().n_attempts >= 2
    assert dict(Rating.objects.values_list("half_stars").annotate(n=Count("pk"))) == {10: 1, 7: 299}
    import_undo(job=current())
    assert Rating.objects.get().half_stars == 10


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["", "k"])
def test_a_database_that_goes_away_during_an_upload_loses_and_leaves_nothing(
    client: Client, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
):
    """With an Idempotency-Key all of it is one transaction; without one, a worker goes on."""
    settings.MEDIA_ROOT = tmp_path
    ada, film = cast.member("ada"), cast.movie("Alien", 1979)
    client.force_login(ada)
    client.raise_request_exception = False

    def read_without_database(*arguments: Any) -> Any:
        parameters = connection.get_connection_params() | {"cursor_factory": None}
        with connection.cursor() as cursor, psycopg.connect(**parameters) as other:
            cursor.execute("SELECT pg_backend_pid()")
            other.execute("SELECT pg_terminate_backend(%s)", cursor.fetchone())
        return read(*arguments)

    monkeypatch.setattr(personal_imports, "read", read_without_database)
    content = b"Date,Name,Year,Letterboxd URI,Rating\n2021-01-01,Alien,1979,https://boxd.it/a,4\n"
    file = SimpleUploadedFile("ratings.csv", content)
    headers = {"Idempotency-Key": key} if key else {}
    response = client.post("/api/v1/me/imports/", {"file": file}, headers=headers)
    assert response.status_code >= 500
    connection.close()
    monkeypatch.undo()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    if key:
        assert not PersonalImport.objects.exists()
        assert files == []
        return
    job = PersonalImport.objects.get()
    assert (job.status, len(files)) == (Status.CHECKING, 1)
    import_do(job.pk)
    job.refresh_from_db()
    assert (job.status, job.rows.get().movie_id) == (Status.READY, film.pk)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
