"""Copies of everything the site keeps, taken while it runs, and how to bring one back.

A backup is a folder: one compressed COPY file per table, the files of the storage, and
``manifest.json``, written last, by which a backup is known to be whole. All tables are read in one
``REPEATABLE READ`` transaction, so they are of one moment whatever is written meanwhile. COPY
instead of ``pg_dump`` needs no program of the server's version and works through a pooler.

A restore reads the whole backup and checks it before it changes anything. It then empties and fills
the database in one transaction: if it fails, the data from before are still there.
"""

import gzip
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, default_storage
from django.core.management.color import no_style
from django.db import Error, connection, transaction
from django.db.backends.postgresql.psycopg_any import sql
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.module_loading import import_string

from common.copy import copy_in, copy_out
from common.locks import lock_across_transactions
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
        return FileSystemStorage(
            location=Path(parsed.path).resolve(),
            file_permissions_mode=0o600,
            directory_permissions_mode=0o700,
        )
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
        The target holds a backup already, or it and the site's storage lie in each other, or
        something could not be read or written.

    """
    _require_apart(target)
    with (
        _errors_told("This is no whole backup: delete what was written, and repeat it."),
        _private_files(),
        # Taken before the snapshot: it must not hold models that the nightly task is deleting.
        lock_across_transactions(STORAGE_LOCK, wait=True),
    ):
        if target.exists(MANIFEST):
            raise BackupError("There is a backup at this place. Name another one.")
        with _snapshot():
            migrations = sorted(MigrationRecorder(connection).applied_migrations())
            names = list(storage_files())
            tables = [_write_table(target, table, say) for table in _tables()]
            indexes = _index_definitions()
        files = [_copy_file(default_storage, target, name) for name in names]
        manifest = {
            "format": FORMAT,
            "created_at": timezone.now().isoformat(),
            "migrations": migrations,
            "tables": tables,
            "indexes": indexes,
            "files": [entry for entry in files if entry],
            "settings": {"MARQUEE_EMBEDDINGS": settings.EMBEDDINGS}
            | ({"SECRET_KEY": settings.SECRET_KEY} if with_secret_key else {}),
        }
        _save(target, MANIFEST, json.dumps(manifest, indent=1).encode())
    return _summary(manifest)


def backup_restore(source: Storage, *, replace: bool = False, say: Say = print) -> Backup:
    """Bring a backup back into an empty database and storage.

    The database is brought to the backup's migrations, filled, and then migrated to those of this
    code: a backup of an earlier version is readable by a later one. All of it is one transaction,
    which ends after the files are copied. Repeated after a failure, it keeps the files that are
    there already.

    Raises
    ------
    BackupError
        There is no whole backup, it is of a later version, a file is damaged, there is no room for
        the files, the database is not empty and ``replace`` is not given, or something could not
        be read or written. The database is as it was before.

    """
    with _errors_told("The database is unchanged, and the command can be repeated."):
        manifest = _manifest(source)
        _require_known_migrations(manifest)
        if _has_data() and not replace:
            raise BackupError("The database holds data. Restore into an empty one, or --replace.")
        _require_whole(source, manifest)
        files = [entry for entry in manifest["files"] if not _is_stored(entry)]
        _require_space(files)
        with lock_across_transactions(STORAGE_LOCK, wait=True), transaction.atomic():
            _empty_database()
            _migrate_to(manifest)
            _fill(source, manifest, say)
            _create_indexes(manifest)
            _migrate_to_latest()
            for entry in files:
                _restore_file(source, entry)
    return _summary(manifest)


@contextmanager
def _errors_told(consequence: str) -> Iterator[None]:
    """Turn errors of disks and of the database into words.

    Raises
    ------
    BackupError
        A file or the database could not be read or written.

    """
    try:
        yield
    except (OSError, Error) as error:
        reason = str(error).strip()
        if isinstance(error, OSError) and not error.filename:
            reason += f" (in the target, in MEDIA_ROOT, or in {tempfile.gettempdir()}: TMPDIR)"
        raise BackupError(f"{reason}. {consequence}") from error


@contextmanager
def _private_files() -> Iterator[None]:
    """Let nobody else read a new file, not even while it is being written."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _require_apart(target: Storage) -> None:
    """Refuse a target below the storage: each backup would hold the earlier ones.

    Raises
    ------
    BackupError
        The target lies in the storage, or the storage where the target's copies go.

    """
    place, storage = _place(target), _place(default_storage)
    copies = [[*place, "files"], [*place, "tables"]]
    if place[: len(storage)] == storage or storage[: len(place) + 1] in copies:
        raise BackupError(
            "The backup and the site's storage (MEDIA_ROOT or MARQUEE_STORAGE) lie in each other."
            " Name a place outside."
        )


def _place(storage: Storage) -> list[str]:
    """Return the folder of a storage as a list of names, which begins with the bucket if any."""
    if isinstance(storage, FileSystemStorage):
        return list(Path(storage.location).resolve().parts)
    names = ("account_name", "azure_container", "bucket_name")
    bucket = [str(getattr(storage, name, "")) for name in names]
    return [*bucket, *PurePosixPath(getattr(storage, "location", "")).parts]


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
            with connection.cursor() as cursor:
                for block in copy_out(cursor, statement):
                    packed.write(block)
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
                (n_rows,) = cursor.fetchone()
        entry = _stored(target, f"tables/{table}.copy.gz", file)
    say(f"{table}: {n_rows} rows")
    return entry | {"table": table, "columns": columns, "n_rows": n_rows}


