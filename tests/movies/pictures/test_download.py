"""Which pictures are fetched, from where, and how much of them."""

import socket
from collections.abc import Callable

import httpx
import pytest

from movies.pictures import download as module
from movies.pictures.download import (
    PictureRefused,
    PictureUnreachable,
    PublicTransport,
    download,
    require_public,
)

URL = "https://image.tmdb.org/t/p/w780/heat.jpg"


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.MockTransport:
    return httpx.MockTransport(answer)


def fixed(*args, **fields) -> httpx.MockTransport:
    return answering(lambda request: httpx.Response(*args, **fields))


def test_a_picture_of_a_trusted_host_is_fetched():
    assert download(URL, fixed(200, content=b"picture")) == b"picture"


@pytest.mark.parametrize(
    "url",
    [
        "http://image.tmdb.org/heat.jpg",
        "https://evil.example/heat.jpg",
        "https://image.tmdb.org.evil.example/heat.jpg",
        "https://image.tmdb.org@evil.example/heat.jpg",
        "https://user:password@image.tmdb.org/heat.jpg",
        "https://image.tmdb.org:8443/heat.jpg",
        "https://127.0.0.1/heat.jpg",
        "https://[::1]/heat.jpg",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "//image.tmdb.org/heat.jpg",
        "https://",
        "https://image.tmdb.org\n.evil.example/",
        "",
    ],
)
def test_no_other_address_is_asked(url: str):
    with pytest.raises(PictureRefused):
        download(url, answering(lambda request: pytest.fail("It was asked.")))


def test_a_redirect_within_trusted_hosts_is_followed():
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/heat":
            return httpx.Response(200, content=b"picture")
        return httpx.Response(302, headers={"Location": "https://upload.wikimedia.org/heat"})

    assert download(URL, answering(answer)) == b"picture"


@pytest.mark.parametrize("target", ["http://image.tmdb.org/x", "https://10.0.0.1/", "file:///x"])
def test_a_redirect_to_elsewhere_is_refused(target: str):
    with pytest.raises(PictureRefused):
        download(URL, fixed(302, headers={"Location": target}))


def test_an_endless_redirect_is_refused():
    with pytest.raises(PictureRefused, match="redirected"):
        download(URL, fixed(301, headers={"Location": URL}))


@pytest.mark.parametrize("status", [403, 404, 410])
def test_what_is_gone_is_refused(status: int):
    with pytest.raises(PictureRefused, match=str(status)):
        download(URL, fixed(status))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_come_back_is_unreachable(status: int):
    with pytest.raises(PictureUnreachable, match=str(status)):
        download(URL, fixed(status))


def test_a_line_that_is_cut_is_unreachable():
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("too slow", request=request)

    with pytest.raises(PictureUnreachable, match="ReadTimeout"):
        download(URL, answering(answer))


def test_no_more_is_read_than_a_picture_needs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    n_read = 0

    class Endless(httpx.SyncByteStream):
        def __iter__(self):
            nonlocal n_read
            while True:
                n_read += 100
                yield bytes(100)

    with pytest.raises(PictureRefused, match="larger"):
        download(URL, fixed(200, stream=Endless()))
    assert n_read <= 1100


def test_a_picture_that_trickles_is_left(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MAX_SECONDS", -1.0)
    with pytest.raises(PictureUnreachable, match="longer"):
        download(URL, fixed(200, content=b"picture"))


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "64:ff9b::a01:203"]
)
def test_a_name_of_a_private_network_is_refused(monkeypatch: pytest.MonkeyPatch, address: str):
    answers = [(socket.AF_INET, 0, 0, "", ("1.1.1.1", 443)), (0, 0, 0, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers)
    with pytest.raises(PictureRefused, match="private"):
        download(URL)


def test_a_public_name_is_allowed_and_an_unknown_one_unreachable(monkeypatch: pytest.MonkeyPatch):
    answers = [(socket.AF_INET, 0, 0, "", ("1.1.1.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers)
    require_public("image.tmdb.org")

    def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(PictureUnreachable, match="no such name"):
        PublicTransport().handle_request(httpx.Request("GET", URL))
