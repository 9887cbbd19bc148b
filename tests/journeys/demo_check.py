"""The demo from a fresh clone, as a newcomer meets it: ``python tests/journeys/demo_check.py``.

Clones the committed state, runs ``make demo`` on a sample of MovieLens, signs up over HTTP, rates,
gets a personal ten, and sees that stopping and killing the demo leaves nothing behind and loses
nothing. ``--full`` takes all of MovieLens, ``--keep`` leaves the clone for a look, and ``--venv
FOLDER`` spares the clone an installation where ``make install`` just made one of the same commit.
"""

import argparse
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[2]
FIRST_START_SECONDS = 600
"""Until the first model serves, a fresh installation included."""
FIRST_ADDRESS_SECONDS = 90
"""Until the site is up with popular films, after the installation."""
SECOND_START_SECONDS = 15
"""Until the site is up again; its workers follow."""
READY_SECONDS = 60
STOP_SECONDS = 60
PASSWORD = "correct horse battery"


class Memory:
    """The most memory that the processes of a folder have had at once, shared pages shared out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.peak_bytes = 0
        self._stopped = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """End the watch; the peak in GB."""
        self._stopped.set()
        self._thread.join()
        return self.peak_bytes / 1e9

    def _watch(self) -> None:
        while not self._stopped.wait(1):
            self.peak_bytes = max(self.peak_bytes, sum(map(pss, processes_of(self.folder))))


def pss(process: psutil.Process) -> int:
    """Proportional set size in bytes, 0 for a process that is gone."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0


def processes_of(folder: Path) -> list[psutil.Process]:
    """Everything that was called with a path in ``folder``, or works in it."""
    found = []
    for process in psutil.process_iter():
        try:
            places = [process.cwd(), *process.cmdline()]
        except psutil.Error:
            continue
        if any(str(folder) in place for place in places):
            found.append(process)
    return found


class Demo:
    """One ``make demo`` in ``folder``; its output is echoed and kept."""

    def __init__(self, folder: Path, port: int, *, is_small: bool) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MARQUEE_")}
        for name in ("VIRTUAL_ENV", "DATABASE_URL", "REDIS_URL", "MAKEFLAGS", "MAKELEVEL", "PWD"):
            environment.pop(name, None)
        arguments = ["ARGS=--small"] if is_small else []
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            ["make", "demo", *arguments],
            cwd=folder,
            env=environment | {"PORT": str(port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )
        self.output = ""
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            sys.stdout.write(f"   | {line}")
            sys.stdout.flush()
            self.output += line

    def wait_until_well(self, url: str, timeout_seconds: float) -> None:
        """Wait for the workers, which start after the site."""
        wait_for(lambda: is_well(url), timeout_seconds, "a healthy site", self)

    def address(self, timeout_seconds: float) -> str:
        """Return the address it prints; the first model may still be training."""
        wait_for(lambda: "Marquee is at" in self.output, timeout_seconds, "an address", self)
        [url] = re.findall(r"Marquee is at (http\S+)", self.output)
        return str(url)

    def signal(self, number: int) -> None:
        """As a terminal does on Ctrl-C: to everybody in the foreground."""
        os.killpg(self.process.pid, number)

    def wait(self, timeout_seconds: float = STOP_SECONDS) -> int:
        """Wait for its end; gives the exit status."""
        return self.process.wait(timeout_seconds)


def wait_for(
    condition: Callable[[], bool], timeout_seconds: float, what: str, demo: Demo | None = None
) -> None:
    """Wait until ``condition`` holds; fail with ``what`` was waited for."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert demo is None or demo.process.poll() is None, f"the demo ended without {what}"
        assert time.monotonic() < deadline, f"{timeout_seconds:.0f} s without {what}"
        time.sleep(1)  # each look costs the site a part of a core


def is_well(url: str) -> bool:
    """Whether ``/healthz`` says that everything is."""
    try:
        return httpx.get(f"{url}healthz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


class Visitor:
    """A browser without JavaScript."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=30, follow_redirects=True)

    def post(self, page: str, action: str, fields: dict[str, str]) -> httpx.Response:
        """Send the form of ``page`` that goes to ``action``."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.http.get(page).text)
        assert token, f"{page} has no form"
        answer = self.http.post(
            action,
            data=fields | {"csrfmiddlewaretoken": token[1]},
            headers={"Referer": str(self.http.base_url.join(page))},
        )
        assert answer.status_code == 200, f"{action} answers {answer.status_code}"
        return answer

    def sign_up(self, name: str) -> None:
        """Become a member."""
        page = "/accounts/signup/"
        fields = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
        assert name in self.post(page, page, fields).text, "signing up does not log in"

    def log_in(self, name: str) -> None:
        """Come back."""
        page = "/accounts/login/"
        answer = self.post(page, page, {"login": name, "password": PASSWORD})
        assert name in answer.text, "logging in does not work"

    def rate(self, movie_id: int, stars: float) -> None:
        """Rate a film on its page."""
        page = f"/movies/{movie_id}/"
        self.post(page, f"{page}rate/", {"stars": str(stars), "next": page})

    def films(self, page: str) -> list[int]:
        """Return the films that a page shows, in order."""
        shown = re.findall(r'data-movie-id="(\d+)"', self.http.get(page).text)
        return list(dict.fromkeys(map(int, shown)))

    def search(self, title: str) -> int:
        """Return the first film that the API finds."""
        answer = self.http.get("/api/v1/movies/", params={"search": title}).json()
        return int(answer["results"][0]["id"])


def check_before_model(url: str) -> None:
    """See popular films and the progress of the training, unless the model was quicker."""
    page = httpx.get(url, timeout=30)
    assert page.status_code == 200, f"the home page answers {page.status_code}"
    assert len(re.findall('class="ten__film"', page.text)) == 10, "no popular films"
    assert 'class="training"' in page.text or is_well(url), "the training is not shown"


def check_visit(url: str) -> list[int]:
    """Sign up, rate and get a ten that is one's own; gives the ten films."""
    visitor = Visitor(url)
    before = visitor.films("/for-you/")
    visitor.sign_up("newcomer")
    rated = [visitor.search(title) for title in ("toy story", "aladdin", "lion king", "shrek")]
    for movie_id in rated:
        visitor.rate(movie_id, 5)
    ten = visitor.films("/for-you/")[:10]
    assert len(ten) == 10, f"{len(ten)} films instead of ten"
    assert not set(ten) & set(rated), "a rated film came back"
    assert ten != before[:10], "ratings changed nothing"
    visitor.rate(ten[0], 0.5)
    assert ten[0] not in visitor.films("/for-you/")[:10], "a rating does not change the next page"
    check_api(url, rated)
    german = httpx.get(url, headers={"Accept-Language": "de"}, timeout=30).text
    assert "Anmelden" in german, "the site does not speak German"
    return visitor.films("/for-you/")[:10]


def check_api(url: str, rated: list[int], *, verify: ssl.SSLContext | bool = True) -> None:
    """Ten films for a stranger's ratings, with reasons among them."""
    ratings = [{"movie_id": movie_id, "stars": 4.5} for movie_id in rated]
    answer = httpx.post(
        f"{url}api/v1/recommendations/", json={"ratings": ratings}, timeout=30, verify=verify
    )
    assert answer.status_code == 200, f"the API answers {answer.status_code}: {answer.text[:200]}"
    results = answer.json()["results"]
    assert len(results) == 10
    reasons = {reason["movie_id"] for result in results for reason in result["reasons"]}
    assert reasons, "no recommendation has a reason"
    assert reasons <= set(rated), "a reason is not among the ratings"


def check_return(url: str, ten: list[int]) -> None:
    """Log in again and find what was left."""
    visitor = Visitor(url)
    visitor.log_in("newcomer")
    assert visitor.films("/for-you/")[:10] == ten, "the second start lost ratings or the model"


def check_nothing_runs(folder: Path, port: int) -> None:
    """No process of the demo is left, and its port is free."""
    wait_for(lambda: not processes_of(folder), 5, f"an end of {processes_of(folder)}")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)), "somebody still answers"


