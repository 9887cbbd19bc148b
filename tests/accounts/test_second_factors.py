"""Second factors after a change of ``SECRET_KEY``."""

import json
import os
import subprocess
import sys

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.urls import reverse

from tests import cast
from tests.accounts.test_identity import code_of
from tests.conftest import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_valkey")]

SECRET = "A" * 32


@pytest.fixture
def grace():
    grace = cast.member("grace", is_staff=True)
    TOTP.activate(grace, SECRET)
    RecoveryCodes.activate(grace)
    return grace


def change_key(settings, *, keep):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY] * keep


def log_in(client, code):
    client.post(reverse("account_login"), {"login": "grace", "password": cast.PASSWORD})
    return client.post(reverse("mfa_authenticate"), {"code": code})


def test_an_earlier_key_reads_them(client, grace, settings):
    change_key(settings, keep=True)
    assert log_in(client, code_of(SECRET)).status_code == 302
    assert client.get(reverse("recommendations:for-you")).wsgi_request.user == grace


def test_they_are_stored_with_the_present_key(client, grace, settings, capsys):
    codes = RecoveryCodes.activate(grace).generate_codes()
    change_key(settings, keep=True)
    call_command("encrypt_second_factors")
    assert "2 second factors" in capsys.readouterr().out
    settings.SECRET_KEY_FALLBACKS = []
    assert RecoveryCodes.activate(grace).generate_codes() == codes
    assert log_in(client, codes[0]).status_code == 302


@pytest.mark.parametrize("code", ["123456", "12345678"])
def test_a_secret_that_no_key_reads_is_told_with_a_way_out(client, grace, settings, code, capsys):
    change_key(settings, keep=False)
    page = log_in(client, code)
    assert page.status_code == 200
    assert "Ask the people who run the site to reset your second factors" in page.content.decode()
    call_command("encrypt_second_factors")
    assert "reset_second_factors grace" in capsys.readouterr().err
    call_command("reset_second_factors", "grace")
    assert not Authenticator.objects.exists()
    with pytest.raises(CommandError, match="nobody"):
        call_command("reset_second_factors", "nobody")


def test_a_program_is_told_as_well(client, grace, settings):
    change_key(settings, keep=False)
    base = "/_allauth/app/v1/auth"
    body = json.dumps({"username": "grace", "password": cast.PASSWORD})
    session = client.post(f"{base}/login", body, "application/json").json()["meta"]
    headers = {"X-Session-Token": session["session_token"]}
    answer = client.post(
        f"{base}/2fa/authenticate", '{"code": "123456"}', "application/json", headers=headers
    )
    assert answer.status_code == 400
    assert "cannot be read any more" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("mfa_index", 200),
        ("mfa_view_recovery_codes", 403),
        ("mfa_download_recovery_codes", 403),
        ("mfa_generate_recovery_codes", 403),
        ("mfa_deactivate_totp", 200),
    ],
)
def test_no_page_of_theirs_fails(client, grace, settings, name, status):
    change_key(settings, keep=False)
    cast.logged_in(client, grace)
    page = client.get(reverse(name))
    assert page.status_code == status
    assert ("cannot be read any more" in page.content.decode()) is (status == 403)


def test_earlier_keys_come_from_the_environment(tmp_path):
    code = "from django.conf import settings; print(settings.SECRET_KEY_FALLBACKS)"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "recsite.settings",
        "MARQUEE_LOCAL_DIR": str(tmp_path),
        "SECRET_KEY_FALLBACKS": "one, two,",
    }
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    assert run.stdout.decode() == "['one', 'two']\n"