def _stored(target: Storage, name: str, file: IO[bytes]) -> dict[str, Any]:
    """Store an open file under a name, and return its size and hash."""
    entry = {"name": name, "n_bytes": file.seek(0, os.SEEK_END), "sha256": _hash(file)}
    file.seek(0)
    _save_file(target, name, file)
    return entry


def _hash(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(BLOCK_BYTES):
        digest.update(block)
    return digest.hexdigest()


def _save_file(target: Storage, name: str, file: IO[bytes]) -> None:
    if target.exists(name):  # left by a backup or a restore that was interrupted
        target.delete(name)
    try:
        target.save(name, File(file))
    except OSError:
        with suppress(OSError):
            target.delete(name)  # a part of it
        raise


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
        try:
            manifest: dict[str, Any] = json.load(file)
        except ValueError as error:
            raise BackupError(f"There is no whole backup here: {MANIFEST} is damaged.") from error
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
    """Return whether there are users or films, or tables that are not the site's."""
    tables = set(connection.introspection.table_names())
    own = {*connection.introspection.django_table_names(), "django_migrations"}
    if tables - own:
        return True
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


def _require_whole(source: Storage, manifest: dict[str, Any]) -> None:
    """Read every file of the backup and compare its hash.

    Raises
    ------
    BackupError
        A file is missing or is not as it was written.

    """
    for entry in [*manifest["tables"], *manifest["files"]]:
        try:
            with source.open(entry["name"]) as file:
                found = _hash(file)
        except FileNotFoundError:
            raise BackupError(f"{entry['name']} is missing.") from None
        if found != entry["sha256"]:
            raise BackupError(f"{entry['name']} is damaged.")


def _is_stored(entry: dict[str, Any]) -> bool:
    """Return whether the site's storage has this file of the backup already."""
    name = entry["original"]
    if not default_storage.exists(name) or default_storage.size(name) != entry["n_bytes"]:
        return False
    with default_storage.open(name) as file:
        return bool(_hash(file) == entry["sha256"])


def _require_space(files: list[dict[str, Any]]) -> None:
    """Refuse files that the disk of ``MEDIA_ROOT`` has no room for.

    Raises
    ------
    BackupError
        There is less room than the files need.

    """
    if not isinstance(default_storage, FileSystemStorage):
        return
    folder = Path(default_storage.location)
    disk = next(path for path in (folder, *folder.parents) if path.exists())
    n_needed, n_free = sum(entry["n_bytes"] for entry in files), shutil.disk_usage(disk).free
    if n_needed > n_free:
        raise BackupError(
            f"{folder} has room for {n_free / 2**20:.1f} MB, and the files need"
            f" {n_needed / 2**20:.1f} MB."
        )


def _empty_database() -> None:
    """Drop everything in the schema but extensions, which this role may not be able to create."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT format('DROP %s IF EXISTS %s CASCADE', object.type, object.identity)
            FROM pg_depend AS entry,
                pg_identify_object(entry.classid, entry.objid, 0) AS object
            WHERE entry.refclassid = 'pg_namespace'::regclass
                AND entry.refobjid = current_schema()::regnamespace
                AND entry.classid::regclass::text IN ('pg_class', 'pg_proc', 'pg_type')
                AND NOT EXISTS (
                    SELECT FROM pg_depend AS member
                    WHERE member.classid = entry.classid AND member.objid = entry.objid
                        AND member.deptype = 'e'
                )
            ORDER BY object.type <> 'table' -- a sequence of a column goes with its table only
            """
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


def _migrate_to(manifest: dict[str, Any]) -> None:
    executor = MigrationExecutor(connection, _check_constraints)
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
    executor = MigrationExecutor(connection, _check_constraints)
    executor.migrate(executor.loader.graph.leaf_nodes())


def _check_constraints(action: str, *_migration: Any) -> None:
    """Check foreign keys after each migration, as the end of its own transaction would.

    PostgreSQL alters no table for which checks are still waiting.
    """
    if action == "apply_success":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


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
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
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
        source.open(entry["name"]) as file,
        gzip.GzipFile(fileobj=file) as packed,
        connection.cursor() as cursor,
    ):
        copy_in(cursor, statement, iter(lambda: packed.read(BLOCK_BYTES), b""))


def _create_indexes(manifest: dict[str, Any]) -> None:
    missing = manifest["indexes"].keys() - _index_definitions().keys()
    tables = {entry["table"] for entry in manifest["tables"]}
    with connection.cursor() as cursor:
        for name in sorted(missing):
            definition = manifest["indexes"][name]
            if any(f".{table} " in definition for table in tables):
                cursor.execute(definition)


def _restore_file(source: Storage, entry: dict[str, Any]) -> None:
    with source.open(entry["name"]) as file:
        _save_file(default_storage, entry["original"], file)


def _summary(manifest: dict[str, Any]) -> Backup:
    tables, files = manifest["tables"], manifest["files"]
    return Backup(
        n_tables=len(tables),
        n_rows=sum(entry["n_rows"] for entry in tables),
        n_files=len(files),
        n_bytes=sum(entry["n_bytes"] for entry in [*tables, *files]),
    )
