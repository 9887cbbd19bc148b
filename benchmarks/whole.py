"""A site of many ratings as a whole: from files through PostgreSQL to ten films on a page.

    python -m benchmarks.whole --ratings 1000000 --folder DIR [--until import] [--set epochs=2]

Ratings of MovieLens' shape are written as CSV files, imported by the site's own command, exported
and trained on stage by stage as a worker does it, and served. Each step is a process of its own, on
an embedded PostgreSQL below DIR. Its figures go to DIR/whole.json when it is done: the same command
again continues after the last finished step.

What a run will take is told before it starts, in proportion to the last run that was measured
(`benchmarks/whole.json`, a copy of such a file).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import SIZES, print_machine
from ml.evaluation.machine import peak_megabytes
from ml.io.files import write_atomically
from ml.io.synthetic import World
from ml.training.stages import STAGES
from recsite.local import embedded

STEPS = ("files", "prepare", "import", "import again", *STAGES, "activate", "serve")
LAST_RUN = Path(__file__).with_suffix(".json")
STATE_FILE, FIGURES_FILE = "whole.json", "step.json"
SITE = "site"
"""The folder of the embedded servers, the runs and the models."""
BASE_MB = 500
"""Memory of a process before it reads any rating; the rest is taken to grow with the ratings."""
WATCH_SECONDS = 1.0
VIEWS_PER_PERSON = 0.25
"""Views of each other page for each person whose ten films are asked for."""
PAGES = {
    "home": "/",
    "browse": "/movies/?page={n}",
    "search": "/movies/?q=film+{n}",
    "film": "/movies/{n}/",
}


def shape(n_ratings: int) -> tuple[int, int]:
    """Return the numbers of people and films of a data set with this number of ratings."""
    return SIZES.get(n_ratings, (n_ratings // 50, max(200, n_ratings // 1_000)))


def main() -> None:
    """Do the steps that are not done yet, and print the table of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ratings", type=int, default=1_000_000, help="at least 10,000")
    parser.add_argument("--folder", type=Path, required=True, help="files, database and figures")
    parser.add_argument("--until", choices=STEPS, default=STEPS[-1], help="the last step to do")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="pairs")
    parser.add_argument("--people", type=int, default=200, help="who ask for their ten, once each")
    parser.add_argument("--one", choices=STEPS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = options.folder.resolve()
    if options.one:
        figures = _do(options, folder)
        spent = sum(os.times()[:4])  # by the step and by what it started; not by PostgreSQL
        figures = {"peak_mb": peak_megabytes(), "processor_seconds": spent, **figures}
        write_atomically(folder / FIGURES_FILE, json.dumps(figures).encode())
        return
    folder.mkdir(parents=True, exist_ok=True)
    state = _state(folder, options.ratings)
    steps = STEPS[: STEPS.index(options.until) + 1]
    print_machine()
    _tell(folder, options.ratings, [step for step in steps if step not in state["steps"]])
    with embedded.ensure_running(folder / SITE):
        for step in steps:
            if step not in state["steps"]:
                state["steps"][step] = _apart(step, folder, sys.argv[1:])
                _save(folder, state)
            print(_row(step, state["steps"][step]), flush=True)


def _state(folder: Path, n_ratings: int) -> dict[str, Any]:
    """Return what earlier calls did in this folder."""
    path = folder / STATE_FILE
    if not path.exists():
        return {"ratings": n_ratings, "steps": {}}
    state: dict[str, Any] = json.loads(path.read_text())
    if state["ratings"] != n_ratings:
        raise SystemExit(f"{path} is of {state['ratings']:,} ratings: take another folder")
    return state


def _save(folder: Path, state: Mapping[str, Any]) -> None:
    write_atomically(folder / STATE_FILE, (json.dumps(state, indent=1) + "\n").encode())


def _tell(folder: Path, n_ratings: int, steps: list[str]) -> None:
    """Print the expected minutes, memory and disk, and stop where the disk is too small."""
    last = json.loads(LAST_RUN.read_text())
    scale = n_ratings / last["ratings"]
    known = [last["steps"][step] for step in steps if step in last["steps"]]
    unknown = [step for step in steps if step not in last["steps"]]
    if known:
        minutes = sum(each["seconds"] for each in known) * scale / 60
        peak = max(each["peak_mb"] + each["database_mb"] for each in known)
        memory = BASE_MB + max(0, peak - BASE_MB) * scale
        disk = sum(max(0, each["disk_mb"]) for each in known) * scale
        print(
            f"Expected, in proportion to the {last['ratings']:,} ratings measured last: "
            f"{minutes:,.0f} minutes, {memory / 1e3:,.1f} GB of memory, "
            f"{disk / 1e3:,.1f} GB of disk"
        )
        if disk * 2**20 > shutil.disk_usage(folder).free:
            raise SystemExit(f"{folder} has {shutil.disk_usage(folder).free / 1e9:,.0f} GB free")
    if unknown:
        print(f"Never measured: {', '.join(unknown)}")


def _apart(step: str, folder: Path, arguments: list[str]) -> dict[str, float]:
    """Do a step in a process of its own and return its figures."""
    environment = os.environ | {"MARQUEE_LOCAL_DIR": str(folder / SITE), "LOG_LEVEL": "WARNING"}
    environment["DJANGO_SETTINGS_MODULE"] = "benchmarks.api_site"  # nobody is throttled
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    before, start = _disk_mb(folder), time.perf_counter()
    with _watched_database(folder / SITE) as database_mb:
        command = [sys.executable, "-m", "benchmarks.whole", *arguments, "--one", step]
        subprocess.run(command, env=environment, check=True)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "database_mb": max(database_mb, default=0.0),
        "disk_mb": _disk_mb(folder) - before,
        "load": os.getloadavg()[1],
        **json.loads((folder / FIGURES_FILE).read_text()),
    }


