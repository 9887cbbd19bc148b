"""Copies of everything the site keeps, taken while it runs, and how to bring one back.

A backup is a folder: one compressed COPY file per table, the files of the storage, and
``manifest.json``, written last, by which a backup is known to be whole. All tables are read in one
``REPEATABLE READ`` transaction, so they are of one moment whatever is written meanwhile. COPY
instead of ``pg_dump`` needs no program of the server's version and works through a pooler.
"""

import gzip
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, default_storage
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import sql
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.module_loading import import_string

from common.locks import transaction_lock
from recsite.operations.retention import STORAGE_LOCK
from recsite.storages import storage_of

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SKIPPED_TABLES: Final = {"django_migrations", "django_session"}
"""Migrations are applied on the other side; sessions are worth nothing without their cookies."""
SKIPPED_MEDIA: Final = ("imports/",)
"""Files that were uploaded to be imported once."""
BLOCK_BYTES: Final = 1 << 20

Say = Callable[[str], None]


class BackupError(Exception):
    """A backup cannot be written or read; the text says what to do."""


@dataclass(frozen=True)
class Backup:
    """What was written or brought back."""

    n_tables: int
    n_rows: int
    n_files: int
    n_bytes: int


def target_storage(target: str) -> Storage:
    """Return the storage that a target names: a folder, ``s3://BUCKET/PATH``, ``azure://...``.

    Credentials come from the environment, see :mod:`recsite.storages`.

    Raises
    ------
    BackupError
        The scheme is unknown, or packages or settings of that service are missing.

    """
    parsed = urlsplit(target)
    if parsed.scheme in {"", "file"}:
        return FileSystemStorage(location=Path(parsed.path).resolve())
    try:
        entry = storage_of(target, overwrite=True)
    except ImproperlyConfigured as error:
        raise BackupError(str(error)) from error
    storage: Storage = import_string(entry["BACKEND"])(**entry["OPTIONS"])
    return storage


def backup_write(target: Storage, *, with_secret_key: bool = True, say: Say = print) -> Backup:
    """Write everything to an empty target, consistent while the site runs.

    Raises
    ------
    BackupError
        The target holds a backup already.

    """
    if target.exists(MANIFEST):
        raise BackupError("There is a backup at this place. Name another one.")
    with _snapshot():
        transaction_lock(STORAGE_LOCK)  # the nightly task deletes no file meanwhile
        tables = [_write_table(target, table, say) for table in _tables()]
        files = [_copy_file(default_storage, target, name) for name in storage_files()]
        manifest = {
            "format": FORMAT,
            "created_at": timezone.now().isoformat(),
            "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
            "tables": tables,
            "indexes": _index_definitions(),
            "files": [entry for entry in files if entry],
            "settings": {"MARQUEE_EMBEDDINGS": settings.EMBEDDINGS}
            | ({"SECRET_KEY": settings.SECRET_KEY} if with_secret_key else {}),
        }
    _save(target, MANIFEST, json.dumps(manifest, indent=1).encode())
    return _summary(manifest)


def backup_restore(source: Storage, *, replace: bool = False, say: Say = print) -> Backup:
    """Bring a backup back into an empty database and storage.

    The database is brought to the backup's migrations, filled, and then migrated to those of this
    code: a backup of an earlier version is readable by a later one.

    Raises
    ------
    BackupError
        There is no whole backup, it is of a later version, a file is damaged, or the database is
        not empty and ``replace`` is not given.

    """
    manifest = _manifest(source)
    _require_known_migrations(manifest)
    if _has_data():
        if not replace:
            raise BackupError("The database holds data. Restore into an empty one, or --replace.")
        _empty_database()
    _migrate_to(manifest)
    with transaction.atomic():
        _fill(source, manifest, say)
    _create_indexes(manifest)
    for entry in manifest["files"]:
        _restore_file(source, entry)
    _migrate_to_latest()
    return _summary(manifest)


@contextmanager
def _snapshot() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _tables() -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True)
    return sorted(set(names) - SKIPPED_TABLES)


def _columns(table: str) -> list[str]:
    """Return the columns that are stored, without those that PostgreSQL computes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND table_name = %s"
            " AND is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]


def _write_table(target: Storage, table: str, say: Say) -> dict[str, Any]:
    columns = _columns(table)
    statement = sql.SQL("COPY {table} ({columns}) TO STDOUT").format(
        table=sql.Identifier(table), columns=sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with tempfile.TemporaryFile() as file:
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=3) as packed:
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                for block in copy:
                    packed.write(block)
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
                (n_rows,) = cursor.fetchone()
        entry = _stored(target, f"tables/{table}.copy.gz", file)
    say(f"{table}: {n_rows} rows")
    return entry | {"table": table, "columns": columns, "n_rows": n_rows}


def _stored(target: Storage, name: str, file: IO[bytes]) -> dict[str, Any]:
    """Store an open file under a name, and return its size and hash."""
    file.seek(0)
    digest, n_bytes = hashlib.sha256(), 0
    while block := file.read(BLOCK_BYTES):
        digest.update(block)
        n_bytes += len(block)
    file.seek(0)
    _save_file(target, name, file)
    return {"name": name, "n_bytes": n_bytes, "sha256": digest.hexdigest()}


def _save_file(target: Storage, name: str, file: IO[bytes]) -> None:
    if target.exists(name):  # left by a backup or a restore that was interrupted
        target.delete(name)
    target.save(name, File(file))


def _save(target: Storage, name: str, content: bytes) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        _save_file(target, name, file)


def storage_files(folder: str = "") -> Iterator[str]:
    """Yield the names of the files of the site's storage that a backup holds."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    prefix = f"{folder}/" if folder else ""
    yield from (prefix + name for name in files)
    for name in folders:
        if f"{prefix}{name}/" not in SKIPPED_MEDIA:
            yield from storage_files(prefix + name)


