"""Shared parts of admin pages."""

from typing import Any

from django.http import HttpRequest


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
