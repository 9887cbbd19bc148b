"""The home page: the ten in sight, picks at once, three states, the wall, search and budgets."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, Route, ViewportSize, expect

from movies.models import Movie, Rating
from recommendations.pages import home
from tests import cast
from tests.browser.conftest import NARROW, WIDE, Site, log_in, repeated_motifs
from tests.browser.test_journeys import ids, poster_of, the_ten
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenPage = Callable[..., Page]

LAPTOP = ViewportSize(width=1366, height=768)
PHONE = {"viewport": NARROW, "has_touch": True, "is_mobile": True}
IN_SIGHT = """[...document.querySelectorAll("#your-ten .poster")]
  .map(poster => poster.getBoundingClientRect())
  .filter(box => box.top >= 0 && box.bottom <= innerHeight)
  .filter(box => box.left >= 0 && box.right <= innerWidth)
  .map(box => box.width)"""
SHIFTS = """
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) shift += entry.hadRecentInput ? 0 : entry.value;
  }).observe({ type: "layout-shift", buffered: true });
"""
SOURCES = "posters => posters.map(one => one.src)"
HOLD_TURNS = """document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id !== "your-ten") return;
  for (const animation of document.getAnimations()) {
    animation.pause();
    animation.currentTime = 0;
  }
  const cosine = face => new DOMMatrix(getComputedStyle(face).transform).m11;
  window.turns = [...document.querySelectorAll(".ten__leaving")].map(front => ({
    front: front.src, cosines: [front, front.previousElementSibling].map(cosine),
  }));
});"""
SEE_THROUGH = """() => {
  const isOpaque = one => one.matches("img")
    || /^rgb\\(/.test(getComputedStyle(one).backgroundColor);
  const also = ".found__inner, .wall__marks .opine__button, .ten .opine, .toast";
  const over = [...document.body.querySelectorAll("*")].filter(one => one.matches(also)
    || ["sticky", "fixed"].includes(getComputedStyle(one).position));
  return over.filter(layer => {
    const box = layer.getBoundingClientRect();
    const isSeen = layer.checkVisibility({ opacityProperty: true }) && box.width && box.height;
    if (!isSeen || layer.matches(".toasts")) return false; // toasts lie in a wide, empty box
    return [0.02, 0.5, 0.98].some(share => {
      const [x, y] = [box.left + share * box.width, box.top + box.height / 2];
      const first = document.elementsFromPoint(x, y).find(isOpaque);
      return first && !layer.contains(first) && first.contains(layer);
    });
  }).map(one => one.className || one.tagName);
}"""
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
RING = """() => {
  const here = document.activeElement;
  const shown = here.querySelector(".poster") ?? here;
  const style = getComputedStyle(shown);
  const box = shown.getBoundingClientRect();
  const gap = parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth) / 2;
  const middle = box.top + box.height / 2;
  const covers = [box.left - gap, box.right + gap].filter(x => x > 0 && x < innerWidth)
    .map(x => document.elementFromPoint(x, middle)?.closest(".wall__place"))
    .filter(place => place && !place.contains(here));
  return {width: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    covered: covers.map(one => one.id)};
}"""


@pytest.fixture(autouse=True)
def _few_on_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave films for the ten beyond the wall."""
    monkeypatch.setattr(home, "N_POSTERS", 48)


@pytest.mark.parametrize("viewport", [LAPTOP, WIDE, ViewportSize(width=1920, height=1080)])
def test_all_ten_posters_are_in_sight_without_scrolling(
    open_page: OpenPage, viewport: ViewportSize
) -> None:
    page = open_page(viewport=viewport)
    widths = page.evaluate(IN_SIGHT)
    assert len(widths) == 10
    assert min(widths) >= 100
    page.mouse.wheel(0, 700)
    wait_until(lambda: page.evaluate("scrollY") > 300)
    assert len(page.evaluate(IN_SIGHT)) == 10