def _do(options: argparse.Namespace, folder: Path) -> dict[str, float]:
    """Do one step here, and return figures of its own."""
    step, n_ratings = options.one, options.ratings
    if step == "files":
        return write_files(World(*shape(n_ratings), n_ratings, n_groups=50), folder / "movielens")
    import django
    from django.core.management import call_command

    django.setup()
    if step == "prepare":
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        return {}
    if step in ("import", "import again"):
        call_command("import_movielens", str(folder / "movielens"))
        return _imported(is_second=step != "import")
    return _serve(options.people) if step == "serve" else _advance(step, options.pairs)


def write_files(world: World, folder: Path) -> dict[str, float]:
    """Write `movies.csv` and `ratings.csv` as MovieLens has them."""
    import pyarrow as pa
    from pyarrow import compute, csv

    folder.mkdir(parents=True, exist_ok=True)
    films = world.catalogue()
    names = np.array(films.genre_names)
    movies = {
        "movieId": films.movie_ids,
        "title": [
            f"{title} ({year:.0f})" for title, year in zip(films.titles, films.years, strict=True)
        ],
        "genres": ["|".join(names[row > 0]) for row in films.genres],
    }
    csv.write_csv(pa.table(movies), folder / "movies.csv")
    header = ("userId", "movieId", "rating", "timestamp")
    n_ratings = 0
    schema = pa.schema(zip(header, (pa.int64(), pa.int64(), pa.float64(), pa.int64()), strict=True))
    with csv.CSVWriter(folder / "ratings.csv", schema) as writer:
        for table in world.shards():
            users, movie_ids, half_stars, timestamps = table.columns
            stars = compute.divide(half_stars.cast(pa.float64()), 2.0)
            writer.write_table(pa.table([users, movie_ids, stars, timestamps], schema=schema))
            n_ratings += len(table)
    return {"ratings": n_ratings}


def _imported(*, is_second: bool) -> dict[str, float]:
    """Return what the last import did.

    Raises
    ------
    SystemExit
        The films' totals differ from what was imported, or a second import changed something.

    """
    from django.db.models import Sum

    from movies.models import ImportReport, Movie

    counts = ImportReport.objects.latest("pk").counts
    n_changed = counts["ratings_added"] + counts["ratings_changed"]
    total = Movie.objects.aggregate(total=Sum("n_ratings"))["total"]
    if is_second and n_changed:
        raise SystemExit(f"the second import changed {n_changed:,} ratings")
    if total != n_changed + counts["ratings_unchanged"]:
        raise SystemExit(f"the films' totals count {total:,} ratings: {counts}")
    return {"ratings": total}


