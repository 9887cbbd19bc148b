"""The wall in three dimensions, by software WebGL; and the grid, wherever the wall does not come.

The wall itself needs the runtime that `make wall` fetches: those tests are skipped without it. What
keeps the grid is tested with a file of no use in its place.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from movies.models import Movie
from movies.templatetags.wall3d import CHOICE_COOKIE
from movies.wall3d.assets import RUNTIME, SCENE
from tests.browser.conftest import CHROMIUM_NAMES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenWall = Callable[..., Page]

TITLES = ("Heat", "Alien", "Fargo", "Seven", "Psycho")
"""A row of five: the third hangs in the middle of the wall."""
MIDDLE, NEXT = TITLES[2:4]
GRID_POSTER = 125
"""Pixels across a poster of the grid in a window 1280 wide."""
SOFTWARE_GL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
LOAD_MS = 60_000
WATCH = """
    window.violations = [];
    addEventListener("securitypolicyviolation", (broken) => violations.push(broken.blockedURI));
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""
SAVE_DATA = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } });"
NO_WEBGL = "HTMLCanvasElement.prototype.getContext = () => null;"
SLOW_GPU = """
    WebGL2RenderingContext.prototype.getParameter = new Proxy(
      WebGL2RenderingContext.prototype.getParameter,
      { apply: (get, gl, [name]) => name === 0x9246 ? "A fine GPU" : get.call(gl, name) },
    );
    window.requestAnimationFrame = (act) => setTimeout(() => act(performance.now()), 200);
"""


@pytest.fixture(scope="session")
def software_gl(chromium: Browser) -> Iterator[Browser]:
    """Start a Chromium that renders WebGL without a GPU, one with windows where there is one."""
    path = next(filter(None, map(shutil.which, reversed(CHROMIUM_NAMES))))
    browser = chromium.browser_type.launch(
        executable_path=path, args=["--no-sandbox", *SOFTWARE_GL]
    )
    yield browser
    browser.close()


