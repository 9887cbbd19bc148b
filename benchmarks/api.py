"""How fast the API recommends, against an empty authenticated view of the same processes.

    python -m benchmarks.api [--rounds 6] [--films 62000]

Run it where `make demo` has trained a model (the demo must be stopped: its database is copied, and
never written). gunicorn serves as in production, two processes, once with the catalogue as it is
and once with a synthetic one: the trained films repeated up to `--films`, each copy a little
different, and their vectors indexed as a run's are if they are as many as that is done for.
Eight clients ask at once, over connections that are kept, and rounds of the requests alternate, so
that what else the machine does disturbs all of them alike. It takes about three minutes.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psycopg

from benchmarks.measuring import print_machine

N_CLIENTS = 8
N_RATINGS = 40
"""Of each client's member."""
N_SENT = 20
"""Ratings in the body of a stateless request."""
N_REQUESTS = 240
"""Of each kind in a round, by all clients together."""
N_WARMING = 40
FIRST_PORT = 8965
LARGEST_RATIO = {
    # kind: (at the median, at the 99th percentile), against the empty view
    "GET, cached": (2.0, 3.0),
    "GET, right after a rating": (5.0, None),
    "POST of 20 ratings": (5.0, None),
}
LARGEST_GROWTH = 3.0
"""Of each kind's median, from the catalogue as it is to the synthetic one."""
REDIS_DATABASE = 7


@dataclass
class Site:
    """One gunicorn with its catalogue, and who may ask it."""

    name: str
    port: int
    n_films: int = 0
    clients: list[dict[str, Any]] = field(default_factory=list)
    milliseconds: dict[str, list[float]] = field(default_factory=dict)

    def percentile(self, kind: str, rank: float) -> float:
        """Of the milliseconds of all requests of a kind."""
        return float(np.percentile(self.milliseconds[kind], rank))


class Client:
    """A program that asks over one connection, by a token of its own."""

    def __init__(self, port: int, known: dict[str, Any], number: int) -> None:
        self.port = port
        self.headers = {
            "Authorization": f"Bearer {known['secret']}",
            "Content-Type": "application/json",
        }
        self.films: list[int] = known["films"]
        self.rng = np.random.default_rng(number)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def ask(self, method: str, path: str, body: object = None) -> float:
        """Milliseconds until the whole answer is here."""
        content = None if body is None else json.dumps(body)
        start = time.perf_counter()
        for attempt in range(2):
            try:
                self.connection.request(method, path, content, self.headers)
                answer = self.connection.getresponse()
                answer.read()
                break
            except (http.client.HTTPException, ConnectionError):
                # The server closes what was idle for two seconds, as between two rounds.
                self.connection.close()
                start = time.perf_counter()
                if attempt:
                    raise
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path} was answered {answer.status}")
        return 1e3 * (time.perf_counter() - start)

    def rate(self) -> float:
        """Rate one film and return the milliseconds that it took."""
        film = int(self.rng.choice(self.films[:N_RATINGS]))
        stars = float(self.rng.integers(1, 11)) / 2
        return self.ask("PUT", f"/api/v1/ratings/{film}/", {"stars": stars})

    def recommend(self) -> float:
        """Request the ten recommendations of the token's user."""
        return self.ask("GET", "/api/v1/recommendations/")

    def empty(self) -> float:
        """Request an empty answer, which measures the cost of any request."""
        return self.ask("GET", "/api/v1/empty/")

    def send_ratings(self) -> float:
        """Ten films for ratings in the body, others each time."""
        films = self.rng.choice(self.films, N_SENT, replace=False)
        ratings = [
            {"movie_id": int(film), "stars": float(self.rng.integers(1, 11)) / 2} for film in films
        ]
        return self.ask("POST", "/api/v1/recommendations/", {"ratings": ratings})


Request = Callable[[Client], float]
KINDS: dict[str, tuple[Request | None, Request]] = {
    "empty view": (None, Client.empty),
    "GET, cached": (None, Client.recommend),
    "GET, right after a rating": (Client.rate, Client.recommend),
    "POST of 20 ratings": (None, Client.send_ratings),
}
"""What comes before a request, untimed, and the request."""


def main() -> None:
    """Measure, print a table, and say which goals are missed."""
    options_of = argparse.ArgumentParser(description=__doc__)
    options_of.add_argument("--rounds", type=int, default=5)
    options_of.add_argument("--films", type=int, default=62_000)
    options_of.add_argument("--prepare", type=int, help=argparse.SUPPRESS)
    options = options_of.parse_args()
    if options.prepare is not None:
        prepare(options.prepare)
        return
    with ExitStack() as stack:
        sites = [
            stack.enter_context(serving("as it is", FIRST_PORT, 0)),
            stack.enter_context(serving("synthetic", FIRST_PORT + 1, options.films)),
        ]
        for _ in range(options.rounds):
            for site in sites:
                for kind, (before, request) in KINDS.items():
                    site.milliseconds.setdefault(kind, []).extend(burst(site, before, request))
    report(sites)


