"""What the OpenAPI document says of tokens and of who may call what."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.fields import empty
from rest_framework.permissions import SAFE_METHODS
from typing_extensions import override

from accounts.api.authentication import (
    SCHEME,
    SessionTokenAuthentication,
    TokenAuthentication,
)
from accounts.api.permissions import HasScope, HasSession, HasToken, IsAdministrator
from accounts.models import ApiToken
from common.api.schema import NO_ETAG_EXTENSION, PROBLEMS_EXTENSION
from common.api.serializers import StrictSerializer
from common.api.views import FIELDS

FIELDS_PARAMETER = OpenApiParameter(
    FIELDS,
    {"type": "array", "items": {"type": "string"}},
)
"""`common.api.schema.add_sparse_answers` adds the names."""


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # untyped there
    """Tokens in the schema. Importing it is enough."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        """Return the definition of HTTP's bearer scheme."""
        return {
            "type": "http",
            "scheme": SCHEME,
            "description": "A token from /accounts/tokens/, with the scope that the operation "
            "needs: read for GET, rate for changes of one's own, admin for what staff may do.",
        }


class SessionTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # untyped there
    """Sessions of programs in the schema. Importing it is enough."""

    target_class = SessionTokenAuthentication
    name = "sessionToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        """Describe the header that carries the token."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-Session-Token",
            "description": "The session of a program that signed up or logged in by "
            "/_allauth/app/v1/.",
        }


class OperationSchema(AutoSchema):
    """drf-spectacular's, with what our permissions ask of the caller."""

    @override
    def get_auth(self) -> list[dict[str, Any]]:
        """Leave out the way to come in that the permission refuses."""
        sessions = {"cookieAuth", SessionTokenScheme.name}
        refused: dict[type, set[str]] = {HasSession: {TokenScheme.name}, HasToken: sessions}
        names: set[str] = set()
        for one in self.view.get_permissions():
            names |= refused.get(type(one), set())
        return [way for way in super().get_auth() if not names & way.keys()]

    @override
    def is_deprecated(self) -> bool:
        """Return whether the view says that it will go away."""
        return getattr(self.view, "deprecation", None) is not None or bool(super().is_deprecated())

    @override
    def get_override_parameters(self) -> list[Any]:
        """Add the parameters that views declare: their query and ``fields``."""
        parameters: list[Any] = []
        if serializer := getattr(self.view, "query", {}).get(self.method.lower()):
            parameters.append(serializer)
        if self.method in SAFE_METHODS and getattr(self.view, "has_fields", False):
            parameters.append(FIELDS_PARAMETER)
        old = getattr(self.view, "old_parameters", None)
        for name, present in old.names.items() if old and self.method in SAFE_METHODS else ():
            text = f"The old name of `{present}`."
            parameters.append(
                OpenApiParameter(name, {"type": "string"}, description=text, deprecated=True)
            )
        return parameters

    @override
    def get_extensions(self) -> dict[str, Any]:
        """Return the scope that a token needs, and the problems that the view names itself."""
        problems = getattr(self.view, "problems", ())
        extensions: dict[str, Any] = {PROBLEMS_EXTENSION: list(problems)} if problems else {}
        if not getattr(self.view, "has_etag", True):
            extensions[NO_ETAG_EXTENSION] = True
        for permission in self.view.get_permissions():
            if isinstance(permission, IsAdministrator):
                return extensions | {"x-scope": ApiToken.Scope.ADMIN.value}
            if isinstance(permission, HasScope):
                is_read = self.method in SAFE_METHODS
                scope = ApiToken.Scope.READ if is_read else ApiToken.Scope.RATE
                return extensions | {"x-scope": scope.value}
        return extensions

    @override
    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        """Say that a strict body takes no other properties, and which ones every answer has."""
        schema: dict[str, Any] = super()._map_basic_serializer(  # type: ignore[no-untyped-call] # untyped there
            serializer, direction
        )
        if isinstance(serializer, StrictSerializer) and direction == "request":
            schema["additionalProperties"] = False
        if direction == "response":
            names = schema.get("properties", {}).keys()
            always = {name for name in names if _is_always_there(serializer, name)}
            if required := always | set(schema.get("required", ())):
                schema["required"] = sorted(required)
        return schema


def _is_always_there(serializer: Any, name: str) -> bool:
    """Return whether every answer has a property.

    drf-spectacular takes what may be left out of a body for what may be missing in an answer.
    """
    field = serializer.fields[name]
    is_of_model = name not in serializer._declared_fields  # noqa: SLF001 # DRF's, without a public name
    return is_of_model or field.required or field.read_only or field.default is not empty
