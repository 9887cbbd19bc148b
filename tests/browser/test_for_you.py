"""Refining the films for you, and taking one off and back."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from movies.models import Movie
from tests.browser.conftest import NARROW, Site, log_in
from tests.browser.test_journeys import ids
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenPage = Callable[..., Page]


def titles(page: Page) -> list[str]:
    return page.locator(".ranked__title").all_text_contents()


def test_the_films_follow_the_panel_by_keyboard_and_the_back_button_brings_the_last_ones_back(
    open_page: OpenPage, site: Site
) -> None:
    page = open_page("/for-you/")
    before = titles(page)
    page.locator("summary", has_text="Refine").press("Enter")
    page.get_by_label("Only Horror").press("Space")
    expect(page).to_have_url(re.compile(r"/for-you/\?genre=horror$"))
    expect(page.get_by_role("link", name="Remove: Only Horror")).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text("10 films updated.")
    expect(page.locator("#only-horror")).to_be_focused()
    horror = set(Movie.objects.filter(genres__name="Horror").values_list("pk", flat=True))
    assert {int(one) for one in ids(page.locator(".ranked"))} <= horror
    page.get_by_label("No Horror").press("Space")
    expect(page.locator("#only-horror")).not_to_be_checked()
    expect(page.get_by_role("link", name="Remove: No Horror")).to_be_visible()
    assert not {int(one) for one in ids(page.locator(".ranked"))} & horror
    page.go_back()
    expect(page.get_by_role("link", name="Remove: Only Horror")).to_be_visible()
    page.get_by_label("Diversity").press("ArrowRight")
    expect(page).to_have_url(re.compile(r"/for-you/\?genre=horror&diversity=0.1$"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"/for-you/\?genre=horror$"))
    page.go_back()
    expect(page.get_by_role("link", name="Remove: Only Horror")).to_have_count(0)
    assert titles(page) == before


def test_without_a_script_the_panel_is_a_form_and_each_filter_a_link(open_page: OpenPage) -> None:
    page = open_page("/for-you/", java_script_enabled=False)
    page.locator("summary", has_text="Refine").click()
    # The box itself is hidden under the chip that is seen.
    page.get_by_label("No Comedy").check(force=True)
    page.get_by_label("Exclude a film").fill("zzz")
    page.get_by_role("button", name="Apply").click()
    comedies = set(Movie.objects.filter(genres__name="Comedy").values_list("pk", flat=True))
    shown = {int(one) for one in ids(page.locator("#for-you [data-movie-id]"))}
    assert shown
    assert not shown & comedies
    expect(page.get_by_text("find “zzz”, so nothing was excluded")).to_be_visible()
    page.get_by_role("link", name="Remove: No Comedy").click()
    assert comedies & {int(one) for one in ids(page.locator("#for-you [data-movie-id]"))}


def test_filters_that_leave_nothing_say_which_of_them_does(open_page: OpenPage) -> None:
    page = open_page("/for-you/?genre=horror&from=1890&to=1899")
    expect(page.get_by_role("heading", name="No film is left")).to_be_visible()
    page.get_by_role("link", name="Without “1890 to 1899”").click()
    expect(page.locator(".ranked")).to_have_count(10)


def test_an_unwanted_film_of_a_rail_goes_at_once_and_comes_back_by_undo(
    open_page: OpenPage, site: Site
) -> None:
    page = open_page()
    log_in(page, "grace")
    film = page.locator(".rail .card").first
    film_id, before = film.get_attribute("data-movie-id"), ids(page.locator(".rail .card"))
    film.get_by_role("button", name="Not interested").press("Enter")
    expect(page.locator(f"[data-movie-id='{film_id}']")).to_have_count(0)
    undo = page.locator("#toasts").get_by_role("button", name="Undo")
    expect(page.locator("#announcer")).to_contain_text("10 films updated")
    undo.press("Enter")
    expect(page.locator(f".rail [data-movie-id='{film_id}']")).to_be_visible()
    assert ids(page.locator(".rail .card")) == before
    later = page.locator(".rail .card").first.get_by_role("button", name="Watch later")
    with page.expect_response(re.compile("/opinion/")):
        later.click()
    expect(later).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(later).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(
    ("name", "said"),
    [("Seen it", "Marked {} as seen."), ("Not interested", "We won\u2019t suggest {} again.")],
)
def test_a_film_of_the_ten_goes_with_the_right_words_and_comes_back_by_its_toast(
    open_page: OpenPage, site: Site, name: str, said: str
) -> None:
    page = open_page()
    log_in(page, "grace")
    before = titles(page)
    page.locator(".ranked").first.get_by_role("button", name=name).press("Enter")
    toast = page.locator("#toasts")
    expect(toast).to_contain_text(said.format(before[0]))
    expect(page.locator(".ranked__title").first).not_to_have_text(before[0])
    assert before[0] not in titles(page)
    expect(page.locator(".ranked").first.get_by_role("button", name=name)).to_be_focused()
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(".ranked__title").first).to_have_text(before[0])
    assert titles(page) == before


def test_a_rail_is_scrolled_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("/for-you/", viewport=NARROW)
    rail = page.locator(".rail").first
    rail.focus()
    page.keyboard.press("ArrowRight")
    wait_until(lambda: rail.evaluate("rail => rail.scrollLeft") > 0)
