"""Pages that stay the same while rows are added, at any depth of any order.

DRF's cursor holds the first column of the order and counts rows that tie with it: among 60,000
films that nobody rated it would count to 60,000, and lose its place when one is added. This one
holds all columns of the last row (keyset pagination), so that every page is one short index scan.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Final
from urllib.parse import unquote_plus, urlsplit

from django.core.signing import BadSignature, Signer, b64_decode, b64_encode
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from common.api.exceptions import AddressTooLong, QueryError

CURSOR = "cursor"
PAGE_SIZE = "page_size"
TOTAL = "total"
MAX_ADDRESS: Final = 8_000
"""Bytes of path and query of a page's address, so that gunicorn takes the line it is in."""
MAX_LINKS: Final = 2_000
"""Bytes of the header ``Link``: proxies refuse answers with long headers."""
_OF_THE_PAGE: Final = frozenset({CURSOR, PAGE_SIZE, TOTAL, "fields", "expand", "order"})
"""Parameters that a page may have otherwise than the one before; columns stand for the order."""
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Cursor:
    """A place between two rows."""

    is_reverse: bool
    """Whether the page before the place is meant, not the one after it."""
    listing: str
    """The list, its order and its filters: in another one the place is elsewhere."""
    values: tuple[Any, ...]
    """Of the row beside the place, in the columns of the order."""

    def encode(self) -> str:
        """Return the text for an address, signed and without characters that need escapes."""
        values = [self.is_reverse, *map(_exact, self.values)]
        text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        return _CursorSigner(self.listing).sign(b64_encode(text.encode()).decode())

    @classmethod
    def decode(cls, text: str, listing: str) -> "Cursor":
        """Return the cursor of a list that a text from an address stands for.

        Raises
        ------
        QueryError
            No page of this list, in this order and with these filters, gave such a cursor.

        """
        try:
            signed = _CursorSigner(listing).unsign(text)
        except BadSignature:
            raise _no_cursor() from None
        is_reverse, *values = json.loads(b64_decode(signed.encode()))
        return cls(is_reverse, listing, tuple(values))


class _CursorSigner(Signer):
    """Signs the cursors of one list: a value that no page gave does not reach the database."""

    CHARACTERS: Final = 16
    """Of a signature: 96 bits."""

    def __init__(self, listing: str) -> None:
        super().__init__(sep=".", salt=f"common.api.pagination:{listing}")

    @override
    def signature(self, value: str | bytes, key: str | bytes | None = None) -> str:
        return super().signature(value, key)[: self.CHARACTERS]


