"""Which representation a client accepts."""

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from typing_extensions import override

from common.api.problems import CONTENT_TYPE


class JsonNegotiation(DefaultContentNegotiation):
    """A client that accepts problem details accepts JSON, of which they are a kind."""

    @override
    def get_accept_list(self, request: Request) -> list[str]:
        accepted = super().get_accept_list(request)
        return ["application/json" if CONTENT_TYPE in one else one for one in accepted]
