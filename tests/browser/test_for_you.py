"""Refining the films for you, taking one off and back, and the tray of films to ask about."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from movies.models import Movie
from tests.browser.conftest import NARROW, Site, log_in
from tests.browser.test_journeys import ids, poster_of
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenPage = Callable[..., Page]


def titles(page: Page) -> list[str]:
    return page.locator(".ranked__title").all_inner_texts()


def tray(page: Page) -> list[str]:
    return ids(page.locator("#offers [data-movie-id]"))


def test_the_films_follow_the_panel_by_keyboard_and_the_back_button_brings_the_last_ones_back(
    open_page: OpenPage, site: Site
) -> None:
    page = open_page("/for-you/")
    before = titles(page)
    page.locator("summary", has_text="Refine").press("Enter")
    page.get_by_role("group", name="Only these genres").get_by_label("Horror").press("Space")
    expect(page).to_have_url(re.compile(r"/for-you/\?genre=horror$"))
    expect(page.get_by_role("link", name="Take off: Only Horror")).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text("10 films updated.")
    expect(page.locator("#only-horror")).to_be_focused()
    horror = set(Movie.objects.filter(genres__name="Horror").values_list("pk", flat=True))
    assert {int(one) for one in ids(page.locator(".ranked"))} <= horror
    page.get_by_label("Diversity").press("ArrowRight")
    expect(page).to_have_url(re.compile(r"/for-you/\?genre=horror&diversity=0.1$"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"/for-you/\?genre=horror$"))
    page.go_back()
    expect(page.get_by_role("link", name="Take off: Only Horror")).to_have_count(0)
    assert titles(page) == before


def test_without_a_script_the_panel_is_a_form_and_each_filter_a_link(open_page: OpenPage) -> None:
    page = open_page("/for-you/", java_script_enabled=False)
    page.locator("summary", has_text="Refine").click()
    # The box itself is hidden under the chip that is seen.
    page.get_by_role("group", name="None of these").get_by_label("Comedy").check(force=True)
    page.get_by_label("Leave out a film").fill("zzz")
    page.get_by_role("button", name="Show the films").click()
    comedies = set(Movie.objects.filter(genres__name="Comedy").values_list("pk", flat=True))
    shown = {int(one) for one in ids(page.locator("#for-you [data-movie-id]"))}
    assert shown
    assert not shown & comedies
    expect(page.get_by_text("No film is called “zzz”")).to_be_visible()
    page.get_by_role("link", name="Take off: No Comedy").click()
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
    film = page.locator(".rail .offer").first
    film_id, before = film.get_attribute("data-movie-id"), ids(page.locator(".rail .offer"))
    film.get_by_role("button", name="Not interested").press("Enter")
    expect(page.locator(f"[data-movie-id='{film_id}']")).to_have_count(0)
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    expect(page.locator("#announcer")).to_contain_text("will not come back")
    undo.press("Enter")
    expect(page.locator(f".offer[data-movie-id='{film_id}']")).to_be_visible()
    assert ids(page.locator(".rail .offer")) == before
    later = page.locator(".rail .offer").first.get_by_role("button", name="Watch later")
    later.click()
    expect(later).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(later).to_have_attribute("aria-pressed", "true")


def test_a_rail_is_scrolled_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("/for-you/", viewport=NARROW)
    rail = page.locator(".rail").first
    rail.focus()
    page.keyboard.press("ArrowRight")
    wait_until(lambda: rail.evaluate("rail => rail.scrollLeft") > 0)


@pytest.mark.parametrize("has_script", [True, False])
def test_the_tray_asks_about_other_films_after_each_pick(
    open_page: OpenPage, has_script: bool
) -> None:
    page = open_page(java_script_enabled=has_script)
    offered = tray(page)
    assert len(offered) == 6
    assert not set(offered) & set(ids(page.locator(".wall [data-movie-id]")))
    page.locator("#offers [data-movie-id]").nth(2).click()
    expect(page.locator("#your-ten h2")).to_have_text("Your ten")
    expect(page.locator(f"#offers [data-movie-id='{offered[2]}']")).to_have_count(0)
    after = tray(page)
    assert [*after[:2], *after[3:]] == [*offered[:2], *offered[3:]]
    page.get_by_role("link", name="Show me others").click()
    expect(page.locator(f"#offers [data-movie-id='{after[0]}']")).to_have_count(0)
    assert not set(tray(page)) & {*offered, *after}
    page.get_by_role("button", name="Put back").click()
    expect(page.locator("#your-ten h2")).to_have_text("Loved by most")


def test_a_pick_on_the_wall_hangs_other_films_in_the_tray_and_leaves_the_wall(
    open_page: OpenPage,
) -> None:
    page = open_page()
    wall, offered = ids(page.locator(".wall [data-movie-id]")), tray(page)
    for position in range(3):
        with page.expect_response(re.compile(r"/\?passed=")):
            poster_of(page, "Horror", position).click()
    expect(page.locator("#your-ten .ten__how")).to_contain_text("3 ratings")
    assert ids(page.locator(".wall [data-movie-id]")) == wall
    assert tray(page) != offered
