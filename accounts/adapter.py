"""How allauth signs people up on this site and checks who they are."""

from typing import Any, ClassVar, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.utils import filter_users_by_email
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.internal.flows.signup import redirect_to_signup
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from accounts.invitations import invitation_check, invitation_of, invitation_use
from accounts.middleware import TakenMeanwhileError
from accounts.models import User
from accounts.second_factors import decrypt, encrypt
from accounts.services import address_belongs_to
from common.addresses import client_address
from common.api.problems import SIGN_IN_PREFIX
from common.locks import transaction_lock


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

    @override
    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponseBase:
        """Tell a suspended member why the log-in is refused.

        Raises
        ------
        PermissionDenied
            A program logs in. allauth would answer it with the ways to log in, without a reason.

        """
        if request.path_info.startswith(SIGN_IN_PREFIX):
            raise PermissionDenied(_("The account is suspended."))
        return cast("HttpResponseBase", super().respond_user_inactive(request, user))

    @override
    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """Save a new member, unless another has just taken the e-mail address or invitation."""
        with transaction.atomic():
            _reserve_address(form.cleaned_data.get("email"))
            member = super().save_user(request, user, form, commit)
            invitation_use(request, member)
            return member

    @override
    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Send a link that resets the password, unless the address is only claimed.

        Anybody can add somebody else's address to an account. Its owner must not be led into that
        account: the claim is removed, and the e-mail leads to the sign-up.
        """
        if address_belongs_to(user, email):
            super().send_password_reset_mail(user, email, context)
            return
        for claim in EmailAddress.objects.filter(user=user, email=email.lower()):
            claim.remove()
        sign_up = {"signup_url": self.request.build_absolute_uri(reverse("account_signup"))}
        self.send_mail("account/email/unknown_account", email, sign_up)


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
        """Save a new member; begin again if what was free has been taken meanwhile."""
        try:
            with transaction.atomic():  # the member and the account at the other site, or neither
                if form is not None:
                    return super().save_user(request, sociallogin, form)
                _reserve_address(sociallogin.user.email)
                member = super().save_user(request, sociallogin)
                invitation_use(request, member)
                return member
        except IntegrityError as error:
            if form is not None:  # the view is called again, and its form says what is taken
                redirect_to_signup(request, sociallogin)
                raise
            for unsaved in (sociallogin.user, sociallogin.account, *sociallogin.email_addresses):
                unsaved.pk = None
            again = complete_social_login(request, sociallogin)
            raise ImmediateHttpResponse(again) from error


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """allauth's adapter, which stores the secrets of second factors encrypted."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret in the clear."""
        return decrypt(encrypted_text)


def _reserve_address(email: str | None) -> None:
    """Let other sign-ups with this e-mail address wait for the end of the transaction.

    Raises
    ------
    TakenMeanwhileError
        Somebody has signed up with the address since the form looked it up. No unique constraint
        tells: several accounts may have an address that none of them has verified.

    """
    if email:
        transaction_lock(f"sign-up:{email.lower()}")
        if filter_users_by_email(email):
            raise TakenMeanwhileError
