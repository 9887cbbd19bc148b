"""Pages that stay the same while films and ratings are added."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.views import APIView
from typing_extensions import override


class StableCursorPagination(CursorPagination):
    """Cursors over a unique column: nothing is skipped or repeated, whatever is added meanwhile."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"
    ordering = "id"


class MoviePagination(StableCursorPagination):
    """By id; a search gives its best matches first instead.

    Matches tie by the thousand, and a cursor counts its place among them: without a cut-off, or it
    would never get past the first thousand of 60,000 films.
    """

    offset_cutoff = None  # type: ignore[assignment] # the stubs know only numbers

    @override
    def get_ordering(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> tuple[str, ...]:
        if request.query_params.get("search", "").strip():
            return ("-match", "-n_ratings", "id")
        return ("id",)


class NewestFirstPagination(StableCursorPagination):
    """The latest row first."""

    ordering = "-id"
