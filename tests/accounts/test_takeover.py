"""Nobody keeps access to an account that somebody else has taken back."""

import json
import re

import pytest
from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Token as OAuthToken
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, User
from accounts.names import username_check
from accounts.oauth import client_create
from accounts.services import token_create
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_valkey")]

NEW = "another long password 7"


def test_a_password_reset_revokes_every_token(client):
    ada = cast.member(email="ada@example.org")
    EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
    _token, secret = token_create(user=ada, name="old", scopes=["read"])
    client.post(reverse("account_reset_password"), {"email": ada.email})
    link = re.search(r"http://\S+", str(mail.outbox[-1].body))[0]
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert User.objects.get().check_password(NEW)
    answer = client.get("/api/v1/export/", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


def test_a_changed_password_revokes_every_token_and_says_so(client):
    ada = cast.member()
    client.force_login(ada)
    token_create(user=ada, name="TV", scopes=["read"])
    form = {"oldpassword": cast.PASSWORD, "password1": NEW, "password2": NEW}
    page = client.post(reverse("account_change_password"), form, follow=True)
    assert "Your API tokens ended with the old password" in page.content.decode()
    assert not ApiToken.objects.get().is_usable


def test_a_token_is_made_only_after_the_password_was_given_again(client):
    client.force_login(cast.member())
    form = {"name": "TV", "scopes": ["read"], "days": "30"}
    answer = client.post(reverse("accounts:tokens"), form)
    assert answer.url.startswith(reverse("account_reauthenticate"))
    api = client.post("/api/v1/tokens/", {"name": "TV", "scopes": ["read"]}, "application/json")
    assert api.status_code == 403
    assert not ApiToken.objects.exists()
    client.post(reverse("account_reauthenticate"), {"password": cast.PASSWORD})
    client.post(reverse("accounts:tokens"), form)
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize("name", ["auditm\u0430il", "victim@example.com", "\uff41da"])
def test_names_that_look_like_others_are_refused(name):
    with pytest.raises(ValidationError):
        username_check(name)


@pytest.mark.parametrize(
    "name", ["ada.lovelace", "J\u00fcrgen_7", "\u041d\u0438\u043d\u0430", "\u9ed2\u6fa4"]
)
def test_names_of_one_alphabet_are_taken(name):
    username_check(name)


def test_a_name_differs_from_others_by_more_than_case(client):
    cast.member("ada")
    client.force_login(cast.member("bob"))
    page = client.post(reverse("accounts:profile"), {"username": "ADA"})
    assert "Somebody goes by this name already" in page.content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("Ada")


def test_the_case_of_ones_own_name_may_change(client):
    client.force_login(cast.member("bob"))
    client.post(reverse("accounts:profile"), {"username": "Bob"})
    assert User.objects.get().username == "Bob"


VICTIM = "victim@example.org"


def reset_by_mail(address: str) -> bool:
    """Reset a password by the link that an e-mail to ``address`` has; tell whether it has one."""
    mail.outbox.clear()
    Client().post(reverse("account_reset_password"), {"email": address})
    link = re.search(r"http://\S+/reset/\S+", str(mail.outbox[-1].body))
    if link is None:
        return False
    client = Client()
    form = client.get(link[0], follow=True)
    client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    return True


class TestWhoSignsUpWithSomebodyElsesAddress:
    """The site lets people in whose address is not confirmed (``optional``)."""

    def sign_up(self) -> str:
        body = {"username": "mallory", "password": cast.PASSWORD, "email": VICTIM}
        answer = Client().post("/_allauth/app/v1/auth/signup", json.dumps(body), "application/json")
        return str(answer.json()["meta"]["session_token"])

    def test_loses_every_way_in_once_the_owner_resets_the_password(self):
        session = self.sign_up()
        mallory = User.objects.get()
        program = client_create(name="TV", redirect_uris=[])
        OAuthToken.objects.create(
            user=mallory, client=program, type=OAuthToken.Type.REFRESH_TOKEN, hash="x"
        )
        TOTP.activate(mallory, "A" * 32)
        SocialAccount.objects.create(user=mallory, provider="oidc", uid="mallory")
        EmailAddress.objects.create(user=mallory, email="mallory@example.org")
        _token, secret = token_create(user=mallory, name="old", scopes=["read"])
        assert reset_by_mail(VICTIM)
        for model in (OAuthToken, Authenticator, SocialAccount):
            assert not model.objects.filter(user=mallory).exists(), model
        address = EmailAddress.objects.get()
        assert (address.email, address.verified) == (VICTIM, True)
        for headers in ({"X-Session-Token": session}, {"Authorization": f"Bearer {secret}"}):
            assert Client().get("/api/v1/ratings/", headers=headers).status_code == 401


class TestWhoAddsSomebodyElsesAddressToAnAccount:
    @pytest.fixture
    def mallory(self) -> User:
        mallory = cast.member("mallory", email="mallory@example.org")
        EmailAddress.objects.create(user=mallory, email=mallory.email, verified=True, primary=True)
        EmailAddress.objects.create(user=mallory, email=VICTIM)
        return mallory

    def test_does_not_make_the_owner_use_that_account(self, mallory: User):
        assert not reset_by_mail(VICTIM)
        mallory.refresh_from_db()
        assert mallory.check_password(cast.PASSWORD)

    def test_keeps_nobody_from_signing_up_with_it(self, mallory: User, settings):
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        form = {"password1": cast.PASSWORD, "password2": cast.PASSWORD, "email": VICTIM}
        form |= {"username": "victim"}
        Client().post(reverse("account_signup"), form)
        assert "already" in str(mail.outbox[-1].body)  # and names the page of the reset
        reset_by_mail(VICTIM)
        assert "signup" in str(mail.outbox[-1].body)
        Client().post(reverse("account_signup"), form)
        assert EmailAddress.objects.get(email=VICTIM).user.username == "victim"

    def test_a_confirmed_address_beside_others_still_resets(self, mallory: User):
        EmailAddress.objects.filter(email=VICTIM).update(verified=True)
        assert reset_by_mail(VICTIM)
        assert EmailAddress.objects.filter(user=mallory).count() == 2


def test_a_reset_keeps_the_second_factor_of_a_confirmed_account():
    ada = cast.member(email="ada@example.org")
    EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
    TOTP.activate(ada, "A" * 32)
    assert reset_by_mail(ada.email)
    assert Authenticator.objects.filter(user=ada).exists()
