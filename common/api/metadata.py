"""Answer ``OPTIONS`` requests of API endpoints."""

from typing import Any

from rest_framework.metadata import BaseMetadata
from rest_framework.request import Request
from typing_extensions import override


class MethodsMetadata(BaseMetadata):
    """The methods of an address, and where its operations are described."""

    @override
    def determine_metadata(self, request: Request, view: Any) -> dict[str, Any]:
        return {
            "methods": view.allowed_methods,
            "schema": request.build_absolute_uri("/api/v1/schema/"),
        }
