"""Every page, wide and narrow, light and dark: accessible, without overflow, without a shift."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import NARROW, WIDE, Site, log_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
STRANGERS_PAGES = {
    "home": "/",
    "log-in": "/accounts/login/",
    "sign-up": "/accounts/signup/",
    "password-reset": "/accounts/password/reset/",
    "password-reset-done": "/accounts/password/reset/done/",
    "password-reset-key": "/accounts/password/reset/key/1-no-such-key/",
    "confirm-email": "/accounts/confirm-email/no-such-key/",
    "not-found": "/movies/999999/",
    "problems": "/api/problems/#throttled",
}
MEMBERS_PAGES = {
    "home-picked": "/",
    "for-you": "/for-you/",
    "for-you-refined": "/for-you/?genre=comedy&from=1980&diversity=0.5",
    "for-you-nothing-left": "/for-you/?genre=horror&from=1890&to=1899",
    "browse": "/movies/?genre=comedy",
    "browse-nothing": "/movies/?q=zzzz",
    "taste": "/taste/",
    "lists": "/lists/",
    "profile": "/accounts/profile/",
    "tokens": "/accounts/tokens/",
    "email": "/accounts/email/",
    "password-change": "/accounts/password/change/",
    "log-out": "/accounts/logout/",
    "delete": "/accounts/delete/",
    "runs": "/runs/",
    "run-start": "/runs/start/",
    "schedule": "/runs/schedule/",
    "confirm": "/runs/roll-back/",
}
SETTLED = """Promise.all([...document.images].map(image => {
  image.loading = "eager";
  return image.decode();
}))"""
SHIFT = """new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) sum += entry.hadRecentInput ? 0 : entry.value;
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 60);
})"""


def violations(page: Page) -> list[str]:
    """What axe-core finds."""
    return [
        f"{violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for violation in Axe().run(page).response["violations"]
        for node in violation["nodes"][:3]
    ]


def overflow(page: Page) -> list[str]:
    width, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [f"{width} px wide in a window of {window}"] if width > window else []


def look_at(page: Page, name: str, scheme: str) -> list[str]:
    """Take pictures of the page, wide and narrow, and say what is wrong with it."""
    page.evaluate(SETTLED)
    shift = page.evaluate(SHIFT)
    found = [f"shifts by {shift:.3f}"] if shift > 0.01 else []
    for viewport in (WIDE, NARROW):
        page.set_viewport_size(viewport)
        picture = ARTIFACTS / f"{name}-{scheme}-{viewport['width']}.png"
        page.screenshot(path=picture, full_page=True)
        found += overflow(page)
        if viewport is WIDE or scheme == "light":  # narrow and dark has the colours of wide
            found += violations(page)
    page.set_viewport_size(WIDE)
    return [f"{name}, {scheme}: {one}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_wide_and_narrow_and_keeps_still(
    open_page: Callable[..., Page], site: Site, scheme: str
) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    page = open_page(color_scheme=scheme, reduced_motion="reduce", expected=["404"])
    complaints: list[str] = []
    for name, address in STRANGERS_PAGES.items():
        page.goto(address)
        complaints += look_at(page, name, scheme)
    log_in(page, "grace")
    page.goto("/")
    for position in (2, 5, 12):
        page.locator(".pick").nth(position).click()
    page.locator("#your-ten .ten__how", has_text="3 ratings").wait_for()
    film = page.locator("#your-ten a").first.get_attribute("href") or ""
    page.goto("/for-you/")
    for name in ("Watch later", "Not interested"):
        with page.expect_response("**/mark/"):
            page.get_by_role("button", name=name).last.click()
    for name, address in (
        MEMBERS_PAGES | {"film": film, "run": site.run.get_absolute_url()}
    ).items():
        page.goto(address)
        complaints += look_at(page, name, scheme)
    assert not complaints, "\n".join(complaints)