@pytest.fixture
def films(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> list[Movie]:
    """Hang films in the order of ``TITLES``, whatever their motifs are."""
    keep = "recommendations.selectors.wall.spread_motifs"
    monkeypatch.setattr(keep, lambda movie_ids, *_motifs, **_before: list(movie_ids))
    return Movie.objects.bulk_create(Movie(title=title, year=1979) for title in TITLES)


@pytest.fixture
def wall_files(settings: Any, tmp_path: Path) -> Path:
    """Serve a scene written now before the site's files, and a useless runtime behind them."""
    written = tmp_path / "written"
    settings.STATICFILES_DIRS = [written, *settings.STATICFILES_DIRS, tmp_path]
    call_command("build_wall_scene", out=written / SCENE, verbosity=0)
    (tmp_path / RUNTIME).parent.mkdir(parents=True)
    (tmp_path / RUNTIME).write_text("")
    return tmp_path


@pytest.fixture
def runtime(settings: Any, wall_files: Path) -> None:
    """Use the real runtime, and allow it to render without a GPU."""
    found = finders.find(RUNTIME)
    if found is None or not Path(found).stat().st_size:
        pytest.skip("The Spline runtime is not here: `make wall` fetches it.")
    settings.WALL_3D_ON_SOFTWARE_GL = True


@pytest.fixture
def open_wall(
    software_gl: Browser, live_server: Any, films: list[Movie], wall_files: Path
) -> Iterator[OpenWall]:
    """Open the home page; nothing may be fetched from elsewhere, and no policy be broken."""
    pages: list[tuple[BrowserContext, Page, list[str]]] = []

    def start(*, script: str = "", block: str = "", is_chosen: bool = True, **options: Any) -> Page:
        context = software_gl.new_context(
            base_url=live_server.url, **({"viewport": {"width": 1000, "height": 700}} | options)
        )
        if is_chosen:
            context.add_cookies([{"name": CHOICE_COOKIE, "value": "1", "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(LOAD_MS)
        page.add_init_script(WATCH + script)
        if block:
            page.route(f"**/{block}", lambda route: route.fulfill(status=404))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        pages.append((context, page, asked))
        page.goto("/?taa=off")  # the runtime's own smoothing over time costs most without a GPU
        return page

    with override_settings(ALLOWED_HOSTS=["*"]):
        yield start
    for context, page, asked in pages:
        own = (live_server.url, "blob:", "data:")
        assert [url for url in asked if not url.startswith(own)] == []
        if page.evaluate("typeof violations") == "object":
            assert page.evaluate("violations") == []
        context.close()


def section(page: Page) -> Locator:
    return page.locator(".wall")


def poster(page: Page, title: str) -> Locator:
    return section(page).get_by_role("button", name=f"{title} (1979)", exact=True)


def said(page: Page) -> Locator:
    return page.locator(".wall3d__caption")


def wait_for_wall(page: Page, outcome: str = "on") -> None:
    expect(section(page)).to_have_attribute("data-wall3d", outcome, timeout=LOAD_MS)


def middle(page: Page) -> tuple[float, float]:
    box = page.locator(".wall3d canvas").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def settled(canvas: Locator) -> bytes:
    """Return the picture on the canvas once two in a row are the same."""
    before = b""
    for _ in range(60):
        now = canvas.screenshot()
        if now == before:
            return now
        before = now
        canvas.page.wait_for_timeout(300)
    pytest.fail("The wall does not come to rest.")


def assert_grid_works(page: Page) -> None:
    expect(section(page).locator("canvas")).to_have_count(0)
    expect(section(page).locator("button[data-movie-id]")).to_have_count(len(TITLES))
    poster(page, MIDDLE).click()
    expect(poster(page, MIDDLE)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#your-ten")).not_to_contain_text(MIDDLE)


def test_pointer_and_keyboard_lift_and_pick_as_they_do_on_the_grid(
    open_wall: OpenWall, runtime: None
) -> None:
    page = open_wall()
    wait_for_wall(page)
    assert page.evaluate("shift") < 0.02
    assert Axe().run(page).response["violations"] == []
    canvas, button = page.locator(".wall3d canvas"), poster(page, MIDDLE)
    expect(section(page).get_by_role("button", name="(1979)")).to_have_count(len(TITLES))
    expect(page.locator("#your-ten")).to_contain_text(MIDDLE)
    at_rest = canvas.screenshot()

    x, y = middle(page)
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    expect(said(page)).to_have_text(f"{MIDDLE} (1979)")
    page.mouse.click(x, y)
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#your-ten")).not_to_contain_text(MIDDLE)
    page.mouse.move(2, 2)
    expect(said(page)).to_have_text("")
    assert canvas.screenshot() != at_rest

    page.mouse.click(x, y, button="right")
    expect(button).to_have_attribute("aria-pressed", "true")

    button.focus()
    page.keyboard.press("ArrowRight")
    expect(said(page)).to_have_text(f"{NEXT} (1979)")
    page.keyboard.press("ArrowLeft")
    expect(said(page)).to_have_text(f"{MIDDLE} (1979)")
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#your-ten")).to_contain_text(MIDDLE)
    expect(button).to_be_focused()


def test_a_poster_is_whole_no_smaller_than_on_the_grid_and_turns_to_the_pointer(
    open_wall: OpenWall, runtime: None
) -> None:
    page = open_wall()
    wait_for_wall(page)
    canvas = page.locator(".wall3d canvas")
    x, y = middle(page)
    looks = []
    for side in (-GRID_POSTER / 2, GRID_POSTER / 2):
        page.mouse.move(x + side * 0.9, y)
        page.mouse.move(x + side, y)
        expect(said(page)).to_have_text(f"{MIDDLE} (1979)")
        looks.append(settled(canvas))
    assert looks[0] != looks[1]

    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(x - 3, box["y"] + 4)
    page.mouse.move(x, box["y"] + 4)
    expect(said(page)).to_have_text("")


def test_a_click_while_the_wall_turns_picks_the_poster_that_is_named(
    open_wall: OpenWall, runtime: None
) -> None:
    page = open_wall()
    wait_for_wall(page)
    x, y = middle(page)
    page.mouse.move(x, y)
    named = page.evaluate(
        """async ([x, y]) => {
          let name = "";
          while (!name) { // between two posters
            await new Promise(requestAnimationFrame);
            name = document.querySelector(".wall3d__caption").textContent;
          }
          const canvas = document.querySelector(".wall3d canvas");
          canvas.dispatchEvent(new MouseEvent("click", { clientX: x, clientY: y }));
          return name;
        }""",
        [x, y],
    )
    picked = section(page).get_by_role("button", name=named, exact=True)
    expect(picked).to_have_attribute("aria-pressed", "true")


def test_the_wall_follows_the_grid_until_the_visitor_chooses_the_grid(
    open_wall: OpenWall, runtime: None
) -> None:
    page = open_wall()
    wait_for_wall(page)
    posters = section(page).locator(".wall__posters")
    posters.evaluate("(list) => list.append(list.firstElementChild)")
    x, y = middle(page)
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    expect(said(page)).to_have_text(f"{NEXT} (1979)")

    page.get_by_role("button", name="Show as a grid").click()
    wait_for_wall(page, "choice")
    assert_grid_works(page)
    page.reload()
    wait_for_wall(page, "choice")
    page.get_by_role("button", name="Show in 3D").click()
    wait_for_wall(page)


def test_the_grid_comes_back_on_a_narrow_page_and_after_a_lost_context(
    open_wall: OpenWall, runtime: None
) -> None:
    page = open_wall()
    wait_for_wall(page)
    page.set_viewport_size({"width": 600, "height": 620})
    expect(page.locator(".wall3d")).not_to_be_visible()
    poster(page, TITLES[0]).click()
    expect(poster(page, TITLES[0])).to_have_attribute("aria-pressed", "true")
    page.evaluate(
        "document.querySelector('.wall3d canvas').getContext('webgl2')"
        ".getExtension('WEBGL_lose_context').loseContext()"
    )
    wait_for_wall(page, "context-lost")
    assert_grid_works(page)


def test_a_machine_that_is_too_slow_gets_the_grid(
    open_wall: OpenWall, runtime: None, settings: Any
) -> None:
    settings.WALL_3D_ON_SOFTWARE_GL = False
    page = open_wall(script=SLOW_GPU)
    wait_for_wall(page, "slow")
    assert_grid_works(page)


def test_without_a_scene_the_grid_stays(open_wall: OpenWall, runtime: None) -> None:
    page = open_wall(block=SCENE)
    wait_for_wall(page, "error")
    assert_grid_works(page)


def test_without_a_runtime_the_grid_stays(
    open_wall: OpenWall, wall_files: Path, settings: Any
) -> None:
    settings.WALL_3D_ON_SOFTWARE_GL = True
    page = open_wall(block=RUNTIME)
    wait_for_wall(page, "error")
    assert_grid_works(page)


@pytest.mark.parametrize(
    ("outcome", "options"),
    [
        ("reduced-motion", {"reduced_motion": "reduce"}),
        ("save-data", {"script": SAVE_DATA}),
        ("narrow", {"viewport": {"width": 400, "height": 800}}),
        ("no-webgl", {"script": NO_WEBGL}),
    ],
)
def test_where_the_wall_is_not_wanted_nothing_of_it_is_fetched(
    open_wall: OpenWall, settings: Any, outcome: str, options: dict[str, Any]
) -> None:
    settings.WALL_3D_ON_SOFTWARE_GL = True
    page = open_wall(block=RUNTIME, **options)
    wait_for_wall(page, outcome)
    assert_grid_works(page)
    assert fetched(page) == []
    expect(page.get_by_role("button", name="Show in 3D")).to_have_count(0)


def test_without_a_gpu_the_grid_stays_and_nothing_is_fetched(open_wall: OpenWall) -> None:
    page = open_wall()
    wait_for_wall(page, "software-gl")
    assert_grid_works(page)
    assert fetched(page) == []


def test_the_wall_is_a_grid_until_the_visitor_asks_for_three_dimensions(
    open_wall: OpenWall, settings: Any
) -> None:
    settings.WALL_3D_ON_SOFTWARE_GL = True
    page = open_wall(is_chosen=False)
    wait_for_wall(page, "choice")
    expect(page.get_by_role("button", name="Show in 3D")).to_be_visible()
    assert_grid_works(page)
    assert fetched(page) == []


def test_a_setting_turns_the_wall_off(open_wall: OpenWall, settings: Any) -> None:
    settings.WALL_3D = False
    page = open_wall()
    expect(page.locator("[data-wall3d], script[src*=wall3d]")).to_have_count(0)
    assert_grid_works(page)


def test_without_javascript_the_grid_is_a_form(open_wall: OpenWall) -> None:
    page = open_wall(java_script_enabled=False)
    assert_grid_works(page)


def fetched(page: Page) -> list[str]:
    """Return what was loaded for the wall."""
    names = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    return [name for name in names if RUNTIME in name or SCENE in name]
