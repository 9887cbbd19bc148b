"""The site behind PgBouncer in transaction mode, where statements share few connections.

It is skipped where PgBouncer is not installed (Debian: pgbouncer).
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest

from recsite.local import embedded
from recsite.local.processes import free_port
from tests.waiting import wait_until

PGBOUNCER = shutil.which(
    "pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
)
ROOT = Path(__file__).resolve().parents[2]
N_CONNECTIONS = 4
"""Of PostgreSQL that the pooler lends; the site's processes have more threads than that."""
N_FILMS, N_RATERS = 40, 24
SMALL = ("epochs=1", "factors=8", "linear_rank=8")
PORT_OF_POOLER = 6432
MEMBERS = """
from accounts.models import User
from accounts.services import token_create
for name, is_staff in (("ada", False), ("grace", True)):
    user = User.objects.create_user(name, is_staff=is_staff, is_superuser=is_staff)
    scopes = ["read", "rate", "admin"] if is_staff else ["read", "rate"]
    print(token_create(user=user, name="test", scopes=scopes)[1])
"""

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(PGBOUNCER is None, reason="PgBouncer is not installed"),
]


class PooledSite:
    """Real servers, and a pooler between PostgreSQL and the site."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.local_dir = folder, folder / ".local"
        self.pooler_dir = folder / "pooler"
        self.port = free_port("127.0.0.1", 8775)
        clean = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
        socket = quote(str(self.pooler_dir), safe="")
        self.environment = clean | {
            "MARQUEE_LOCAL_DIR": str(self.local_dir),
            "DATABASE_URL": f"postgresql://{embedded.DATABASE_USER}@{socket}:{PORT_OF_POOLER}"
            f"/{embedded.DATABASE_NAME}",
            "REDIS_URL": embedded.redis_url(self.local_dir),
            "MARQUEE_TRANSACTION_POOLER": "true",
            "MARQUEE_IMPORT_DIR": str(folder / "imports"),
            "STAFF_MFA": "false",
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "2",
        }

    @contextmanager
    def pooling(self) -> Iterator[None]:
        """Run PgBouncer, which refuses to run as root."""
        assert PGBOUNCER is not None
        self.pooler_dir.mkdir()
        user = embedded.SYSTEM_USER if os.getuid() == 0 else None
        configuration = self.pooler_dir / "pgbouncer.ini"
        server = f"host={embedded.socket_dir(self.local_dir)} user={embedded.DATABASE_USER}"
        configuration.write_text(
            f"[databases]\n* = {server}\n[pgbouncer]\npool_mode = transaction\nauth_type = any\n"
            f"listen_addr =\nlisten_port = {PORT_OF_POOLER}\nunix_socket_dir = {self.pooler_dir}\n"
            f"default_pool_size = {N_CONNECTIONS}\nmax_client_conn = 200\n"
        )
        if user is not None:
            for path in (self.pooler_dir, configuration):
                shutil.chown(path, user)
        with (self.folder / "pgbouncer.log").open("wb") as log:
            process = subprocess.Popen(
                [PGBOUNCER, str(configuration)], stdout=log, stderr=log, cwd="/", user=user
            )
        try:
            wait_until((self.pooler_dir / f".s.PGSQL.{PORT_OF_POOLER}").exists)
            yield
        finally:
            process.terminate()
            process.wait(10)

    @contextmanager
    def running(self, name: str, *command: str) -> Iterator[None]:
        """Run one of the site's processes."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT, env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)

    def manage(self, *arguments: str, text: str | None = None) -> str:
        """Run a management command and return its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, input=text, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def client(self, secret: str) -> httpx.Client:
        """Return a program with a member's token."""
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/api/v1/",
            headers={"Authorization": f"Bearer {secret}"},
            timeout=60,
        )

    def server_connections(self) -> list[tuple[Any, ...]]:
        """Return the connections that PostgreSQL has, and the locks of sessions that they hold."""
        with psycopg.connect(embedded.database_url(self.local_dir)) as connection:
            return connection.execute(
                "SELECT a.pid, a.state, count(l.pid) FROM pg_stat_activity a LEFT JOIN pg_locks l"
                " ON l.pid = a.pid AND l.locktype = 'advisory' WHERE a.datname = %s"
                " AND a.pid <> pg_backend_pid() GROUP BY 1, 2",
                [embedded.DATABASE_NAME],
            ).fetchall()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PooledSite]:
    # PgBouncer's user must be able to walk to its folder.
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    site = PooledSite(tmp_path)
    write_edition(tmp_path / "imports" / "tastes")
    write_edition(tmp_path / "imports" / "more", first_rater=N_RATERS)
    with embedded.ensure_running(site.local_dir), site.pooling():
        yield site


