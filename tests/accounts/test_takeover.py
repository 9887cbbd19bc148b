"""Nobody keeps access to an account that somebody else has taken back."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import ApiToken, User
from accounts.names import username_check
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


def test_whoever_changes_the_password_is_told_of_the_tokens(client):
    ada = cast.member()
    client.force_login(ada)
    token_create(user=ada, name="TV", scopes=["read"])
    form = {"oldpassword": cast.PASSWORD, "password1": NEW, "password2": NEW}
    page = client.post(reverse("account_change_password"), form, follow=True)
    assert "1 API token still works" in page.content.decode()
    assert ApiToken.objects.get().is_usable


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
