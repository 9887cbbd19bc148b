"""What the OpenAPI document says of tokens and of who may call what."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import SAFE_METHODS
from typing_extensions import override

from accounts.api.authentication import SCHEME, TokenAuthentication
from accounts.api.permissions import HasScope, HasSession, HasToken, IsAdministrator
from accounts.models import ApiToken


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # untyped there
    """Tokens in the schema. Importing it is enough."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        """HTTP's bearer scheme."""
        return {
            "type": "http",
            "scheme": SCHEME,
            "description": "A token from /accounts/tokens/, with the scope that the operation "
            "needs: read for GET, rate for changes of one's own, admin for what staff may do.",
        }


class OperationSchema(AutoSchema):
    """drf-spectacular's, with what our permissions ask of the caller."""

    @override
    def get_auth(self) -> list[dict[str, Any]]:
        """Leave out the way to come in that the permission refuses."""
        refused: dict[type, str] = {HasSession: TokenScheme.name, HasToken: "cookieAuth"}
        names = {refused.get(type(one)) for one in self.view.get_permissions()}
        return [way for way in super().get_auth() if not names & way.keys()]

    @override
    def get_extensions(self) -> dict[str, Any]:
        """``x-scope``: the scope that a token needs, if it needs one."""
        for permission in self.view.get_permissions():
            if isinstance(permission, IsAdministrator):
                return {"x-scope": ApiToken.Scope.ADMIN.value}
            if isinstance(permission, HasScope):
                is_read = self.method in SAFE_METHODS
                return {"x-scope": (ApiToken.Scope.READ if is_read else ApiToken.Scope.RATE).value}
        return {}
