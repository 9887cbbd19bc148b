"""ETags: what has not changed is not sent again, and what has changed is not overwritten."""

import hashlib
import re
from typing import Final

from django.http import HttpRequest
from django.utils.http import parse_etags
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from common.api.exceptions import HeaderError, PreconditionFailed

CONDITIONS: Final = ("If-Match", "If-None-Match")
DATE_CONDITION: Final = "If-Unmodified-Since"
"""A condition that is always refused: two changes of one second would pass it."""
_OF_COMPRESSION: Final = re.compile(r'(?:[-;+](?:gzip|br|zstd|deflate))+"$')
"""What compressing servers, such as Apache, append inside the quotes."""


def etag_of(*parts: object) -> str:
    """Return a strong ETag of the values that determine a representation."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=12)
    return f'"{digest.hexdigest()}"'


def require_match(request: Request, etag: str | None) -> None:
    """Hold ``If-Match`` and ``If-None-Match`` of a change against the present state.

    An ETag that a proxy has marked as weak or as compressed counts as the one it was made from:
    it names a state, and compression does not change that.

    Parameters
    ----------
    request
        The change.
    etag
        The ETag of what the change would replace; None if there is nothing.

    Raises
    ------
    PreconditionFailed
        The state is another, or with ``If-None-Match: *`` there is one.
    HeaderError
        A header that is no list of ETags, such as one without quotes.

    """
    if is_match(request, "If-Match", etag) is False or is_match(request, "If-None-Match", etag):
        raise PreconditionFailed


def is_match(request: Request | HttpRequest, header: str, etag: str | None) -> bool | None:
    """Return whether a header names ``etag``; None where the header was not sent.

    Raises
    ------
    HeaderError
        The header is no list of ETags.

    """
    sent = request.headers.get(header)
    if sent is None:
        return None
    etags = parse_etags(sent)
    # Empty elements of a list are ignored (RFC 9110, section 5.6.1.2).
    if not etags or len(etags) < sum(bool(element.strip()) for element in sent.split(",")):
        text = _('An ETag is written in quotes, as it was received: "0a1b2c".')
        raise HeaderError({header: [text]})
    if etags == ["*"]:
        return etag is not None
    return etag is not None and _plain(etag) in map(_plain, etags)


def _plain(etag: str) -> str:
    return _OF_COMPRESSION.sub('"', etag.removeprefix("W/"))
