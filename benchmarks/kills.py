"""Kill the site's processes at random moments, and count what is lost.

    python -m benchmarks.kills [--kills 20] [--only stages imports web scheduler]

The site has a folder, servers and a small sample of MovieLens of its own, all deleted afterwards.

- stages: the worker is killed in every stage of trainings, at most twice in each stage of a run, as
  the third attempt must come to an end. The run goes on in a new worker. Each model and each table
  of products is compared with that of a training that nobody disturbed.
- imports: the worker is killed in imports of the sample by staff; the ratings are compared.
- web: gunicorn is killed while clients rate and bring files. What was answered with success must be
  there, and each file must be imported.
- scheduler: beat is killed again and again; a run whose message was lost and a training that is due
  must be started nevertheless, and each only once.

A kill is SIGKILL to the process with all its children, as by a power cut.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from movies.models import ImportReport
    from recommendations.training.models import ModelRun

ROOT = Path(__file__).resolve().parent.parent
PORT = 8959
LEASE_SECONDS = 2
KILLS_PER_RUN = 2
"""In each stage of a run, or in an import: the third attempt must come to an end."""
N_RATERS, MIN_RATINGS = 60, 8
PARAMETERS = {"epochs": 2, "factors": 8, "linear_rank": 8}
WAIT_SECONDS = 300
N_CLIENTS = 6
BEAT_SECONDS = (2.0, 8.0)
"""How long beat works before it is killed, at least and at most."""
BEAT_STARTS = "beat: Starting"


class Process:
    """One of the site's processes, with its children in a group of its own."""

    def __init__(self, folder: Path, name: str, *command: str) -> None:
        self.log_path, self.command = folder / f"{name}.log", command
        self.popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it without waiting until it works."""
        with self.log_path.open("ab") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", *self.command],
                cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        """End it at once with all its children."""
        if self.popen is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()
        self.popen = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start it, and kill it at the end."""
        self.start()
        try:
            yield
        finally:
            self.kill()


@dataclass
class Result:
    """What the kills of one kind came to."""

    kills: Counter[str] = field(default_factory=Counter)
    """By what the process was doing."""
    lost: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


class Site:
    """The folder, the processes, and the sources of chance."""

    def __init__(self, folder: Path, n_kills: int) -> None:
        self.folder, self.n_kills, self.rng = folder, n_kills, random.Random(0)
        options = ("--concurrency", "1", "--without-mingle", "--without-gossip")
        celery = ("celery", "-A", "recsite.celery")
        self.worker = Process(folder, "worker", *celery, "worker", "--queues", "ml,web", *options)
        self.beat = Process(folder, "beat", *celery, "beat", "--loglevel", "INFO")
        gunicorn = ("gunicorn", "-c", "python:recsite.gunicorn", "recsite.wsgi")
        self.web = Process(folder, "web", *gunicorn)


def wait_until(condition: Callable[[], Any], what: str) -> None:
    """Ask again and again until it holds."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"It did not happen in {WAIT_SECONDS} s: {what}.")
        time.sleep(0.01)


def digest_of(query: str) -> str:
    """Return a digest of what the query finds, in its order."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()[:16]


RATINGS = (
    "SELECT u.username, m.title, m.year, r.half_stars, r.rated_at FROM movies_rating r"
    " JOIN accounts_user u ON u.id = r.user_id JOIN movies_movie m ON m.id = r.movie_id"
    " ORDER BY 1, 2, 3"
)
TABLES = {
    "movieembedding": "movie_id, vector::text",
    "userembedding": "user_id, vector::text",
    "genreembedding": "genre_id, vector::text",
    "genresimilarity": "genre_id, other_id, similarity",
    "genreaffinity": "user_id, genre_id, similarity, median, label, interacted",
}
"""Of products: what is compared of each row."""