def test_on_a_phone_a_docked_strip_moves_with_every_pick_and_opens(open_page: OpenPage) -> None:
    page = open_page(**PHONE)
    sign = page.locator("#your-ten")
    expect(sign.locator(".ten__film").first).to_be_in_viewport()
    poster_of(page, "Horror").tap()
    expect(page.locator(".ten__title")).to_have_text("Your ten")
    horror = set(Movie.objects.filter(genres__name="Horror").values_list("pk", flat=True))
    assert {int(one) for one in the_ten(page)} <= horror
    expect(sign.locator(".ten__film").first).to_be_in_viewport()
    opener = page.get_by_role("button", name="Show your ten in full")
    opener.tap()
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(sign.locator(".ten__why").first).to_be_in_viewport()
    assert not Axe().run(page).response["violations"]
    page.keyboard.press("Escape")
    expect(opener).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize("handle", [".ten__title", ".ten__link"])
def test_on_a_phone_a_finger_drags_the_strip_open_and_closed(
    open_page: OpenPage, handle: str
) -> None:
    page = open_page(**PHONE)
    opener = page.get_by_role("button", name="Show your ten in full")
    drag(page, handle, -300)
    expect(opener).to_have_attribute("aria-expanded", "true")
    assert page.evaluate("scrollY") == 0
    drag(page, ".ten__title", 300)
    expect(opener).to_have_attribute("aria-expanded", "false")
    assert page.evaluate("scrollY") == 0


