"""Fetch a picture from one of the few hosts that are trusted, and from nowhere else.

What stands in a data set's column is anybody's text. So: https to a host of
``settings.PICTURE_HOSTS``, at every redirect again; an address of the public internet (should the
name stand for another a moment later, that machine lacks the certificate); bounded size and time.
"""

import time
from typing import Final

import httpx
from django.conf import settings
from typing_extensions import override

from common.net import PrivateAddressError, UnknownHostError, resolve_public

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_SECONDS: Final = 20.0
MAX_REDIRECTS: Final = 3
TIMEOUT: Final = httpx.Timeout(8.0, connect=4.0)
USER_AGENT: Final = "Marquee (a film site that keeps a small copy of each film's picture)"
GONE_STATUS: Final = frozenset({400, 401, 403, 404, 405, 410, 451})


class PictureRefused(Exception):  # noqa: N818 # a picture as it is; trying again gives the same
    """The picture will not be had, now or later; the message says why."""


class PictureUnreachable(Exception):  # noqa: N818 # the state of the world, not of the program
    """The picture cannot be had now; the message says why."""


class PublicTransport(httpx.HTTPTransport):
    """Connects to addresses of the public internet only."""

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Look the name up first."""
        require_public(request.url.host)
        return super().handle_request(request)


def require_public(host: str) -> None:
    """Refuse a name that stands for a machine of a private network.

    Raises
    ------
    PictureRefused
        One of its addresses is not of the public internet.
    PictureUnreachable
        The name is not known, or no network is there.

    """
    try:
        resolve_public(host, 443)
    except UnknownHostError as error:
        raise PictureUnreachable(f"{host} is not to be found: {error.__cause__}") from error
    except PrivateAddressError as error:
        raise PictureRefused(str(error)) from error


def download(url: str, transport: httpx.BaseTransport | None = None) -> bytes:
    """Download a picture and return its bytes.

    Raises
    ------
    PictureRefused
        The address is not allowed, nothing is there, or it is too large.
    PictureUnreachable
        No answer, or one that may be another next time.

    """
    deadline = time.monotonic() + MAX_SECONDS
    with httpx.Client(
        transport=transport or PublicTransport(),
        timeout=TIMEOUT,
        headers={"User-Agent": USER_AGENT, "Accept": "image/*"},
    ) as client:
        try:
            for _hop in range(MAX_REDIRECTS + 1):
                require_allowed(url)
                with client.stream("GET", url) as response:
                    if response.next_request is None:
                        return _body(response, deadline)
                    url = str(response.next_request.url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise PictureUnreachable(f"{type(error).__name__}: {error}") from error
    raise PictureRefused(f"it is redirected more than {MAX_REDIRECTS} times")


def require_allowed(url: str) -> None:
    """Refuse what is not https to a trusted host.

    Raises
    ------
    PictureRefused
        It is not.

    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise PictureRefused(f"{url[:80]} is no address: {error}") from error
    if parsed.scheme != "https" or parsed.port is not None or parsed.userinfo:
        raise PictureRefused(f"{url[:80]} is not plain https")
    if parsed.host not in settings.PICTURE_HOSTS:
        raise PictureRefused(f"{parsed.host} is not among MARQUEE_PICTURE_HOSTS")


def _body(response: httpx.Response, deadline: float) -> bytes:
    if response.status_code in GONE_STATUS:
        raise PictureRefused(f"the answer is {response.status_code}")
    if response.status_code != httpx.codes.OK:
        raise PictureUnreachable(f"the answer is {response.status_code}")
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            raise PictureRefused(f"it is larger than {MAX_BYTES} bytes")
        if time.monotonic() > deadline:
            raise PictureUnreachable(f"it takes longer than {MAX_SECONDS:.0f} s")
    return bytes(body)
