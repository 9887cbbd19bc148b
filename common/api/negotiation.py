"""Which representation a client accepts."""

import re
from collections.abc import Iterable
from typing import Any

from django.utils.http import parse_header_parameters
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.utils.mediatypes import media_type_matches
from typing_extensions import override

from common.api.problems import CONTENT_TYPE


class JsonNegotiation(DefaultContentNegotiation):
    """A client that accepts problem details accepts JSON, of which they are a kind.

    A lone ``*``, as old clients send it, means anything, and so does an empty header. A media range
    with ``q=0`` is refused (RFC 9110, section 12.4.2); DRF would ignore the weight.
    """

    @override
    def get_accept_list(self, request: Request) -> list[str]:
        return [one for one in self._ranges(request) if not _is_refused(one)]

    @override
    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> Any:
        ranges = self._ranges(request)
        offered = [one for one in renderers if _is_acceptable(one.media_type, ranges)]
        if not offered:
            raise NotAcceptable(available_renderers=renderers)
        return super().select_renderer(request, offered, format_suffix)

    def _ranges(self, request: Request) -> list[str]:
        """Return the media ranges of the header, those with ``q=0`` as well."""
        accepted = super().get_accept_list(request)
        if not request.headers.get("Accept", "").strip(" ,"):
            accepted = ["*/*"]
        return [
            re.sub(r"^\*(?!/)", "*/*", one).replace(CONTENT_TYPE, "application/json")
            for one in accepted
        ]


def _is_acceptable(media_type: str, ranges: Iterable[str]) -> bool:
    """Return whether the most specific media range that names a media type accepts it."""
    own = [one for one in ranges if media_type_matches(media_type, one)]
    own.sort(key=lambda one: parse_header_parameters(one)[0].count("*"))
    return bool(own) and not _is_refused(own[0])


def _is_refused(media_range: str) -> bool:
    """Return whether a media range has the weight 0.

    >>> _is_refused("text/html;q=0.0"), _is_refused("text/html; q=0.5"), _is_refused("*/*;q=x")
    (True, False, False)
    """
    weight = parse_header_parameters(media_range)[1].get("q", "1")
    return not weight.strip("0.") and "0" in weight
