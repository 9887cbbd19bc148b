"""Upgrade and roll back between the last release and this code, as an operator does.

``python tests/journeys/upgrade_check.py`` runs the demo of the last release of ``CHANGELOG.md``,
makes a member who rates, takes a backup while the site runs, and then:

1. starts this code on the same data (upgrade in place),
2. restores the backup into an empty site of this code (upgrade by backup),
3. restores it into an empty site of the release (roll back).

The member and the ratings must be there each time, and the model of the release must serve. After
the roll-back the ten films must be the same; after an upgrade this code may list others, and how
many are the same is told. It needs the history of the repository and about 15 minutes.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# A script finds its own folder by itself; mypy does not.
from demo_check import (  # type: ignore[import-not-found]
    FIRST_START_SECONDS,
    Demo,
    Visitor,
    check_nothing_runs,
    check_visit,
    is_well,
    processes_of,
    say,
    wait_for,
)

ROOT = Path(__file__).resolve().parents[2]
N_RATINGS = 5
"""Of the member of ``check_visit``: four films that count, and one of the ten."""


def git(*arguments: str, folder: Path = ROOT) -> str:
    """Return what git answers."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def last_release() -> tuple[str, str]:
    """Return the version and the commit of the newest dated heading of the changelog."""
    found = re.search(r"^## (\d\S+) - \d", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert found, "the changelog has no release"
    heading = f"## {found[1]} - "
    commits = git("log", "--format=%H", "--reverse", "-S", heading, "--", "CHANGELOG.md").split()
    return found[1], commits[0]


def clone(folder: Path, commit: str) -> Path:
    """Clone the repository at a commit."""
    git("clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder))
    git("checkout", "--quiet", commit, folder=folder)
    return folder


def manage(folder: Path, *arguments: str) -> None:
    """Run a command of the site in a folder."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MARQUEE_")}
    command = [".venv/bin/python", "manage.py", *arguments]
    subprocess.run(command, cwd=folder, env=environment, check=True)


@contextmanager
def running(folder: Path, port: int, patience: float) -> Iterator[str]:
    """Run the demo of a folder, as far as a model that serves; yields its address."""
    demo = Demo(folder, port, is_small=True)
    try:
        url = demo.address(FIRST_START_SECONDS * patience)
        wait_for(lambda: is_well(url), FIRST_START_SECONDS * patience, "a model", demo)
        yield url
    finally:
        if demo.process.poll() is None:
            demo.signal(signal.SIGINT)
            demo.wait()
    check_nothing_runs(folder, port)


def check_member(url: str) -> list[int]:
    """See that the member of the release is there with all ratings; gives the ten films."""
    visitor = Visitor(url)
    visitor.log_in("newcomer")
    ratings = visitor.http.get("/api/v1/ratings/").json()["results"]
    rated = {rating["movie_id"] for rating in ratings}
    assert len(rated) == N_RATINGS, f"{len(rated)} ratings instead of {N_RATINGS}"
    ten = list(visitor.films("/for-you/")[:10])
    assert len(ten) == 10, f"{len(ten)} films instead of ten"
    assert not set(ten) & rated, "a rated film came back"
    return ten


def check(folder: Path, port: int, patience: float) -> None:
    """Walk all three ways in an empty folder."""
    version, release = last_release()
    here = git("rev-parse", "HEAD").strip()
    site, backup = folder / "site", folder / "backup"

    say(f"release {version} ({release[:7]}): first start, a member, a backup")
    with running(clone(site, release), port, patience) as url:
        check_visit(url)
        ten = check_member(url)
        manage(site, "backup", str(backup))

    say(f"upgrade in place to {here[:7]}")
    git("checkout", "--quiet", here, folder=site)
    with running(site, port, patience) as url:
        n_same = len(set(check_member(url)) & set(ten))
    say(f"the member is there; {n_same} of the ten films are the same")

    for name, commit in (("upgrade by backup", here), ("roll back", release)):
        say(f"{name}: restore into an empty site of {commit[:7]}")
        other = clone(folder / name.replace(" ", "-"), commit)
        subprocess.run(["make", "install"], cwd=other, check=True)
        manage(other, "restore", str(backup))
        with running(other, port, patience) as url:
            restored = check_member(url)
        say(f"the member is there; {len(set(restored) & set(ten))} of the ten films are the same")
    assert restored == ten, "the release restored its own backup and lists other films"
    say("all is well")


def main() -> None:
    """Walk, then clean up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8140)
    parser.add_argument("--patience", type=float, default=1, help="for a machine that is busy")
    parser.add_argument("--keep", action="store_true", help="leave the folders")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="marquee-upgrade-"))
    try:
        check(folder, options.port, options.patience)
    finally:
        for process in processes_of(folder):
            process.kill()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
