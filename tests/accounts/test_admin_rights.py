"""Staff with rights over accounts gain no rights by them, in no page of the admin."""

import pytest
from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Client as OAuthClient
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.urls import reverse

from accounts.models import ApiToken, User
from accounts.oauth import client_create
from accounts.services import token_create
from movies.models import Movie
from recsite.operations.models import AuditEntry
from tests import cast
from tests.accounts.test_staff import grant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_valkey")]

MODELS = [User, Group, ApiToken, EmailAddress, Authenticator, SocialAccount, SocialApp, OAuthClient]
NEW = "another long password 7"


@pytest.fixture
def root():
    return cast.member("root", is_staff=True, email="root@example.org")


@pytest.fixture
def clerk(client):
    """Somebody with every right over accounts and no other."""
    clerk = cast.member("clerk", is_staff=True, is_superuser=False)
    for model in MODELS:
        for action in ("view", "add", "change", "delete"):
            grant(clerk, action, model)
    client.force_login(clerk)
    return clerk


def page(row, name):
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=[row.pk])


def fields_of(user, **more):
    form = {"username": user.username, "email": user.email, "is_active": "on"}
    return form | {"date_joined_0": "2026-01-01", "date_joined_1": "12:00"} | more


def act(client, name, *rows, **more):
    meta = rows[0]._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return client.post(url, {"action": name, "_selected_action": [row.pk for row in rows]} | more)


def test_nobody_makes_themselves_or_others_a_superuser(client, clerk):
    ada, group = cast.member(), Group.objects.create(name="editors")
    every_right = [right.pk for right in Permission.objects.all()]
    rights = {"is_superuser": "on", "is_staff": "on", "groups": [group.pk]}
    for user in (clerk, ada):
        form = fields_of(user, first_name="X", user_permissions=every_right, **rights)
        assert client.post(page(user, "change"), form).status_code == 302
        before = (user.is_staff, user.user_permissions.count())
        user.refresh_from_db()
        assert user.first_name == "X"
        assert (user.is_staff, user.user_permissions.count()) == before
        assert not user.is_superuser
        assert not user.groups.exists()


def test_a_superuser_gives_rights(client, root):
    ada = cast.member()
    client.force_login(root)
    client.post(page(ada, "change"), fields_of(ada, is_staff="on", is_superuser="on"))
    assert User.objects.get(pk=ada.pk).is_superuser


@pytest.fixture(params=["a superuser", "a suspended superuser", "more rights", "a larger group"])
def stronger(request, root):
    if request.param == "a superuser":
        return root
    if request.param == "a suspended superuser":
        return cast.member("old", is_staff=True, is_active=False)
    editor = cast.member("editor", is_staff=True, is_superuser=False)
    if request.param == "more rights":
        grant(editor, "change", Movie)
    else:
        group = Group.objects.create(name="editors")
        group.permissions.add(Permission.objects.get(codename="change_movie"))
        editor.groups.add(group)
    return editor


def test_an_account_with_more_rights_is_left_alone(client, clerk, stronger):
    before = User.objects.filter(pk=stronger.pk).values().get()
    passwords = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    url = reverse("admin:auth_user_password_change", args=[stronger.pk])
    for answer in (
        client.post(page(stronger, "change"), fields_of(stronger, email="clerk@example.org")),
        client.post(url, passwords),
        client.post(page(stronger, "delete"), {"post": "yes"}),
        act(client, "delete_selected", stronger, clerk, post="yes"),
        act(client, "suspend", stronger),
        act(client, "reinstate", stronger),
    ):
        assert answer.status_code == 403
    assert User.objects.filter(pk=stronger.pk).values().get() == before


def test_nobody_comes_in_as_an_account_with_more_rights(client, clerk, stronger):
    token, _secret = (
        token_create(
            user=User(pk=stronger.pk, password=stronger.password), name="TV", scopes=["read"]
        )
        if stronger.is_active
        else (None, "")
    )
    rows = [
        EmailAddress.objects.create(user=stronger, email="x@example.org"),
        Authenticator.objects.create(user=stronger, type="totp", data={}),
        SocialAccount.objects.create(user=stronger, provider="oidc", uid="7"),
        *filter(None, [token]),
    ]
    for row in rows:
        assert client.post(page(row, "change"), {"user": clerk.pk}).status_code == 403
        assert client.post(page(row, "delete"), {"post": "yes"}).status_code == 403
        assert act(client, "delete_selected", row, post="yes").status_code == 403
        assert type(row).objects.filter(pk=row.pk, user=stronger).exists()
    assert act(client, "make_verified", rows[0]).status_code == 403
    if token:
        assert act(client, "revoke", token).status_code == 403
    for url, form in {
        "account_emailaddress_add": {"email": "clerk@example.org", "verified": "on"},
        "mfa_authenticator_add": {"type": "totp", "data": "{}"},
        "socialaccount_socialaccount_add": {"provider": "oidc", "uid": "8", "extra_data": "{}"},
    }.items():
        answer = client.post(reverse(f"admin:{url}"), form | {"user": stronger.pk})
        assert "user" in answer.context["adminform"].form.errors, url


