"""The site at saturation, and while its servers restart: errors, latency, memory and recovery.

    python -m benchmarks.load [--minutes 10] [--clients 16] [--faults]

Run it where `make demo` has trained a model (the demo must be stopped: its database is copied, and
never written). gunicorn serves as in production, two processes of four threads. Each client asks
without a pause over a connection that it keeps: pages, searches, recommendations and new ratings,
in the shares of `MIX`. A client that gets an error of the server waits a second, as programs are
told to. With `--faults`, PostgreSQL and then Valkey are restarted in the middle of the load.
"""

from __future__ import annotations

import argparse
import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import numpy as np
import psutil

from benchmarks.api import FIRST_PORT, N_RATINGS, Site, serving
from benchmarks.measuring import print_machine

PORT = FIRST_PORT + 5
MIX = {
    "home": 0.15, "film": 0.25, "browse": 0.1, "search": 0.1, "ten": 0.2, "films by API": 0.1,
    "rate": 0.1,
}  # fmt: skip
"""Kind of request: its share of all."""
WORDS = ("star wars", "godfather", "shawshenk", "toy", "amelie", "alien", "west", "1994")
WAIT_SECONDS = 1.0
"""After an error of the server."""
SAMPLE_SECONDS = 5.0
FAULT_AFTER_SECONDS = 20.0
"""From the start of a load with faults to the first, and from the first to the second."""


@dataclass
class Measured:
    """What the clients and the watch over memory saw."""

    milliseconds: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in MIX})
    statuses: Counter[int] = field(default_factory=Counter)
    errors: list[tuple[int, float, str]] = field(default_factory=list)
    """Number of the client, time, what went wrong."""
    successes: dict[int, list[float]] = field(default_factory=dict)
    """Times of the good answers of each client."""
    memory_mb: list[float] = field(default_factory=list)
    """Of all processes of the site together (proportional set size), one each `SAMPLE_SECONDS`."""


class Client:
    """A visitor with a token who never stops asking."""

    def __init__(self, site: Site, number: int, seen: Measured) -> None:
        known = site.clients[number % len(site.clients)]
        self.number, self.seen = number, seen
        self.films: list[int] = known["films"]
        self.rng = np.random.default_rng(number)
        self.headers = {"Authorization": f"Bearer {known['secret']}", "Accept-Encoding": "gzip"}
        self.connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        seen.successes[number] = []

    def work(self, until: float) -> None:
        """Ask until a time of the monotonic clock."""
        kinds, shares = list(MIX), list(MIX.values())
        while time.monotonic() < until:
            kind = str(self.rng.choice(kinds, p=shares))
            problem = self._ask(kind)
            if problem:
                self.seen.errors.append((self.number, time.monotonic(), f"{kind}: {problem}"))
                time.sleep(WAIT_SECONDS)
            else:
                self.seen.successes[self.number].append(time.monotonic())
        self.connection.close()

    def _ask(self, kind: str) -> str:
        method, path, body = self._request(kind)
        headers = self.headers if path.startswith("/api/") else {"Accept-Encoding": "gzip"}
        headers = headers | ({"Content-Type": "application/json"} if body else {})
        for attempt in range(2):
            start = time.perf_counter()
            try:
                self.connection.request(method, path, body or None, headers)
                answer = self.connection.getresponse()
                answer.read()
                break
            except (http.client.HTTPException, ConnectionError, TimeoutError) as error:
                # The server may have closed a kept connection: open another one.
                self.connection.close()
                if attempt:
                    return repr(error)
        self.seen.milliseconds[kind].append(1e3 * (time.perf_counter() - start))
        self.seen.statuses[answer.status] += 1
        return "" if answer.status < 500 else str(answer.status)

    def _request(self, kind: str) -> tuple[str, str, str]:
        film, size = int(self.rng.choice(self.films)), int(self.rng.integers(5, 60))
        paths = {
            "home": "/",
            "film": f"/movies/{film}/",
            "browse": f"/movies/?page={int(self.rng.integers(1, 30))}",
            "search": f"/movies/?q={str(self.rng.choice(WORDS)).replace(' ', '+')}",
            "ten": "/api/v1/recommendations/",
            "films by API": f"/api/v1/movies/?order=title&page_size={size}",
        }
        if kind != "rate":
            return "GET", paths[kind], ""
        rated = int(self.rng.choice(self.films[:N_RATINGS]))
        return "PUT", f"/api/v1/ratings/{rated}/", f'{{"stars": {self.rng.integers(1, 11) / 2}}}'


