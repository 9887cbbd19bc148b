"""The site's addresses, and an empty view to hold the API against."""

from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class EmptyView(APIView):
    """What every answer of the API costs: middleware, authentication, permission, throttle."""

    def get(self, _request: Request) -> Response:
        """Return an answer without content."""
        return Response({})


urlpatterns = [
    path("api/v1/empty/", EmptyView.as_view()),
    path("", include("recsite.urls")),
]
