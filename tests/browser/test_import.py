"""From the home page with a Letterboxd zip to a new ten, in a real browser with a real worker."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from movies.models import ListEntry, Movie, PersonalImport, Rating
from tests import cast
from tests.browser.conftest import NARROW, Site
from tests.movies.importers.personal import exports

OpenPage = Callable[..., Page]

WORDS_ARE_WHOLE = """cells => cells.map(cell => {
    const text = cell.firstChild, range = document.createRange();
    return [...(text ? text.data : "").matchAll(/\\S+/g)].every(word => {
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        return range.getClientRects().length === 1;
    });
})"""
"""Whether each word of a cell is in one line."""

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
    expect(page.get_by_text("not in the catalogue")).to_be_visible()
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
@pytest.mark.parametrize("width", [400, 1280])
def test_a_film_that_was_not_found_is_searched_and_chosen_in_its_row(
    open_page: OpenPage, letterboxd: Path, scheme: str, width: int, tmp_path: Path
) -> None:
    cast.member("ada")
    viewport = {"width": width, "height": 900}
    page = _imports_of_ada(open_page, viewport=viewport, color_scheme=scheme)
    page.locator("#import-file").set_input_files(letterboxd)
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Find it here Unheard Of").click()
    search = page.get_by_role("searchbox", name="Title")
    expect(search).to_be_focused()
    film = Movie.objects.filter(genres__name="Horror").order_by("pk")[8]
    search.fill(film.title)
    search.press("Enter")
    found = page.locator("button.import__film")
    expect(found.filter(has_text=str(film))).to_be_visible()
    page.screenshot(path=tmp_path / f"search-{width}-{scheme}.png", full_page=True)
    _fits(page)
    found.filter(has_text=str(film)).click()
    row = page.locator(".import__row")
    expect(row).to_contain_text("Chosen by you")
    expect(page.locator("#import-facts")).to_contain_text("Chosen by you")
    expect(row.get_by_role("button", name="Not this film")).to_be_focused()
    page.screenshot(path=tmp_path / f"chosen-{width}-{scheme}.png", full_page=True)
    _fits(page)
    page.reload()
    expect(row).to_contain_text(str(film))
    row.get_by_role("button", name="Not this film").click()
    expect(row.get_by_role("button", name="Find it here")).to_be_focused()


@pytest.mark.parametrize("width", [400, 1280])
def test_a_film_is_looked_for_on_a_page_of_its_own_and_ticks_stay(
    open_page: OpenPage, site: Site, width: int, tmp_path: Path
) -> None:
    cast.member("ada")
    page = _imports_of_ada(open_page, viewport={"width": width, "height": 900})
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    films = list(Movie.objects.filter(genres__name="Horror").order_by("pk")[:3])
    rows = [f'2020-05-01,"{film.title}",{film.year + 1},u,5' for film in films[:2] if film.year]
    file = tmp_path / "ratings.csv"
    file.write_text(exports.RATINGS + "\n".join(rows))
    page.locator("#import-file").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    first, second = page.get_by_role("checkbox").all()
    first.uncheck()
    page.screenshot(path=tmp_path / f"likely-{width}.png", full_page=True)
    _fits(page)
    page.get_by_role("button", name="Another film").nth(1).click()
    page.wait_for_url("**/rows/*/")
    page.get_by_role("link", name="Back to the import").click()
    expect(first).not_to_be_checked()
    expect(second).to_be_checked()
    page.get_by_role("button", name="Another film").nth(1).click()
    search = page.get_by_role("searchbox", name="Title")
    search.fill(films[2].title)
    search.press("Enter")
    page.screenshot(path=tmp_path / f"row-{width}.png", full_page=True)
    _fits(page)
    page.locator("button.import__film").filter(has_text=str(films[2])).click()
    expect(page.locator(".import__row")).to_contain_text("Chosen by you")
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    assert "/rows/" not in page.url
    assert not [text for text in problems if "htmx" in text]


@pytest.mark.parametrize("has_scripts", [True, False])
def test_enter_on_a_tick_imports_and_the_language_keeps_ticks(
    open_page: OpenPage, site: Site, has_scripts: bool, tmp_path: Path
) -> None:
    ada = cast.member("ada")
    page = _imports_of_ada(open_page, java_script_enabled=has_scripts)
    films = [film for film in Movie.objects.filter(genres__name="Horror") if film.year][:2]
    file = tmp_path / "ratings.csv"
    rows = [f'2020-05-01,"{film.title}",{film.year + 1},u,5' for film in films if film.year]
    file.write_text(exports.RATINGS + "\n".join(rows))
    page.locator("#import-file").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    first, second = page.get_by_role("checkbox").all()
    first.uncheck()
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_text("Meinen Sie diese Filme?")).to_be_visible()
    expect(first).not_to_be_checked()
    expect(second).to_be_checked()
    second.press("Enter")
    page.wait_for_url(f"**/import/{ada.personal_imports.get().pk}/")
    assert ada.personal_imports.get().status == PersonalImport.Status.QUEUED


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_telephone(
    open_page: OpenPage, letterboxd: Path, scheme: str, tmp_path: Path
) -> None:
    cast.member("ada")
    page = _imports_of_ada(open_page, viewport=NARROW, color_scheme=scheme)
    _fits(page)
    table = tmp_path / "filme.csv"
    table.write_text("Titel;Jahr;Note;Kommentar\nAlien;1979;4;" + "lang " * 30 + "\n")
    old = tmp_path / "ratings.csv"
    old.write_bytes(f"{exports.RATINGS}2020-01-01,\u015awiat,1979,u,4\n".encode("cp1250"))
    for file in (letterboxd, table, old):
        page.goto("/import/")
        page.locator("#import-file").set_input_files(file)
        page.get_by_role("button", name="Check the file").click()
        page.wait_for_url("**/import/*/")
        _fits(page)
    page.get_by_text("Are letters wrong?").click()
    expect(page.get_by_role("button", name="Read it again")).to_be_visible()
    page.screenshot(path=tmp_path / f"encoding-{scheme}.png", full_page=True)
    _fits(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.screenshot(path=tmp_path / f"encoding-wide-{scheme}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_short_values_stay_whole_and_a_wide_table_scrolls_in_its_box(
    open_page: OpenPage, scheme: str, tmp_path: Path
) -> None:
    cast.member("ada")
    page = _imports_of_ada(open_page, color_scheme=scheme)
    table = tmp_path / "filme.csv"
    names = ["", "Title", "Director", "Year", "Note", "Note", "Seen on", "Comment"]
    cells = ["0", "Alien", "Ridley Scott", "1979", "200/1", "not/e", "03/04/2020", "Nostromo " * 9]
    table.write_text(";".join(names) + "\n" + ";".join(cells) + "\n")
    page.locator("#import-file").set_input_files(table)
    page.get_by_role("button", name="Check the file").click()
    page.wait_for_url("**/import/*/")
    for width in (1280, 400):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=tmp_path / f"questions-{width}-{scheme}.png", full_page=True)
        _fits(page)
        heights = page.locator("#import tbody td").evaluate_all(
            "cells => cells.map(one => one.getClientRects()[0].height)"
        )
        assert max(heights) < 60, "one line each"
        heads = page.locator("#import thead th").evaluate_all(WORDS_ARE_WHOLE)
        assert all(heads)
    box = page.locator("#import .scroll")
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 400, 1280])
def test_no_column_of_the_imports_is_cut(
    open_page: OpenPage, scheme: str, width: int, tmp_path: Path
) -> None:
    ada = cast.member("ada")
    for name in ("ratings.csv", "letterboxd-somebody-with-a-long-name-2026-05-06-10-22-utc.zip"):
        PersonalImport.objects.create(user=ada, file_name=name, source="movielens", status="done")
    viewport = {"width": width, "height": 800}
    page = _imports_of_ada(open_page, viewport=viewport, color_scheme=scheme)
    _fits(page)
    page.screenshot(path=tmp_path / f"imports-{width}-{scheme}.png", full_page=True)
    box = page.locator(".scroll")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    heads = page.locator(".table thead th").evaluate_all(WORDS_ARE_WHOLE)
    assert all(heads)


def _imports_of_ada(open_page: OpenPage, **options: Any) -> Page:
    """Log the member in and return the page of the imports."""
    page = open_page("/accounts/login/?next=/import/", **options)
    page.get_by_label("Username or email").fill("ada")
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/import/")
    return page


def _fits(page: Page) -> None:
    wide = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    assert not wide, page.url
