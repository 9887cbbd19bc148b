"""Wrong fields are told to everybody: in the title, by the focus and by colour."""

import re
from pathlib import Path

import pytest
from django.core.cache import cache

from tests import cast

pytestmark = pytest.mark.django_db
SIGN_UP = {"username": "ada", "password1": cast.PASSWORD, "password2": cast.PASSWORD}


@pytest.fixture(autouse=True)
def _no_attempts_counted_yet(servers):
    cache.clear()


def focused(page):
    """Names of the fields that ask for the focus."""
    return [
        re.search(r'name="([^"]+)"', field)[1]
        for field in re.findall(r"<(?:input|select|textarea)[^>]*>", page)
        if re.search(r"\sautofocus\b", field)
    ]


def title(page):
    """Return the title without the space around it."""
    return " ".join(re.search(r"<title>(.*?)</title>", page, re.DOTALL)[1].split())


def test_the_first_wrong_field_has_the_focus_and_the_title_says_error(client):
    page = client.post("/accounts/signup/", SIGN_UP | {"password2": "other"}).content.decode()
    assert focused(page) == ["password2"]
    assert title(page).startswith("Error: Sign up")
    assert re.search(r'<input[^>]*name="password2"[^>]*aria-invalid="true"', page)


def test_of_several_wrong_fields_only_the_first_has_it(client):
    wrong = {"username": "", "email": "no address", "password1": "", "password2": ""}
    page = client.post("/accounts/signup/", wrong).content.decode()
    assert focused(page) == ["username"]


def test_fields_that_are_wrong_together_are_all_red_and_the_first_has_the_focus(client):
    page = client.post("/accounts/login/", {"login": "ada", "password": "wrong"}).content.decode()
    assert title(page).startswith("Error:")
    assert focused(page) == ["login"]
    assert page.index('class="form__errors"') < page.index('class="field')


def test_a_page_without_mistakes_has_no_error_in_its_title(client):
    page = client.get("/accounts/signup/").content.decode()
    assert title(page).startswith("Sign up")


def test_other_forms_say_it_too(client):
    client.force_login(cast.member())
    page = client.post("/accounts/delete/", {"password": "wrong"}).content.decode()
    assert title(page).startswith("Error:")
    assert focused(page) == ["password"]


def test_the_red_border_is_stronger_than_the_plain_one():
    """Both selectors weigh (0,2,1), and the later one wins."""
    sheet = (Path(__file__).parents[2] / "static" / "css" / "components.css").read_text()
    plain = sheet.index('.field input:not([type="checkbox"], [type="radio"])')
    assert plain < sheet.index(".field.field--wrong :is(input, select, textarea)")


class TestWelcome:
    def test_who_signs_up_without_picks_is_welcomed_at_the_wall(self, client):
        cast.movie()
        answer = client.post("/accounts/signup/", SIGN_UP, follow=True)
        assert answer.redirect_chain[-1][0] == "/"
        page = answer.content.decode()
        assert "Welcome, ada. Pick five films you love." in page
        assert "You are logged in as" not in page

    def test_who_has_picked_is_led_to_the_films_for_them(self, client):
        film = cast.movie()
        client.post(f"/movies/{film.pk}/rate/", {"stars": "5"})
        answer = client.post("/accounts/signup/", SIGN_UP, follow=True)
        assert answer.redirect_chain[-1][0] == "/for-you/"
        assert "Welcome, ada" not in answer.content.decode()

    def test_logging_in_says_so(self, client):
        cast.member()
        answer = client.post(
            "/accounts/login/", {"login": "ada", "password": cast.PASSWORD}, follow=True
        )
        assert "You are logged in as ada." in answer.content.decode()

    def test_strangers_are_asked_to_log_in(self, client):
        assert client.get("/welcome/")["Location"].startswith("/accounts/login/")