@contextmanager
def taken_port() -> Iterator[int]:
    """Return a port on which somebody else listens already."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def say(text: str) -> None:
    """Print the name of the step that begins."""
    sys.stdout.write(f"== {text}\n")
    sys.stdout.flush()


def check(folder: Path, *, is_small: bool, patience: float) -> None:
    """Do the whole journey in an empty clone at ``folder``; ``patience`` stretches every limit."""
    memory = Memory(folder)
    with taken_port() as port:
        say("first start, on a port that is taken")
        demo = Demo(folder, port, is_small=is_small)
        limit = FIRST_START_SECONDS * patience
        wait_for(lambda: "Database: " in demo.output, limit, "an installation", demo)
        installed_at = time.monotonic()
        url = demo.address(limit)
        seconds = time.monotonic() - installed_at
        say(f"up {seconds:.0f} s after the installation at {url}")
        assert seconds <= FIRST_ADDRESS_SECONDS * patience, f"{seconds:.0f} s until an address"
        check_before_model(url)
        wait_for(lambda: is_well(url), limit, "a model", demo)
        say(f"the model serves after {time.monotonic() - demo.started_at:.0f} s")
        assert f"Port {port} is taken" in demo.output
        assert f":{port}/" not in url
    ten = check_visit(url)
    say(f"signed up, rated and got {ten}; Ctrl-C")
    demo.signal(signal.SIGINT)
    demo.wait(STOP_SECONDS * patience)
    check_nothing_runs(folder, httpx.URL(url).port or 80)

    say("second start")
    demo = Demo(folder, port, is_small=is_small)
    url = demo.address(60 * patience)
    seconds = time.monotonic() - demo.started_at
    say(f"up after {seconds:.1f} s")
    assert seconds <= SECOND_START_SECONDS * patience, f"the second start took {seconds:.1f} s"
    check_return(url, ten)
    demo.wait_until_well(url, READY_SECONDS * patience)
    say(f"its workers take tasks after {time.monotonic() - demo.started_at:.1f} s")

    say("make is killed outright; third start, ended by SIGTERM")
    demo.process.kill()
    demo.process.wait()
    demo = Demo(folder, port, is_small=is_small)
    url = demo.address(90 * patience)
    check_return(url, ten)
    demo.wait_until_well(url, READY_SECONDS * patience)
    demo.process.terminate()
    demo.wait(STOP_SECONDS * patience)
    check_nothing_runs(folder, port)
    say(f"all is well; memory at its peak: {memory.stop():.2f} GB")


def main() -> None:
    """Clone, check, clean up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="all of MovieLens, the whole training")
    parser.add_argument("--patience", type=float, default=1, help="for a machine that is busy")
    parser.add_argument("--keep", action="store_true", help="leave the clone")
    parser.add_argument("--venv", type=Path, help="an installation of this commit to use")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="marquee-demo-")) / "marquee"
    clone = ["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)]
    subprocess.run(clone, check=True)
    if options.venv:
        (folder / ".venv").symlink_to(options.venv.resolve())
    try:
        check(folder, is_small=not options.full, patience=options.patience)
    finally:
        for process in processes_of(folder):
            process.kill()
        if not options.keep:
            shutil.rmtree(folder.parent, ignore_errors=True)


if __name__ == "__main__":
    main()
