"""Who is calling: a token in ``Authorization: Bearer``, or the site's own session."""

import time

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.headless import app_settings as headless_settings
from allauth.headless.internal.sessionkit import authenticate_by_x_session_token
from allauth.idp.oidc.models import Token as OAuthToken
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from typing_extensions import override

from accounts.models import ApiToken, User
from accounts.services import token_touch
from accounts.tokens import PREFIX, digest_of

SCHEME = "bearer"
CHALLENGE = 'Bearer realm="Marquee"'
"""``WWW-Authenticate`` as RFC 6750 asks; a token that was refused or lacks a scope is named."""


class TokenAuthentication(BaseAuthentication):
    """A personal token, or an access token of OAuth 2.0; ``request.auth`` is the token.

    One query by a unique index.
    """

    @override
    def authenticate(self, request: Request) -> tuple[User, ApiToken | OAuthToken] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME:
            return None
        if not secret.strip().startswith(PREFIX):
            return _by_oauth(secret.strip())
        token = (
            ApiToken.objects.filter(digest=digest_of(secret.strip())).select_related("user").first()
        )
        if token is None or token.revoked_at is not None:
            raise AuthenticationFailed(_("There is no such token, or it was revoked."))
        if token.is_expired:
            raise AuthenticationFailed(_("This token has expired."))
        _require_active(token.user)
        token_touch(token=token)
        return token.user, token

    @override
    def authenticate_header(self, request: Request) -> str:
        scheme = request.headers.get("Authorization", "").partition(" ")[0]
        return CHALLENGE + (', error="invalid_token"' if scheme.lower() == SCHEME else "")


class SessionTokenAuthentication(BaseAuthentication):
    """The session of a program that logged in by ``/_allauth/app/v1/``: ``X-Session-Token``."""

    @override
    def authenticate(self, request: Request) -> tuple[User, None] | None:
        secret = request.headers.get("X-Session-Token")
        if secret is None:
            return None
        found = authenticate_by_x_session_token(secret)
        if found is None:
            _refuse_suspended(secret)
            raise AuthenticationFailed(_("There is no such session, or it is over."))
        return found[0], None


def password_is_recent(request: Request) -> bool:
    """Whether the caller gave their password within ``ACCOUNT_REAUTHENTICATION_TIMEOUT`` seconds.

    A page asks for it once more after the log-in. A program has no page: its log-in, its sign-up
    and ``/_allauth/app/v1/auth/reauthenticate`` count.
    """
    secret = request.headers.get("X-Session-Token")
    if secret is None or not isinstance(
        request.successful_authenticator, SessionTokenAuthentication
    ):
        return not is_reauthentication_required(request._request, app="")  # noqa: SLF001 # allauth's is Django's
    found = authenticate_by_x_session_token(secret)
    if found is None:
        return False
    user, own = found
    probe = HttpRequest()
    probe.session, probe.user = own, user
    given_at = [record["at"] for record in get_authentication_records(probe, user)]
    last = max(given_at, default=user.date_joined.timestamp())
    return bool(time.time() - last < app_settings.REAUTHENTICATION_TIMEOUT)


def _by_oauth(secret: str) -> tuple[User, OAuthToken]:
    tokens = OAuthToken.objects.valid().by_value(secret).select_related("user")
    token = tokens.filter(type=OAuthToken.Type.ACCESS_TOKEN).first()
    if token is None or token.user is None:
        raise AuthenticationFailed(_("There is no such token, or it was revoked."))
    _require_active(token.user)
    return token.user, token


def _require_active(user: User) -> None:
    """Tell a program with a valid token that its member is suspended.

    Only the holder of a token that would let it in is told.

    Raises
    ------
    AuthenticationFailed
        The account is suspended.

    """
    if not user.is_active:
        raise AuthenticationFailed(_("The account is suspended."))


def _refuse_suspended(secret: str) -> None:
    """Tell a program with the session of a suspended member why it is refused.

    Raises
    ------
    AuthenticationFailed
        The session would let the member in, were the account not suspended.

    """
    session = headless_settings.TOKEN_STRATEGY.lookup_session(secret)
    user_id = session.get(SESSION_KEY) if session else None
    user = User.objects.filter(pk=user_id, is_active=False).first() if user_id else None
    if user is not None:
        present = user.get_session_auth_hash()
        if constant_time_compare(session.get(HASH_SESSION_KEY, ""), present):
            _require_active(user)
