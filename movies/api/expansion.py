"""``expand=movie``: rows that name a film carry the film."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from rest_framework.request import Request

RowT = TypeVar("RowT", bound=Model)


def is_expanded(request: Request | None) -> bool:
    """Return whether a request asks for the films of its rows."""
    texts = request.query_params.getlist("expand") if request is not None else []
    return any(text.strip() for text in texts)


def with_movies(rows: QuerySet[RowT]) -> QuerySet[RowT]:
    """Read the films of rows and their genres with the rows. One query more."""
    columns = ("movie__search", "movie__search_text", "movie__trigrams")
    return rows.select_related("movie").defer(*columns).prefetch_related("movie__genres")
