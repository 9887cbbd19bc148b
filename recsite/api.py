"""Pages about the API, for the people who write programs."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from common.api.middleware import PUBLIC
from common.api.problems import KINDS
from common.api.views import APIView, StrictView
from recsite import reference

ENTRY_POINTS = {
    "movies": "api-movies",
    "genres": "api-genres",
    "recommendations": "api-recommendations",
    "ratings": "api-ratings",
    "taste": "api-taste",
    "export": "api-export",
    "token": "api-token-current",
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
    """Where to begin."""

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
    """The OpenAPI document."""

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


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation, by what it is about."""
    root = request.build_absolute_uri("/").rstrip("/")
    context = {"sections": reference.sections(get_language()), "root": root}
    return render(request, "api/docs.html", context)


@require_safe
def operation(request: HttpRequest, operation_id: str) -> HttpResponse:
    """One operation, to read and to try.

    Whoever has logged in tries it as themselves; a token may be entered instead.
    """
    for section in reference.sections(get_language()):
        for one in section.operations:
            if one.id == operation_id:
                curl = one.curl(request.build_absolute_uri("/"))
                context = {"operation": one, "section": section, "curl": curl}
                return render(request, "api/operation.html", context)
    raise Http404


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """What the ``type`` of a problem leads to: each kind, and what to do about it."""
    return render(request, "api/problems.html", {"kinds": KINDS.values()})
