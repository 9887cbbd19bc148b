"""One class per resource: tokens, one's export, the members."""

import json
from typing import Any, Final

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from typing_extensions import override

from accounts import exports
from accounts.api.authentication import password_is_recent
from accounts.api.callers import member
from accounts.api.idempotency import PARAMETER as IDEMPOTENCY_KEY
from accounts.api.idempotency import idempotent_with_secret
from accounts.api.permissions import HasSession, HasToken, IsAdministrator
from accounts.api.serializers import (
    AccountDeleteSerializer,
    CurrentTokenSerializer,
    ExportSerializer,
    NewTokenSerializer,
    TokenSerializer,
    TokenWithSecretSerializer,
    UserQuerySerializer,
    UserSerializer,
)
from accounts.models import ApiToken, User
from accounts.services import account_delete, token_create, token_revoke
from common.api.conditional import etag_of
from common.api.pagination import NewestFirstPagination
from common.api.views import APIView, GenericAPIView, ListAPIView, RetrieveAPIView, located

NDJSON: Final = "application/x-ndjson"
EXPORT_LINES: Final = "The profile first, then the rows of each section."
NEW_TOKEN_EXAMPLE: Final = OpenApiExample(
    "A token for a television", {"name": "My TV", "scopes": ["read", "rate"]}, request_only=True
)
PASSWORD_EXAMPLE: Final = OpenApiExample(
    "Your password", {"password": "correct horse battery"}, request_only=True
)
EXPORT_EXAMPLE: Final = OpenApiExample(
    "Two lines",
    '{"section": "profile", "username": "ada"}\n'
    '{"section": "ratings", "title": "Heat", "stars": 4.5}\n',
    media_type=NDJSON,
    response_only=True,
)


class OwnTokensApi(GenericAPIView):
    """The caller's tokens; another person's are not found."""

    permission_classes = [HasSession]
    serializer_class = TokenSerializer
    queryset = ApiToken.objects.none()

    @override
    def get_queryset(self) -> QuerySet[ApiToken]:
        """Return the caller's tokens.

        One query.
        """
        return member(self.request).api_tokens.order_by("-id")


@extend_schema_view(
    get=extend_schema(operation_id="tokens_list", summary="Your tokens", tags=["tokens"])
)
class TokenListApi(OwnTokensApi, ListAPIView):
    """Tokens without their secrets, the latest first. Needs a session."""

    pagination_class = NewestFirstPagination

    @extend_schema(
        operation_id="tokens_create",
        summary="Make a token",
        tags=["tokens"],
        parameters=[IDEMPOTENCY_KEY],
        request=NewTokenSerializer,
        responses={201: TokenWithSecretSerializer},
        examples=[NEW_TOKEN_EXAMPLE],
    )
    @located("api-token", "token_id")
    @idempotent_with_secret
    def post(self, request: Request) -> Response:
        """Create a token.

        The answer shows the token for the only time. Needs a session.
        """
        if not password_is_recent(request):
            raise PermissionDenied(
                _("Give your password once more at /accounts/reauthenticate/ to make a token.")
            )
        asked = NewTokenSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        token, secret = token_create(user=member(request), **asked.validated_data)
        body = TokenSerializer(token).data | {"token": secret}
        return Response(body, status.HTTP_201_CREATED)


