"""Two people who ask for one name or address at once: the second is told, as a later one is."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts import services
from accounts.invitations import invitation_create
from accounts.models import User
from movies.models import Rating
from tests import cast
from tests.accounts.test_identity import ADDRESS, FORM, Issuer, issuer  # noqa: F401 # a fixture
from tests.waiting import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_valkey"),
]


def taken_meanwhile(username: str, request: Any) -> Any:
    """Make a member while ``request`` is between its look at the names and its write."""
    answers: list[Any] = []
    at_once(
        lambda: User.objects.create_user(username, password=cast.PASSWORD),
        lambda: answers.append(request()),
    )
    [answer] = answers
    return answer


@pytest.mark.parametrize("username", ["raceX", "RACEx"])
def test_a_program_that_signs_up_by_a_name_just_taken_is_told(username: str):
    body = json.dumps({"username": username, "password": cast.PASSWORD})
    path = "/_allauth/app/v1/auth/signup"
    answer = taken_meanwhile("raceX", lambda: Client().post(path, body, "application/json"))
    assert answer.status_code == 400, answer.content
    [error] = answer.json()["errors"]
    assert (error["code"], error["param"]) == ("username_taken", "username")
    assert User.objects.count() == 1


def test_a_person_who_signs_up_by_a_name_just_taken_is_told():
    page = taken_meanwhile("bob", lambda: Client().post(reverse("account_signup"), FORM))
    assert page.status_code == 200
    assert "username" in page.context["form"].errors
    assert User.objects.count() == 1


def test_a_member_who_changes_to_a_name_just_taken_is_told():
    client = Client()
    cast.logged_in(client, cast.member())
    path = reverse("accounts:profile")
    page = taken_meanwhile("bob", lambda: client.post(path, {"username": "bob"}))
    assert page.status_code == 200
    assert "username" in page.context["form"].errors


def test_of_two_people_who_verify_one_address_at_once_the_first_has_it(settings: Settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    first, second = (
        EmailAddress.objects.create(user=cast.member(name), email=ADDRESS, primary=True)
        for name in ("ada", "bob")
    )
    key = EmailConfirmationHMAC.create(second).key
    answers: list[Any] = []
    at_once(
        first.set_verified,
        lambda: answers.append(Client().post(reverse("account_confirm_email", args=[key]))),
    )
    assert [answer.status_code for answer in answers] == [302]
    assert EmailAddress.objects.get(verified=True) == first


SIGN_UPS = {
    "page": lambda name: Client().post(
        reverse("account_signup"), FORM | {"username": name, "email": ADDRESS}
    ),
    "program": lambda name: Client().post(
        "/_allauth/app/v1/auth/signup",
        json.dumps({"username": name, "password": cast.PASSWORD, "email": ADDRESS.upper()}),
        "application/json",
    ),
}


def both_sign_up(first: str, second: str) -> list[Any]:
    answers: list[Any] = []
    at_once(
        lambda: answers.append(SIGN_UPS[first]("ada")),
        lambda: answers.append(SIGN_UPS[second]("bob")),
    )
    return answers


@pytest.mark.parametrize("first", SIGN_UPS)
@pytest.mark.parametrize("second", SIGN_UPS)
class TestTwoSignUpsWithOneAddress:
    def test_one_account_is_made_and_nobody_is_told(self, first, second, settings: Settings):
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        one, other = both_sign_up(first, second)
        assert [user.username for user in User.objects.all()] == ["ada"]
        alone = SIGN_UPS[second]("cyd")
        assert other.status_code == alone.status_code
        if second == "program":
            assert other.json()["data"] == alone.json()["data"]
        else:
            assert other["Location"] == reverse("account_email_verification_sent")
        if first == second:
            assert one.status_code == other.status_code
        address = EmailAddress.objects.get()
        assert (address.user.username, address.verified) == ("ada", False)
        Client().post(
            reverse("account_confirm_email", args=[EmailConfirmationHMAC.create(address).key])
        )
        assert EmailAddress.objects.get().verified

    def test_where_no_e_mail_must_be_confirmed_the_second_is_told(self, first, second):
        _one, other = both_sign_up(first, second)
        assert [user.username for user in User.objects.all()] == ["ada"]
        if second == "program":
            assert other.json()["errors"][0]["code"] == "email_taken"
        else:
            assert "email" in other.context["form"].errors


def test_of_two_people_who_use_one_invitation_at_once_the_first_signs_up(settings: Settings):
    settings.SIGN_UP = "invited"
    _invitation, code = invitation_create(created_by=None)
    clients = [Client(), Client()]
    form = {"password1": cast.PASSWORD, "password2": cast.PASSWORD}
    for client in clients:
        client.get(reverse("accounts:invitation", args=[code]))

    def sign_up(client: Client, name: str) -> Any:
        sent = form | {"username": name, "email": f"{name}@example.org"}
        return client.post(reverse("account_signup"), sent)

    answers: list[Any] = []
    at_once(
        lambda: sign_up(clients[0], "ada"),
        lambda: answers.append(sign_up(clients[1], "bob")),
    )
    assert [user.username for user in User.objects.all()] == ["ada"]
    assert "closed" in answers[0].templates[0].name


def test_of_two_tokens_at_once_the_one_beyond_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(services, "MAX_TOKENS", 1)
    ada = cast.member()
    refused: list[Exception] = []

    def second() -> None:
        with pytest.raises(ValidationError) as error:
            services.token_create(user=ada, name="two", scopes=["read"])
        refused.append(error.value)

    at_once(lambda: services.token_create(user=ada, name="one", scopes=["read"]), second)
    assert len(refused) == 1
    assert ada.api_tokens.count() == 1


def test_a_token_that_is_made_while_all_are_revoked_is_revoked():
    ada = cast.member()
    at_once(
        lambda: services.token_create(user=ada, name="TV", scopes=["read"]),
        lambda: services.tokens_revoke_all(user=ada),
    )
    assert not services.tokens_usable(ada).exists()


def test_the_old_password_makes_no_token_after_a_reset():
    ada, logged_in_before = cast.member(), User.objects.get()

    def reset() -> None:
        ada.set_password("another one 1815")
        ada.save()
        services.tokens_revoke_all(user=ada)

    def make() -> None:
        with pytest.raises(ValidationError, match="password has changed"):
            services.token_create(user=logged_in_before, name="TV", scopes=["read"])

    at_once(reset, make)
    assert not services.tokens_usable(ada).exists()


class TestBySocialLogIn:
    def come_back(self, client: Client) -> Any:
        """Return what happens when the person comes back from the other site."""
        away = client.post("/accounts/oidc/oidc/login/")
        state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
        return lambda: client.get(
            "/accounts/oidc/oidc/login/callback/", {"code": "a-code", "state": state}
        )

    @pytest.mark.usefixtures("issuer")
    def test_somebody_whose_name_was_just_taken_gets_another_one(self):
        answer = taken_meanwhile("bob", self.come_back(Client()))
        assert answer.status_code == 302
        assert SocialAccount.objects.get().user.username != "bob"
        assert User.objects.count() == 2

    @pytest.mark.usefixtures("issuer")
    def test_somebody_whose_address_was_just_taken_gets_no_second_account(self):
        answers: list[Any] = []
        at_once(
            lambda: SIGN_UPS["page"]("ada"),
            lambda: answers.append(self.come_back(Client())()),
        )
        assert answers[0]["Location"] == reverse("socialaccount_signup")
        assert [user.username for user in User.objects.all()] == ["ada"]
        assert not SocialAccount.objects.exists()

    @pytest.mark.usefixtures("issuer")
    def test_who_comes_back_twice_at_once_is_let_into_the_one_account(self):
        one, other = Client(), Client()
        back, again = self.come_back(one), self.come_back(other)
        at_once(back, again)
        assert SocialAccount.objects.get().user == User.objects.get()
        for client in (one, other):
            assert client.session["_auth_user_id"] == str(User.objects.get().pk)

    def test_somebody_who_chooses_a_name_just_taken_is_told(self, issuer: Issuer, settings):  # noqa: F811
        settings.SOCIALACCOUNT_AUTO_SIGNUP = False
        client = Client()
        self.come_back(client)()
        path, form = reverse("socialaccount_signup"), {"username": "bob", "email": ADDRESS}
        page = taken_meanwhile("bob", lambda: client.post(path, form))
        assert page.status_code == 200
        assert "username" in page.context["form"].errors
        assert client.post(path, form | {"username": "rob"}).status_code == 302
        assert SocialAccount.objects.get().user.username == "rob"


def test_an_account_is_deleted_while_its_owner_rates():
    ada, heat = cast.member(), cast.movie("Heat")
    cast.rated(ada, (heat, 3))
    at_once(
        lambda: services.member_lock(user=ada),
        lambda: services.account_delete(user=ada, password=cast.PASSWORD),
        lambda: Rating.objects.filter(movie=heat).update(half_stars=9),
    )
    assert not User.objects.exists()
    assert not Rating.objects.exists()
