"""Pages about the API, for the people who write programs."""

from typing import Any

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from common.api.middleware import PUBLIC
from common.api.problems import KINDS
from common.api.views import APIView, StrictView

ENTRY_POINTS = {
    "movies": "api-movies",
    "genres": "api-genres",
    "recommendations": "api-recommendations",
    "ratings": "api-ratings",
    "taste": "api-taste",
    "export": "api-export",
    "imports": "api-me-imports",
    "webhooks": "api-me-webhooks",
    "token": "api-token-current",
    "sign_up": "headless:app:account:signup",
    "log_in": "headless:app:account:login",
    "oauth": "oauth-metadata",
    "schema": "api-schema",
    "documentation": "api-docs",
    "problems": "api-problems",
}


class IndexSerializer(serializers.Serializer[Any]):
    """The API's entry points."""

    version = serializers.CharField(help_text="Of the API: the number in its addresses.")
    entry_points = serializers.DictField(
        child=serializers.URLField(), help_text="Name -> address; the schema lists every operation."
    )


class IndexApi(APIView):
    """The entry points of the API."""

    permission_classes = [AllowAny]
    cache_control = PUBLIC

    @extend_schema(
        operation_id="index", summary="Entry points", tags=["films"], responses=IndexSerializer
    )
    def get(self, request: Request) -> Response:
        """Addresses of the main resources, of the schema and of the documentation."""
        addresses = {
            name: request.build_absolute_uri(reverse(route)) for name, route in ENTRY_POINTS.items()
        }
        return Response({"version": "1", "entry_points": addresses})


class SchemaQuerySerializer(serializers.Serializer[Any]):
    """How the schema is written."""

    lang = serializers.ChoiceField(settings.LANGUAGES, required=False, help_text="Of its texts.")
    format = serializers.ChoiceField(
        ["json", "yaml"], required=False, help_text="Instead of the header Accept."
    )


class SchemaApi(StrictView, SpectacularAPIView):
    """The OpenAPI document of this API."""

    cache_control = PUBLIC
    query = {"get": SchemaQuerySerializer}
    renderer_classes = [
        *(OpenApiJsonRenderer2, OpenApiJsonRenderer),
        *(OpenApiYamlRenderer2, OpenApiYamlRenderer),
    ]

    @override
    def get_renderers(self) -> list[Any]:
        wanted = self.request.GET.get("format", "")
        renderers = super().get_renderers()
        return [one for one in renderers if wanted in {"", one.format}] or renderers

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """In JSON unless YAML is asked for."""
        self.query_data()
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call] # untyped there
        return response


_swagger = SpectacularSwaggerSplitView.as_view(
    url_name="api-schema", title="Marquee API", authentication_classes=[]
)


@csrf_exempt  # it changes nothing; 405 says so
@require_safe
@csp_update({"style-src": [UNSAFE_INLINE]})  # Swagger UI writes styles; no script does
def docs(request: HttpRequest) -> HttpResponseBase:
    """Show every operation, to read and to try: by the session's person, or by a token."""
    return _swagger(request)


@csrf_exempt
@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """Show each kind of problem and what to do about it; the ``type`` of a problem leads here."""
    return render(request, "api/problems.html", {"kinds": KINDS.values()})
