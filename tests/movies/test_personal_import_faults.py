"""A worker that dies in the middle of a member's import loses nothing, and another goes on."""

import os
import signal
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from movies.models import PersonalImport, Rating
from movies.services.personal_imports import (
    SILENT_FOR,
    import_accept,
    import_bring,
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
