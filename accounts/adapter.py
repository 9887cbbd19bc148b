"""How allauth signs people up on this site and checks who they are."""

import base64
import hashlib
from functools import lru_cache
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal.flows.signup import redirect_to_signup
from allauth.socialaccount.models import SocialLogin
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from accounts.invitations import invitation_check, invitation_of
from common.addresses import client_address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """allauth's adapter with this site's addresses and its rule of who may sign up."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("Wrong username or password."),
        "email_password_mismatch": _("Wrong email address or password."),
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that log-in and sign-up limits count, as the API's limits do."""
        return client_address(request.META, settings.TRUSTED_PROXY_COUNT)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return whether everybody may sign up, or this visitor by an invitation."""
        if settings.SIGN_UP == "invited":
            return invitation_of(request) is not None
        return bool(settings.SIGN_UP == "open")

    def clean_email(self, email: str) -> str:
        """Hold the address of a sign-up to the invitation."""
        cleaned = str(super().clean_email(email))
        if self.request is not None and settings.SIGN_UP == "invited":
            invitation_check(self.request, cleaned)
        return cleaned


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc] # allauth has no types
    """allauth's adapter for log-in by another site, with the same rule of who may sign up."""

    @override
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        if settings.SIGN_UP != "invited":
            return bool(settings.SIGN_UP == "open")
        invitation = invitation_of(request)
        return invitation is not None and invitation.is_for(sociallogin.user.email or "")

    @override
    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> Any:
        """Save a new member, by another name if somebody has just taken the free one."""
        suggested = sociallogin.user.username
        try:
            with transaction.atomic():  # the member and the account at the other site, or neither
                return super().save_user(request, sociallogin, form)
        except IntegrityError:
            if form is not None:  # the view is called again, and its form says what is taken
                redirect_to_signup(request, sociallogin)
                raise
        names = get_adapter(request)
        sociallogin.user.username = names.generate_unique_username([suggested, "user"])
        with transaction.atomic():
            return super().save_user(request, sociallogin)


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """allauth's adapter, which stores the secrets of second factors encrypted."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return _cipher(_keys()).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret in the clear."""
        return _cipher(_keys()).decrypt(encrypted_text.encode()).decode()


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=1)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    """Return what encrypts by the first key and decrypts by any of them."""
    digests = (
        hashlib.blake2b(key.encode(), digest_size=32, person=b"marquee-mfa").digest()
        for key in keys
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
