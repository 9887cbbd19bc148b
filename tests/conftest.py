"""What every test stands on: real PostgreSQL and Valkey, and a real Celery worker on request.

Without DATABASE_URL and REDIS_URL they are the embedded ones. Tests use a database, a Valkey
database number and queues of their own, so a demo that runs on the same servers is not disturbed.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from recommendations.experiments.services import impressions
from recsite.celery import QUEUES, app, heartbeat_key
from recsite.local import embedded
from tests.database import database_of_tests

# pytest-xdist's processes are gw0, gw1 ...; Valkey has databases up to 15.
TEST_REDIS_DATABASE = 9 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
WORKER_START_SECONDS = 120
FOLDERS = {
    "MEDIA_ROOT": "MEDIA_ROOT",
    "WORKSPACE_DIR": "MARQUEE_WORKSPACE_DIR",
    "CACHE_DIR": "MARQUEE_CACHE_DIR",
}
"""Settings whose folders tests have to themselves, and the environment variables that set them."""
LONG = {"slow", "faults", "browser"}
"""Markers of tests that take long."""
ROOT = Path(__file__).resolve().parent.parent


def _test_redis_url() -> str:
    """Return the settings' Redis with the tests' database number."""
    if settings.REDIS_URL.startswith("unix://"):
        return f"{settings.REDIS_URL.partition('?')[0]}?db={TEST_REDIS_DATABASE}"
    return urlsplit(settings.REDIS_URL)._replace(path=f"/{TEST_REDIS_DATABASE}").geturl()


def pytest_configure(config: pytest.Config) -> None:
    """Point the settings at the tests' own places before anything is read or connects."""
    settings.REDIS_URL = _test_redis_url()
    settings.CACHES["default"]["LOCATION"] = settings.REDIS_URL
    settings.CELERY_BROKER_URL = embedded.broker_url(settings.REDIS_URL)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.PAGE_RATE = None  # every test comes from one address
    settings.IMPRESSION_WRITE_SECONDS = 0  # a test that wants them written says so
    # Static files straight from their sources: no collectstatic before a test.
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
    TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[attr-defined] # not in the stubs
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        _keep_servers(config)
    scratch = Path(tempfile.mkdtemp(prefix="marquee-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(scratch))
    for name in FOLDERS:
        setattr(settings, name, scratch / name.lower())


@pytest.hookimpl(trylast=True)  # after pytest-django's own order
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin each process's share of the tests with some of the files whose tests take long.

    pytest-xdist gives each process an equal number of tests in a row and moves those at the end
    to a process that has none left. With the long ones at the end, one process waits for them.
    """
    n_processes = getattr(config, "workerinput", {}).get("workercount", 1)
    if n_processes == 1:
        return
    long_paths = {item.path for item in items if LONG & {mark.name for mark in item.iter_markers()}}
    files = groupby(items, key=lambda item: item.path)
    by_file = [(path in long_paths, list(tests)) for path, tests in files]
    short = [test for is_long, tests in by_file if not is_long for test in tests]
    shares: list[list[pytest.Item]] = [[] for _ in range(n_processes)]
    for number, tests in enumerate(tests for is_long, tests in by_file if is_long):
        shares[number % n_processes] += tests
    for number, share in enumerate(shares):
        size = (len(items) * (number + 1)) // n_processes - (len(items) * number) // n_processes
        n_more = max(0, size - len(share))
        share.extend(short[:n_more])
        del short[:n_more]
    items[:] = [test for share in shares for test in share] + short


def _keep_servers(config: pytest.Config) -> None:
    """Run the servers in pytest-xdist's controller: a testing process may end before the others."""
    stack = ExitStack()
    stack.enter_context(_running_servers())
    config.add_cleanup(stack.close)


@contextmanager
def _running_servers() -> Iterator[None]:
    if not (settings.IS_EMBEDDED_DATABASE or settings.IS_EMBEDDED_REDIS):
        yield
        return
    with embedded.ensure_running(settings.LOCAL_DIR):
        yield


def _empty_tables(_test_case: TransactionTestCase) -> None:
    """Delete the rows that a test with its own transactions has written.

    Django's flush truncates every table and recreates content types and permissions, which takes
    longer than many a test. Content types and permissions stay here, and only tables with rows
    are emptied. Triggers are off meanwhile, so the order of the tables does not matter. The
    indexes that trainings made for the vectors of their models go as well.
    """
    written = set(connection.introspection.django_table_names(only_existing=True))
    tables = sorted(written - {"django_content_type", "auth_permission"})
    quoted = [connection.ops.quote_name(table) for table in tables]
    with connection.cursor() as cursor:
        selects = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in quoted)
        cursor.execute(" UNION ALL ".join(selects))
        filled = [name for (name,) in cursor.fetchall()]
        if filled:
            deletes = "; ".join(f"DELETE FROM {name}" for name in filled)
            cursor.execute(
                f"BEGIN; SET LOCAL session_replication_role = replica; {deletes}; COMMIT"
            )
            cursor.execute("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%USING hnsw%'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")


@pytest.fixture(scope="session")
def servers() -> Iterator[None]:
    """PostgreSQL and Valkey run; embedded ones are stopped again unless somebody else uses them."""
    with _running_servers():
        yield


@pytest.fixture(scope="session")
def django_db_setup(
    servers: None, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Copy the migrated database. pytest-django's fixture of this name migrates each time.

    Where several processes test side by side, each has a copy of its own.
    """
    with (
        django_db_blocker.unblock(),
        database_of_tests(os.environ.get("PYTEST_XDIST_WORKER", "")),
        django_db_blocker.block(),
    ):
        yield
        impressions.forget_notes()  # they would be written at the process's end, into no database


@pytest.fixture
def fresh_valkey(servers: None) -> None:
    """Empty the cache and the queues."""
    cache.clear()
    with app.connection_for_write() as broker:
        for queue in QUEUES:
            app.amqp.queues[queue](broker.default_channel).purge()


@pytest.fixture
def full_allowance(servers: None) -> None:
    """Nothing of the API's rate limits used up by earlier tests."""
    cache.clear()


@pytest.fixture
def site_environment(fresh_valkey: None, transactional_db: None) -> dict[str, str]:
    """Return the environment in which another process sees this test's database and queues."""
    database_url = urlsplit(settings.DATABASE_URL)._replace(
        path=f"/{connection.settings_dict['NAME']}"
    )
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "recsite.settings",
        "DATABASE_URL": database_url.geturl(),
        "REDIS_URL": settings.REDIS_URL,
        **{variable: str(getattr(settings, name)) for name, variable in FOLDERS.items()},
        "PYTHONWARNINGS": "default",
    }


WorkerFactory = Callable[..., Any]


@pytest.fixture
def celery_worker_factory(site_environment: dict[str, str], tmp_path: Path) -> WorkerFactory:
    """Start real workers: ``with celery_worker_factory(queues=("ml",), env={...}) as process:``.

    The process (a ``subprocess.Popen``) leads its own process group, so
    ``os.killpg(process.pid, signal.SIGKILL)`` kills the worker with its pool as a power cut would.
    """

    @contextmanager
    def start(
        queues: tuple[str, ...] = QUEUES, env: dict[str, str] | None = None, concurrency: int = 1
    ) -> Iterator[subprocess.Popen[bytes]]:
        log_path = tmp_path / f"worker-{time.monotonic_ns()}.log"
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "celery", "-A", "recsite.celery", "worker"),
                    *("--queues", ",".join(queues), "--concurrency", str(concurrency)),
                    *("--loglevel", "INFO", "--without-mingle", "--without-gossip"),
                ],
                cwd=ROOT,
                env=site_environment | (env or {}),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            _wait_for_worker(process, queues, log_path)
            yield process
        finally:
            _stop_group(process)

    return start


@pytest.fixture
def celery_worker(celery_worker_factory: WorkerFactory) -> Iterator[subprocess.Popen[bytes]]:
    """One real worker for both queues."""
    with celery_worker_factory() as process:
        yield process


def _wait_for_worker(
    process: subprocess.Popen[bytes], queues: tuple[str, ...], log_path: Path
) -> None:
    cache.delete_many([heartbeat_key(queue) for queue in queues])
    deadline = time.monotonic() + WORKER_START_SECONDS
    while not all(cache.get(heartbeat_key(queue)) for queue in queues):
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"The worker did not start:\n{log_path.read_text(errors='replace')}")
        time.sleep(0.1)


def _stop_group(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
