"""The tests' database: a copy of one that was migrated before, as copying takes no time."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections

PREFIX = "marquee_migrated_"
LOCK = 7_270_901
"""Number of the PostgreSQL advisory lock that is held while a migrated database is made."""


@contextmanager
def database_of_tests(suffix: str) -> Iterator[None]:
    """Put a migrated database of its own in the place of the settings' inside the block."""
    own = connections[DEFAULT_DB_ALIAS].settings_dict["NAME"]
    name = "_".join(filter(None, ["test", own, suffix]))
    with _server() as cursor:
        template = _migrated(cursor)
        # Not by force: another run that uses it goes on, and this one is refused.
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    _use(name)
    try:
        yield
    finally:
        _use(own)
        with _server() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _migrated(cursor: Any) -> str:
    """Return the name of a database in which all migrations were done; make it where it is not."""
    name = PREFIX + _digest()
    cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
    there = {row[0] for row in cursor.fetchall()}
    if name not in there:
        for other in sorted(there):
            cursor.execute(f'DROP DATABASE "{other}" WITH (FORCE)')
        _migrate(cursor, f"{PREFIX}unfinished", name)
    return name


def _migrate(cursor: Any, unfinished: str, name: str) -> None:
    cursor.execute(f'CREATE DATABASE "{unfinished}"')
    own = connections[DEFAULT_DB_ALIAS].settings_dict["NAME"]
    _use(unfinished)
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        _use(own)
    cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')


def _use(name: str) -> None:
    connection.close()
    connections[DEFAULT_DB_ALIAS].settings_dict["NAME"] = name


def _digest() -> str:
    """Name the state of all migrations: their files, in every installed application."""
    digest = hashlib.sha256()
    for config in apps.get_app_configs():
        for path in sorted(Path(config.path).glob("migrations/*.py")):
            digest.update(f"{config.label}/{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _server() -> Iterator[Any]:
    """Yield a cursor outside any database of the tests; its locks end with the block."""
    with connections[DEFAULT_DB_ALIAS]._nodb_cursor() as cursor:
        yield cursor