def drag(page: Page, start: str, way: int) -> None:
    """Move a finger up (negative) or down, as a touch screen reports it."""
    page.wait_for_timeout(100)  # what moved has to be where it stays
    box = page.locator(start).first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: dict[str, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    send("touchStart", {"x": x, "y": y})
    for step in range(1, 26):
        send("touchMove", {"x": x, "y": y + way * step / 25})
    send("touchEnd")


@pytest.mark.parametrize(
    ("width", "height", "locale"),
    [(320, 568, "de-DE"), (320, 568, "en-US"), (667, 375, "de-DE"), (844, 390, "de-DE")],
)
def test_on_a_small_screen_a_row_of_the_wall_is_in_sight_at_once(
    open_page: OpenPage, width: int, height: int, locale: str
) -> None:
    viewport = ViewportSize(width=width, height=height)
    page = open_page(**PHONE | {"viewport": viewport}, locale=locale)
    poster, sign = (
        page.locator(one).first.bounding_box() for one in (".pick .poster", "#your-ten")
    )
    assert poster is not None
    assert sign is not None
    assert poster["y"] + poster["height"] <= sign["y"]
    expect(page.locator(".ten__film").first).to_be_in_viewport()


@pytest.mark.parametrize("viewport", [LAPTOP, NARROW, ViewportSize(width=667, height=375)])
def test_a_toast_covers_no_link_of_the_navigation_and_none_of_the_ten(
    open_page: OpenPage, viewport: ViewportSize
) -> None:
    page = open_page(viewport=viewport)
    poster_of(page, "Horror").click()
    expect(page.locator(".toast")).to_be_visible()
    covered = page.evaluate("""() => {
      const toast = document.querySelector(".toast").getBoundingClientRect();
      return [...document.querySelectorAll(".navigation a, .masthead__name, .ten")]
        .map(one => [one.textContent.trim().slice(0, 20), one.getBoundingClientRect()])
        .filter(([, box]) => box.bottom > toast.top && box.top < toast.bottom)
        .filter(([, box]) => box.right > toast.left && box.left < toast.right)
        .map(([name]) => name);
    }""")
    assert covered == []


@pytest.mark.parametrize("choice", ["loved", "seen", "not_interested", "watch_later"])
def test_the_focus_stays_in_the_ten_after_each_button_under_a_film(
    open_page: OpenPage, choice: str
) -> None:
    page = open_page()
    poster_of(page, "Horror").click()
    expect(page.locator(".ten__title")).to_have_text("Your ten")
    page.wait_for_load_state("networkidle")
    film = page.locator(".ten__film").nth(3)
    name = film.get_attribute("data-name")
    page.evaluate("document.querySelector('#your-ten').dataset.isOld = '1'")
    film.locator(f"[data-choice='{choice}']").press("Enter")
    expect(page.locator("#your-ten[data-is-old]")).to_have_count(0)
    focused = page.locator(f".ten__film:has(:focus) [data-choice='{choice}']:focus")
    expect(focused).to_have_count(1)
    here = page.locator(".ten__film:has(:focus)")
    if choice == "watch_later":
        assert here.get_attribute("data-name") == name
    else:
        assert name not in page.locator(".ten__film").evaluate_all(
            "films => films.map(film => film.dataset.name)"
        )
        assert (
            page.locator(".ten__film")
            .nth(3)
            .evaluate("film => film.contains(document.activeElement)")
        )


def test_a_pick_shows_before_the_server_answers(open_page: OpenPage) -> None:
    page = open_page()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/opinion/", hold)
    pick = poster_of(page, "Horror")
    seconds = pick.evaluate("""pick => {
      const start = performance.now();
      pick.click();
      return pick.getAttribute("aria-pressed") === "true" ? performance.now() - start : -1;
    }""")
    assert 0 <= seconds < 100
    expect(page.locator(".bulb--lit")).to_have_count(1)
    wait_until(lambda: bool(held))
    expect(page.locator("#your-ten")).to_have_class(re.compile("is-waiting"))
    held[0].continue_()
    expect(page.locator(".ten__title")).to_have_text("Your ten")
    expect(page.locator("#your-ten")).not_to_have_class(re.compile("is-waiting"))


@pytest.mark.parametrize("reduced_motion", ["no-preference", "reduce"])
def test_each_new_poster_of_the_ten_is_the_back_of_one_that_leaves(
    open_page: OpenPage, reduced_motion: str
) -> None:
    page = open_page(reduced_motion=reduced_motion)
    before = set(the_ten(page))
    pictures = page.locator(".ten .poster").evaluate_all(SOURCES)
    page.evaluate(HOLD_TURNS)
    poster_of(page, "Comedy").click()
    wait_until(lambda: page.evaluate("!!window.turns"))
    turns = page.evaluate("turns")
    n_new = len(set(the_ten(page)) - before)
    assert n_new > 0
    assert len(turns) == (0 if reduced_motion == "reduce" else n_new)
    assert {turn["front"] for turn in turns} <= set(pictures)
    assert len({turn["front"] for turn in turns}) == len(turns)
    for turn in turns:
        assert turn["cosines"] == [pytest.approx(one, abs=1e-4) for one in (1, -1)]
    page.evaluate("document.getAnimations().forEach(one => one.finish())")
    expect(page.locator(".ten__leaving")).to_have_count(0)
    assert (
        page.locator(".ten .poster").evaluate_all(
            "posters => posters.map(one => getComputedStyle(one).transform)"
        )
        == ["none"] * 10
    )


def test_no_film_of_the_wall_is_among_the_ten_and_the_wall_learns(open_page: OpenPage) -> None:
    page = open_page()
    wall = ids(page.locator(".pick"))
    for position in range(2):
        with page.expect_response(re.compile("shown=")):
            poster_of(page, "Horror", position).click()
    expect(page.locator(".picks__count")).to_have_text("2 picked")
    assert not set(the_ten(page)) & {*wall, *ids(page.locator(".pick"))}
    assert len(set(ids(page.locator(".pick")))) == len(wall)


def test_no_motif_comes_twice_among_six_posters_of_the_wall_and_the_ten_whatever_is_picked(
    open_page: OpenPage,
) -> None:
    page = open_page()
    for number in range(5):
        page.evaluate("document.querySelector('#your-ten').dataset.isOld = '1'")
        page.locator('.pick[aria-pressed="false"]').nth(3 * number).click()
        expect(page.locator("#your-ten[data-is-old]")).to_have_count(0)
        expect(page.locator(".picks__count")).to_have_text(f"{number + 1} picked")
        assert repeated_motifs(page, ".wall__place .poster") == []
        assert repeated_motifs(page, ".ten .poster:not(.ten__leaving)") == []
    page.get_by_role("link", name="More films").click()
    wait_until(lambda: page.locator(".wall__place").count() > 48)
    assert repeated_motifs(page, ".wall__place .poster") == []


def test_a_film_of_the_ten_lights_the_picks_behind_it(open_page: OpenPage) -> None:
    page = open_page()
    pick = poster_of(page, "Horror")
    pick.click()
    expect(page.locator(".ten__title")).to_have_text("Your ten")
    film = page.locator(".ten__film").nth(2)
    film.locator(".ten__link").focus()
    expect(page.locator(".wall__place.is-cause")).to_have_count(1)
    expect(film.locator(".ten__why")).to_have_text(re.compile("^(Like|You like) "))


@pytest.mark.parametrize("viewport", [LAPTOP, ViewportSize(width=1000, height=700)])
def test_the_sign_names_the_picks_behind_a_film_that_are_out_of_sight(
    open_page: OpenPage, viewport: ViewportSize
) -> None:
    page = open_page(viewport=viewport)
    pick = poster_of(page, "Horror")
    name = pick.get_attribute("data-name") or ""
    pick.click()
    expect(page.locator(".ten__title")).to_have_text("Your ten")
    how = page.locator(".ten__how")
    before = how.text_content()
    page.evaluate("scrollTo({top: document.documentElement.scrollHeight, behavior: 'instant'})")
    film = page.locator(".ten__film[data-because*=' ']").nth(2)
    film.locator(".ten__link").hover()
    expect(how).to_contain_text(name)
    expect(how).to_be_visible()
    page.mouse.move(5, 5)
    expect(how).to_have_text(before or "")
    film.locator(".ten__link").focus()
    expect(how).to_contain_text(name)


def test_a_bad_rating_wears_no_heart_and_every_action_is_undone_by_its_toast(
    open_page: OpenPage, site: Site
) -> None:
    page = open_page()
    hated = Movie.objects.get(pk=ids(page.locator(".pick"))[3])
    cast.rated(site.staff, (hated, 1))
    log_in(page, "grace")
    page.goto("/")
    place = page.locator(f".wall__place[data-film='{hated.pk}']")
    expect(place).to_have_attribute("data-opinion", "seen")
    expect(place.locator(".pick")).to_have_attribute("aria-pressed", "false")
    other = page.locator(".wall__place").nth(6)
    film = other.get_attribute("data-film")
    for choice in ("seen", "not_interested"):
        button = page.locator(f".opine__button[data-of='{film}'][data-choice='{choice}']")
        with page.expect_response(re.compile("/opinion/")):
            button.dispatch_event("click")
        expect(button).to_have_attribute("aria-pressed", "true")
        page.locator("#toasts").get_by_role("button", name="Undo").click()
        expect(button).to_have_attribute("aria-pressed", "false")
    place.locator(".pick").click()
    expect(place).to_have_attribute("data-opinion", "loved")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    wait_until(lambda: Rating.objects.get(user=site.staff, movie=hated).half_stars == 2)


def test_a_pick_made_offline_is_taken_back_and_said(open_page: OpenPage) -> None:
    page = open_page(expected=["ERR_INTERNET_DISCONNECTED", "htmx:sendError"])
    page.context.set_offline(True)
    pick = poster_of(page, "Horror")
    pick.click()
    expect(page.locator("#toasts")).to_contain_text("Not saved: you are offline.")
    expect(pick).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".bulb--lit")).to_have_count(0)
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(pick).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".ten__title")).to_have_text("Your ten")


