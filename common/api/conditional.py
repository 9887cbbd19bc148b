"""ETags: what has not changed is not sent again, and what has changed is not overwritten."""

import hashlib

from django.utils.cache import get_conditional_response
from rest_framework.request import Request

from common.api.exceptions import PreconditionFailed


def etag_of(*parts: object) -> str:
    """A strong ETag of whatever determines a representation."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=12)
    return f'"{digest.hexdigest()}"'


def require_match(request: Request, etag: str | None) -> None:
    """Hold ``If-Match`` and ``If-None-Match`` of a write against what there is (None: nothing).

    ``If-None-Match: *`` makes a PUT create and never replace.

    Raises:
        PreconditionFailed: somebody was faster.

    """
    response = get_conditional_response(request._request, etag=etag)  # noqa: SLF001 # Django's
    if response is not None:
        raise PreconditionFailed
