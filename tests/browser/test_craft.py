"""What a page costs and how it is made: weight, first picture, steadiness, whom it talks to."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import brotli
import pytest
from PIL import Image
from playwright.sync_api import Page, Response, Route, ViewportSize, expect

from movies.models import Movie
from tests import cast
from tests.browser.conftest import NARROW, WIDE, Site, log_in
from tests.browser.test_pages import MEMBERS_PAGES, addresses_of
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BUDGET_BYTES = 100 * 1024
"""Of our styles and scripts, compressed, on any page; the wall in three dimensions comes on top."""
WALL_3D = ("wall3d", "/vendor/spline/", "/wall/")
PAGES = (
    "/",
    "/for-you/",
    "/movies/",
    "/movies/?q=zzzz",
    "/movies/?genre=horror",
    "/taste/",
    "/lists/",
    "/accounts/login/",
    "/accounts/signup/",
    "/api/problems/",
)
LARGEST = """new Promise(done => {
  new PerformanceObserver(list => {
    const element = list.getEntries().at(-1).element;
    done(element && {tag: element.localName, text: element.textContent.trim().slice(0, 60),
      src: element.getAttribute("src"), isLazy: element.getAttribute("loading") === "lazy"});
  }).observe({type: "largest-contentful-paint", buffered: true});
})"""
SHIFT = """new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) sum += entry.hadRecentInput ? 0 : entry.value;
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 60);
})"""
MOST_SHIFT = 0.003
FOCUS_RING = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  // The ring may be around the field of an input, a label, or the poster of a card.
  const around = [here.parentElement, here.parentElement?.parentElement];
  const inside = [here.querySelector(".poster"), here.nextElementSibling];
  const ringed = [here.closest(".stars"), here, ...inside, ...around].find(one => {
    const style = one && getComputedStyle(one);
    return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  const html = here.outerHTML.slice(0, 120);
  if (!ringed) return {html, width: 0};
  const {outlineWidth, outlineOffset, outlineColor} = getComputedStyle(ringed);
  const {left, right, top, bottom} = ringed.getBoundingClientRect();
  return {html, left, right, top, bottom, colour: outlineColor,
    width: parseFloat(outlineWidth), offset: parseFloat(outlineOffset),
    isWhole: ringed.getClientRects().length === 1};
}"""
Ring = dict[str, Any]
INLINE = """[...document.querySelectorAll(
  "script:not([src], [type='application/json']), style, [style]")]
  .map(element => element.outerHTML.slice(0, 120))"""


@dataclass
class Traffic:
    """What the browser asked for since the last look."""

    site: str
    n_bytes: int = 0
    strangers: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def note(self, response: Response) -> None:
        parts = urlsplit(response.url)
        if parts.scheme in {"http", "https"} and not response.url.startswith(self.site):
            self.strangers.append(response.url)
        is_ours = response.request.resource_type in {"stylesheet", "script"}
        if is_ours and not any(part in parts.path for part in WALL_3D):
            self.n_bytes += len(brotli.compress(response.body(), quality=5))


def come_late(route: Route) -> None:
    """Let a script or a font arrive when the page has been painted without it."""
    time.sleep(0.1)
    route.continue_()


@pytest.fixture
def page_and_traffic(open_page: Callable[..., Page], site: Site) -> tuple[Page, Traffic]:
    page = open_page("/accounts/login/")
    traffic = Traffic(site.url)
    page.on("response", traffic.note)
    return page, traffic


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_pages_are_light_still_and_keep_to_themselves(
    page_and_traffic: tuple[Page, Traffic], site: Site, viewport: ViewportSize
) -> None:
    page, traffic = page_and_traffic
    page.set_viewport_size(viewport)
    page.route(re.compile(r"\.(js|woff2)$"), come_late)
    found = []
    film = Movie.objects.order_by("pk").first()
    assert film is not None
    for address in (*PAGES, film.get_absolute_url()):
        traffic.n_bytes = 0
        html = page.goto(address, wait_until="networkidle").text()
        if traffic.n_bytes > BUDGET_BYTES:
            found.append(f"{address} loads {traffic.n_bytes} bytes of styles and scripts")
        if (shift := page.evaluate(SHIFT)) > MOST_SHIFT:
            found.append(f"{address} shifts by {shift:.4f}")
        if inline := page.evaluate(INLINE):
            found.append(f"{address} has inline {inline}")
        largest = page.evaluate(LARGEST)
        if largest["isLazy"] or (largest["src"] or largest["text"][:20]) not in html:
            found.append(f"{address} shows {largest} first, which its first answer does not hold")
    assert traffic.n_bytes > 0
    assert not traffic.strangers
    assert not found, "\n".join(found)


