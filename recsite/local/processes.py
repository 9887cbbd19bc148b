"""Processes that the demo starts beside itself, and those that a killed demo left behind."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

MARK = "MARQUEE_DEMO_OF"
"""The environment variable by which a process of the demo is known; its value is the folder."""

STOP_TIMEOUT_SECONDS = 15.0


class ManagedProcess:
    """A process with its children: started in a group of its own, stopped as a whole."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        local_dir: Path,
        log_path: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Name it and say how to call it; without a log it writes where we write."""
        self.name = name
        self.log_path = log_path
        self.started_at = 0.0
        self._command = list(command)
        mark = {MARK: str(local_dir), "PYTHONUNBUFFERED": "1"}
        self._env = {**os.environ, **mark, **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; Ctrl-C in our terminal does not reach it, we stop it ourselves."""
        log = None
        if self.log_path is not None:
            self.log_path.parent.mkdir(parents=True, exist_ok=True)
            log = self.log_path.open("ab")
        try:
            self.started_at = time.monotonic()
            self._process = subprocess.Popen(
                self._command,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            if log is not None:
                log.close()

    @property
    def is_running(self) -> bool:
        """Whether its first process lives."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it in order, then whatever is left of its group by force."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_TIMEOUT_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None


def stop_leftovers(local_dir: Path) -> int:
    """Stop what a killed demo of the same folder left running; gives the number of processes."""
    leftovers = [process for process in psutil.process_iter() if _is_of(process, local_dir)]
    for process in leftovers:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _gone, stubborn = psutil.wait_procs(leftovers, timeout=STOP_TIMEOUT_SECONDS)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=STOP_TIMEOUT_SECONDS)
    return len(leftovers)


def _is_of(process: psutil.Process, local_dir: Path) -> bool:
    try:
        return process.environ().get(MARK) == str(local_dir) and process.pid != os.getpid()
    except (psutil.Error, OSError):  # gone, or somebody else's
        return False


def free_port(host: str, wanted: int) -> int:
    """``wanted`` if it can be listened on at ``host``, else a free one near it, else any."""
    for port in (*range(wanted, min(wanted + 20, 65536)), 0):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            # As gunicorn will: a port whose last connections are just closing is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"No port of {host} can be listened on.")


def listener(port: int) -> str:
    """Who listens on ``port``, for a message; ``another process`` if that cannot be seen."""
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            is_listener = connection.status == psutil.CONN_LISTEN and connection.pid
            if is_listener and connection.laddr and connection.laddr.port == port:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    return "another process"
