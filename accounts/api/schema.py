"""What the OpenAPI document says of tokens. Importing it is enough."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from accounts.api.authentication import SCHEME, TokenAuthentication


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # untyped there
    """Tokens in the schema."""

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
