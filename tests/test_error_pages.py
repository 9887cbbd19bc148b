"""Error pages lead on: with navigation and a search where there is a request, bare without one."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import path

from recsite import urls
from tests import cast

NAMES = ["400", "403", "403_csrf", "404", "405", "429", "500"]


def broken(_request):
    """Raise an error, as a view with a bug does."""
    raise ZeroDivisionError


class Broken:
    """The site's addresses, and one whose view has a bug."""

    urlpatterns = (*urls.urlpatterns, path("broken/", broken))
    handler404, handler500 = urls.handler404, urls.handler500


@pytest.mark.parametrize("name", NAMES)
def test_an_error_page_needs_nothing_and_leads_back_to_the_wall(name: str) -> None:
    page = render_to_string(f"{name}.html")
    assert re.search(rf">\s*{name[:3]}\s*</p>", page)
    assert page.count("<h1>") == 1
    assert 'href="/"' in page
    assert '<form class="finder"' not in page


def leads_on(page: str) -> bool:
    """Whether a page has the navigation, a search box of its own and one heading."""
    has_navigation = 'class="navigation"' in page and 'href="/movies/"' in page
    return has_navigation and 'id="find-instead"' in page and page.count("<h1>") == 1


@pytest.mark.django_db
class TestWithARequest:
    def test_not_found(self, client):
        answer = client.get("/nothing/here/")
        assert answer.status_code == 404
        page = answer.content.decode()
        assert leads_on(page)
        assert '<meta name="robots" content="noindex">' in page

    @pytest.mark.parametrize("address", ["/movies/{}/rate/", "/movies/{}/mark/", "/share/ten/"])
    def test_a_method_that_the_page_does_not_take(self, client, address: str):
        answer = client.get(address.format(cast.movie().pk))
        assert answer.status_code == 405
        assert answer["Allow"] == "POST"
        assert leads_on(answer.content.decode())

    def test_programs_get_no_page_for_a_method_that_is_not_there(self, client):
        answer = client.delete("/api/v1/movies/")
        assert answer.status_code == 405
        assert answer["Content-Type"] == "application/problem+json"

    def test_no_access(self, client):
        client.force_login(cast.member("ada"))
        answer = client.get("/operations/")
        assert answer.status_code == 403
        assert leads_on(answer.content.decode())
        assert "ada</a>" in answer.content.decode()

    @pytest.mark.parametrize("page", ["password_change", "password_change/done"])
    def test_admin_pages_for_the_password_have_the_links_of_the_others(self, client, page: str):
        client.force_login(cast.member("root", is_staff=True, is_superuser=True))
        text = client.get(f"/admin/{page}/").content.decode()
        assert 'href="/runs/"' in text
        assert 'href="/operations/"' in text
        assert 'class="theme-toggle"' not in text

    def test_log_in_by_other_sites_says_so_where_none_is_set_up(self, client):
        client.force_login(cast.member("ada"))
        text = client.get("/accounts/3rdparty/").content.decode()
        assert "is not set up here" in text
        assert "<h2" not in text

    def test_an_expired_form(self):
        answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "ada"})
        assert answer.status_code == 403
        assert leads_on(answer.content.decode())
        assert "This form has expired" in answer.content.decode()

    def test_too_many_pages(self, client, settings):
        settings.PAGE_RATE = "1/min"
        client.get("/terms/")
        answer = client.get("/terms/")
        assert answer.status_code == 429
        assert leads_on(answer.content.decode())

    def test_a_bug_is_told_without_session_or_database(
        self, client, settings, django_assert_num_queries
    ):
        settings.ROOT_URLCONF = Broken
        client.raise_request_exception = False
        with django_assert_num_queries(0):
            answer = client.get("/broken/")
        assert answer.status_code == 500
        assert '<form class="finder"' not in answer.content.decode()
        assert 'class="navigation"' not in answer.content.decode()