class TokenDetailApi(OwnTokensApi, RetrieveAPIView):
    """One of the caller's tokens."""

    lookup_url_kwarg = "token_id"

    @extend_schema(operation_id="tokens_retrieve", summary="One of your tokens", tags=["tokens"])
    def get(self, request: Request, token_id: int) -> Response:  # noqa: ARG002 # the URL's
        """Return a token's name, scopes and end, without its secret. Needs a session."""
        return self.retrieve(request)

    @extend_schema(
        operation_id="tokens_revoke",
        summary="Revoke a token",
        tags=["tokens"],
        responses={204: None},
    )
    def delete(self, request: Request, token_id: int) -> Response:  # noqa: ARG002 # DRF's
        """Revoke a token.

        It is refused from the next request on. Needs a session.
        """
        token_revoke(token=get_object_or_404(self.get_queryset(), pk=token_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class CurrentTokenApi(GenericAPIView):
    """The token that the caller sends."""

    permission_classes = [HasToken]
    serializer_class = CurrentTokenSerializer
    queryset = ApiToken.objects.none()
    has_fields = True

    @extend_schema(
        operation_id="tokens_current",
        summary="The token you send",
        tags=["tokens"],
        responses=CurrentTokenSerializer,
    )
    def get(self, request: Request) -> Response:
        """Return its name, scopes and end, also of an access token of OAuth 2.0."""
        return Response(self.get_serializer(_described(request.auth)).data)

    @extend_schema(
        operation_id="tokens_revoke_current",
        summary="Revoke the token you send",
        tags=["tokens"],
        responses={204: None},
    )
    def delete(self, request: Request) -> Response:
        """For a program that logs out, or knows that its token leaked.

        An access token of OAuth 2.0 ends alone: `POST /identity/o/api/revoke` ends a refresh token.
        """
        token: Any = request.auth
        if isinstance(token, ApiToken):
            token_revoke(token=token)
        else:
            token.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExportApi(APIView):
    """Everything the site keeps about the caller."""

    @extend_schema(
        operation_id="export_retrieve",
        summary="All that is kept about you",
        tags=["you"],
        responses=ExportSerializer,
    )
    def get(self, request: Request) -> Response:
        """Return the same document as the profile page's export."""
        document = exports.export(member(request))
        kept = {name: part for name, part in document.items() if name != "exported_at"}
        etag = etag_of(json.dumps(kept, cls=JSONEncoder))
        return Response(document, headers={"ETag": etag})


class NdjsonRenderer(JSONRenderer):
    """What the stream is negotiated as; errors are rendered as one JSON document."""

    media_type = NDJSON
    format = "ndjson"


class ExportStreamApi(APIView):
    """The same, row by row."""

    has_etag = False
    renderer_classes = [NdjsonRenderer, JSONRenderer]

    @extend_schema(
        operation_id="export_stream",
        summary="All that is kept about you, as JSON lines",
        tags=["you"],
        responses={(200, NDJSON): OpenApiResponse(OpenApiTypes.STR, EXPORT_LINES)},
        examples=[EXPORT_EXAMPLE],
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """One JSON object a line; `section` names its part. Sent while it is read."""
        rows = exports.export_rows(member(request))
        lines = (json.dumps(row, cls=JSONEncoder, ensure_ascii=False) + "\n" for row in rows)
        return StreamingHttpResponse(lines, content_type=NDJSON)


class AccountDeleteApi(APIView):
    """Deleting the caller's account."""

    throttle_scope = "account"

    @extend_schema(
        operation_id="me_delete",
        summary="Delete your account",
        tags=["you"],
        request=AccountDeleteSerializer,
        responses={204: None},
        examples=[PASSWORD_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """With everything in it, at once and for good. The password is asked for once more."""
        asked = AccountDeleteSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        account_delete(user=member(request), **asked.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)


class UserListApi(ListAPIView):
    """The members, the latest first; for staff."""

    permission_classes = [IsAdministrator]
    throttle_scope = "admin"
    serializer_class = UserSerializer
    pagination_class = NewestFirstPagination
    query = {"get": UserQuerySerializer}
    queryset = User.objects.all()

    @override
    def get_queryset(self) -> QuerySet[User]:
        """Return all users that match the query.

        One query.
        """
        query = self.query_data()
        people = User.objects.all()
        if "search" in query:
            people = people.filter(username__icontains=query["search"])
        return people.exclude(source="") if query["raters"] else people.filter(source="")

    @extend_schema(
        operation_id="users_list",
        summary="Members",
        tags=["admin"],
    )
    def get(self, request: Request) -> Response:
        """List users, page by page."""
        return self.list(request)


@extend_schema_view(
    get=extend_schema(operation_id="users_retrieve", summary="A member", tags=["admin"])
)
class UserDetailApi(RetrieveAPIView):
    """One member; for staff, who change people in the admin."""

    permission_classes = [IsAdministrator]
    throttle_scope = "admin"
    serializer_class = UserSerializer
    queryset = User.objects.all()
    lookup_url_kwarg = "user_id"


def _described(token: Any) -> dict[str, Any]:
    """Return what ``CurrentTokenSerializer`` tells of a personal token or one of OAuth 2.0."""
    if isinstance(token, ApiToken):
        return {"kind": "personal", **TokenSerializer(token).data}
    return {
        "kind": "oauth",
        "id": None,
        "name": token.client.name,
        "hint": "",
        "scopes": token.get_scopes(),
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": None,
        "revoked_at": None,
    }