def _advance(stage: str, pairs: list[str]) -> dict[str, float]:
    """Do a stage of the site's training run; the first call starts the run."""
    from ml.training.config import BY_NAME
    from recommendations.models import Activation
    from recommendations.training.models import ModelRun, StageRun
    from recommendations.training.services.activation import run_activate
    from recommendations.training.services.runs import run_retry, run_start
    from recommendations.training.worker.runner import Outcome, run_advance

    run = ModelRun.objects.first()
    if run is None:
        named = (pair.partition("=") for pair in pairs)
        parameters = {name: BY_NAME[name].parse(text) for name, _, text in named}
        run = run_start(parameters=parameters, started_by=None, wakes_worker=False)
    elif run.can_retry:
        run_retry(run=run, retried_by=None)
    done = run.stages.filter(name=stage, status=StageRun.Status.SUCCEEDED)
    while not done.exists():
        if run_advance(run.pk) is Outcome.BUSY:  # the lease of a killed process runs out
            time.sleep(1)
        run.refresh_from_db()
        if run.can_retry:
            raise SystemExit(f"stage {stage}: {run.error}")
    if stage == "activate" and not Activation.objects.exists():
        run_activate(run=run, activated_by=None, reason=run.note)
    return {"peak_mb": float(done.get().peak_memory_mb or peak_megabytes())}


def _serve(n_people: int) -> dict[str, float]:
    """Start a web process' code, and ask for the ten films of many people and for other pages."""
    from django.test import Client

    members = _members(n_people)
    client = Client(SERVER_NAME="localhost")
    figures = {"start_seconds": _seconds(client, "/for-you/")}
    times: dict[str, list[float]] = {"ten": []}
    for member in members:
        client.force_login(member)
        times["ten"].append(_seconds(client, "/for-you/"))
    n_views = max(1, round(n_people * VIEWS_PER_PERSON))
    numbers = np.random.default_rng(0).integers(1, 100, n_views)
    for name, path in PAGES.items():
        times[name] = [_seconds(client, path.format(n=n)) for n in numbers]
    for name, seconds in times.items():
        for rank in (50, 99):
            figures[f"{name}_p{rank}_ms"] = 1e3 * float(np.percentile(seconds, rank))
    return figures


def _members(n_people: int) -> list[Any]:
    """Return members with the ratings of imported people, who cannot log in themselves."""
    from accounts.models import User
    from movies.models import Rating

    raters = list(
        User.objects.exclude(source="").order_by("source_id").values_list("pk", flat=True)
    )
    members = []
    for rater in raters[:: max(1, len(raters) // n_people)][:n_people]:
        member, is_new = User.objects.get_or_create(username=f"reader-{rater}")
        rated = Rating.objects.filter(user=rater) if is_new else Rating.objects.none()
        rows = rated.values("movie_id", "half_stars", "rated_at")
        Rating.objects.bulk_create(Rating(user=member, **row) for row in rows)
        members.append(member)
    return members


def _seconds(client: Any, path: str) -> float:
    start = time.perf_counter()
    status = client.get(path).status_code
    if status != 200:
        raise SystemExit(f"{path} was answered {status}")
    return time.perf_counter() - start


@contextmanager
def _watched_database(site: Path) -> Iterator[list[float]]:
    """Note the memory of PostgreSQL's processes together, in megabytes, each `WATCH_SECONDS`."""
    import psutil

    found: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(WATCH_SECONDS):
            server = embedded.Postgres(site).process()
            processes = [server, *server.children()] if server else []
            total = 0
            for process in processes:
                with suppress(psutil.Error):
                    total += process.memory_full_info().pss
            found.append(total / 2**20)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def _disk_mb(folder: Path) -> float:
    """Return what the folder takes on disk."""
    blocks = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            blocks += path.lstat().st_blocks
    return blocks * 512 / 2**20


def _row(step: str, figures: Mapping[str, float]) -> str:
    """Return a row of the table in docs/benchmarks.md."""
    known = {"seconds", "processor_seconds", "peak_mb", "database_mb", "disk_mb", "load"}
    others = ", ".join(f"{key} {value:,.4g}" for key, value in figures.items() if key not in known)
    return (
        f"| {step} | {figures['seconds']:,.0f} s | {figures.get('processor_seconds', 0):,.0f} s "
        f"| {figures['peak_mb']:,.0f} MB "
        f"| {figures['database_mb']:,.0f} MB | {figures['disk_mb']:+,.0f} MB "
        f"| {figures['load']:.1f} | {others} |"
    )


if __name__ == "__main__":
    main()