def products_of(run: ModelRun) -> dict[str, str]:
    """Return digests of all that a training leaves."""
    from django.core.files.storage import default_storage

    run.refresh_from_db()
    folder = f"models/{run.pk}"
    files = sorted(default_storage.listdir(folder)[1])
    version = run.version
    return {
        "status": run.status,
        "model": version.artifact_hash if version else "",
        "files": " ".join(files),
        "metrics": hashlib.sha256(json.dumps(run.metrics, sort_keys=True).encode()).hexdigest(),
        "stages": " ".join(run.stages.values_list("status", flat=True)),
        "ratings": digest_of(RATINGS),
        **{
            table: digest_of(f"SELECT {columns} FROM recommendations_{table} ORDER BY 1, 2")
            for table, columns in TABLES.items()
        },
    }


def train(site: Site) -> tuple[dict[str, str], dict[str, float]]:
    """Train undisturbed; return what it leaves and the seconds of each stage."""
    from recommendations.training.services.runs import run_start

    run = run_start(parameters=PARAMETERS, started_by=None)
    with site.worker.running():
        wait_until(lambda: is_over(run), "the undisturbed training")
    seconds = {
        stage.name: (stage.finished_at - stage.started_at).total_seconds()
        for stage in run.stages.all()
        if stage.finished_at and stage.started_at
    }
    return products_of(run), seconds


def is_over(run: ModelRun) -> bool:
    """Whether the run has ended."""
    run.refresh_from_db()
    return run.is_over


def kill_stages(site: Site) -> Result:
    """Kill the worker in every stage of as many trainings as it takes."""
    from recommendations.training.services.runs import run_start

    train(site)  # the first of all also makes the texts' vectors
    expected, seconds = train(site)
    result, n_runs = Result(), 0
    while any(result.kills[stage] < site.n_kills for stage in seconds):
        run = run_start(parameters=PARAMETERS, started_by=None)
        n_runs += 1
        site.worker.start()
        for stage in seconds:
            if result.kills[stage] < site.n_kills:
                kill_in_stage(site, run, stage, seconds, result)
        wait_until(partial(is_over, run), f"the end of run {run.pk}")
        site.worker.kill()
        found = products_of(run)
        result.lost += [
            f"run {run.pk}: {name}" for name, value in expected.items() if found[name] != value
        ]
        run.delete()
        print(f"  {n_runs} trainings so far: {counted(result.kills)}", flush=True)
    result.said.append(f"{n_runs} trainings, each compared with the undisturbed one")
    return result


def kill_in_stage(
    site: Site, run: ModelRun, name: str, seconds: dict[str, float], result: Result
) -> None:
    """Kill the worker in one stage until it must come to an end; start another each time.

    A kill that came too late, in a later stage, counts there, and the next ones come earlier.
    """
    from django.db.models import Q

    from recommendations.training.models import StageRun

    for n_attempts in range(1, KILLS_PER_RUN + 1):
        stages = run.stages.all()
        reached = Q(n_attempts=n_attempts, status="running") | Q(status="succeeded")
        wait_until(stages.filter(reached, name=name).exists, f"stage {name} of run {run.pk}")
        time.sleep(site.rng.uniform(0, seconds[name]))
        before = finished(stages)
        if stages.filter(status="running", n_attempts__gt=KILLS_PER_RUN):
            return  # it came to an end, and the one at hand has died often enough
        site.worker.kill()
        at_hand = StageRun.objects.filter(run=run, status="running").first()
        result.kills[at_hand.name if at_hand else "between stages"] += 1
        site.worker.start()
        kept = finished(stages)
        if not before.items() <= kept.items():
            result.lost.append(f"run {run.pk}: a finished stage")
        if name in kept:
            seconds[name] *= 0.7
            return


def finished(stages: Any) -> dict[str, Any]:
    """Return when each finished stage came to its end."""
    return dict(stages.filter(status="succeeded").values_list("name", "finished_at"))


def forget_ratings() -> None:
    """Delete what imports of the sample have left, but its films."""
    from accounts.models import User
    from movies.models import ImportReport

    User.objects.exclude(source="").delete()
    ImportReport.objects.all().delete()


