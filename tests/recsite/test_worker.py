"""Real workers take tasks from their queues and say so; a training delays no task of a page."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from movies.models import ImportReport
from movies.services.imports import import_request
from recommendations.training.services.schedules import schedule_change, schedule_get
from recsite.celery import QUEUES, app, heartbeat_key
from tests.movies.importers import editions
from tests.waiting import wait_until

SLOW = {
    "movies.import",
    "recommendations.embed_films",
    "recommendations.embed_query",
    "recommendations.erase_departed",
    "recommendations.run_shard",
    "recommendations.run_stage",
}
"""What takes long or needs torch; everything else is a page's or the clock's."""


def test_every_task_goes_to_the_queue_it_must_be_on():
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert len(ours) > len(SLOW)
    assert ours >= SLOW
    for name in ours:
        by_name = app.amqp.router.route({}, name)["queue"].name
        task = app.tasks[name]
        by_task = app.amqp.router.route(dict(task._get_exec_options()), name)["queue"].name
        assert by_name == by_task == ("ml" if name in SLOW else "web"), name


def test_a_command_sends_its_tasks_to_where_the_workers_look():
    program = """
import django
django.setup()
from celery import current_app
print(current_app.main, current_app.conf.broker_url)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "recsite.settings", "REDIS_URL": settings.REDIS_URL},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["recsite", settings.CELERY_BROKER_URL]


def test_a_worker_leaves_a_heartbeat_for_each_of_its_queues(celery_worker):
    assert set(cache.get_many([heartbeat_key(queue) for queue in QUEUES])) == {
        "worker:web",
        "worker:ml",
    }


def test_what_a_page_waits_for_is_done_while_ml_is_busy(
    celery_worker_factory: Callable[..., Any], tmp_path: Path
):
    zipped = editions.write_zip(tmp_path / "ml-made").read_bytes()
    with (
        psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other,
        celery_worker_factory(queues=("ml",)),
        celery_worker_factory(queues=("web",)),
    ):
        other.execute("LOCK TABLE movies_genre IN ACCESS EXCLUSIVE MODE")  # an import waits for it
        schedule_change(changed_by=None, is_enabled=True, every_hours=24)
        busy, waiting = (
            import_request(started_by=None, file=SimpleUploadedFile("ml.zip", zipped))
            for _ in range(2)
        )
        wait_until(lambda: status_of(busy) == "running")
        assert schedule_get().looked_at is None
        current_app.send_task("recommendations.retrain_if_due")
        wait_until(lambda: schedule_get().looked_at is not None)
        assert (status_of(busy), status_of(waiting)) == ("running", "queued")
        other.rollback()
        wait_until(lambda: {status_of(busy), status_of(waiting)} == {"done"})


def status_of(report: ImportReport) -> str:
    return ImportReport.objects.values_list("status", flat=True).get(pk=report.pk)