class KeysetPagination(BasePagination):
    """Pages in ``ordering``, whose last column is unique and whose columns are never null."""

    ordering: Sequence[str] = ("id",)
    page_size = 50
    max_page_size = 500

    def get_ordering(self, request: Request, view: APIView) -> tuple[str, ...]:  # noqa: ARG002
        """Columns or annotations, a minus before those that fall."""
        return tuple(self.ordering)

    @override
    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        """Return the rows of the requested page.

        One query.

        Raises
        ------
        QueryError
            A cursor that no page gave, or a size that cannot be.
        AddressTooLong
            The address of the next page would be refused.

        """
        assert view is not None  # noqa: S101 # DRF's views always pass themselves
        self._url = request.build_absolute_uri()
        self._ordering = self.get_ordering(request, view)
        self._listing = _listing(request, view, self._ordering)
        self._cursor = self._requested_cursor(request)
        size = self._size(request)
        self._total = queryset.count() if _is_total(request) else None
        rows = list(self._beside(queryset)[: size + 1])
        self._has_more, rows = len(rows) > size, rows[:size]
        if self._cursor and self._cursor.is_reverse:
            rows.reverse()
        self._rows: list[Any] = rows
        self._links = {"next": self._next_link(), "previous": self._previous_link()}
        return rows

    @override
    def get_paginated_response(self, data: Any) -> Response:
        total = {} if self._total is None else {"total": self._total}
        link = ", ".join(
            f'<{address}>; rel="{_RELATIONS[name]}"'
            for name, address in self._links.items()
            if address
        )
        headers = {"Link": link} if 0 < len(link) <= MAX_LINKS else {}
        return Response(self._links | total | {"results": data}, headers=headers)

    @override
    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {**link, "description": "The next page; null on the last."},
                "previous": {**link, "description": "The page before; null on the first."},
                "total": {
                    "type": "integer",
                    "description": "Number of results on all pages; only with `total=true`.",
                },
                "results": {**schema, "description": "The rows of this page, in order."},
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:  # noqa: ARG002
        """Describe the parameters for the schema."""
        return [
            {
                "name": CURSOR,
                "in": "query",
                "required": False,
                "description": "A page's place, as in next and previous.",
                "schema": {"type": "string"},
            },
            {
                "name": PAGE_SIZE,
                "in": "query",
                "required": False,
                "description": f"Results on a page, at most {self.max_page_size}.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": self.max_page_size,
                    "default": self.page_size,
                },
            },
            {
                "name": TOTAL,
                "in": "query",
                "required": False,
                "description": "Whether to count the results on all pages, which takes longer.",
                "schema": {"type": "boolean", "default": False},
            },
        ]

    def _requested_cursor(self, request: Request) -> Cursor | None:
        text = request.query_params.get(CURSOR)
        return Cursor.decode(text, self._listing) if text else None

    def _size(self, request: Request) -> int:
        asked = request.query_params.get(PAGE_SIZE)
        if not asked:
            return self.page_size
        size = int(asked) if _NUMBER.fullmatch(asked) else 0
        if not 1 <= size <= self.max_page_size:
            text = _("A page has 1 to %(n)s results.") % {"n": self.max_page_size}
            raise QueryError({PAGE_SIZE: [text]})
        return size

    def _beside(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows after the cursor, or the rows before it, nearest first."""
        order = self._ordering
        if self._cursor is None:
            return queryset.order_by(*order)
        if self._cursor.is_reverse:
            order = tuple(map(_turned, order))
        return queryset.filter(_after(order, self._cursor.values)).order_by(*order)

    def _next_link(self) -> str | None:
        is_last = not (self._has_more or (self._cursor and self._cursor.is_reverse))
        return None if is_last else self._link(-1, is_reverse=False)

    def _previous_link(self) -> str | None:
        if self._cursor is None or (self._cursor.is_reverse and not self._has_more):
            return None
        return self._link(0, is_reverse=True)

    def _link(self, position: int, *, is_reverse: bool) -> str | None:
        if not self._rows:
            return _at_cursor(self._url, "") if is_reverse else None
        row: Model | Mapping[str, Any] = self._rows[position]
        values = tuple(_value(row, column) for column in self._ordering)
        return _at_cursor(self._url, Cursor(is_reverse, self._listing, values).encode())


_RELATIONS = {"next": "next", "previous": "prev"}
"""Names of the links in the body and in the header (RFC 8288)."""


def _listing(request: Request, view: APIView, ordering: tuple[str, ...]) -> str:
    """Return a text for a list, its order and its filters, the same however these are written."""
    old = getattr(view, "old_parameters", None)
    names = old.names if old else {}
    filters = {
        f"{names.get(name, name)}={value.strip()}"
        for name, texts in request.query_params.lists()
        if name not in _OF_THE_PAGE
        for text in texts
        for value in text.split(",")
    }
    return "\0".join([request.path, ",".join(ordering), *sorted(filters)])


def _at_cursor(url: str, cursor: str) -> str:
    """Return the address with another cursor, and else as it was sent.

    Raises
    ------
    AddressTooLong
        The server would refuse it.

    """
    parts = urlsplit(url)
    sent = (part for part in parts.query.split("&") if part)
    kept = [part for part in sent if unquote_plus(part.partition("=")[0]) != CURSOR]
    parts = parts._replace(query="&".join(kept + ([f"{CURSOR}={cursor}"] if cursor else [])))
    if len(parts.path) + len(parts.query) > MAX_ADDRESS:
        raise AddressTooLong
    return parts.geturl()


def _is_total(request: Request) -> bool:
    text = request.query_params.get(TOTAL, "") or "false"
    if text not in {"true", "false"}:
        raise QueryError({TOTAL: [_("Must be true or false.")]})
    return text == "true"


class NewestFirstPagination(KeysetPagination):
    """The latest row first."""

    ordering = ("-id",)


def _exact(value: Any) -> Any:
    """Return a value as JSON holds it.

    Times keep their microseconds, which Django's encoder drops.
    """
    return value.isoformat() if isinstance(value, datetime) else value


def _turned(column: str) -> str:
    return column[1:] if column.startswith("-") else f"-{column}"


def _value(row: Model | Mapping[str, Any], column: str) -> Any:
    name = column.removeprefix("-")
    return row[name] if isinstance(row, Mapping) else getattr(row, name)


def _after(order: tuple[str, ...], values: tuple[Any, ...]) -> Q:
    """Rows after ``values``: further in the first column, or equal there and further in the next.

    The bound on the first column alone says the same again, in the form that an index can use.
    """
    alternatives = []
    for position, column in enumerate(order):
        equal = {name.removeprefix("-"): values[i] for i, name in enumerate(order[:position])}
        alternatives.append(Q(**equal, **{_further(column): values[position]}))
    return Q(**{f"{_further(order[0])}e": values[0]}) & reduce(or_, alternatives)


def _further(column: str) -> str:
    return f"{column[1:]}__lt" if column.startswith("-") else f"{column}__gt"


def _no_cursor() -> QueryError:
    return QueryError({CURSOR: [_("No page of this list gave this cursor. Begin without.")]})