def test_arrows_walk_over_the_wall_which_is_one_stop_for_tab(open_page: OpenPage) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to your ten")).to_be_focused()
    picks = page.locator(".pick")
    assert page.locator(".pick[tabindex='0']").count() == 1
    picks.first.focus()
    for key, number in (("ArrowRight", 1), ("ArrowDown", 9), ("ArrowLeft", 8), ("Home", 0)):
        page.keyboard.press(key)
        expect(picks.nth(number)).to_be_focused()
        ring = page.evaluate(RING)
        assert ring["width"] >= 3
        assert ring["covered"] == []
    page.keyboard.press("End")
    expect(picks.last).to_be_in_viewport()
    sign = page.locator("#your-ten").bounding_box()
    last = picks.last.bounding_box()
    assert sign is not None
    assert last is not None
    assert last["y"] < sign["y"], "the sign must not hide the focused poster"
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(page.locator(".pick:focus")).to_have_count(0)


@pytest.mark.parametrize("has_script", [True, False])
def test_picks_are_counted_listed_and_cleared(open_page: OpenPage, has_script: bool) -> None:
    page = open_page(java_script_enabled=has_script)
    for position in range(2):
        poster_of(page, "Horror", position).click()
        expect(page.locator(".picks__count")).to_have_text(f"{position + 1} picked")
    page.locator(".picks__one").first.click()
    expect(page.locator(".picks__count")).to_have_text("1 picked")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".pick[aria-pressed=true]")).to_have_count(0)
    page.get_by_role("button", name="Undo clear").click()
    expect(page.locator(".picks__count")).to_have_text("1 picked")


