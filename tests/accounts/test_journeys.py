"""What people do with their account, form by form."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.messages import get_messages
from django.core import mail
from django.core.cache import cache

from accounts.models import User
from movies.visitors import Member
from tests import cast

pytestmark = pytest.mark.django_db

SIGN_UP = {"username": "ada", "password1": cast.PASSWORD, "password2": cast.PASSWORD}
LOG_IN = {"login": "ada", "password": cast.PASSWORD}


@pytest.fixture(autouse=True)
def _no_attempts_counted_yet(servers):
    cache.clear()


def is_logged_in(client) -> bool:
    return "_auth_user_id" in client.session


def link_in_mail() -> str:
    [link] = re.findall(r"http://testserver(\S+)", str(mail.outbox[-1].body))
    return str(link)


class TestSignUp:
    url = "/accounts/signup/"

    def test_a_name_and_a_password_make_a_member_who_is_logged_in(self, client):
        response = client.post(self.url, SIGN_UP)
        assert response["Location"] == "/welcome/"
        assert is_logged_in(client)
        ada = User.objects.get()
        assert (ada.username, ada.email, ada.is_rater) == ("ada", "", False)

    def test_the_form_says_what_one_agrees_to_and_leads_there(self, client):
        page = client.get(self.url).content.decode()
        assert "By signing up you accept the" in page
        for address in ("/terms/", "/privacy/"):
            assert f'<a href="{address}">' in page.split("By signing up you accept the")[1]
            assert client.get(address).status_code == 200

    def test_an_address_is_welcome_but_not_needed(self, client):
        client.post(self.url, SIGN_UP | {"email": "ada@example.org"})
        assert User.objects.get().email == "ada@example.org"
        assert "ada@example.org" in mail.outbox[-1].to

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("username", ""),
            ("username", "ADA"),
            ("username", "ml-test:1"),
            ("password1", "12345"),
            ("password2", "something else"),
            ("email", "no address"),
        ],
    )
    def test_a_mistake_is_named_and_makes_nobody(self, client, field, value):
        cast.member("ada")
        form = SIGN_UP | {"username": "bob"} | {field: value}
        response = client.post(self.url, form)
        assert response.status_code == 200
        assert response.context["form"].errors
        assert User.objects.count() == 1

    def test_picks_made_before_become_ratings(self, client):
        heat, alien = cast.movie("Heat"), cast.movie("Alien", 1979)
        client.post(f"/movies/{heat.pk}/rate/", {"stars": "4.5"})
        client.post(f"/movies/{alien.pk}/mark/", {"kind": "not_interested", "on": "1"})
        response = client.post(self.url, SIGN_UP)
        member = Member(User.objects.get())
        assert member.ratings() == {heat.pk: 9}
        assert member.excluded() == {alien.pk}
        assert "Your 1 pick is saved." in map(str, get_messages(response.wsgi_request))
        assert "ratings" not in client.session
        heat.refresh_from_db()
        assert heat.n_ratings == 1

    def test_an_address_that_is_taken_makes_no_second_member_of_it(self, client):
        cast.member("bob", email="ada@example.org")
        client.post(self.url, SIGN_UP | {"email": "ada@example.org"})
        assert not User.objects.filter(username="ada").exists()


class TestLogIn:
    url = "/accounts/login/"

    @pytest.mark.parametrize("login", ["ada", "ada@example.org"])
    def test_one_logs_in_by_name_or_address(self, client, login):
        cast.member("ada", email="ada@example.org")
        response = client.post(self.url, LOG_IN | {"login": login})
        assert response["Location"] == "/for-you/"
        assert is_logged_in(client)

    def test_one_comes_to_the_page_one_wanted(self, client):
        cast.member()
        wanted = client.get("/accounts/profile/")["Location"]
        assert client.post(wanted, LOG_IN)["Location"] == "/accounts/profile/"

    def test_a_wrong_password_lets_nobody_in(self, client):
        cast.member()
        response = client.post(self.url, LOG_IN | {"password": "wrong"})
        assert response.context["form"].errors
        assert not is_logged_in(client)

    def test_picks_never_overwrite_a_members_ratings(self, client):
        ada, heat, alien = cast.member(), cast.movie("Heat"), cast.movie("Alien", 1979)
        cast.rated(ada, (heat, 1))
        for film in (heat, alien):
            client.post(f"/movies/{film.pk}/rate/", {"stars": "5"})
        client.post(self.url, LOG_IN)
        assert Member(ada).ratings() == {heat.pk: 2, alien.pk: 10}

    def test_guessing_passwords_is_stopped(self, client):
        cast.member()
        wrong = LOG_IN | {"password": "wrong"}
        for _ in range(5):
            client.post(self.url, wrong)
        assert "Too many attempts" in client.post(self.url, LOG_IN).content.decode()
        assert not is_logged_in(client)

    def test_logging_out_needs_a_click_and_forgets_the_session(self, client):
        client.force_login(cast.member())
        client.get("/accounts/logout/")
        assert is_logged_in(client)
        assert client.post("/accounts/logout/")["Location"] == "/"
        assert not is_logged_in(client)


class TestRaters:
    """People imported from a data set are nobody's account."""

    def test_a_rater_cannot_log_in(self, client):
        rater = cast.rater()
        for password in ("", rater.password, "!"):
            form = {"login": rater.username, "password": password}
            client.post("/accounts/login/", form)
            assert not is_logged_in(client)

    def test_a_rater_cannot_log_in_even_with_a_password(self, client):
        rater = cast.rater()
        rater.set_password(cast.PASSWORD)
        rater.save()
        client.post("/accounts/login/", {"login": rater.username, "password": cast.PASSWORD})
        assert not is_logged_in(client)

    def test_a_rater_gets_no_reset_link(self, client):
        rater = cast.rater()
        rater.email = "rater@example.org"
        rater.save()
        client.post("/accounts/password/reset/", {"email": "rater@example.org"})
        assert not any("/accounts/password/reset/key/" in mail.body for mail in mail.outbox)


