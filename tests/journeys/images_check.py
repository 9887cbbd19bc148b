"""Both images, from their build to a visitor's ten films: ``make images``.

Builds the two targets of ``Dockerfile``, looks at what they hold, brings ``docker-compose.yml`` up
in a folder of its own behind its own proxy, and does what an operator and a visitor do: import,
train on a sample, make a superuser, sign up, rate, get a ten, stop every process by TERM. The
steps can be chosen: ``images_check.py build check walk``. ``DOCKER``, ``DOCKER_BUILD`` and
``DOCKER_COMPOSE`` name other programs that take the same options, such as podman.
"""

import argparse
import json
import os
import re
import secrets
import shlex
import shutil
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from demo_check import Visitor, check_api, say, wait_for  # type: ignore[import-not-found]  # noqa: E402

from recsite.local.sample import write_movielens_sample  # noqa: E402

DOCKER = shlex.split(os.environ.get("DOCKER", "docker"))
BUILD = shlex.split(os.environ.get("DOCKER_BUILD", shlex.join([*DOCKER, "build"])))
COMPOSE = shlex.split(os.environ.get("DOCKER_COMPOSE", shlex.join([*DOCKER, "compose"])))
TAG = "check"
LARGEST_MB = {"web": 650, "worker": 1_700}
NOT_IN_WEB = {"torch", "pandas", "scipy", "pyarrow"}
NOWHERE = {"pip", "setuptools"}
FILES_OF_WEB = (
    r"staticfiles/vendor/spline/.*\.js", r"staticfiles/wall/.*\.splinecode",
    r"locale/de/LC_MESSAGES/django\.mo",
)  # fmt: skip
SECRETS = re.compile(r"(^|/)(\.env|id_rsa|secret_key|.*\.sqlite3|.*\.pem)$")
HTTPS_PORT, HTTP_PORT, PORT = 8943, 8980, 8977
PROCESSES = ("web", "worker", "worker-web", "beat")
UP_SECONDS = 300
SMALL = ("epochs=2", "factors=16", "linear_rank=16")