def test_a_film_is_found_by_its_name_and_picked_in_the_result(open_page: OpenPage) -> None:
    page = open_page()
    page.keyboard.press("/")
    expect(page.locator("#find-film")).to_be_focused()
    page.keyboard.type("ferris")
    found = page.locator(".found__film").first
    expect(found).to_contain_text("Ferris Bueller")
    found.get_by_role("button", name="Love it").click()
    expect(page.locator(".picks__count")).to_have_text("1 picked")
    page.keyboard.press("Escape")
    expect(page.locator(".found__film")).to_have_count(0)


def test_every_card_has_a_heart(open_page: OpenPage) -> None:
    page = open_page("/movies/")
    cards = page.locator(".card")
    hearts = cards.get_by_role("button", name="Love it")
    assert hearts.count() == cards.count() > 20
    with page.expect_response(re.compile("/opinion/")):
        hearts.first.click()
    page.reload()
    expect(hearts.first).to_have_attribute("aria-pressed", "true")


def test_more_films_come_on_request_and_none_twice(open_page: OpenPage) -> None:
    page = open_page()
    before = ids(page.locator(".pick"))
    page.get_by_role("link", name="More films").click()
    wait_until(lambda: len(ids(page.locator(".pick"))) > len(before))
    after = ids(page.locator(".pick"))
    assert after[: len(before)] == before
    assert len(set(after)) == len(after)


@pytest.mark.parametrize("viewport", [WIDE, NARROW, ViewportSize(width=320, height=640)])
def test_a_late_font_moves_nothing_and_nothing_overflows(
    open_page: OpenPage, site: Site, viewport: ViewportSize
) -> None:
    page = open_page("/accounts/login/", viewport=viewport)
    page.add_init_script(SHIFTS)
    late: list[Route] = []
    is_held = True

    def hold(route: Route) -> None:
        if is_held:
            late.append(route)
        else:
            route.continue_()

    page.route("**/*.woff2", hold)
    for address in ("/", "/movies/", "/for-you/", "/lists/"):
        is_held = True
        page.goto(address, wait_until="domcontentloaded")  # a preloaded font holds "load" back
        page.evaluate(TWO_FRAMES)
        is_held = False
        for route in late:
            route.continue_()
        late.clear()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("shift") < 0.02, address
        width, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width <= window, address


def test_the_home_page_is_light_and_compressed(open_page: OpenPage, site: Site) -> None:
    page = open_page("/accounts/login/")
    sizes: dict[str, int] = {}

    def weigh(request: Request) -> None:
        sizes[request.url] = request.sizes()["responseBodySize"]

    page.on("requestfinished", weigh)
    with page.expect_response(site.url + "/") as answer:
        page.goto("/", wait_until="networkidle")
    assert answer.value.headers["content-encoding"] == "gzip"
    assert sum(size for url, size in sizes.items() if "/poster.svg" not in url) < 300_000
    assert sum(sizes.values()) < 600_000


def test_stars_can_be_told_apart_in_forced_colours(open_page: OpenPage, site: Site) -> None:
    film = Movie.objects.earliest("pk")
    for scheme in ("light", "dark"):
        page = open_page(film.get_absolute_url(), forced_colors="active", color_scheme=scheme)
        halves = page.locator(".film .stars__half")
        with page.expect_response(re.compile("/rate/")):
            halves.nth(4).click()
        page.mouse.move(2, 2)
        colours = halves.evaluate_all(
            "all => all.map(one => getComputedStyle(one).backgroundColor)"
        )
        body = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert len({colours[0], colours[9], body}) == 3


