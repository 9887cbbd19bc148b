"""The whole site on one machine: servers, films, a trained model, worker and web.

Every step looks first whether it is done: a demo that was killed goes on where it stopped, and a
second start takes seconds.
"""

import fcntl
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import httpx
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from rich.console import Console

from accounts.models import User
from movies.models import Movie
from movies.services.ratings import rating_set
from recommendations import jobs
from recommendations.models import Activation, ModelRun
from recommendations.services import runs
from recsite.celery import QUEUES
from recsite.processes import ManagedProcess, free_port, listener, stop_leftovers
from recsite.progress import follow_run

WEB_START_SECONDS = 30
RESUME_SECONDS = 2.0
TAKEOVER_SECONDS = 45
SMALL_USERS = 200
SMALL_PARAMETERS = {"n_epochs": 2}
N_DEMO_RATINGS = 8


class DemoError(Exception):
    """The demo cannot go on; the message says why and what to do."""


class Demo:
    """One start of the demo over the folder ``local_dir``."""

    def __init__(self, local_dir: Path, *, is_small: bool = False) -> None:
        """Only take notes; :meth:`run` starts."""
        self.local_dir = local_dir
        self.is_small = is_small
        self.console = Console(highlight=False)
        self.worker = ManagedProcess(
            "worker",
            [
                *(sys.executable, "-m", "celery", "-A", "recsite.celery", "worker"),
                *("--queues", ",".join(QUEUES), "--concurrency", "1", "--loglevel", "INFO"),
                *("--without-mingle", "--without-gossip"),
            ],
            local_dir=local_dir,
            log_path=local_dir / "logs" / "worker.log",
        )

    def run(self) -> None:
        """Do what is not done yet, then serve until Ctrl-C or SIGTERM.

        Raises:
            DemoError: another demo runs here, a stage failed, or a process does not start.

        """
        with ExitStack() as stack:
            stack.enter_context(_stopped_by_signals())
            stack.enter_context(self._only_one())
            if n_left := stop_leftovers(self.local_dir):
                self._say(f"Stopped {n_left} processes that a killed demo had left")
            self._prepare_data()
            self.worker.start()
            stack.callback(self.worker.stop)
            self._train()
            web, url = self._web()
            web.start()
            stack.callback(web.stop)
            self._wait_for(web, url)
            self._welcome(url)
            self._supervise([self.worker, web])