def side_pixels(ring: Ring) -> dict[str, list[tuple[float, float]]]:
    """Points on the middle line of each side of a ring, away from its rounded corners."""
    middle = ring["offset"] + ring["width"] / 2
    left, right = ring["left"] - middle, ring["right"] + middle
    top, bottom = ring["top"] - middle, ring["bottom"] + middle
    parts = [0.3 + 0.04 * step for step in range(11)]
    across = [left + (right - left) * part for part in parts]
    down = [top + (bottom - top) * part for part in parts]
    return {
        "left": [(left, y) for y in down],
        "right": [(right, y) for y in down],
        "top": [(x, top) for x in across],
        "bottom": [(x, bottom) for x in across],
    }


def covered_sides(page: Page, ring: Ring) -> list[str]:
    """Return the sides of a focus ring of which a picture of the window shows too few points."""
    shot = Image.open(BytesIO(page.screenshot(scale="css"))).convert("RGB")
    wanted = tuple(int(part) for part in re.findall(r"\d+", ring["colour"])[:3])
    covered = []
    for side, points in side_pixels(ring).items():
        seen: list[Any] = [
            shot.getpixel((int(x), int(y)))
            for x, y in points
            if 0 <= x < shot.width and 0 <= y < shot.height
        ]
        if len(seen) < len(points):
            continue  # at the edge of the window
        n_shown = sum(
            max(abs(one - other) for one, other in zip(pixel, wanted, strict=True)) < 60
            for pixel in seen
        )
        if n_shown < 0.7 * len(points):
            covered.append(side)
    return covered


def unseen_focus(page: Page, n_tabs: int) -> list[str]:
    """Return what is wrong with the focus rings of the next elements that Tab leads to."""
    wrong = []
    for _ in range(n_tabs):
        page.keyboard.press("Tab")
        ring = page.evaluate(FOCUS_RING)
        if ring is None:
            break
        if ring["width"] < 2:
            wrong.append(f"{ring['html']} has no ring")
        elif ring["isWhole"] and (sides := covered_sides(page, ring)):
            wrong.append(f"{ring['html']} shows no ring on its {', '.join(sides)}")
    return wrong


def test_wherever_the_keyboard_is_the_whole_ring_is_seen(
    open_page: Callable[..., Page], site: Site
) -> None:
    film = Movie.objects.earliest("pk")
    page = open_page("/", reduced_motion="reduce")
    unseen = {"/ of a visitor": unseen_focus(page, 40)}
    pages = [*PAGES, film.get_absolute_url()]
    for address in pages[1:]:
        page.goto(address)
        page.locator("main").focus()
        unseen[address] = unseen_focus(page, 14)
    log_in(page, "grace")
    for address in ("/", "/for-you/", "/lists/", "/accounts/tokens/", "/runs/", "/runs/online/"):
        page.goto(address)
        page.locator("main").focus()
        unseen[f"{address} of a member"] = unseen_focus(page, 14)
    found = [f"{address}: {one}" for address, wrong in unseen.items() for one in wrong]
    assert not found, "\n".join(found)


def test_a_picture_of_a_film_keeps_the_page_still_and_is_chosen_by_width(
    open_page: Callable[..., Page], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from movies.services import pictures
    from tests.movies.pictures.test_rendering import picture

    film = Movie.objects.order_by("pk").first()
    assert film is not None
    Movie.objects.filter(pk=film.pk).update(picture_url="https://image.tmdb.org/film.jpg")
    film.refresh_from_db()
    monkeypatch.setattr(pictures, "download", lambda url: picture(800, 1200))
    pictures.picture_fetch(movie=film)
    page = open_page(film.get_absolute_url(), viewport=NARROW)
    poster = page.locator(".film__poster img")
    expect(poster).to_have_js_property("complete", True)
    assert poster.evaluate("image => [image.naturalWidth > 0, image.currentSrc.slice(-9)]") == [
        True,
        "-400.webp",
    ]
    assert round(page.evaluate(SHIFT), 2) == 0
    page.set_viewport_size(WIDE)
    page.goto(film.get_absolute_url())
    wait_until(lambda: poster.evaluate("image => image.currentSrc").endswith("-400.webp"))


def test_too_many_tries_get_the_page_that_says_so(
    open_page: Callable[..., Page], site: Site, settings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    cast.member()
    page = open_page("/accounts/login/", expected=["429"])
    for _ in range(2):
        page.goto("/accounts/login/")
        page.get_by_label("Username or email").fill("ada")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_load_state()
    expect(page.get_by_role("heading", level=1)).to_have_text("Not so fast")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily").startswith(
        '"League'
    )


def test_every_page_of_a_member_is_kept_to_the_budget_too(
    page_and_traffic: tuple[Page, Traffic], site: Site
) -> None:
    page, traffic = page_and_traffic
    log_in(page, "grace")
    of_one = addresses_of(site, Movie.objects.earliest("pk").pk)
    weights = {}
    for address in (*MEMBERS_PAGES.values(), *of_one.values()):
        traffic.n_bytes = 0
        page.goto(address, wait_until="networkidle")
        weights[address] = traffic.n_bytes
    assert min(weights.values()) > 0
    assert max(weights.values()) <= BUDGET_BYTES, weights
    assert not traffic.strangers
