"""Processes beside the demo: stopped as a whole, found again after a kill, never a stranger's."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from recsite.local import embedded
from recsite.local.processes import MARK, ManagedProcess, free_port, listener, stop_leftovers
from tests.waiting import wait_until

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[3]
SLEEPER_WITH_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def sleeper(folder, **options):
    return ManagedProcess(
        "sleeper",
        [sys.executable, "-c", SLEEPER_WITH_CHILD],
        local_dir=folder,
        log_path=folder / "sleeper.log",
        **options,
    )


def child_pid(folder):
    """Return the child's process id, as soon as the sleeper has told it."""
    log = folder / "sleeper.log"
    wait_until(lambda: log.exists() and log.read_text().endswith("\n"), seconds=20)
    return int(log.read_text().split()[-1])


def is_alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def wait_until_dead(pid):
    wait_until(lambda: not is_alive(pid), seconds=5)


def test_stopping_a_process_stops_its_children(tmp_path):
    process = sleeper(tmp_path)
    process.start()
    child = child_pid(tmp_path)
    assert process.is_running
    process.stop()
    assert not process.is_running
    wait_until_dead(child)


def test_leftovers_of_a_killed_demo_are_stopped_and_nobody_elses(tmp_path):
    ours, others = tmp_path / "ours", tmp_path / "others"
    for folder in (ours, others):
        folder.mkdir()
    other = sleeper(others)
    other.start()
    killed_demo = subprocess.Popen(
        [sys.executable, "-c", SLEEPER_WITH_CHILD],
        env=os.environ | {MARK: str(ours)},
        stdout=subprocess.PIPE,
        text=True,
    )
    orphan = int(killed_demo.stdout.readline())
    killed_demo.kill()
    killed_demo.wait()
    killed_demo.stdout.close()
    try:
        assert is_alive(orphan)
        assert stop_leftovers(ours) == 1
        wait_until_dead(orphan)
        assert other.is_running
        assert stop_leftovers(ours) == 0
    finally:
        other.stop()


def test_a_taken_port_is_named_and_its_neighbour_used():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = free_port("127.0.0.1", port)
        assert found != port
        assert f"process {os.getpid()}" in listener(port)
    assert free_port("127.0.0.1", port) == port


def test_a_free_port_is_the_one_that_was_asked_for_on_every_address():
    port = free_port("0.0.0.0", 0)
    assert free_port("0.0.0.0", port) == port


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_command_that_is_interrupted_stops_the_servers_that_it_started(tmp_path, number):
    local_dir = tmp_path / ".local"
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    command = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-c", "print('up', flush=True); input()"],
        cwd=ROOT,
        env=environment | {"MARQUEE_LOCAL_DIR": str(local_dir)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with command:
        while "up" not in command.stdout.readline():
            pass
        assert embedded.Postgres(local_dir).process()
        command.send_signal(number)
        command.wait(30)
    assert embedded.Postgres(local_dir).process() is None
    assert embedded.Valkey(local_dir).process() is None


def test_a_command_that_needs_no_servers_starts_none(tmp_path):
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    subprocess.run(
        [sys.executable, "manage.py", "version"],
        cwd=ROOT,
        env=environment | {"MARQUEE_LOCAL_DIR": str(tmp_path / ".local")},
        capture_output=True,
        check=True,
    )
    assert not (tmp_path / ".local" / "postgres").exists()
