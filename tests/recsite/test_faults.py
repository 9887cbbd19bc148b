"""The site under gunicorn while its servers come and go."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from recsite.local import embedded
from recsite.local.processes import ManagedProcess, free_port
from tests import waiting

pytestmark = [pytest.mark.faults, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
RUN = """
from accounts.models import User
from movies.models import Movie, Rating
from recommendations.training.services.runs import run_start
for number in range(4):
    user, _ = User.objects.get_or_create(username=f"rater{number}")
    for movie in Movie.objects.filter(title__contains="1"):
        given = {"half_stars": 8, "rated_at": user.date_joined}
        Rating.objects.get_or_create(user=user, movie=movie, defaults=given)
run_start(parameters={}, started_by=None)
"""
PAGES = ["/", "/for-you/", "/movies/", "/movies/1/", "/taste/", "/lists/", "/accounts/login/"]
FILMS = """
from movies.models import Genre, Movie
tastes = [Genre.objects.create(name=name, slug=name.lower()) for name in ("Comedy", "Horror")]
for number in range(1, 31):
    film = Movie.objects.create(title=f"Film {number}", year=1990 + number % 20)
    film.genres.add(tastes[number % 2])
from accounts.models import User
User.objects.create_user("ada", password="correct horse battery")
"""


class Site:
    """A real site on servers of its own."""

    def __init__(self, folder):
        self.local_dir = folder / ".local"
        self.port = free_port("127.0.0.1", 8765)
        clean = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
        self.env = clean | {
            "MARQUEE_LOCAL_DIR": str(self.local_dir),
            "STATIC_ROOT": str(folder / "static"),
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "1",
        }
        self.web = ManagedProcess(
            "web",
            [sys.executable, "-m", "gunicorn", "-c", "python:recsite.gunicorn", "recsite.wsgi"],
            local_dir=self.local_dir,
            log_path=folder / "web.log",
            env=self.env,
        )
        self.postgres = embedded.Postgres(self.local_dir)
        self.valkey = embedded.Valkey(self.local_dir)

    def manage(self, *arguments, stdin=None):
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=self.env, input=stdin, text=True, check=True)

    def worker(self, hold, *options):
        """Start a worker for runs whose stages take no time, except those named in ``hold``."""
        environment = {
            "DJANGO_SETTINGS_MODULE": "held_settings",
            "PYTHONPATH": str(ROOT / "tests" / "recommendations"),
            "MARQUEE_RUN_LEASE_SECONDS": "2",
            "MARQUEE_TEST_HOLD": str(hold),
        }
        return ManagedProcess(
            "worker",
            [
                *(sys.executable, "-m", "celery", "-A", "recsite.celery", "worker"),
                *("--queues", "ml,web", "--concurrency", "1"),
                *options,
            ],
            local_dir=self.local_dir,
            log_path=hold / "worker.log",
            env=self.env | environment,
        )

    def rows(self, query):
        with psycopg.connect(embedded.database_url(self.local_dir)) as connection:
            return connection.execute(query).fetchall()

    def browser(self):
        url = f"http://127.0.0.1:{self.port}"
        return httpx.Client(base_url=url, timeout=15, follow_redirects=True)

    def wait_until_it_serves(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                return httpx.get(f"http://127.0.0.1:{self.port}/livez").raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.1)
        pytest.fail(self.web.log_path.read_text())


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    with embedded.ensure_running(site.local_dir):
        site.manage("migrate", "--verbosity", "0")
        # Without the admin's files, whose compression takes longer than all these tests.
        ignored = ("--ignore", "admin", "--ignore", "rest_framework")
        site.manage("collectstatic", "--no-input", "--verbosity", "0", *ignored)
        site.manage("shell", "--verbosity", "0", stdin=FILMS)
        site.web.start()
        try:
            site.wait_until_it_serves()
            yield site
        finally:
            site.web.stop()
            for server in (site.valkey, site.postgres):
                server.stop()


@pytest.fixture
def browser(site):
    with site.browser() as browser:
        yield browser


def send_form(browser, page, action, **fields):
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(page).text)[1]
    return browser.post(action, data=fields | {"csrfmiddlewaretoken": token})


def test_the_site_answers_while_valkey_is_stopped_and_says_what_is_wrong(site, browser):
    site.valkey.stop()
    try:
        for page in PAGES:
            assert browser.get(page).status_code == 200, page
        started = time.monotonic()
        health = browser.get("/healthz")
        assert time.monotonic() - started < 2
        assert health.status_code == 503
        assert health.json()["broker"] != "ok"
        assert health.json()["database"] == "ok"
    finally:
        site.valkey.start()
    # After a failure the broker is asked again only after a pause.
    deadline = time.monotonic() + 120
    while browser.get("/healthz").json()["broker"] != "ok":
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_people_log_in_and_rate_while_valkey_is_stopped(site, browser):
    site.valkey.stop()
    try:
        page = "/accounts/login/"
        answer = send_form(browser, page, page, login="ada", password="correct horse battery")
        assert answer.status_code == 200
        assert "sessionid" in browser.cookies
        answer = send_form(browser, "/movies/2/", "/movies/2/rate/", stars="4.5", next="/movies/2/")
        assert answer.status_code == 200
        assert "Film 2" in browser.get("/lists/").text
    finally:
        site.valkey.start()


def test_a_restart_of_postgres_costs_one_clear_error_at_most(site, browser):
    assert browser.get("/movies/").status_code == 200
    site.postgres.stop()
    site.postgres.start()
    answers = [browser.get("/movies/").status_code for _ in range(5)]
    assert answers.count(500) <= 1
    assert answers[1:] == [200] * 4


def test_while_postgres_is_down_the_error_page_stands_and_the_process_lives(site, browser):
    site.postgres.stop()
    try:
        answer = browser.get("/movies/")
        assert answer.status_code == 500
        assert "<html" in answer.text
        assert "Traceback" not in answer.text
        assert browser.get("/livez").status_code == 200
        started = time.monotonic()
        health = browser.get("/healthz")
        assert time.monotonic() - started < 2
        assert health.status_code == 503
        assert health.json()["database"] != "ok"
    finally:
        site.postgres.start()
    assert browser.get("/movies/").status_code == 200


def test_killed_postgres_is_back_with_everything_that_was_saved(site, browser):
    page = "/accounts/login/"
    send_form(browser, page, page, login="ada", password="correct horse battery")
    send_form(browser, "/movies/3/", "/movies/3/rate/", stars="5", next="/movies/3/")
    site.postgres.process().kill()
    site.postgres.start()
    assert "Film 3" in browser.get("/lists/").text


def test_what_killed_web_processes_have_acknowledged_is_there(site, browser):
    page = "/accounts/login/"
    send_form(browser, page, page, login="ada", password="correct horse battery")
    for film in (5, 6):
        address = f"/movies/{film}/"
        answer = send_form(browser, address, f"{address}rate/", stars="4", next=address)
        assert answer.status_code == 200
        os.killpg(site.web._process.pid, signal.SIGKILL)
        site.web.stop()
        site.web.start()
        site.wait_until_it_serves()
        assert f"Film {film}" in browser.get("/lists/").text


def test_a_run_goes_on_after_a_restart_of_postgres_in_the_midst_of_a_stage(site, tmp_path):
    (tmp_path / "train").touch()
    site.manage("shell", "--verbosity", "0", stdin=RUN)
    worker = site.worker(tmp_path, "--without-mingle", "--without-gossip")
    worker.start()
    try:
        wait_until((tmp_path / "train is held").exists, worker)
        site.postgres.stop()
        (tmp_path / "train").unlink()
        time.sleep(1)  # the stage ends and finds nobody to tell
        site.postgres.start()
        over = "SELECT status, error FROM recommendations_modelrun WHERE finished_at IS NOT NULL"
        wait_until(lambda: site.rows(over), worker)
    finally:
        worker.stop()
    assert site.rows(over) == [("succeeded", "")]
    again = "SELECT name FROM recommendations_stagerun WHERE n_attempts > 1"
    assert site.rows(again) in ([], [("train",)]), "a finished stage was done again"


@pytest.mark.parametrize("held", ["nothing", "train"])
def test_a_worker_as_in_production_takes_tasks_again_after_a_restart_of_the_broker(
    site, tmp_path, held
):
    """With mingle and gossip, by which workers of one broker know of each other.

    A task that is at work when the broker goes holds a message that nobody has acknowledged.
    """
    (tmp_path / held).touch()
    worker = site.worker(tmp_path, "--loglevel", "INFO", "--concurrency", "2")
    worker.start()
    n_before = len(site.rows("SELECT id FROM recommendations_modelrun"))
    try:
        wait_until(lambda: " ready." in worker.log_path.read_text(), worker)
        if held == "train":
            site.manage("shell", "--verbosity", "0", stdin=RUN)
            wait_until((tmp_path / "train is held").exists, worker)
        site.valkey.stop()
        wait_until(lambda: "Connection to broker lost" in worker.log_path.read_text(), worker)
        site.valkey.start()
        (tmp_path / held).unlink()
        if held == "nothing":
            site.manage("shell", "--verbosity", "0", stdin=RUN)
        over = "SELECT id FROM recommendations_modelrun WHERE status = 'succeeded'"
        wait_until(lambda: len(site.rows(over)) > n_before, worker)
    finally:
        worker.stop()


def wait_until(condition, worker):
    def came_true():
        assert worker.is_running, worker.log_path.read_text()
        return condition()

    waiting.wait_until(came_true)
