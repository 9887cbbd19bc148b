from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, log_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_operation_is_read_and_tried_in_the_page_alone(
    open_page: Callable[..., Page], site: Site, scheme: str
) -> None:
    page = open_page("/api/docs/", color_scheme=scheme)
    operation = page.locator("#operations-films-genres_list")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table .response").first
    expect(answer.locator(".response-col_status")).to_contain_text("200")
    expect(answer).to_contain_text("Comedy")
    is_dark = page.evaluate("document.documentElement.classList.contains('dark-mode')")
    assert is_dark is (scheme == "dark")


def test_a_member_changes_what_is_theirs_by_the_session(
    open_page: Callable[..., Page], site: Site
) -> None:
    page = open_page("/api/docs/")
    log_in(page, "grace")
    page.goto("/api/docs/")
    operation = page.locator("#operations-tokens-tokens_create")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("textarea").fill('{"name": "TV", "scopes": ["read"]}')
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table .response").first
    expect(answer.locator(".response-col_status")).to_contain_text("201")
    expect(answer).to_contain_text("mq_")