def kill_imports(site: Site) -> Result:
    """Kill the worker in imports by staff."""
    from movies.services.imports import import_request

    result, kind = Result(), "importing"

    def request() -> ImportReport:
        forget_ratings()
        return import_request(started_by=None, path="sample")

    report = request()
    with site.worker.running():
        wait_until(lambda: state_of(report) == "running", "an import")
        began_at = time.monotonic()
        wait_until(partial(has_ended, report), "an undisturbed import")
    seconds, expected = time.monotonic() - began_at, (digest_of(RATINGS), report.status)
    while result.kills[kind] < site.n_kills:
        report = request()
        site.worker.start()
        for n_attempts in range(1, KILLS_PER_RUN + 1):
            wait_until(partial(has_ended, report, n_attempts), "an attempt of an import")
            if report.status != "running":
                break
            time.sleep(site.rng.uniform(0, seconds))
            site.worker.kill()
            result.kills[kind if state_of(report) == "running" else "after its end"] += 1
            site.worker.start()
        wait_until(partial(has_ended, report), "the end of an import")
        site.worker.kill()
        if (digest_of(RATINGS), report.status) != expected:
            result.lost.append(f"import {report.pk}: {report.status} {report.error}")
    result.said.append(f"an undisturbed import takes {seconds:.1f} s")
    return result


def state_of(report: ImportReport) -> str:
    """Return the state of an import now."""
    report.refresh_from_db()
    return report.status


def has_ended(report: ImportReport, n_attempts: int = 0) -> bool:
    """Whether an import has ended, or is at the attempt with this number."""
    return state_of(report) not in {"queued", "running"} or report.n_attempts == n_attempts


@dataclass
class Told:
    """What a client was told: by film, the latest acknowledged rating and those since."""

    films: list[int]
    secret: str
    kept: dict[int, int] = field(default_factory=dict)
    unsure: dict[int, set[int]] = field(default_factory=dict)
    n_acknowledged: int = 0
    n_refused: int = 0


