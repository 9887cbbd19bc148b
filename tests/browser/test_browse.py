"""The browse page in a browser: more films by scrolling, and the same ones again on coming back."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, repeated_motifs
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PER_PAGE = 24


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("movies.views.FILMS_PER_PAGE", PER_PAGE)


def scroll_to_the_end_of_page(page: Page, number: int) -> None:
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.locator(".grid .card")).to_have_count(PER_PAGE * number)


def test_no_motif_comes_twice_among_six_posters_however_many_films_are_shown(
    open_page: Callable[..., Page], site: Site
) -> None:
    page = open_page("/movies/?genre=horror", reduced_motion="reduce")
    expect(page.locator(".grid .card")).to_have_count(PER_PAGE)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.locator(".grid .card")).to_have_count(45)
    assert repeated_motifs(page, ".grid .poster") == []


@pytest.mark.parametrize("bfcache", [True, False], ids=["from memory", "loaded again"])
def test_scrolling_brings_more_films_and_coming_back_finds_them_at_the_same_place(
    open_page: Callable[..., Page], site: Site, bfcache: bool
) -> None:
    page = open_page("/movies/", reduced_motion="reduce")
    if not bfcache:
        # A page that holds a lock is not kept in memory.
        page.evaluate("() => { navigator.locks.request('held', () => new Promise(() => {})); }")
    expect(page.locator(".grid .card")).to_have_count(PER_PAGE)
    for number in (2, 3):
        scroll_to_the_end_of_page(page, number)
    expect(page.locator("#announcer")).to_have_text(f"{PER_PAGE} more films: 72 of 90.")
    page.wait_for_url("**/movies/?through=3")
    film = page.locator(f".grid .card:nth-child({PER_PAGE * 2 + 3}) a")
    film.scroll_into_view_if_needed()
    name, place = film.get_attribute("href"), page.evaluate("scrollY")
    assert place > 900
    film.click()
    page.wait_for_url(f"**{name}")
    page.go_back()
    page.wait_for_url("**/movies/?through=3")
    expect(page.locator(".grid .card")).to_have_count(PER_PAGE * 3)
    wait_until(lambda: abs(page.evaluate("scrollY") - place) < 5)
    expect(page.locator(f'.grid a[href="{name}"]')).to_be_in_viewport()


def test_by_keyboard_the_next_films_take_the_focus(
    open_page: Callable[..., Page], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("movies.views.N_AUTOMATIC_PAGES", 0)
    page = open_page("/movies/")
    page.locator("[data-more]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".grid .card")).to_have_count(PER_PAGE * 2)
    expect(page.locator(f".grid .card:nth-child({PER_PAGE + 1}) a")).to_be_focused()
    expect(page.locator("#announcer")).to_have_text(f"{PER_PAGE} more films: 48 of 90.")


def test_without_a_script_there_are_pages(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page("/movies/?sort=title", java_script_enabled=False)
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**/movies/?sort=title&page=2")
    expect(page.locator(".grid .card")).to_have_count(PER_PAGE)
    page.get_by_role("link", name="Previous").click()
    page.get_by_label("Genre").select_option("Horror")
    page.get_by_label("Decade").select_option("1980s")
    page.locator("main").get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Horror 1980s")


def test_films_are_found_as_one_types_and_the_address_keeps_the_search(
    open_page: Callable[..., Page], site: Site
) -> None:
    page = open_page("/movies/")
    page.locator("main").get_by_role("searchbox").press_sequentially("aliens", delay=20)
    page.wait_for_url("**/movies/?q=aliens")
    expect(page.get_by_role("heading", level=1)).to_have_text("“aliens”")
    expect(page).to_have_title("“aliens” · Marquee")
    expect(page.locator(".card__title").first).to_have_text("Aliens")
    expect(page.locator("#announcer")).to_have_text(re.compile(r"films? match"))
    expect(page.locator("main").get_by_role("searchbox")).to_be_focused()
    page.reload()
    expect(page.locator(".card__title").first).to_have_text("Aliens")
