"""Which representation a client accepts."""

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from typing_extensions import override

from common.api.problems import CONTENT_TYPE


class JsonNegotiation(DefaultContentNegotiation):
    """A client that accepts problem details accepts JSON, of which they are a kind.

    A lone ``*``, as old clients send it, means anything.
    """

    @override
    def get_accept_list(self, request: Request) -> list[str]:
        accepted = super().get_accept_list(request)
        json = "application/json"
        return [json if CONTENT_TYPE in one or one.strip() == "*" else one for one in accepted]