def ask(secret: str, method: str, path: str, body: bytes, content: str) -> tuple[int, bytes]:
    """Return the answer's status and content; status 0 when there was none."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": content}
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (http.client.HTTPException, OSError):
        return 0, b""
    finally:
        connection.close()


def rate(client: Told, ended: threading.Event, seed: int) -> None:
    """Rate films until the end, and note what was acknowledged."""
    rng = random.Random(seed)
    while not ended.is_set():
        film, half_stars = rng.choice(client.films), rng.randint(1, 10)
        body = json.dumps({"stars": half_stars / 2}).encode()
        client.unsure.setdefault(film, set()).add(half_stars)
        status, _ = ask(
            client.secret, "PUT", f"/api/v1/ratings/{film}/", body, "application/json"
        )  # fmt: skip
        if 200 <= status < 300:
            client.kept[film], client.unsure[film] = half_stars, set()
            client.n_acknowledged += 1
        else:
            client.n_refused += 1
            time.sleep(0.1)


def bring(client: Told, ended: threading.Event, ids: list[int]) -> None:
    """Send the sample to be imported until the end, a little at a time."""
    while not ended.wait(1):
        body = json.dumps({"path": "sample", "max_users": 5}).encode()
        status, content = ask(client.secret, "POST", "/api/v1/imports/", body, "application/json")
        if status == 201:
            ids.append(json.loads(content)["id"])
        else:
            client.n_refused += 1


def kill_web(site: Site) -> Result:
    """Kill gunicorn while clients rate and staff bring files."""
    from accounts.models import User
    from accounts.services import token_create
    from movies.models import ImportReport, Movie

    films = list(Movie.objects.order_by("pk").values_list("pk", flat=True)[:30])
    names = [*(f"client{n}" for n in range(N_CLIENTS)), "operator"]
    clients = []
    for name in names:
        is_staff = name == "operator"
        user = User.objects.create_user(name, is_staff=is_staff, is_superuser=is_staff)
        scopes = ["read", "rate", "admin"] if is_staff else ["read", "rate"]
        clients.append(Told(films, token_create(user=user, name="kills", scopes=scopes)[1]))
    ended, imports, result, away = threading.Event(), list[int](), Result(), list[float]()
    threads = [
        threading.Thread(target=rate, args=(client, ended, n))
        for n, client in enumerate(clients[:-1])
    ]
    threads.append(threading.Thread(target=bring, args=(clients[-1], ended, imports)))
    with site.worker.running():
        start_web(site)
        for thread in threads:
            thread.start()
        for _ in range(site.n_kills):
            time.sleep(site.rng.uniform(0.5, 2.5))
            site.web.kill()
            result.kills["answering"] += 1
            away.append(start_web(site))
        ended.set()
        for thread in threads:
            thread.join()
        reports = ImportReport.objects.filter(pk__in=imports)
        wait_until(lambda: not reports.filter(status__in=["queued", "running"]), "the imports")
    site.web.kill()
    result.lost += [f"import {pk}" for pk in set(imports) - set(succeeded(reports))]
    for name, client in zip(names, clients, strict=True):
        result.lost += lost_ratings(name, client)
    n_refused = sum(client.n_refused for client in clients)
    result.said.append(
        f"{sum(client.n_acknowledged for client in clients):,} ratings and {len(imports)} imports "
        f"acknowledged, {n_refused} requests without an answer; served again at most "
        f"{max(away):.1f} s after the start"
    )
    return result


def succeeded(reports: Any) -> Iterable[int]:
    """Return the ids of the imports that came to a good end."""
    ids: Iterable[int] = reports.filter(status="done").values_list("pk", flat=True)
    return ids


def lost_ratings(name: str, client: Told) -> list[str]:
    """Return the films whose rating is neither the acknowledged one nor one sent since."""
    from movies.models import Rating

    there = dict(Rating.objects.filter(user__username=name).values_list("movie_id", "half_stars"))
    return [
        f"rating of film {film} by {name}"
        for film, half_stars in client.kept.items()
        if there.get(film) not in {half_stars, *client.unsure[film]}
    ]


def start_web(site: Site) -> float:
    """Start gunicorn and return the seconds until it answers."""
    began_at = time.monotonic()
    site.web.start()
    wait_until(lambda: ask("", "GET", "/livez", b"", "text/plain")[0] == 200, "gunicorn")
    return time.monotonic() - began_at


def kill_scheduler(site: Site) -> Result:
    """Kill beat while a run waits whose message was lost, then while a training is due."""
    from recommendations.training.models import ModelRun
    from recommendations.training.services.runs import run_start
    from recommendations.training.services.schedules import schedule_change

    result = Result()
    lost = run_start(parameters=PARAMETERS, started_by=None)
    forget_messages()
    with site.worker.running():
        kill_beat(site, result, lambda: is_over(lost))
        schedule_change(changed_by=None, is_enabled=True, every_hours=None, after_n_ratings=1)
        last = ModelRun.objects.latest("pk").pk
        touch_rating()
        later = ModelRun.objects.filter(pk__gt=last)
        kill_beat(site, result, lambda: later.exists() and is_over(later.latest("pk")))
        while result.kills["scheduling"] < site.n_kills:
            kill_beat(site, result, lambda: True)
    statuses = [lost.status, *later.values_list("status", flat=True)]
    if statuses != ["succeeded", "succeeded"]:
        result.lost.append(f"runs ended {statuses}")
    result.said.append("one run was resumed and one started by the schedule, each once")
    return result


def kill_beat(site: Site, result: Result, is_done: Callable[[], bool]) -> None:
    """Start and kill beat until what it has to bring about has happened."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        site.beat.log_path.write_text("")
        site.beat.start()
        wait_until(lambda: BEAT_STARTS in site.beat.log_path.read_text(), "the start of beat")
        time.sleep(site.rng.uniform(*BEAT_SECONDS))
        site.beat.kill()
        result.kills["scheduling"] += 1
        if is_done():
            return
        if time.monotonic() > deadline:
            result.lost.append("what beat was to bring about")
            return


