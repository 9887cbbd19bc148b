"""Who is calling: a token in ``Authorization: Bearer``, or the site's own session."""

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from typing_extensions import override

from accounts.models import ApiToken, User
from accounts.services import token_touch
from accounts.tokens import digest_of

SCHEME = "bearer"


class TokenAuthentication(BaseAuthentication):
    """``request.auth`` is the token. One query by a unique index."""

    @override
    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME:
            return None
        token = (
            ApiToken.objects.filter(digest=digest_of(secret.strip())).select_related("user").first()
        )
        if token is None or token.revoked_at is not None or not token.user.is_active:
            raise AuthenticationFailed(_("There is no such token, or it was revoked."))
        if token.is_expired:
            raise AuthenticationFailed(_("This token has expired."))
        token_touch(token=token)
        return token.user, token

    @override
    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Marquee"'