class TestPassword:
    def test_a_forgotten_password_is_reset_by_mail(self, client):
        ada = cast.member("ada", email="ada@example.org")
        client.post("/accounts/password/reset/", {"email": "ada@example.org"})
        form_url = client.get(link_in_mail())["Location"]
        new = {"password1": "a brand new secret", "password2": "a brand new secret"}
        assert client.post(form_url, new).status_code == 302
        ada.refresh_from_db()
        assert ada.check_password("a brand new secret")

    def test_an_unknown_address_is_answered_the_same_and_gets_no_link(self, client):
        cast.member("ada", email="ada@example.org")
        answers = [
            client.post("/accounts/password/reset/", {"email": address}).headers.get("Location")
            for address in ("ada@example.org", "nobody@example.org")
        ]
        assert answers[0] == answers[1] is not None
        assert "/accounts/password/reset/key/" not in mail.outbox[-1].body

    def test_a_link_works_once(self, client):
        cast.member("ada", email="ada@example.org")
        client.post("/accounts/password/reset/", {"email": "ada@example.org"})
        link = link_in_mail()
        new = {"password1": "a brand new secret", "password2": "a brand new secret"}
        client.post(client.get(link)["Location"], new)
        assert client.get(link).context["token_fail"] is True

    def test_a_member_changes_the_password_and_stays_logged_in(self, client):
        ada = cast.member()
        client.force_login(ada)
        new = {"password1": "a brand new secret", "password2": "a brand new secret"}
        wrong = client.post("/accounts/password/change/", new | {"oldpassword": "wrong"})
        assert wrong.context["form"].errors
        client.post("/accounts/password/change/", new | {"oldpassword": cast.PASSWORD})
        ada.refresh_from_db()
        assert ada.check_password("a brand new secret")
        assert client.get("/accounts/profile/").status_code == 200

    def test_a_member_adds_an_address_and_confirms_it(self, client):
        ada = cast.member()
        client.force_login(ada)
        client.post("/accounts/email/", {"action_add": "", "email": "ada@example.org"})
        client.post(link_in_mail())
        address = EmailAddress.objects.get(user=ada)
        assert (address.email, address.verified) == ("ada@example.org", True)


@pytest.mark.parametrize(
    "page",
    ["signup", "login", "password/reset", "password/reset/done", "password/reset/key/done"],
)
def test_every_page_for_strangers_is_there(client, page):
    assert client.get(f"/accounts/{page}/").status_code == 200


@pytest.mark.parametrize("page", ["email", "password/change", "logout", "profile", "delete"])
def test_every_page_for_members_is_there_for_them_alone(client, page):
    assert client.get(f"/accounts/{page}/").status_code == 302
    client.force_login(cast.member())
    assert client.get(f"/accounts/{page}/").status_code == 200


def test_people_sign_up_log_in_and_rate_while_the_cache_is_down(client, settings):
    dead = settings.CACHES["default"] | {"LOCATION": "unix:///nowhere/valkey.sock?db=0"}
    settings.CACHES = {"default": dead}
    cache.set("key", "value")
    assert cache.get("key") is None
    heat = cast.movie("Heat")
    client.post("/accounts/signup/", SIGN_UP)
    client.post("/accounts/logout/")
    client.post("/accounts/login/", LOG_IN)
    client.post(f"/movies/{heat.pk}/rate/", {"stars": "4"})
    assert Member(User.objects.get()).ratings() == {heat.pk: 8}
    assert client.get("/api/v1/movies/").status_code == 200
