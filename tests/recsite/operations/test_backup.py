"""A backup taken from a running site brings back the same site elsewhere."""

import json
import subprocess
import sys
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection

from movies.models import Movie, Rating
from movies.services.ratings import rating_set
from recsite.operations.backups import MANIFEST, backup_write, target_storage
from tests import cast

ROOT = Path(__file__).resolve().parents[3]
RESTORE = """
import json
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
from django.test import Client
from fakes import ToyModel
from recommendations.serving import registry
registry.ServedModel = ToyModel
call_command("restore", SOURCE)
answer = Client().post("/api/v1/recommendations/", BODY, "application/json")
Path(OUT).write_text(json.dumps(answer.json()))
"""


@pytest.fixture
def elsewhere(site_environment, tmp_path):
    """Return the environment of an empty instance: a database of its own and folders of its own."""
    name = f"{connection.settings_dict['NAME']}_restored"
    url = urlsplit(site_environment["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    admin = psycopg.connect(site_environment["DATABASE_URL"], autocommit=True)
    admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    admin.execute(f"CREATE DATABASE {name}")
    folders = {
        "MEDIA_ROOT": str(tmp_path / "elsewhere" / "media"),
        "MARQUEE_WORKSPACE_DIR": str(tmp_path / "elsewhere" / "runs"),
        "MARQUEE_CACHE_DIR": str(tmp_path / "elsewhere" / "cache"),
    }
    yield (
        site_environment
        | folders
        | {"DATABASE_URL": url, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'recommendations'}"}
    )
    admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    admin.close()


def restored_ten(environment, body, backup, out):
    """Restore into the empty instance and ask it, in one process that starts there."""
    program = RESTORE.replace("SOURCE", repr(str(backup))).replace("BODY", repr(body))
    result = subprocess.run(
        [sys.executable, "-c", program.replace("OUT", repr(str(out)))],
        cwd=ROOT,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(out.read_text())


def rate_in_thread(user, film):
    try:
        rating_set(user=user, movie=film, half_stars=7)
    finally:
        connection.close()


def test_an_empty_instance_gives_the_same_ten_also_when_films_are_rated_meanwhile(
    elsewhere, active, client, tmp_path
):
    film = Movie.objects.order_by("pk").first()
    body = {"ratings": [{"movie_id": film.pk, "stars": 4.5}], "k": 10}
    before = client.post("/api/v1/recommendations/", body, "application/json").json()
    assert before["model_version"] == active.pk
    assert len(before["results"]) > 0
    raters = iter(cast.raters(*range(100), source="meanwhile"))

    def rate(_text):
        """Rate between two tables, in a connection of its own."""
        thread = Thread(target=rate_in_thread, args=(next(raters), film))
        thread.start()
        thread.join()

    backup_write(target_storage(str(tmp_path / "backup")), say=rate)
    assert Rating.objects.filter(user__source="meanwhile", movie=film).count() > 20
    after = restored_ten(elsewhere, body, tmp_path / "backup", tmp_path / "after.json")
    assert after | {"computed_at": None} == before | {"computed_at": None}
    with psycopg.connect(elsewhere["DATABASE_URL"]) as restored:
        totals = "SELECT sum(n_ratings) = (SELECT count(*) FROM movies_rating) FROM movies_movie"
        assert restored.execute(totals).fetchone() == (True,)
        [(next_id,)] = restored.execute(
            "SELECT nextval(pg_get_serial_sequence('movies_movie', 'id'))"
        ).fetchall()
        assert next_id > Movie.objects.order_by("-pk").first().pk
        indexes = "SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%hnsw%'"
        with connection.cursor() as cursor:
            cursor.execute(indexes)
            assert restored.execute(indexes).fetchone() == cursor.fetchone()


@pytest.mark.django_db(transaction=True)
class TestRefusals:
    def test_a_second_backup_overwrites_no_first(self, tmp_path):
        call_command("backup", str(tmp_path))
        with pytest.raises(CommandError, match="There is a backup"):
            call_command("backup", str(tmp_path))

    def test_a_database_with_data_is_not_replaced_unasked(self, tmp_path):
        cast.movie()
        call_command("backup", str(tmp_path))
        with pytest.raises(CommandError, match="holds data"):
            call_command("restore", str(tmp_path))

    def test_an_interrupted_backup_is_not_taken_for_a_whole_one(self, tmp_path):
        call_command("backup", str(tmp_path))
        (tmp_path / MANIFEST).unlink()
        with pytest.raises(CommandError, match="no whole backup"):
            call_command("restore", str(tmp_path))

    def test_a_backup_of_a_later_version_is_refused_by_name(self, tmp_path):
        call_command("backup", str(tmp_path))
        manifest = json.loads((tmp_path / MANIFEST).read_text())
        manifest["migrations"].append(["movies", "9999_later"])
        (tmp_path / MANIFEST).write_text(json.dumps(manifest))
        with pytest.raises(CommandError, match=r"movies\.9999_later is unknown"):
            call_command("restore", str(tmp_path))

    def test_the_secret_key_may_be_left_out(self, tmp_path):
        call_command("backup", str(tmp_path), "--without-secret-key")
        assert django_settings.SECRET_KEY not in (tmp_path / MANIFEST).read_text()

    def test_an_unknown_place_is_named(self):
        with pytest.raises(CommandError, match="ftp://"):
            call_command("backup", "ftp://example.org/x")
