"""The whole site on one machine: servers, films, a trained model, workers and web.

Every step looks first whether it is done: a demo that was killed goes on where it stopped, and a
second start takes seconds.
"""

import fcntl
import hashlib
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connections
from rich.console import Console

from accounts.models import User
from movies.models import Credit, Movie
from movies.services.ratings import rating_set
from recommendations.training import jobs
from recommendations.training.models import ModelRun
from recommendations.training.progress import every, follow_run
from recommendations.training.services.runs import run_retry, run_start
from recsite.local import embedded
from recsite.local.processes import ManagedProcess, free_port, listener, stop_leftovers
from recsite.local.sample import write_movielens_sample

WEB_START_SECONDS = 180.0
TAKEOVER_SECONDS = 60.0
RESUME_SECONDS = 10.0
MIN_LIFE_SECONDS = 10.0
PIPELINE_SMALL: dict[str, Any] = {"epochs": 2, "linear_rank": 64, "factors": 16, "dimension": 16}

FAVOURITES = {"Sci-Fi": 10, "Animation": 9, "Horror": 2}
"""The demo member's taste: half stars for the best known films of a genre."""

N_FAVOURITES = 4


class DemoError(Exception):
    """The demo cannot go on; the message says why and what to do."""


class Demo:
    """One start of the demo over the folder ``local_dir``."""

    def __init__(self, local_dir: Path, *, is_small: bool = False) -> None:
        """Take notes only; :meth:`run` starts."""
        self.local_dir = local_dir
        self.is_small = is_small
        self.console = Console(highlight=False)

    def run(self) -> None:
        """Do what is not done yet, then serve until Ctrl-C or SIGTERM.

        Raises
        ------
        DemoError
            Another demo runs here, a stage failed, or a process does not start.

        """
        with ExitStack() as stack:
            stack.enter_context(_signals_stop())
            stack.enter_context(self._only_demo_here())
            stack.callback(stop_leftovers, self.local_dir)
            if n_left := stop_leftovers(self.local_dir):
                self._say(f"Stopped {n_left} processes that a killed demo had left behind.")
            self._migrate()
            self._import_films()
            self._import_people()
            self._collect_static()
            host, port = settings.HOST, self._port()
            web = self._web(host, port)
            # One worker for each queue: a training delays no task of a page.
            worker = self._worker("worker", "ml")
            clock = self._worker("clock", "web", "--beat")
            for process in (worker, clock, web):
                stack.callback(process.stop)
            web.start()
            logins = [self._login("demo"), self._login("admin", is_staff=True)]
            url = f"http://{_shown(host)}:{port}/"
            self._wait_for(web, f"{url}livez")
            self._welcome(url, logins)
            # After the site: started beside it, they would make its first page wait.
            worker.start()
            clock.start()
            processes = [worker, clock, web]
            # The site is up: it shows popular films until the first model is ready.
            self._train_through_outages(*processes)
            self._supervise(processes)

    def _say(self, message: str) -> None:
        self.console.print(message, markup=False, soft_wrap=True)

    @contextmanager
    def _only_demo_here(self) -> Iterator[None]:
        """Hold the demo's lock; one that is just stopping is waited for."""
        self.local_dir.mkdir(parents=True, exist_ok=True)
        with (self.local_dir / "demo.lock").open("a+") as lock:
            deadline = time.monotonic() + TAKEOVER_SECONDS
            while not _try_lock(lock.fileno()):
                if time.monotonic() > deadline:
                    lock.seek(0)
                    raise DemoError(
                        f"A demo already runs on {self.local_dir}: process {lock.read()}. Stop it "
                        "with Ctrl-C or `kill`, or set MARQUEE_LOCAL_DIR to another folder."
                    )
                time.sleep(0.5)
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def _migrate(self) -> None:
        self._say("Database: bringing its tables up to date")
        call_command("migrate", verbosity=0, skip_checks=False)

    def _import_films(self) -> None:
        if Movie.objects.exists():
            return
        if self.is_small:
            self._say("Films: importing a sample of MovieLens")
            folder = write_movielens_sample(self.local_dir / "sample")
            call_command("import_movielens", str(folder))
        else:
            self._say("Films: importing MovieLens, 100,004 ratings")
            call_command("import_movielens", builtin=True)

    def _import_people(self) -> None:
        if Credit.objects.exists():
            return
        self._say("Films: importing people, countries and runtimes from Wikidata")
        call_command("import_wikidata", builtin=True)

    def _collect_static(self) -> None:
        """Collect the static files, unless they are those of the last start."""
        sources = sorted(
            (name, status.st_size, status.st_mtime_ns)
            for finder in get_finders()
            for name, storage in finder.list([])
            for status in [Path(storage.path(name)).stat()]
        )
        digest = hashlib.sha256(repr(sources).encode()).hexdigest()
        mark = Path(settings.STATIC_ROOT) / ".collected"
        if mark.exists() and mark.read_text() == digest:
            return
        call_command("collectstatic", interactive=False, verbosity=0)
        mark.write_text(digest)

    def _train_through_outages(self, *processes: ManagedProcess) -> None:
        """Train the first model; start a database again that dies meanwhile, and go on."""
        while True:
            try:
                return self._train(*processes)
            except (OperationalError, InterfaceError):
                connections.close_all()
                self._revive_servers()
                time.sleep(1)

    def _train(self, worker: ManagedProcess, *others: ManagedProcess) -> None:
        """Train the first model, or resume a run that was interrupted, while the site is up.

        A run that fails does not stop the site. The next start tries again.

        Raises
        ------
        DemoError
            The run cannot start, or a process does not run.

        """
        if ModelRun.objects.filter(status=ModelRun.Status.SUCCEEDED).exists():
            return
        run = ModelRun.objects.first()
        if run is None:
            parameters: dict[str, Any] = {"embeddings": settings.EMBEDDINGS}
            parameters |= PIPELINE_SMALL if self.is_small else {}
            try:
                run = run_start(parameters=parameters, started_by=None)
            except ValidationError as error:
                raise DemoError(" ".join(error.messages)) from error
        elif run.can_retry:
            run_retry(run=run, retried_by=None)
        self._say(f"\nThe first model is training: run {run.pk} (log: {worker.log_path})")
        self._say("Until it is ready the site shows popular films, and then it switches by itself.")
        resume = every(RESUME_SECONDS, jobs.resume)

        def keep_going() -> None:
            self._revive_servers()
            for process in (worker, *others):
                self._revive(process)
            resume()

        run = follow_run(run, self.console, while_waiting=keep_going)
        if run.status == ModelRun.Status.SUCCEEDED:
            self._say(f"The model of run {run.pk} is ready.")
        else:
            self._say(f"Run {run.pk} {run.status}: {run.error}\nThe next start tries again.")

    def _worker(self, name: str, queue: str, *options: str) -> ManagedProcess:
        return ManagedProcess(
            name,
            [
                *(sys.executable, "-m", "celery", "-A", "recsite.celery", "worker"),
                *("--queues", queue, "--hostname", f"{name}@%h", "--concurrency", "1"),
                *("--loglevel", "INFO", "--without-mingle", "--without-gossip", *options),
            ],
            local_dir=self.local_dir,
            log_path=self.local_dir / "logs" / f"{name}.log",
        )

    def _web(self, host: str, port: int) -> ManagedProcess:
        """Return the web process.

        Its output is the demo's, because e-mails are printed there.
        """
        return ManagedProcess(
            "web",
            [
                *(sys.executable, "-m", "gunicorn", "-c", "python:recsite.gunicorn"),
                *("--log-level", "warning", "recsite.wsgi"),
            ],
            local_dir=self.local_dir,
            env={
                "HOST": host,
                "PORT": str(port),
                "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
            },
        )

    def _port(self) -> int:
        wanted = settings.PORT
        port = free_port(settings.HOST, wanted)
        if port != wanted:
            self._say(f"Port {wanted} is taken by {listener(wanted)}; using {port} instead.")
        return port

    def _wait_for(self, web: ManagedProcess, url: str) -> None:
        deadline = time.monotonic() + WEB_START_SECONDS
        while True:
            try:
                httpx.get(url, timeout=2).raise_for_status()
            except httpx.HTTPError as error:
                if not web.is_running or time.monotonic() > deadline:
                    raise DemoError(f"The web server does not answer at {url}: {error}") from error
                time.sleep(0.2)
            else:
                return

    def _login(self, username: str, *, is_staff: bool = False) -> tuple[str, str]:
        """Name and password of a person of this demo; made once, the password is kept here."""
        password = _kept_secret(self.local_dir / f"password-of-{username}")
        user, is_new = User.objects.get_or_create(
            username=username, defaults={"is_staff": is_staff, "is_superuser": is_staff}
        )
        if not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
        if is_new and not is_staff:
            _rate_favourites(user)
        return username, password

    def _welcome(self, url: str, logins: Sequence[tuple[str, str]]) -> None:
        self._say(f"\nMarquee is at {url}\n")
        for username, password in logins:
            self._say(f"  {username:<6} log in with the password {password}")
        self._say("\nCtrl-C stops it; the next start keeps everything.")

    def _supervise(self, processes: Sequence[ManagedProcess]) -> None:
        resume = every(settings.RUN_LEASE_SECONDS, jobs.resume)
        while True:
            self._revive_servers()
            for process in processes:
                self._revive(process)
            with suppress(OperationalError, InterfaceError):  # it is asked again in a moment
                resume()
            # The demo is idle: it keeps no connection while nothing happens.
            connections.close_all()
            time.sleep(1)

    def _revive_servers(self) -> None:
        """Start embedded servers again that died, or were stopped by somebody.

        Raises
        ------
        DemoError
            One does not come up.

        """
        if not (settings.IS_EMBEDDED_DATABASE or settings.IS_EMBEDDED_REDIS):
            return
        try:
            for name in embedded.revive(self.local_dir):
                self._say(f"The embedded {name} had died and was started again.")
        except embedded.EmbeddedServerError as error:
            raise DemoError(str(error)) from error

    def _revive(self, process: ManagedProcess) -> None:
        """Start a process again that died.

        Raises
        ------
        DemoError
            It died as soon as it was started.

        """
        if process.is_running:
            return
        if time.monotonic() - process.started_at < MIN_LIFE_SECONDS:
            raise DemoError(f"The {process.name} does not run; its log: {process.log_path}")
        self._say(f"The {process.name} died and is started again.")
        process.start()


@contextmanager
def _signals_stop() -> Iterator[None]:
    """Leave in order on Ctrl-C, SIGTERM and a closed terminal; more signals change nothing."""
    signals = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup's wish
        signals.append(signal.SIGHUP)

    def stop(*_: object) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        sys.exit(0)

    for each in signals:
        signal.signal(each, stop)
    if os.environ.get("MARQUEE_STOP_WITH_PARENT"):
        Thread(target=_stop_with_parent, args=(os.getppid(),), daemon=True).start()
    yield


def _stop_with_parent(parent: int) -> None:
    """`make` killed outright tells nobody; without this its demo would run on, unseen."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _shown(host: str) -> str:
    """``host`` as a browser on this machine spells it."""
    if host in settings.ANY_ADDRESS:
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _kept_secret(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(9))
    return path.read_text()


def _rate_favourites(user: User) -> None:
    for genre, half_stars in FAVOURITES.items():
        for movie in Movie.objects.filter(genres__name=genre).order_by("-n_ratings")[:N_FAVOURITES]:
            rating_set(user=user, movie=movie, half_stars=half_stars)