def test_the_journey_from_migration_to_a_ten_shares_four_connections(site: PooledSite):
    site.manage("migrate", "--verbosity", "0")
    site.manage("import_movielens", str(site.folder / "imports" / "tastes"))
    secrets = site.manage("shell", "-v", "0", text=MEMBERS).split()
    celery = ("celery", "-A", "recsite.celery", "worker", "--queues", "ml,web", "--concurrency")
    gunicorn = ("gunicorn", "-c", "python:recsite.gunicorn", "recsite.wsgi")
    with (
        site.running("worker", *celery, "2"),
        site.running("web", *gunicorn),
        site.client(secrets[0]) as ada,
        site.client(secrets[1]) as grace,
    ):
        wait_until(lambda: answers(ada))
        films = ada.get("movies/", params={"page_size": N_FILMS}).json()["results"]
        for film in films[:5]:
            rated = ada.put(f"ratings/{film['id']}/", json={"stars": 5})
            assert rated.status_code in {200, 201}, rated.text
        # An import by a worker, twice: a lock that stayed behind would let the second one wait.
        for name in ("more", "tastes"):
            asked = grace.post("imports/", json={"path": name})
            assert asked.status_code == 201, asked.text
            wait_until(partial(is_done, grace, asked.json()["id"]))
        options = [option for value in SMALL for option in ("--set", value)]
        assert "succeeded" in site.manage("run_pipeline", *options)
        wait_until(lambda: len(ten(ada)) == 10)
        export = ada.get("export/")
        assert (export.status_code, len(export.json()["ratings"])) == (200, 5)
        connections = site.server_connections()
        assert len(connections) <= N_CONNECTIONS + 1, connections  # one that was just given up
        assert not [held for _pid, _state, held in connections if held], connections
    for name in ("worker", "web"):
        log = (site.folder / f"{name}.log").read_text()
        assert "Traceback" not in log, log[-5000:]


def answers(client: httpx.Client) -> bool:
    """Whether the site answers at all."""
    try:
        return client.get("movies/").status_code == 200
    except httpx.HTTPError:
        return False


def is_done(client: httpx.Client, import_id: int) -> bool:
    """Whether the import has come to a good end."""
    report = client.get(f"imports/{import_id}/").json()
    assert report["status"] in {"queued", "running", "done"}, json.dumps(report)
    return bool(report["status"] == "done")


def ten(client: httpx.Client) -> list[Any]:
    """Return the member's ten, or nothing while no model serves."""
    answer = client.get("recommendations/")
    return list(answer.json()["results"]) if answer.status_code == 200 else []


def write_edition(folder: Path, first_rater: int = 0) -> None:
    """Write people of two tastes as MovieLens does."""
    folder.mkdir(parents=True)
    films = [
        (n, f"Film {n} ({1960 + n})", "Comedy" if n % 2 else "Horror")
        for n in range(1, N_FILMS + 1)
    ]
    ratings = [
        (rater + 1, n, 4.5 if rater % 2 == n % 2 else 1.5, 1_000_000_000 + n)
        for rater in range(first_rater, first_rater + N_RATERS)
        for n in range(1, N_FILMS + 1)
        if (rater * 7 + n * 3) % 4
    ]  # fmt: skip
    for name, header, rows in (
        ("movies.csv", ("movieId", "title", "genres"), films),
        ("ratings.csv", ("userId", "movieId", "rating", "timestamp"), ratings),
    ):
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