def load(site: Site, n_clients: int, seconds: float, during: Callable[[], None]) -> Measured:
    """Let the clients ask at once, run `during` beside them, and return what was seen."""
    seen, until = Measured(), time.monotonic() + seconds
    clients = [Client(site, number, seen) for number in range(n_clients)]
    threads = [threading.Thread(target=client.work, args=(until,)) for client in clients]
    with watched_memory(seen):
        for thread in threads:
            thread.start()
        during()
        for thread in threads:
            thread.join()
    return seen


@contextmanager
def watched_memory(seen: Measured) -> Iterator[None]:
    """Note the memory of the web processes, which are children of this one."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            total = 0
            for process in psutil.Process().children(recursive=True):
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:
                    continue
            seen.memory_mb.append(total / 1e6)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def restart(name: str) -> float:
    """End an embedded server as an operator does, start it again, and return when it answered."""
    from django.conf import settings

    from recsite.local import embedded

    file = {"postgres": "postgres/postmaster.pid", "valkey": "valkey/valkey.pid"}[name]
    process = psutil.Process(int((settings.LOCAL_DIR / file).read_text().split()[0]))
    started_at = time.monotonic()
    process.send_signal(2 if name == "postgres" else 15)  # PostgreSQL's "fast" shutdown
    process.wait(60)
    while name not in embedded.revive(settings.LOCAL_DIR):
        time.sleep(0.1)
    back_at = time.monotonic()
    print(f"{name}: away for {back_at - started_at:.1f} s")
    return back_at


def report(seen: Measured, seconds: float) -> None:
    """Print requests, latency, memory and errors."""
    n_answers = sum(seen.statuses.values())
    print(
        f"\n{n_answers:,} answers in {seconds / 60:.1f} minutes: {n_answers / seconds:.0f} a second"
    )
    print("answers by status:", dict(sorted(seen.statuses.items())))
    print(f"{'':16}{'answers':>9}{'p50 ms':>8}{'p99 ms':>8}{'max ms':>8}")
    for kind, times in seen.milliseconds.items():
        if times:
            shown = (np.percentile(times, 50), np.percentile(times, 99), max(times))
            print(f"{kind:16}{len(times):9,}" + "".join(f"{value:8.0f}" for value in shown))
    tenth = max(1, len(seen.memory_mb) // 10)
    first, last = np.mean(seen.memory_mb[tenth : 2 * tenth]), np.mean(seen.memory_mb[-tenth:])
    print(
        f"memory: {first:.0f} MB after a tenth, {last:.0f} MB at the end, "
        f"{max(seen.memory_mb):.0f} MB at most"
    )
    print(f"errors: {len(seen.errors)}", Counter(what for _, _, what in seen.errors).most_common(5))


def report_recovery(seen: Measured, name: str, began_at: float, back_at: float) -> None:
    """Print the errors around a restart, and when the last client was served again."""
    until = back_at + FAULT_AFTER_SECONDS / 2
    errors = Counter(number for number, at, _ in seen.errors if began_at <= at <= until)
    served = [
        min((at for at in times if at >= back_at), default=float("inf")) - back_at
        for times in seen.successes.values()
    ]
    late = [at - back_at for _, at, _ in seen.errors if back_at < at <= until]
    print(
        f"{name}: {sum(errors.values())} errors, at most {max(errors.values(), default=0)} of a "
        f"client; last error {max(late, default=0):.1f} s and all clients served "
        f"{max(served):.1f} s after it was back"
    )


def main() -> None:
    """Measure the load and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--faults", action="store_true")
    options = parser.parse_args()
    moments: list[tuple[str, float, float]] = []

    def faults() -> None:
        for name in ("postgres", "valkey"):
            time.sleep(FAULT_AFTER_SECONDS)
            moments.append((name, time.monotonic(), restart(name)))

    seconds = 4 * FAULT_AFTER_SECONDS if options.faults else 60 * options.minutes
    with ExitStack() as stack:
        site = stack.enter_context(serving("load", PORT, 0))
        seen = load(site, options.clients, seconds, faults if options.faults else lambda: None)
    print_machine()
    report(seen, seconds)
    for name, began_at, back_at in moments:
        report_recovery(seen, name, began_at, back_at)


if __name__ == "__main__":
    main()