def burst(
    site: Site, before: Request | None, request: Request, n_requests: int = N_REQUESTS
) -> list[float]:
    """Return the times of this many requests, `N_CLIENTS` of them at any time.

    What comes before is done by all clients before any of them asks: its cost is not theirs.
    """
    times: list[float] = []
    meet = threading.Barrier(N_CLIENTS)

    def work(number: int) -> None:
        client = Client(site.port, site.clients[number], number)
        client.empty()
        for _ in range(n_requests // N_CLIENTS):
            if before is not None:
                before(client)
                meet.wait()
            times.append(request(client))
        client.connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(N_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(times) < n_requests // N_CLIENTS * N_CLIENTS:
        raise RuntimeError("A client failed: its error stands above.")
    return times


def report(sites: list[Site]) -> None:
    """Print milliseconds and ratios, and what is missed."""
    print_machine()
    missed = []
    for site in sites:
        print(f"\n{site.n_films:,} films ({site.name}), {N_CLIENTS} clients")
        print(f"{'':28}{'p50 ms':>8}{'p99 ms':>8}{'x p50':>7}{'x p99':>7}")
        for kind in KINDS:
            ratios = [
                site.percentile(kind, rank) / site.percentile("empty view", rank)
                for rank in (50, 99)
            ]
            times = [site.percentile(kind, rank) for rank in (50, 99)]
            print(
                f"{kind:28}{times[0]:8.1f}{times[1]:8.1f}"
                + "".join(f"{ratio:7.2f}" for ratio in ratios)
            )
            if site is sites[0]:
                for rank, ratio, goal in zip(
                    (50, 99), ratios, LARGEST_RATIO.get(kind, (None, None)), strict=True
                ):
                    if goal is not None and ratio > goal:
                        missed.append(f"{kind}: {ratio:.2f} times at p{rank}, the goal is {goal:g}")
    print(f"\nFrom {sites[0].n_films:,} to {sites[1].n_films:,} films, at p50")
    for kind in LARGEST_RATIO:
        growth = sites[1].percentile(kind, 50) / sites[0].percentile(kind, 50)
        print(f"{kind:28}{growth:8.2f} times as long")
        if growth > LARGEST_GROWTH:
            missed.append(f"{kind}: grows {growth:.2f} times, the goal is {LARGEST_GROWTH:g}")
    print("\nAll goals are met." if not missed else "\nMissed:\n  " + "\n  ".join(missed))


@contextmanager
def serving(name: str, port: int, n_films: int) -> Iterator[Site]:
    """Serve a copy of the site with this many films by gunicorn."""
    with ExitStack() as stack:
        environment = stack.enter_context(copied_site(f"marquee_api_{port}"))
        environment |= {"LOG_LEVEL": "WARNING", "PORT": str(port)}
        command = [sys.executable, "-m", "benchmarks.api", "--prepare", str(n_films)]
        told = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout
        known = json.loads(told)
        site = Site(name, port, known["n_films"], known["clients"])
        gunicorn = [*(sys.executable, "-m", "gunicorn", "-c", "python:recsite.gunicorn")]
        process = subprocess.Popen(
            [*gunicorn, "--log-level", "warning", "recsite.wsgi"], env=environment
        )
        stack.callback(process.wait, 30)
        stack.callback(process.terminate)
        warm(site)
        yield site


@contextmanager
def copied_site(database_name: str) -> Iterator[dict[str, str]]:
    """Return the environment of a process that works on a copy of the site's data and files."""
    from django.conf import settings

    from recsite.local import embedded

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recsite.settings")
    with ExitStack() as stack:
        if settings.IS_EMBEDDED_DATABASE:
            stack.enter_context(embedded.ensure_running(settings.LOCAL_DIR))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="marquee-api-")))
        database = stack.enter_context(copied_database(settings.DATABASE_URL, database_name))
        redis_url = (
            f"{settings.REDIS_URL.partition('?')[0]}?db={REDIS_DATABASE}"
            if settings.REDIS_URL.startswith("unix://")
            else urlsplit(settings.REDIS_URL)._replace(path=f"/{REDIS_DATABASE}").geturl()
        )
        shutil.copytree(settings.MEDIA_ROOT, folder / "media")
        yield os.environ | {
            "DJANGO_SETTINGS_MODULE": "benchmarks.api_site",
            "DATABASE_URL": database,
            "REDIS_URL": redis_url,
            "MEDIA_ROOT": str(folder / "media"),
            "MARQUEE_CACHE_DIR": str(folder / "cache"),
        }