def run(*command: str, text: str | None = None, folder: Path = ROOT) -> str:
    """Run a program, show what it says if it fails, and return its output."""
    done = subprocess.run(
        command, cwd=folder, input=text, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(
            f"{shlex.join(command)} ended with {done.returncode}:\n"
            f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        )
    return done.stdout


def image(target: str) -> str:
    """Name the image of a target, as compose does."""
    return f"marquee-{target}:{TAG}"


def build() -> None:
    """Build both targets of the Dockerfile."""
    for target in LARGEST_MB:
        started_at = time.monotonic()
        run(*BUILD, "--target", target, "--tag", image(target), ".")
        say(f"{image(target)} is built after {time.monotonic() - started_at:.0f} s")


def pinned() -> dict[str, str]:
    """Return the version of each package in constraints.txt."""
    lines = (ROOT / "requirements" / "constraints.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    return {normal(name.split("[")[0]): version.split()[0] for name, version in pairs}


def normal(name: str) -> str:
    """Write a package's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def check() -> None:
    """Look at what each image holds and whether production's settings pass inside it."""
    script = (ROOT / "deploy" / "inspect_image.py").read_text()
    for target, largest_mb in LARGEST_MB.items():
        found = json.loads(
            run(*DOCKER, "run", "--rm", "-i", image(target), "python", "-", text=script)
        )
        say(f"{image(target)}: {found['size_mb']} MB, {len(found['packages'])} packages")
        problems = [*faults(target, found, largest_mb)]
        assert not problems, "\n".join(problems)
        environment = {
            "SECRET_KEY": secrets.token_urlsafe(60), "ALLOWED_HOSTS": "films.example",
            "DATABASE_URL": "postgresql:///films", "REDIS_URL": "redis://valkey/0",
            "EMAIL_URL": "submission://user:secret@mail.example:587", "TRUSTED_PROXY_COUNT": "1",
        }  # fmt: skip
        variables = [f"--env={name}={value}" for name, value in environment.items()]
        command = ("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING")
        run(*DOCKER, "run", "--rm", *variables, image(target), *command)


def faults(target: str, found: dict[str, Any], largest_mb: int) -> list[str]:
    """Say what is wrong with an image; the largest size is in MB, uncompressed."""
    versions, modules = pinned(), set(found["modules"])
    unpinned = [
        f"{name} {version}"
        for name, version in found["packages"].items()
        if versions.get(normal(name)) != version.split("+")[0]
    ]
    unwanted = modules & (NOWHERE | (NOT_IN_WEB if target == "web" else set()))
    missing = [
        pattern
        for pattern in (FILES_OF_WEB if target == "web" else ())
        if not any(re.fullmatch(pattern, name) for name in found["files"])
    ]
    told = {
        f"larger than {largest_mb} MB": [found["size_mb"]] * (found["size_mb"] > largest_mb),
        "user and group are not 1000": [found["user"]] * (found["user"] != [1000, 1000]),
        "not at the version of constraints.txt": unpinned,
        "should not be there": sorted(unwanted) + found["test_folders"],
        "should not be writable": found["writable"],
        "a secret": [name for name in found["files"] if SECRETS.search(name)],
        "missing": missing,
    }
    return [f"{target}: {what}: {things}" for what, things in told.items() if things]


class Site:
    """The compose file in a folder of its own, under a project name of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "deploy").mkdir(parents=True)
        shutil.copy(ROOT / "docker-compose.yml", folder)
        for name in ("Caddyfile", "maintenance.html"):
            shutil.copy(ROOT / "deploy" / name, folder / "deploy")
        write_movielens_sample(folder / "imports" / "sample")
        settings = {
            "SECRET_KEY": secrets.token_urlsafe(60),
            "ALLOWED_HOSTS": "localhost",
            # Characters that break addresses where they are pasted into them.
            "POSTGRES_PASSWORD": f"'p@ss/w:rd#{secrets.token_hex(8)}'",
            "VALKEY_PASSWORD": f"'v@l/k:y#{secrets.token_hex(8)}'",
            "ACCOUNT_EMAIL_VERIFICATION": "optional",
            "MARQUEE_VERSION": TAG,
            "HTTP_PORT": HTTP_PORT, "HTTPS_PORT": HTTPS_PORT, "PORT": PORT,
        }  # fmt: skip
        lines = (f"{name}={value}\n" for name, value in settings.items())
        (folder / ".env").write_text("".join(lines))

    def compose(self, *arguments: str) -> str:
        """Run a command of Docker Compose on the site."""
        return run(*COMPOSE, "--project-name", "marquee-check", *arguments, folder=self.folder)

    def manage(self, service: str, *arguments: str) -> str:
        """Run a management command in the container of a service."""
        return self.compose("exec", "-T", service, "python", "manage.py", *arguments)

    def container(self, service: str) -> dict[str, Any]:
        """Return what the engine knows of the container of a service."""
        [identifier] = self.compose("ps", "--all", "--quiet", service).split()
        known: dict[str, Any] = json.loads(run(*DOCKER, "inspect", identifier))[0]
        return known

    def wait_until_healthy(self) -> None:
        """Wait until every process that has a check of its health passes it."""
        for service in PROCESSES:
            wait_for(
                lambda service=service: (
                    self.container(service)["State"].get("Health", {}).get("Status") == "healthy"
                ),
                UP_SECONDS,
                f"a healthy {service}",
            )


def walk() -> None:
    """Operate the site and visit it."""
    site = Site(ROOT / ".local" / "images-check")
    try:
        started_at = time.monotonic()
        site.compose("up", "--no-build", "--detach")
        site.wait_until_healthy()
        say(f"up and healthy after {time.monotonic() - started_at:.0f} s")
        operate(site)
        visit()
        stop(site)
    finally:
        site.compose("down", "--volumes", "--timeout", "30")
    say("all is well")


def operate(site: Site) -> None:
    """Import, train and make a superuser, by the commands of docs/deploy.md."""
    site.manage("worker", "import_movielens", "/var/lib/marquee/imports/sample")
    options = [option for value in SMALL for option in ("--set", value)]
    started_at = time.monotonic()
    say(site.manage("worker", "run_pipeline", *options).strip().splitlines()[-1])
    say(f"trained after {time.monotonic() - started_at:.0f} s")
    password = secrets.token_urlsafe(20)
    site.compose(
        "exec", "-T", "--env", f"DJANGO_SUPERUSER_PASSWORD={password}", "web", "python",
        "manage.py", "createsuperuser", "--no-input", "--username", "operator", "--email",
        "operator@films.example",
    )  # fmt: skip


def visit() -> None:
    """Sign up through the proxy's TLS, rate four films and get ten others with reasons."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the proxy's own CA
    url = f"https://localhost:{HTTPS_PORT}/"
    visitor = Visitor(url)
    visitor.http = httpx.Client(base_url=url, timeout=60, follow_redirects=True, verify=context)
    visitor.sign_up("newcomer")
    rated = [visitor.search(title) for title in ("toy story", "aladdin", "lion king", "shrek")]
    for movie_id in rated:
        visitor.rate(movie_id, 5)
    ten = visitor.films("/for-you/")[:10]
    assert len(ten) == 10, f"not a ten: {ten}"
    assert not set(ten) & set(rated), "a rated film came back"
    check_api(url, rated, verify=context)
    plain = httpx.get(f"http://localhost:{HTTP_PORT}/", follow_redirects=False)
    assert plain.status_code in {301, 308}, f"without TLS it answers {plain.status_code}"
    say(f"signed up, rated and got {ten}")


def stop(site: Site) -> None:
    """Send TERM to every process; each leaves by itself within its grace period."""
    for service in PROCESSES:
        started_at = time.monotonic()
        site.compose("stop", service)
        code = site.container(service)["State"]["ExitCode"]
        say(f"{service}: exit {code} after {time.monotonic() - started_at:.0f} s")
        assert code == 0, f"{service} was killed"


STEPS = {"build": build, "check": check, "walk": walk}


def main() -> None:
    """Do the chosen steps, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", nargs="*", choices=[*STEPS, []], default=list(STEPS))
    for step in parser.parse_args().steps:
        say(step)
        STEPS[step]()


if __name__ == "__main__":
    main()
