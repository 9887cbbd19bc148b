"""A stranger's way through the site, with a mouse, with a keyboard, and without any script."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from accounts.models import User
from movies.models import ListEntry, Movie, Rating
from recommendations.training import jobs
from tests import cast
from tests.browser.conftest import Site, log_in
from tests.recommendations.fakes import TASTES
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenPage = Callable[..., Page]

PASSWORDS = ("Password", "Password (again)")
N_TABS = 150
"""More than any page needs to get from one end of what it is for to the other."""


def ids(posters: Locator) -> list[str]:
    found: list[str] = posters.evaluate_all("all => all.map(one => one.dataset.movieId)")
    return found


def the_ten(page: Page) -> list[str]:
    return ids(page.locator("#your-ten [data-movie-id]"))


def poster_of(page: Page, taste: str, position: int = 0) -> Locator:
    """Return a poster of the wall by the taste of its film."""
    of_taste = set(Movie.objects.filter(genres__name=taste).values_list("pk", flat=True))
    wall = [one for one in ids(page.locator(".pick")) if int(one) in of_taste]
    return page.locator(f".pick[data-movie-id='{wall[position]}']")


def sign_up(page: Page, username: str, *, keep_picks: bool = True) -> None:
    page.get_by_role("link", name="Sign up", exact=True).click()
    box = page.get_by_role("checkbox", name="Save my 1 pick to my account")
    expect(box).to_be_checked()
    if not keep_picks:
        box.press("Space")
        expect(box).not_to_be_checked()
    page.get_by_label("Username").fill(username)
    for field in PASSWORDS:
        page.get_by_label(field, exact=True).fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    path = "/for-you/" if keep_picks else "/"
    page.wait_for_url(lambda url: urlsplit(url).path == path)


@pytest.mark.parametrize("has_script", [True, False])
def test_a_stranger_picks_signs_up_keeps_the_picks_rates_and_hides(
    open_page: OpenPage, has_script: bool
) -> None:
    page = open_page(java_script_enabled=has_script)
    popular = page.locator("#your-ten li")
    expect(popular).to_have_count(10)
    pick = poster_of(page, "Horror")
    pick.click()
    expect(pick).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#your-ten h2")).to_have_text("Your ten")
    expect(page.locator("#your-ten .ten__why").first).to_contain_text("ike ")
    picked_id = pick.get_attribute("data-movie-id")

    sign_up(page, "lovelace")
    assert list(
        Rating.objects.filter(user__username="lovelace").values_list("movie_id", "half_stars")
    ) == [(int(picked_id or 0), 9)]

    before = ids(page.locator(".ranked"))
    assert len(before) == 10
    assert picked_id not in before
    first = page.locator(".ranked").first
    first.locator(".stars__half").first.click()
    if not has_script:
        first.get_by_role("button", name="Rate").click()
    expect(page.locator(f".ranked[data-movie-id='{before[0]}']")).to_have_count(0)
    assert Rating.objects.get(user__username="lovelace", movie_id=before[0]).half_stars == 1

    second = page.locator(".ranked").first
    hidden_id = second.get_attribute("data-movie-id")
    second.get_by_role("button", name="Not interested").click()
    expect(page.locator(f".ranked[data-movie-id='{hidden_id}']")).to_have_count(0)
    page.goto("/for-you/")
    assert hidden_id not in ids(page.locator(".ranked"))
    page.goto("/lists/")
    expect(page.locator(f"[data-movie-id='{hidden_id}']")).to_be_visible()


def tab_to(page: Page, target: Locator) -> None:
    """Go on from where the keyboard is until it is there, as someone without a pointer does."""
    element = target.element_handle()
    for _ in range(N_TABS):
        page.keyboard.press("Tab")
        if element.evaluate("one => one === document.activeElement"):
            return
    pytest.fail(f"{N_TABS} times Tab do not lead to {target}")


def test_the_whole_way_is_gone_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page(reduced_motion="reduce")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    pick = poster_of(page, "Horror")
    tab_to(page, page.locator(".pick[tabindex='0']"))  # the wall is one stop for Tab
    for _ in range(ids(page.locator(".pick")).index(pick.get_attribute("data-movie-id") or "")):
        page.keyboard.press("ArrowRight")
    expect(pick).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#your-ten h2")).to_have_text("Your ten")
    expect(pick).to_be_focused()
    tab_to(page, page.get_by_role("link", name="Sign up to keep your picks"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/signup/")
    for label, text in (("Username", "lovelace"), *((one, cast.PASSWORD) for one in PASSWORDS)):
        tab_to(page, page.get_by_label(label, exact=True))
        page.keyboard.type(text)
    tab_to(page, page.get_by_role("checkbox", name="Save my 1 pick to my account"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/for-you/")

    first, second = ids(page.locator(".ranked"))[:2]
    film = page.locator(f".ranked[data-movie-id='{first}']")
    tab_to(page, film.get_by_role("radio").first)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(film).to_have_count(0)
    assert Rating.objects.get(user__username="lovelace", movie_id=first).half_stars == 2
    unwanted = page.locator(f".ranked[data-movie-id='{second}']")
    tab_to(page, unwanted.get_by_role("button", name="Not interested"))
    page.keyboard.press("Enter")
    expect(unwanted).to_have_count(0)
    assert ListEntry.objects.filter(user__username="lovelace", movie_id=second).exists()


@pytest.mark.parametrize("has_script", [True, False])
def test_a_stranger_signs_up_without_the_picks(open_page: OpenPage, has_script: bool) -> None:
    page = open_page(java_script_enabled=has_script)
    poster_of(page, "Horror").click()
    expect(page.locator("#your-ten h2")).to_have_text("Your ten")
    sign_up(page, "lovelace", keep_picks=False)
    assert not Rating.objects.filter(user__username="lovelace").exists()
    page.goto("/")
    expect(page.locator(".pick[aria-pressed=true]")).to_have_count(0)


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_poster_is_picked_and_put_back_by_keyboard(open_page: OpenPage, key: str) -> None:
    page = open_page()
    popular = the_ten(page)
    pick = poster_of(page, "Comedy")
    pick.focus()
    page.keyboard.press(key)
    expect(page.locator("#your-ten h2")).to_have_text("Your ten")
    expect(pick).to_have_attribute("aria-pressed", "true")
    expect(pick).to_be_focused()
    name = pick.get_attribute("data-name")
    expect(page.locator("#announcer")).to_contain_text(f"Added {name}. New in your ten: ")
    page.keyboard.press(key)
    expect(page.locator("#your-ten h2")).to_have_text("Your ten appear here")
    expect(pick).to_have_attribute("aria-pressed", "false")
    assert len(the_ten(page)) == len(popular) == 10


def test_a_screen_reader_reads_the_wall_and_hears_what_a_pick_changes(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommendations.pages.home.N_POSTERS", 48)  # leave films for the ten
    page = open_page()
    wall = page.get_by_role("region", name="The wall")
    posters = wall.locator(".pick").and_(page.get_by_role("button"))
    assert posters.count() == page.locator(".pick[aria-pressed]").count() > 20
    expect(wall.get_by_role("button", pressed=True)).to_have_count(0)
    popular = page.get_by_role("complementary", name="Your ten appear here")
    expect(popular.locator(".ten__film")).to_have_count(10)
    shown_before = set(the_ten(page))
    pick = poster_of(page, "Comedy")
    name = pick.inner_text()
    wall.get_by_role("button", name=name, exact=True).press("Enter")
    own = page.get_by_role("complementary", name="Your ten", exact=True)
    expect(own.locator(".ten__film")).to_have_count(10)
    films: list[list[str]] = own.locator(".ten__film").evaluate_all(
        "all => all.map(one => [one.dataset.movieId, one.dataset.name])"
    )
    fresh = ", ".join(title for movie_id, title in films if movie_id not in shown_before)
    assert fresh
    title = pick.get_attribute("data-name")
    expect(page.locator("#announcer")).to_have_text(f"Added {title}. New in your ten: {fresh}.")
    expect(wall.get_by_role("button", pressed=True)).to_have_count(1)
    expect(pick).to_be_focused()


def test_quick_picks_all_count(open_page: OpenPage) -> None:
    page = open_page()
    picks = [poster_of(page, taste, position) for taste in TASTES for position in range(3)]
    handles = [pick.element_handle() for pick in picks]
    # At once: after an answer, films that were passed over give way to others.
    page.evaluate("picks => picks.forEach(pick => pick.click())", handles)
    expect(page.locator(".picks__count")).to_have_text("6 picked")
    page.reload()
    expect(page.locator(".pick[aria-pressed=true]")).to_have_count(6)


def test_picks_that_wait_in_the_queue_are_saved_when_the_page_is_left(
    open_page: OpenPage,
) -> None:
    page = open_page()
    held: list[Route] = []

    def hold(route: Route) -> None:  # a network that is slow
        held.append(route)

    page.route("**/opinion/", hold)
    for position in range(3):
        poster_of(page, TASTES[0], position).click()
    page.wait_for_function("document.querySelectorAll('.pick[aria-pressed=true]').length === 3")
    page.get_by_role("link", name="Browse", exact=True).click()
    assert len(held) == 1, "the others still wait"
    page.wait_for_url("**/movies/")
    lists = page.url.replace("/movies/", "/lists/")
    wait_until(lambda: page.goto(lists) and page.locator(".rated__film").count() == 3)


def test_a_pick_that_cannot_be_saved_is_not_shown_as_picked(open_page: OpenPage) -> None:
    page = open_page(expected=["403"])
    page.context.clear_cookies()  # the form's token is worthless now
    pick = poster_of(page, "Comedy")
    with page.expect_response(re.compile("/opinion/")) as answer:
        pick.click()
    assert answer.value.status == 403
    expect(pick).to_have_attribute("aria-pressed", "false")


def test_half_stars_are_given_by_click_or_by_arrows_and_enter_and_taken_back(
    open_page: OpenPage, site: Site
) -> None:
    page = open_page()
    log_in(page, "grace")
    film = page.locator(".ranked__title a").first
    film.click()
    widget = page.locator(".film .opinion")
    widget.locator(".stars__half").nth(6).click()
    expect(widget.get_by_role("button", name="Clear")).to_be_visible()
    rating = Rating.objects.get(user=site.staff)
    assert rating.half_stars == 7
    widget.get_by_role("radio", name="3½ stars").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    rating.refresh_from_db()
    assert rating.half_stars == 7, "arrows alone must not rate"
    with page.expect_response(re.compile("/rate/")):
        page.keyboard.press("Enter")
    rating.refresh_from_db()
    assert rating.half_stars == 9
    with page.expect_response(re.compile("/rate/")):
        widget.get_by_role("button", name="Clear").click()
    assert not Rating.objects.filter(user=site.staff).exists()


def test_a_search_answers_while_one_types_and_survives_going_back(open_page: OpenPage) -> None:
    page = open_page("/movies/")
    all_films = page.locator("#results .count").first.inner_text()
    page.get_by_label("Title").press_sequentially("ferris")
    expect(page.locator("#results .card")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"q=ferris"))
    page.locator("#results .card a").click()
    expect(page.locator("h1")).to_have_text("Ferris Bueller's Day Off")
    page.go_back()
    expect(page.locator("#results .card")).to_have_count(1)
    page.get_by_label("Title").fill("")
    expect(page.locator("#results .count").first).to_have_text(all_films)


def test_staff_see_every_run_and_others_do_not(open_page: OpenPage, site: Site) -> None:
    page = open_page()
    log_in(page, "grace")
    page.get_by_role("link", name="Runs").click()
    page.get_by_role("link", name=f"Run {site.run.pk}").first.click()
    expect(page.get_by_role("progressbar")).to_have_count(len(jobs.STAGES))
    expect(page.locator("h1")).to_contain_text("Live")
    assert User.objects.get(username="grace").is_staff
