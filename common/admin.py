"""Shared parts of admin pages."""

from typing import Any, cast

from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest
from django.utils.functional import cached_property


class EstimatingPaginator(Paginator):
    """Pages of a large table whose rows are estimated by the planner instead of counted.

    A filtered list is counted: its filters are indexed, and the estimate is of the whole table.
    """

    ABOVE = 100_000
    """Smaller tables are counted, which takes milliseconds."""

    @cached_property
    def count(self) -> int:
        """Return the number of rows, for a large table without a filter the planner's estimate."""
        query = cast("Any", self.object_list).query  # a list of an admin page is a query set
        if not query.where:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass",
                    [query.model._meta.db_table],  # noqa: SLF001
                )
                estimate = int(cursor.fetchone()[0])
            if estimate > self.ABOVE:
                return estimate
        return super().count


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
