"""Paginate films in the API."""

from rest_framework.request import Request
from rest_framework.views import APIView
from typing_extensions import override

from common.api.pagination import KeysetPagination
from movies.api.filters import BY_ID, BY_MATCH, ORDERS


class LatestRatingsPagination(KeysetPagination):
    """The rating that was given or changed last comes first."""

    ordering = ("-rated_at", "-id")


class MoviePagination(KeysetPagination):
    """In the order that was asked for; else by id, and a search by its best matches."""

    @override
    def get_ordering(self, request: Request, view: APIView) -> tuple[str, ...]:
        asked = request.query_params.get("order")
        default = BY_MATCH if "search" in request.query_params else BY_ID
        return (ORDERS[asked] if asked else default).columns
