"""A restore replaces everything or nothing, and a backup that meets trouble says so."""

import json
import resource
import shutil
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from common.locks import transaction_lock
from movies.models import Movie, Rating
from movies.services.ratings import rating_set
from recsite.operations import backups
from recsite.operations.backups import MANIFEST, BackupError, backup_write
from recsite.operations.retention import STORAGE_LOCK
from tests import cast
from tests.database import database_of_tests
from tests.waiting import at_once

pytestmark = pytest.mark.django_db(transaction=True)

MODEL = "models/1/model.safetensors"
CONTENT = b"tensors" * 20_000


@pytest.fixture
def backup(tmp_path):
    """Return the folder of a backup of one rated film and one model."""
    cast.rated(cast.member(), (cast.movie("Heat"), 4.5))
    default_storage.save(MODEL, ContentFile(CONTENT))
    call_command("backup", str(tmp_path / "backup"))
    return tmp_path / "backup"


@pytest.fixture
def other_site(backup, settings, tmp_path):
    """Work on another site, which has a film of its own, an own database and an own storage."""
    with database_of_tests("elsewhere"):
        settings.MEDIA_ROOT = tmp_path / "elsewhere"
        cast.movie("Ran")
        yield


@contextmanager
def files_no_larger_than(n_bytes):
    """Let the system refuse more in this process, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def titles():
    return list(Movie.objects.order_by("title").values_list("title", flat=True))


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def check_it_is_back():
    assert titles() == ["Heat"]
    assert Movie.objects.get().n_ratings == Rating.objects.count() == 1
    with default_storage.open(MODEL) as file:
        assert file.read() == CONTENT
    rating_set(user=cast.member("bob"), movie=Movie.objects.get(), half_stars=8)
    assert Movie.objects.get().n_ratings == 2  # the triggers work


@pytest.mark.usefixtures("other_site")
class TestReplace:
    def test_what_was_there_is_replaced_more_than_once(self, backup):
        call_command("restore", str(backup), "--replace")
        check_it_is_back()
        call_command("restore", str(backup), "--replace")
        check_it_is_back()

    def test_nothing_of_the_schema_is_left_but_extensions(self, backup):
        execute("CREATE TYPE own_mood AS ENUM ('good', 'bad')")
        execute("CREATE DOMAIN own_stars AS integer CHECK (VALUE > 0)")
        execute('CREATE TABLE "Own 100%" (id integer GENERATED ALWAYS AS IDENTITY, mood own_mood)')
        execute('CREATE VIEW own_view AS SELECT mood FROM "Own 100%"')
        execute("CREATE SEQUENCE own_numbers")
        execute("CREATE FUNCTION own_half(n integer) RETURNS integer RETURN n / 2")
        call_command("restore", str(backup), "--replace")
        check_it_is_back()
        [(n_left,)] = execute(
            "SELECT (SELECT count(*) FROM pg_class WHERE relname ILIKE 'own%')"
            " + (SELECT count(*) FROM pg_type WHERE typname ILIKE 'own%')"
            " + (SELECT count(*) FROM pg_proc WHERE proname LIKE 'own%')"
        )
        assert n_left == 0

    @pytest.mark.parametrize("name", ["tables/movies_rating.copy.gz", f"files/{MODEL}"])
    def test_a_damaged_backup_replaces_nothing(self, backup, name):
        content = bytearray((backup / name).read_bytes())
        content[len(content) // 2] ^= 1
        (backup / name).write_bytes(content)
        with pytest.raises(CommandError, match=f"{name} is damaged"):
            call_command("restore", str(backup), "--replace")
        assert titles() == ["Ran"]
        assert not default_storage.exists(MODEL)
        (backup / name).unlink()
        with pytest.raises(CommandError, match=f"{name} is missing"):
            call_command("restore", str(backup), "--replace")
        assert titles() == ["Ran"]

    def test_a_half_written_manifest_is_no_whole_backup(self, backup):
        manifest = backup / MANIFEST
        manifest.write_bytes(manifest.read_bytes()[:1000])
        with pytest.raises(CommandError, match=r"manifest\.json is damaged"):
            call_command("restore", str(backup), "--replace")
        assert titles() == ["Ran"]

    def test_a_backup_of_a_later_version_replaces_nothing(self, backup):
        manifest = json.loads((backup / MANIFEST).read_text())
        manifest["migrations"].append(["movies", "9999_later"])
        (backup / MANIFEST).write_text(json.dumps(manifest))
        with pytest.raises(CommandError, match="is unknown"):
            call_command("restore", str(backup), "--replace")
        assert titles() == ["Ran"]

    def test_rows_that_the_database_refuses_leave_the_old_ones(self, backup):
        manifest = json.loads((backup / MANIFEST).read_text())
        tables = [entry for entry in manifest["tables"] if entry["table"] != "movies_movie"]
        (backup / MANIFEST).write_text(json.dumps(manifest | {"tables": tables}))
        with pytest.raises(CommandError, match=r"movies_movie.*The database is unchanged"):
            call_command("restore", str(backup), "--replace")
        assert titles() == ["Ran"]

    def test_a_full_disk_leaves_the_old_data_and_the_restore_is_repeated(self, backup):
        with (
            files_no_larger_than(50_000),
            pytest.raises(CommandError, match=r"File too large.*can be repeated"),
        ):
            call_command("restore", str(backup), "--replace")
        assert titles() == ["Ran"]
        assert not default_storage.exists(MODEL)
        call_command("restore", str(backup), "--replace")
        check_it_is_back()

    def test_too_little_room_is_found_before_anything_is_changed(self, backup, monkeypatch):
        usage = SimpleNamespace(free=len(CONTENT) - 1)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
        with pytest.raises(CommandError, match="has room for"):
            call_command("restore", str(backup), "--replace")
        assert titles() == ["Ran"]
        default_storage.save(MODEL, ContentFile(CONTENT))  # what is there needs no room
        call_command("restore", str(backup), "--replace")
        check_it_is_back()


@pytest.mark.usefixtures("other_site")
class TestEmpty:
    def test_functions_without_tables_are_in_nobodys_way(self, backup):
        for (name,) in execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            execute(f'DROP TABLE "{name}" CASCADE')
        call_command("restore", str(backup))
        check_it_is_back()

    def test_a_table_of_another_program_is_data(self, backup):
        Movie.objects.all().delete()
        execute("CREATE TABLE invoices (id integer)")
        with pytest.raises(CommandError, match="holds data"):
            call_command("restore", str(backup))


class TestBackup:
    def test_a_full_disk_is_told_and_leaves_no_manifest(self, tmp_path):
        default_storage.save(MODEL, ContentFile(CONTENT))
        with (
            files_no_larger_than(50_000),
            pytest.raises(CommandError, match=r"File too large.*This is no whole backup"),
        ):
            call_command("backup", str(tmp_path / "backup"))
        assert not (tmp_path / "backup" / MANIFEST).exists()
        call_command("backup", str(tmp_path / "backup"))
        assert (tmp_path / "backup" / MANIFEST).exists()

    def test_a_manifest_that_finds_no_room_is_not_left_half(self, tmp_path, monkeypatch):
        real = FileSystemStorage._save

        def save(self, name, content):
            if name != MANIFEST:
                return real(self, name, content)
            Path(self.path(name)).write_bytes(content.read(1000))
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(FileSystemStorage, "_save", save)
        with pytest.raises(CommandError, match="No space left on device"):
            call_command("backup", str(tmp_path / "backup"))
        assert not (tmp_path / "backup" / MANIFEST).exists()

    def test_a_place_in_the_storage_is_refused(self, settings, tmp_path):
        media = Path(settings.MEDIA_ROOT)
        media.mkdir()
        (tmp_path / "link").symlink_to(media)
        for place in (media, media / "backups" / "1", tmp_path / "link" / "1"):
            with pytest.raises(CommandError, match="Name a place outside"):
                call_command("backup", str(place))
        settings.MEDIA_ROOT = tmp_path / "backup" / "files"
        with pytest.raises(CommandError, match="Name a place outside"):
            call_command("backup", str(tmp_path / "backup"))
        assert list(media.iterdir()) == []

    @pytest.mark.parametrize(
        "bucket",
        [{"bucket_name": "media"}, {"account_name": "marquee", "azure_container": "media"}],
    )
    def test_a_place_in_a_bucket_of_the_site_is_refused(self, monkeypatch, bucket):
        def place(location, **other):
            return SimpleNamespace(**(bucket | other), location=location)

        monkeypatch.setattr(backups, "default_storage", place("site"))
        for target in (place("site"), place("site/backups/1")):
            with pytest.raises(BackupError, match="Name a place outside"):
                backup_write(target)
        backups._require_apart(place("site-backups/1"))
        backups._require_apart(place("site", **dict.fromkeys(bucket, "other")))

    def test_nobody_else_reads_it(self, backup):
        modes = {path: path.stat().st_mode & 0o777 for path in [backup, *backup.rglob("*")]}
        assert set(modes.values()) == {0o600, 0o700}
        assert modes[backup / MANIFEST] == 0o600

    def test_it_holds_no_model_that_is_deleted_while_it_waits(self, tmp_path):
        """The nightly task has the lock, and its deletion is committed when the lock is free."""
        film = cast.movie()

        def prune():
            transaction_lock(STORAGE_LOCK)
            film.delete()

        at_once(prune, lambda: call_command("backup", str(tmp_path / "backup")))
        manifest = json.loads((tmp_path / "backup" / MANIFEST).read_text())
        n_rows = {entry["table"]: entry["n_rows"] for entry in manifest["tables"]}
        assert n_rows["movies_movie"] == 0