def test_states_can_be_told_apart_in_forced_colours(open_page: OpenPage) -> None:
    page = open_page(forced_colors="active", reduced_motion="reduce")
    places = page.locator(".wall__place")
    for number, choice in enumerate(("loved", "seen", "not_interested")):
        film = places.nth(number).get_attribute("data-film")
        with page.expect_response(re.compile("/opinion/")):
            page.locator(f"[data-of='{film}'][data-choice='{choice}']").first.dispatch_event(
                "click"
            )
        expect(places.nth(number)).to_have_attribute("data-opinion", choice)
    outlines = [
        places.nth(number).locator(".poster").evaluate("one => getComputedStyle(one).outlineStyle")
        for number in range(4)
    ]
    assert outlines == ["solid", "dotted", "dashed", "none"]
    places.nth(3).locator(".pick").focus()
    page.keyboard.press("ArrowRight")
    ring = "getComputedStyle(document.activeElement.querySelector('.poster')).outlineStyle"
    assert page.evaluate(ring) == "double"
    colour = "one => getComputedStyle(one).backgroundColor"
    chips = page.locator(".kinds__one")
    assert chips.first.evaluate(colour) != chips.last.evaluate(colour)
    bulbs = page.locator(".bulb")
    assert bulbs.first.evaluate(colour) != bulbs.last.evaluate(colour)
    line = "one => getComputedStyle(one).textDecorationLine"
    assert page.locator(".navigation [aria-current]").evaluate(line) == "underline"


@pytest.mark.parametrize("viewport", [LAPTOP, NARROW])
def test_layers_over_the_page_are_opaque_in_forced_colours(
    open_page: OpenPage, site: Site, viewport: ViewportSize
) -> None:
    page = open_page(forced_colors="active", viewport=viewport)
    poster_of(page, "Horror").click()
    expect(page.locator(".toast")).to_be_visible()
    page.locator(".wall__place").nth(1).hover()
    page.locator("#find-film").fill("ferris")
    expect(page.locator(".found__film").first).to_be_visible()
    for address in ("", "/movies/", "/taste/"):
        if address:
            page.goto(address)
        assert page.evaluate(SEE_THROUGH) == []


def test_a_title_from_right_to_left_reads_so_wherever_it_is(
    open_page: OpenPage, site: Site
) -> None:
    Movie.objects.update(title="جدایی نادر از سیمین")
    page = open_page()
    with page.expect_response(re.compile("shown=")):
        page.locator(".pick").first.click()
    page.locator("#find-film").fill("ferris")  # the index has the title before
    expect(page.locator(".found__title").first).to_be_visible()
    direction = "all => all.map(one => getComputedStyle(one).direction)"
    titles = (".pick__name", ".ten__name", ".found__title", ".picks__one > span:first-child")
    for title in titles:
        assert set(page.locator(title).evaluate_all(direction)) == {"rtl"}, title
    film = Movie.objects.earliest("pk").get_absolute_url()
    for address, title in (
        ("/movies/", ".card__title"),
        (film, ".film h1"),
        ("/for-you/", ".ranked__title"),
    ):
        page.goto(address)
        found = page.locator(f"main {title}")
        assert set(found.evaluate_all(direction)) == {"rtl"}, address
        width, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width <= window


@pytest.mark.parametrize(("width", "locale"), [(400, "en-US"), (320, "de-DE")])
def test_on_a_phone_the_pages_are_tabs_at_the_bottom_that_cover_nothing(
    open_page: OpenPage, width: int, locale: str
) -> None:
    page = open_page(**PHONE | {"viewport": ViewportSize(width=width, height=700)}, locale=locale)
    for address in ("/", "/movies/", "/lists/"):
        page.goto(address)
        tabs = page.locator(".navigation__pages a")
        assert tabs.count() == 5
        boxes: list[dict[str, float]] = tabs.evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().toJSON())"
        )
        assert all(box["left"] >= 0 and box["right"] <= width for box in boxes)
        assert all(box["top"] > 650 - 16 and box["bottom"] <= 700 for box in boxes)
        expect(page.locator(".navigation__pages [aria-current]")).to_have_count(1)
        page.evaluate("scrollTo({top: document.documentElement.scrollHeight, behavior: 'instant'})")
        page.evaluate(TWO_FRAMES)
        last = page.locator(".footer__links").evaluate("one => one.getBoundingClientRect().bottom")
        assert last <= boxes[0]["top"]
