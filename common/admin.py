"""Shared parts of admin pages."""

from typing import Any, cast

from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property


class EstimatingPaginator(Paginator):
    """Pages of a large table whose rows are estimated by the planner instead of counted.

    A filtered list is counted: its filters are indexed, and the estimate is of the whole table.
    """

    ABOVE = 100_000
    """Smaller tables are counted, which takes milliseconds."""
    MAX_PAGES = 100
    """Pages of an estimated table: a page reads the rows of all pages before it."""

    @cached_property
    def _estimate(self) -> int | None:
        """Return the planner's estimate of a large table without a filter, else None."""
        query = cast("Any", self.object_list).query  # a list of an admin page is a query set
        if query.where:
            return None
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass",
                [query.model._meta.db_table],  # noqa: SLF001
            )
            estimate = int(cursor.fetchone()[0])
        return estimate if estimate > self.ABOVE else None

    @cached_property
    def count(self) -> int:
        """Return the number of rows, for a large table without a filter the planner's estimate."""
        return super().count if self._estimate is None else self._estimate

    @cached_property
    def num_pages(self) -> int:
        """Return the number of pages, at most `MAX_PAGES` of an estimated table."""
        pages = super().num_pages
        return pages if self._estimate is None else min(pages, self.MAX_PAGES)


class NewestFirst(ChangeList):
    """Rows of a large table, newest first: no index serves an order by another column."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:  # noqa: ARG002 # Django's
        """Return the descending primary key, whatever the address asks for."""
        return ["-pk"]


class ReadOnly:
    """Mixin for an admin page that shows rows but does not edit them."""

    def has_add_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        """Return False: services add the rows."""
        return False

    def has_change_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        """Return False: services change the rows."""
        return False

    def has_delete_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        """Return False: services delete the rows."""
        return False