def forget_messages() -> None:
    """Empty the broker, as if it had lost its data."""
    from recsite.celery import QUEUES, app

    with app.connection_for_write() as broker:
        for queue in QUEUES:
            app.amqp.queues[queue](broker.default_channel).purge()


def touch_rating() -> None:
    """Date a rating to now, so that a retraining has something to learn."""
    from django.utils import timezone

    from movies.models import Rating

    first = Rating.objects.order_by("pk").first()
    if first is not None:
        Rating.objects.filter(pk=first.pk).update(rated_at=timezone.now())


KINDS: dict[str, Callable[[Site], Result]] = {
    "stages": kill_stages,
    "imports": kill_imports,
    "web": kill_web,
    "scheduler": kill_scheduler,
}


def write_sample(folder: Path) -> None:
    """Write the ratings of some raters of the packaged MovieLens, and the films they share."""
    from recsite.local.sample import write_movielens_sample

    write_movielens_sample(folder)
    ratings = [row for row in rows_of(folder / "ratings.csv") if int(row["userId"]) <= N_RATERS]
    counts = Counter(row["movieId"] for row in ratings)
    known = {film for film, n in counts.items() if n >= MIN_RATINGS}
    films = [row for row in rows_of(folder / "movies.csv") if row["movieId"] in known]
    kept = [row for row in ratings if row["movieId"] in known]
    for path, rows in ((folder / "ratings.csv", kept), (folder / "movies.csv", films)):
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def prepare(folder: Path) -> None:
    """Point the settings at a folder of its own, for this process and its children."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    rates = ("ANONYMOUS", "READ", "RATE", "RECOMMENDATIONS", "ADMIN", "ACCOUNT")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "recsite.settings",
        "MARQUEE_LOCAL_DIR": str(folder / "local"),
        "MARQUEE_IMPORT_DIR": str(folder / "imports"),
        "MARQUEE_RUN_LEASE_SECONDS": str(LEASE_SECONDS),
        "PORT": str(PORT), "WEB_CONCURRENCY": "2", "PAGE_RATE": "none", "STAFF_MFA": "false",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    os.environ |= {f"API_RATE_{name}": "none" for name in rates}


def main() -> None:
    """Kill, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--only", nargs="*", choices=list(KINDS), default=list(KINDS))
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="marquee-kills-")))
        prepare(folder)
        import django
        from django.conf import settings
        from django.core.management import call_command

        from recsite.local.embedded import ensure_running

        django.setup()
        stack.enter_context(ensure_running(settings.LOCAL_DIR))
        call_command("migrate", verbosity=0)
        write_sample(folder / "imports" / "sample")
        call_command("import_movielens", str(folder / "imports" / "sample"), verbosity=0)
        site = Site(folder, options.kills)
        for process in (site.worker, site.web, site.beat):
            stack.callback(process.kill)
        n_lost = sum(report(kind, KINDS[kind], site) for kind in options.only)
    from benchmarks.measuring import print_machine

    print_machine()
    raise SystemExit(n_lost > 0)


def counted(kills: Counter[str]) -> str:
    """Return how often each was killed, as one line."""
    return ", ".join(f"{what} {n}" for what, n in kills.most_common())


def report(kind: str, kill: Callable[[Site], Result], site: Site) -> int:
    """Kill, print what came of it, and return how much was lost."""
    began_at = time.monotonic()
    result = kill(site)
    print(f"\n{kind}: {result.kills.total()} kills in {time.monotonic() - began_at:.0f} s")
    print(f"  {counted(result.kills)}")
    for line in result.said:
        print(f"  {line}")
    print(f"  lost: {len(result.lost)}", *result.lost, sep="\n    ", flush=True)
    return len(result.lost)


if __name__ == "__main__":
    main()