def _copy_file(source: Storage, target: Storage, name: str) -> dict[str, Any] | None:
    """Copy a file through this machine; None if it was deleted meanwhile."""
    with tempfile.TemporaryFile() as file:
        try:
            with source.open(name) as opened:
                shutil.copyfileobj(opened, file, BLOCK_BYTES)
        except FileNotFoundError:
            return None
        return _stored(target, f"files/{name}", file) | {"original": name}


def _index_definitions() -> dict[str, str]:
    """Return every index, since those of embeddings are made by no migration."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
        )
        return dict(cursor.fetchall())


def _manifest(source: Storage) -> dict[str, Any]:
    if not source.exists(MANIFEST):
        raise BackupError(f"There is no whole backup here: {MANIFEST} is missing.")
    with source.open(MANIFEST) as file:
        manifest: dict[str, Any] = json.load(file)
    if manifest.get("format") != FORMAT:
        raise BackupError("This backup was written by a later version of the site.")
    return manifest


def _require_known_migrations(manifest: dict[str, Any]) -> None:
    known = set(MigrationExecutor(connection).loader.disk_migrations)
    installed = {config.label for config in apps.get_app_configs()}
    unknown = [
        f"{app}.{name}"
        for app, name in manifest["migrations"]
        if app in installed and (app, name) not in known
    ]
    if unknown:
        raise BackupError(
            f"This backup is of a later version: migration {unknown[0]} is unknown here. Restore"
            " it with that version."
        )


def _has_data() -> bool:
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in ("accounts_user", "movies_movie"):
            if table in tables:
                cursor.execute(
                    sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table))
                )
                row = cursor.fetchone()
                if row and row[0]:
                    return True
    return False


def _empty_database() -> None:
    """Drop every table of the site: the backup's migrations make them again."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(sql.SQL("DROP TABLE {} CASCADE").format(sql.Identifier(table)))


def _migrate_to(manifest: dict[str, Any]) -> None:
    executor = MigrationExecutor(connection)
    wanted = {(app, name) for app, name in manifest["migrations"]}
    nodes = executor.loader.graph.nodes
    children = executor.loader.graph.node_map
    targets = [
        key
        for key in sorted(wanted & set(nodes))
        if not any(
            child.key in wanted and child.key[0] == key[0] for child in children[key].children
        )
    ]
    executor.migrate(targets)


def _migrate_to_latest() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def _fill(source: Storage, manifest: dict[str, Any], say: Say) -> None:
    """Load every table. Foreign keys are checked at the end, and no trigger counts again."""
    names = [sql.Identifier(entry["table"]) for entry in manifest["tables"]]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)))
        for name in names:
            cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
    for entry in manifest["tables"]:
        _load_table(source, entry)
        say(f"{entry['table']}: {entry['n_rows']} rows")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in names:
            cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(name))
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)


def _load_table(source: Storage, entry: dict[str, Any]) -> None:
    statement = sql.SQL("COPY {table} ({columns}) FROM STDIN").format(
        table=sql.Identifier(entry["table"]),
        columns=sql.SQL(", ").join(map(sql.Identifier, entry["columns"])),
    )
    with (
        _fetched(source, entry) as file,
        gzip.GzipFile(fileobj=file) as packed,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        while block := packed.read(BLOCK_BYTES):
            copy.write(block)


@contextmanager
def _fetched(source: Storage, entry: dict[str, Any]) -> Iterator[IO[bytes]]:
    """Fetch a file of the backup and hold it against its hash.

    Raises
    ------
    BackupError
        The file is missing or not as it was written.

    """
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as file:
        try:
            with source.open(entry["name"]) as opened:
                while block := opened.read(BLOCK_BYTES):
                    digest.update(block)
                    file.write(block)
        except FileNotFoundError:
            raise BackupError(f"{entry['name']} is missing.") from None
        if digest.hexdigest() != entry["sha256"]:
            raise BackupError(f"{entry['name']} is damaged.")
        file.seek(0)
        yield file


def _create_indexes(manifest: dict[str, Any]) -> None:
    missing = manifest["indexes"].keys() - _index_definitions().keys()
    tables = {entry["table"] for entry in manifest["tables"]}
    with connection.cursor() as cursor:
        for name in sorted(missing):
            definition = manifest["indexes"][name]
            if any(f".{table} " in definition for table in tables):
                cursor.execute(definition)


def _restore_file(source: Storage, entry: dict[str, Any]) -> None:
    with _fetched(source, entry) as file:
        _save_file(default_storage, entry["original"], file)


def _summary(manifest: dict[str, Any]) -> Backup:
    tables, files = manifest["tables"], manifest["files"]
    return Backup(
        n_tables=len(tables),
        n_rows=sum(entry["n_rows"] for entry in tables),
        n_files=len(files),
        n_bytes=sum(entry["n_bytes"] for entry in [*tables, *files]),
    )