def test_members_are_looked_after(client, clerk):
    ada = cast.member()
    address = EmailAddress.objects.create(user=ada, email="ada@example.org")
    factor = Authenticator.objects.create(user=ada, type="totp", data={})
    act(client, "make_verified", address)
    assert EmailAddress.objects.get().verified
    assert client.post(page(factor, "delete"), {"post": "yes"}).status_code == 302
    act(client, "suspend", ada)
    assert not User.objects.get(pk=ada.pk).is_active
    client.post(page(ada, "delete"), {"post": "yes"})
    assert not User.objects.filter(pk=ada.pk).exists()


def test_what_decides_for_everybody_is_for_superusers(client, clerk):
    group = Group.objects.create(name="editors")
    program = client_create(name="TV", redirect_uris=[])
    site = SocialApp.objects.create(provider="openid_connect", name="x", client_id="x")
    for row in (group, program, site):
        assert client.post(page(row, "change"), {"name": "mine"}).status_code == 403
        assert client.post(page(row, "delete"), {"post": "yes"}).status_code == 403
        meta = row._meta
        add = reverse(f"admin:{meta.app_label}_{meta.model_name}_add")
        assert client.post(add, {"name": "mine"}).status_code == 403
        act(client, "delete_selected", row, post="yes")
        assert type(row).objects.filter(pk=row.pk).exists()


def test_the_right_to_see_addresses_confirms_none(client):
    viewer = cast.member("viewer", is_staff=True, is_superuser=False)
    grant(viewer, "view", EmailAddress)
    client.force_login(viewer)
    address = EmailAddress.objects.create(user=viewer, email="root@example.org")
    act(client, "make_verified", address)
    assert not EmailAddress.objects.get().verified


class TestPasswordsThatStaffSet:
    @pytest.fixture
    def secret(self):
        return token_create(user=cast.member(), name="TV", scopes=["read"])[1]

    def is_refused(self, client, secret):
        headers = {"Authorization": f"Bearer {secret}"}
        return client.get("/api/v1/export/", headers=headers).status_code == 401

    @pytest.mark.parametrize(
        "form",
        [
            {"password1": NEW, "password2": NEW, "usable_password": "true"},
            {"usable_password": "false", "unset-password": "1"},
        ],
    )
    def test_end_tokens_and_sessions(self, client, root, secret, form):
        ada = User.objects.get(username="ada")
        own = type(client)()
        own.force_login(ada)
        assert own.get("/accounts/profile/").status_code == 200
        assert not self.is_refused(client, secret)
        client.force_login(root)
        url = reverse("admin:auth_user_password_change", args=[ada.pk])
        assert client.post(url, form).status_code == 302
        assert self.is_refused(type(client)(), secret)
        assert own.get("/accounts/profile/").status_code == 302

    def test_end_tokens_by_a_command(self, client, secret, monkeypatch):
        monkeypatch.setattr("getpass.getpass", lambda **_: NEW)
        call_command("changepassword", "ada", verbosity=0)
        assert self.is_refused(client, secret)

    def test_a_log_in_and_a_stronger_hash_end_none(self, client, secret, settings):
        settings.PASSWORD_HASHERS = [
            "django.contrib.auth.hashers.ScryptPasswordHasher",
            *settings.PASSWORD_HASHERS,
        ]
        before = User.objects.get().password
        client.post(reverse("account_login"), {"login": "ada", "password": cast.PASSWORD})
        assert User.objects.get().password != before
        assert not self.is_refused(type(client)(), secret)


def test_list_actions_are_recorded_with_their_objects(client, root):
    ada, bob = cast.member(), cast.member("bob")
    token, _secret = token_create(user=ada, name="TV", scopes=["read"])
    client.force_login(root)
    act(client, "suspend", bob, ada)
    act(client, "revoke", token)
    act(client, "delete_selected", token, post="yes")
    found = AuditEntry.objects.order_by("pk").values_list("details", flat=True)
    assert set(found[0].removeprefix("suspend: accounts.user ").split(", ")) == {
        str(ada.pk),
        str(bob.pk),
    }
    assert list(found[1:]) == [
        f"revoke: accounts.apitoken {token.pk}",
        f"delete_selected: accounts.apitoken {token.pk}",
    ]
    assert f"revoke: accounts.apitoken {token.pk}" in client.get("/operations/").content.decode()
