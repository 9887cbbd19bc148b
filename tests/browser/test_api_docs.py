"""The reference of the API in a browser: read, and tried from the page alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import ApiToken
from accounts.services import token_create
from movies.models import Movie
from tests.browser.conftest import Site, log_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_operation_is_found_read_and_tried(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page("/api/docs/")
    page.get_by_role("link", name="Films like a film").click()
    film = Movie.objects.earliest("pk")
    page.get_by_label("movie_id").fill(str(film.pk))
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".try__status")).to_contain_text("200 OK")
    expect(page.locator(".try__answer")).to_contain_text('"results": [')


def test_lists_go_as_several_parameters_and_mistakes_come_back_in_words(
    open_page: Callable[..., Page], site: Site
) -> None:
    page = open_page("/api/docs/recommendations_retrieve/", expected=["400"])
    log_in(page, "grace")
    page.goto("/api/docs/recommendations_retrieve/")
    page.get_by_label("genres query", exact=False).last.fill("Comedy, Horror")
    page.get_by_label("k query").fill("0")
    with page.expect_request("**/api/v1/recommendations/**") as sent:
        page.get_by_role("button", name="Send").click()
    assert "genres=Comedy&genres=Horror" in sent.value.url
    expect(page.locator(".try__status")).to_contain_text("400")
    expect(page.locator(".try__answer")).to_contain_text("greater than or equal to 1")


def test_a_member_changes_what_is_theirs_by_the_session(
    open_page: Callable[..., Page], site: Site
) -> None:
    page = open_page("/api/docs/")
    log_in(page, "grace")
    page.goto("/api/docs/tokens_create/")
    page.get_by_label("Body, as JSON").fill('{"name": "TV", "scopes": ["read"]}')
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".try__status")).to_contain_text("201")
    expect(page.locator(".try__answer")).to_contain_text("mq_")


def test_a_token_counts_instead_of_the_session(open_page: Callable[..., Page], site: Site) -> None:
    _token, secret = token_create(user=site.staff, name="TV", scopes=[ApiToken.Scope.READ])
    page = open_page("/api/docs/ratings_delete/", expected=["403"])
    log_in(page, "grace")
    page.goto("/api/docs/ratings_delete/")
    page.get_by_label("movie_id").fill("1")
    page.get_by_label("Token").fill(secret)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".try__answer")).to_contain_text("lacks the scope rate")