def warm(site: Site) -> None:
    """Ask until every process has answered everything."""
    deadline = time.monotonic() + 60
    while True:
        try:
            Client(site.port, site.clients[0], 0).empty()
            break
        except ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    for before, request in KINDS.values():
        burst(site, before, request, N_WARMING)


@contextmanager
def copied_database(url: str, name: str) -> Iterator[str]:
    """Create a copy of the database and drop it afterwards."""
    parts = urlsplit(url)
    source = parts.path.lstrip("/")
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'

    def execute(*statements: str) -> None:
        # A connection each time: the server may restart in between.
        server = parts._replace(path="/postgres").geturl()
        with psycopg.connect(server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    execute(drop, f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    try:
        yield parts._replace(path=f"/{name}").geturl()
    finally:
        execute(drop)


def prepare(n_films: int) -> None:
    """In a copy: grow the catalogue and its model, make members, and print how to ask for them."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import User
    from accounts.services import token_create
    from movies.models import Movie, Rating
    from recommendations.serving.registry import active_model

    call_command("migrate", verbosity=0)
    active = active_model()
    if active is None:
        raise SystemExit("There is no active model here: run `make demo` first.")
    if n_films > len(active.model.movie_ids):
        grow(active, n_films)
    films = list(Movie.objects.order_by("-n_ratings", "id").values_list("pk", flat=True)[:200])
    clients = []
    now = django.utils.timezone.now()
    for number in range(N_CLIENTS):
        user = User.objects.create_user(f"benchmark-{number}")
        own = films[number::4][:N_RATINGS]
        Rating.objects.bulk_create(
            Rating(user=user, movie_id=film, half_stars=1 + place % 10, rated_at=now)
            for place, film in enumerate(own)
        )
        _token, secret = token_create(user=user, name="benchmark", scopes=["read", "rate"])
        clients.append({"secret": secret, "films": list(dict.fromkeys([*own, *films]))})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(json.dumps({"clients": clients, "n_films": Movie.objects.count()}))


def grow(active: Any, n_films: int) -> None:
    """Repeat films, in the catalogue and in the model, and activate what comes of it.

    A copy's vectors differ by a hundredth, so that scores do not tie.
    """
    from django.conf import settings
    from django.core.files.storage import default_storage

    from ml.serving.artifact import save_artifact
    from movies.models import Movie
    from recommendations.models import Activation, ModelVersion
    from recommendations.training.models import ModelRun
    from recommendations.training.worker.products import store_item_vectors

    model = active.model
    n_known = len(model.movie_ids)
    rows = np.arange(n_films) % n_known
    known = Movie.objects.in_bulk(model.movie_ids.tolist())
    first = max(int(model.movie_ids.max()), *Movie.objects.values_list("pk", flat=True)) + 1
    new_ids = np.arange(first, first + n_films - n_known)
    originals = model.movie_ids[rows[n_known:]].tolist()
    Movie.objects.bulk_create(
        (
            Movie(pk=int(pk), title=f"{known[of].title} {pk}", year=known[of].year)
            for pk, of in zip(new_ids, originals, strict=True)
        ),
        batch_size=5_000,
    )
    through = Movie.genres.through
    genres: dict[int, list[int]] = {}
    for movie_id, genre_id in through.objects.values_list("movie_id", "genre_id"):
        genres.setdefault(movie_id, []).append(genre_id)
    through.objects.bulk_create(
        (
            through(movie_id=int(pk), genre_id=genre_id)
            for pk, of in zip(new_ids, originals, strict=True)
            for genre_id in genres.get(of, ())
        ),
        batch_size=10_000,
    )
    movie_ids = np.concatenate([model.movie_ids, new_ids])
    tensors = model.ensemble.take(rows).to_tensors() | {"movie_ids": movie_ids}
    rng = np.random.default_rng(0)
    for name, values in tensors.items():
        if name.endswith(".vectors"):
            noise = rng.normal(1, 0.01, (n_films - n_known, 1)).astype(values.dtype)
            tensors[name] = np.concatenate([values[:n_known], values[n_known:] * noise])
    artifact = "models/synthetic"
    sealed = save_artifact(Path(default_storage.path(artifact)), tensors, model.manifest)
    run = ModelRun.objects.get(pk=active.version_id)
    run.pk, run.version = None, None
    run._state.adding = True  # noqa: SLF001 # a copy, as Django's documentation has it
    run.save()
    version = ModelVersion.objects.create(
        pk=run.pk,
        artifact=artifact,
        artifact_hash=sealed.tensors_hash,
        embedding_model=run.embedding_model,
    )
    ModelRun.objects.filter(pk=run.pk).update(version=version)
    if n_films > settings.CANDIDATES_ABOVE:
        store_item_vectors(run, Path(default_storage.path(artifact)))
    Activation.objects.create(version=version, reason="Synthetic catalogue.")


if __name__ == "__main__":
    main()
