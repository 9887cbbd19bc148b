"""Passkeys in a real browser, whose authenticator is Chromium's virtual one."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from tests import cast
from tests.browser.conftest import Site, log_in
from tests.browser.test_pages import look_at

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def add_authenticator(page: Page) -> None:
    """Give the browser a key that confirms whatever it is asked."""
    chrome = page.context.new_cdp_session(page)
    chrome.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    chrome.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def log_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Log out").click()
    page.wait_for_url("**/")


def test_a_member_adds_a_passkey_and_logs_in_by_it_alone_or_after_the_password(
    open_page: Callable[..., Page], site: Site
) -> None:
    page = open_page(reduced_motion="reduce")
    add_authenticator(page)
    log_in(page, "grace")
    page.goto("/accounts/2fa/totp/activate/")
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/totp/activate/")
    complaints = look_at(page, "second-factor-app", schemes=["light"])
    page.goto("/accounts/2fa/webauthn/add/")
    complaints += look_at(page, "second-factor-key", schemes=["light"])
    page.get_by_label("Name").fill("Laptop")
    page.get_by_label("Log in with the key alone").check()
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url("**/recovery-codes/**")
    assert Authenticator.objects.filter(user=site.staff, type="webauthn").exists()
    complaints += look_at(page, "recovery-codes", schemes=["light"])
    for name, address in (
        ("second-factor-used", "/accounts/2fa/"),
        ("second-factor-keys-used", "/accounts/2fa/webauthn/"),
        ("recovery-codes-new", "/accounts/2fa/recovery-codes/generate/"),
    ):
        page.goto(address)
        complaints += look_at(page, name, schemes=["light"])

    log_out(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/for-you/")

    log_out(page)
    page.goto("/accounts/login/")
    page.get_by_label("Username or email").fill("grace")
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/2fa/authenticate/")
    complaints += look_at(page, "second-factor-asked")
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url("**/for-you/")
    expect(page.get_by_role("link", name="grace")).to_be_visible()
    assert not complaints, "\n".join(complaints)
