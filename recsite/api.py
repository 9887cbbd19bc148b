"""Pages about the API, for the people who write programs."""

from functools import cache
from typing import Any

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from common.api.middleware import PUBLIC
from common.api.problems import KINDS
from common.api.views import APIView

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


@cache
def _document(language: str, form: str) -> str | bytes:
    """Return the OpenAPI document; to make and write it takes .7 s to 1.2 s of processor time."""
    renderer = {"json": OpenApiJsonRenderer, "yaml": OpenApiYamlRenderer}[form]()
    generator = SchemaGenerator()  # type: ignore[no-untyped-call] # untyped there
    with translation.override(language):
        document = generator.get_schema(public=True)  # type: ignore[no-untyped-call]
        return renderer.render(document, renderer_context={})


class SchemaApi(APIView):
    """The OpenAPI document of this API."""

    permission_classes = [AllowAny]
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
    def get(self, request: Request) -> HttpResponse:
        """In JSON unless YAML is asked for."""
        language = self.query_data().get("lang") or get_language() or settings.LANGUAGE_CODE
        renderer = request.accepted_renderer
        kind = renderer.media_type
        if renderer.charset:
            kind += f"; charset={renderer.charset}"
        return HttpResponse(
            _document(language, renderer.format),
            content_type=kind,
            headers={"Content-Disposition": f'inline; filename="Marquee.{renderer.format}"'},
        )


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
