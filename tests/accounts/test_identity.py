"""Who may come in: second factors, invitations, suspension, and log-in by another site."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, hotp_value, yield_hotp_counters_from_time
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.invitations import VALID_FOR, invitation_create
from accounts.models import Invitation, User
from accounts.services import account_reinstate, account_suspend, token_create
from tests import cast
from tests.recsite.test_deployment import PRODUCTION, python

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_valkey")]

FORM = {"username": "bob", "password1": cast.PASSWORD, "password2": cast.PASSWORD}
ADDRESS = "bob@example.org"
STAFF_PAGES = ["/admin/", "/runs/", "/operations/", "/admin/accounts/user/"]


def code_of(secret: str) -> str:
    now = list(yield_hotp_counters_from_time())[1]
    return f"{hotp_value(secret, now):06}"


def is_logged_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def log_in(client: Client, username: str = "ada") -> Any:
    form = {"login": username, "password": cast.PASSWORD}
    return client.post(reverse("account_login"), form)


class TestSecondFactor:
    def test_an_app_is_set_up_and_then_asked_for_at_every_log_in(self, client):
        cast.logged_in(client, cast.member())
        page = client.get(reverse("mfa_activate_totp"))
        secret = page.context["form"].secret
        assert secret in page.content.decode()
        client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
        stored = Authenticator.objects.get(type=Authenticator.Type.TOTP)
        assert secret not in json.dumps(stored.data)
        other = Client()
        assert log_in(other)["Location"].startswith(reverse("mfa_authenticate"))
        assert not is_logged_in(other)
        other.post(reverse("mfa_authenticate"), {"code": "000000"})
        assert not is_logged_in(other)
        [code, *_] = RecoveryCodes(
            Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
        ).get_unused_codes()
        other.post(reverse("mfa_authenticate"), {"code": code})
        assert is_logged_in(other)

    @pytest.mark.parametrize("path", STAFF_PAGES)
    def test_staff_without_one_are_led_to_where_it_is_set_up(self, client, settings, path):
        settings.STAFF_MFA = True
        client.force_login(cast.member(is_staff=True))
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index"))
        page = client.get(answer["Location"]).content.decode()
        assert "The staff pages need a second factor" in page

    @pytest.mark.parametrize("path", STAFF_PAGES)
    def test_staff_with_one_come_in(self, client, settings, path):
        settings.STAFF_MFA = True
        grace = cast.member(is_staff=True)
        TOTP.activate(grace, "A" * 32)
        client.force_login(grace)
        assert client.get(path).status_code == 200

    def test_the_api_for_staff_asks_for_one_too(self, client, settings):
        settings.STAFF_MFA = True
        grace = cast.member(is_staff=True)
        _token, secret = token_create(user=grace, name="ops", scopes=["read", "admin"])
        bearer = {"Authorization": f"Bearer {secret}"}
        assert client.get("/api/v1/users/", headers=bearer).status_code == 403
        assert client.get("/api/v1/ratings/", headers=bearer).status_code == 200
        TOTP.activate(grace, "A" * 32)
        assert client.get("/api/v1/users/", headers=bearer).status_code == 200

    def test_members_need_none(self, client, settings):
        settings.STAFF_MFA = True
        client.force_login(cast.member())
        assert client.get(reverse("accounts:profile")).status_code == 200
        assert client.get("/runs/").status_code == 403

    def test_staff_can_still_log_out_of_the_admin(self, client, settings):
        settings.STAFF_MFA = True
        client.force_login(cast.member(is_staff=True))
        client.post(reverse("admin:logout"))
        assert not is_logged_in(client)

    def test_production_asks_staff_for_one_and_everybody_for_a_real_address(self):
        program = """
            from recsite import settings
            print(settings.STAFF_MFA, settings.ACCOUNT_EMAIL_VERIFICATION)
        """
        assert python(program, **PRODUCTION).stdout.split() == ["True", "mandatory"]


class TestInvitations:
    @pytest.fixture(autouse=True)
    def _by_invitation(self, settings):
        settings.SIGN_UP = "invited"

    def test_without_one_nobody_signs_up(self, client):
        page = client.get(reverse("account_signup"))
        assert "New members come by invitation" in page.content.decode()
        client.post(reverse("account_signup"), FORM | {"email": ADDRESS})
        body = json.dumps({"username": "bob", "password": cast.PASSWORD, "email": ADDRESS})
        program = Client().post("/_allauth/app/v1/auth/signup", body, "application/json")
        assert program.status_code == 403
        assert not User.objects.exists()

    def test_its_link_lets_one_person_sign_up_once(self, client):
        invitation, code = invitation_create(created_by=None)
        link = reverse("accounts:invitation", args=[code])
        assert client.get(link)["Location"] == reverse("account_signup")
        client.post(reverse("account_signup"), FORM | {"email": ADDRESS})
        invitation.refresh_from_db()
        assert invitation.used_by == User.objects.get(username="bob")
        other = Client()
        assert other.get(link).status_code == 404
        other.post(reverse("account_signup"), FORM | {"username": "eve", "email": "e@e.org"})
        assert not User.objects.filter(username="eve").exists()

    def test_two_people_with_one_link_do_not_both_sign_up(self, client):
        _invitation, code = invitation_create(created_by=None)
        link, other = reverse("accounts:invitation", args=[code]), Client()
        client.get(link)
        other.get(link)
        client.post(reverse("account_signup"), FORM | {"email": ADDRESS})
        other.post(reverse("account_signup"), FORM | {"username": "eve", "email": "e@e.org"})
        assert list(User.objects.values_list("username", flat=True)) == ["bob"]

    def test_one_for_an_address_is_for_nobody_else(self, client):
        _invitation, code = invitation_create(created_by=None, email=ADDRESS)
        client.get(reverse("accounts:invitation", args=[code]))
        page = client.post(reverse("account_signup"), FORM | {"email": "eve@example.org"})
        assert "This invitation is for another e-mail address." in page.content.decode()
        client.post(reverse("account_signup"), FORM | {"email": ADDRESS.upper()})
        assert User.objects.get().username == "bob"

    def test_an_old_one_is_worth_nothing(self, client):
        invitation, code = invitation_create(created_by=None)
        Invitation.objects.filter(pk=invitation.pk).update(
            expires_at=invitation.expires_at - VALID_FOR
        )
        page = client.get(reverse("accounts:invitation", args=[code]))
        assert page.status_code == 404
        assert "has expired" in page.content.decode()

    def test_staff_make_one_in_the_admin_and_see_its_link_once(self, client):
        client.force_login(cast.member("grace", is_staff=True))
        add = reverse("admin:accounts_invitation_add")
        page = client.post(add, {"email": ADDRESS}).content.decode()
        [path] = re.findall(r"http://testserver(/accounts/invitation/[\w-]+/)", page)
        assert Client().get(path).status_code == 302
        made = Invitation.objects.get()
        assert (made.created_by.username, made.email) == ("grace", ADDRESS)
        shown = client.get(reverse("admin:accounts_invitation_changelist")).content.decode()
        assert path.split("/")[-2] not in shown

    def test_a_command_makes_one(self, capsys):
        call_command("invite", ADDRESS)
        path = capsys.readouterr().out.strip()
        assert Client().get(path).status_code == 302
        with pytest.raises(CommandError):
            call_command("invite", "no address")


def test_a_closed_site_takes_nobody(client, settings):
    settings.SIGN_UP = "closed"
    page = client.get(reverse("account_signup")).content.decode()
    assert "takes no new members" in page
    client.post(reverse("account_signup"), FORM)
    assert not User.objects.exists()
    assert "No account yet?" not in client.get(reverse("account_login")).content.decode()


class TestSuspension:
    @pytest.fixture
    def grace(self):
        return cast.member("grace", is_staff=True)

    def test_a_suspended_member_is_refused_everywhere(self, client, grace):
        ada = cast.member()
        client.force_login(ada)
        _token, secret = token_create(user=ada, name="TV", scopes=["read"])
        body = json.dumps({"username": "ada", "password": cast.PASSWORD})
        answer = Client().post("/_allauth/app/v1/auth/login", body, "application/json")
        program = {"X-Session-Token": answer.json()["meta"]["session_token"]}
        bearer = {"Authorization": f"Bearer {secret}"}
        for headers in (program, bearer):
            assert Client().get("/api/v1/ratings/", headers=headers).status_code == 200
        account_suspend(user=ada, suspended_by=grace)
        assert client.get(reverse("accounts:profile")).status_code == 302
        for headers in (program, bearer):
            assert Client().get("/api/v1/ratings/", headers=headers).status_code == 401
        other = Client()
        page = other.get(log_in(other)["Location"]).content.decode()
        assert "This account is suspended" in page
        assert not is_logged_in(other)
        account_reinstate(user=ada)
        log_in(other)
        assert is_logged_in(other)

    def test_staff_suspend_and_reinstate_in_the_admin(self, client, grace):
        ada = cast.member()
        client.force_login(grace)
        url = reverse("admin:accounts_user_changelist")
        form = {"_selected_action": [ada.pk, grace.pk]}
        page = client.post(url, form | {"action": "suspend"}, follow=True).content.decode()
        assert "Ada is suspended." in page
        assert "You cannot suspend your own account." in page
        ada.refresh_from_db()
        assert not ada.is_active
        client.post(url, form | {"action": "reinstate"})
        ada.refresh_from_db()
        assert ada.is_active

    def test_a_superuser_is_suspended_by_superusers_and_a_rater_by_nobody(self, grace):
        lesser = cast.member("eve", is_staff=True, is_superuser=False)
        with pytest.raises(ValidationError):
            account_suspend(user=grace, suspended_by=lesser)
        rater = cast.rater()
        with pytest.raises(ValidationError):
            account_suspend(user=rater, suspended_by=grace)
        account_reinstate(user=rater)
        rater.refresh_from_db()
        assert not rater.is_active


class Issuer(HTTPServer):
    """A small OpenID Connect provider that knows one person."""

    claims: dict[str, Any]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        if self.path.startswith("/.well-known/"):
            address = self.server.address
            self._answer(
                {
                    "issuer": address,
                    "authorization_endpoint": f"{address}/authorize",
                    "token_endpoint": f"{address}/token",
                    "userinfo_endpoint": f"{address}/userinfo",
                    "jwks_uri": f"{address}/keys",
                }
            )
        elif self.headers.get("Authorization") == "Bearer an-access-token":
            self._answer(self.server.claims)
        else:
            self.send_error(401)

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        assert sent["code"] == ["a-code"]
        assert sent["code_verifier"]
        self._answer({"access_token": "an-access-token", "token_type": "Bearer"})

    def _answer(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def issuer(settings) -> Iterator[Issuer]:
    server = Issuer(("127.0.0.1", 0), _Answers)
    server.claims = {
        "sub": "42",
        "email": ADDRESS,
        "email_verified": True,
        "preferred_username": "bob",
    }
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    app = {
        "provider_id": "oidc",
        "name": "Example ID",
        "client_id": "marquee",
        "secret": "hush",
        "settings": {"server_url": server.address},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
    }
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


class TestLogInByAnotherSite:
    def come_in(self, client: Client, issuer: Issuer) -> Any:
        page = client.get(reverse("account_login")).content.decode()
        assert "Continue with Example ID" in page
        assert "By signing up you accept the" in page
        sent = client.post("/accounts/oidc/oidc/login/?process=login")
        target = urlsplit(sent["Location"])
        assert sent["Location"].startswith(f"{issuer.address}/authorize?")
        state = parse_qs(target.query)["state"][0]
        return client.get("/accounts/oidc/oidc/login/callback/", {"code": "a-code", "state": state})

    def test_a_person_comes_in_without_a_password_and_is_the_same_the_next_time(
        self, client, issuer
    ):
        self.come_in(client, issuer)
        bob = User.objects.get()
        assert (bob.username, bob.email, bob.has_usable_password()) == ("bob", ADDRESS, False)
        assert is_logged_in(client)
        other = Client()
        self.come_in(other, issuer)
        assert other.session["_auth_user_id"] == str(bob.pk)
        assert User.objects.count() == 1

    def test_an_account_with_the_same_address_is_not_taken_over(self, client, issuer):
        ada = cast.member(email=ADDRESS)
        sent = self.come_in(client, issuer)
        assert not is_logged_in(client)
        page = client.get(sent["Location"]).content.decode()
        assert "You come from Example ID." in page
        assert "By signing up you accept the" in page
        client.post("/accounts/3rdparty/signup/", {"username": "bob", "email": ADDRESS})
        assert client.session.get("_auth_user_id") != str(ada.pk)

    def test_a_suspended_member_does_not_come_in_this_way_either(self, client, issuer):
        self.come_in(client, issuer)
        account_suspend(user=User.objects.get(), suspended_by=cast.member(is_staff=True))
        other = Client()
        self.come_in(other, issuer)
        assert not is_logged_in(other)

    @pytest.mark.parametrize(("email", "comes_in"), [(ADDRESS, True), ("eve@e.org", False)])
    def test_invitations_hold_for_it_too(self, client, issuer, settings, email, comes_in):
        settings.SIGN_UP = "invited"
        other = Client()
        page = self.come_in(other, issuer)
        assert "New members come by invitation" in page.content.decode()
        _invitation, code = invitation_create(created_by=None, email=email)
        client.get(reverse("accounts:invitation", args=[code]))
        self.come_in(client, issuer)
        assert is_logged_in(client) == comes_in

    def test_whoever_has_no_password_deletes_the_account_by_its_name(self, client, issuer):
        self.come_in(client, issuer)
        page = client.post(reverse("accounts:delete"), {"password": "wrong"}).content.decode()
        assert "This is not the name of your account." in page
        client.post(reverse("accounts:delete"), {"password": "bob"})
        assert not User.objects.exists()

    def test_the_settings_name_the_provider_and_let_forms_lead_to_it(self):
        program = """
            from recsite import settings
            [app] = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
            print(app["settings"]["server_url"], app["client_id"])
            print(*settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"])
        """
        given = {
            "OIDC_ISSUER": "https://id.example/realms/films/",
            "OIDC_CLIENT_ID": "marquee",
            "OIDC_CLIENT_SECRET": "hush",
        }
        found = python(program, **PRODUCTION, **given)
        assert found.stdout.split() == [
            *("https://id.example/realms/films", "marquee"),
            *("'self'", "https://id.example"),
        ]
        missing = python(program, **PRODUCTION, OIDC_ISSUER="https://id.example")
        assert 'OIDC_CLIENT_ID" not set' in missing.stderr
