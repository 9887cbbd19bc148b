"""The benchmark of a whole site, killed in a step, started again, and run to its end."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from benchmarks.whole import SITE, STATE_FILE, STEPS
from recsite.local import embedded
from tests.conftest import ROOT
from tests.waiting import wait_until


def started(folder: Path) -> subprocess.Popen[bytes]:
    """Start the smallest run in a process group of its own."""
    options = ("--ratings", "10000", "--folder", str(folder), "--set", "epochs=1", "--people", "4")
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.whole", *options],
        cwd=ROOT,
        env=os.environ | {"MARQUEE_LOCAL_FSYNC": "off"},
        start_new_session=True,
    )


def steps_done(folder: Path) -> dict[str, dict[str, float]]:
    path = folder / STATE_FILE
    return json.loads(path.read_text())["steps"] if path.exists() else {}


def n_migrations(folder: Path) -> int:
    """Return how many migrations the step prepare has done; 0 before PostgreSQL answers."""
    try:
        with psycopg.connect(embedded.database_url(folder / SITE), connect_timeout=5) as connection:
            row = connection.execute("SELECT count(*) FROM django_migrations").fetchone()
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return 0
    return row[0] if row else 0


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the run with the step that it does, as a power cut would."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.faults
@pytest.mark.slow
def test_a_run_killed_in_a_step_goes_on_from_it_to_the_pages_and_repeats_no_finished_step(
    tmp_path,
):
    ratings = tmp_path / "movielens/ratings.csv"
    first = started(tmp_path)
    try:
        wait_until(lambda: n_migrations(tmp_path) or first.poll() is not None)
        assert first.poll() is None
    finally:
        kill(first)
    done, written = steps_done(tmp_path), ratings.stat().st_mtime_ns
    assert list(done) == ["files"]
    n_before = n_migrations(tmp_path)
    assert n_before

    second = started(tmp_path)
    try:
        wait_until(lambda: n_migrations(tmp_path) > n_before or second.poll() is not None)
        assert second.poll() is None
    finally:
        kill(second)
    assert steps_done(tmp_path) == done

    third = started(tmp_path)
    try:
        assert third.wait() == 0
    finally:
        kill(third)
        embedded.stop_unused(tmp_path / SITE)
    figures = steps_done(tmp_path)
    assert list(figures) == list(STEPS)
    assert figures["files"] == done["files"]
    assert ratings.stat().st_mtime_ns == written
    n_ratings = figures["files"]["ratings"]
    assert figures["import"]["ratings"] == figures["import again"]["ratings"] == n_ratings > 0
    assert figures["serve"]["ten_p99_ms"] >= figures["serve"]["ten_p50_ms"] > 0
