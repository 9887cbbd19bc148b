"""The interactive reference in a browser: read, and tried from the page alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_operation_is_found_read_and_tried(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page("/api/docs/")
    operation = page.locator("#operations-films-genres_list")
    operation.locator("button.opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table .response-col_status").last
    expect(answer).to_contain_text("200")
    expect(operation.locator(".live-responses-table")).to_contain_text("n_movies")
