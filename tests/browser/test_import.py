"""From the home page with a Letterboxd zip to a new ten, in a real browser with a real worker."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from movies.models import ListEntry, Movie, Rating
from tests import cast
from tests.browser.conftest import NARROW, Site
from tests.movies.importers.personal import exports

OpenPage = Callable[..., Page]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def letterboxd(site: Site, tmp_path: Path) -> Path:
    """Return an export about films of the catalogue: seven horror films loved, one to see later."""
    horror = list(Movie.objects.filter(genres__name="Horror").order_by("pk")[:8])
    uri = "https://boxd.it/x"
    ratings = [
        f'2020-05-0{n + 1},"{film.title}",{film.year},{uri},5' for n, film in enumerate(horror[:7])
    ]
    later = f'2022-01-01,"{horror[7].title}",{horror[7].year},{uri}'
    files = {
        "ratings.csv": exports.RATINGS
        + "\n".join([*ratings, f"2020-06-01,Unheard Of,1931,{uri},3"]),
        "watchlist.csv": exports.PLAIN + later,
    }
    return exports.write_zip(tmp_path / "letterboxd-ada-utc.zip", files)


def test_a_letterboxd_zip_leads_from_the_home_page_to_a_new_ten(
    open_page: OpenPage, letterboxd: Path, celery_worker: object
) -> None:
    page = open_page()
    page.get_by_role("link", name="bring your ratings").click()
    page.get_by_role("link", name="Sign up and bring a file").click()
    page.get_by_label("Username").fill("ada")
    for field in ("Password", "Password (again)"):
        page.get_by_label(field, exact=True).fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/import/")
    page.locator("#import-file").set_input_files(letterboxd)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Letterboxd ·")).to_be_visible()
    expect(page.get_by_role("cell", name="not in the catalogue")).to_be_visible()
    assert not Rating.objects.filter(user__username="ada").exists()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("7 ratings added")).to_be_visible()
    assert Rating.objects.filter(user__username="ada", rated_at__year=2020).count() == 7
    assert ListEntry.objects.filter(user__username="ada", kind="watch_later").count() == 1
    page.get_by_role("link", name="See your new ten").click()
    page.wait_for_url("**/for-you/")
    expect(page.locator(".ranked")).to_have_count(10)
    expect(page.locator(".ranked__why").first).to_contain_text("Because")
    page.go_back()
    page.get_by_role("button", name="Undo this import").click()
    expect(page.get_by_text("Everything is as it was before")).to_be_visible()
    assert not Rating.objects.filter(user__username="ada").exists()
    assert not ListEntry.objects.exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_telephone(
    open_page: OpenPage, letterboxd: Path, scheme: str, tmp_path: Path
) -> None:
    cast.member("ada")
    page = open_page("/accounts/login/?next=/import/", viewport=NARROW, color_scheme=scheme)
    page.get_by_label("Username or email").fill("ada")
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/import/")
    _fits(page)
    table = tmp_path / "filme.csv"
    table.write_text("Titel;Jahr;Note;Kommentar\nAlien;1979;4;" + "lang " * 30 + "\n")
    for file in (letterboxd, table):
        page.goto("/import/")
        page.locator("#import-file").set_input_files(file)
        page.get_by_role("button", name="Check the file").click()
        page.wait_for_url("**/import/*/")
        _fits(page)


def _fits(page: Page) -> None:
    wide = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    assert not wide, page.url
