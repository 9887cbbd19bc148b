"""Answers to clients that read slowly, or not at all, on real connections."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO

import pytest

from recsite import http
from recsite.http import UNSENT_BYTES, AnswerNotTaken, DeadlineSocket

Pair = tuple[DeadlineSocket, socket.socket]
LONG = bytes(range(256)) * (3 * UNSENT_BYTES // 256)


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Return the two ends of a connection: the site's and the client's, which reads nothing."""
    monkeypatch.setattr(http, "send_seconds", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(listener.getsockname())
        accepted, _address = listener.accept()
        with DeadlineSocket(accepted) as server:
            yield server, client


def test_an_answer_that_is_not_read_is_kept_without_a_wait(pair: Pair):
    server, _client = pair
    started = time.monotonic()
    server.sendall(LONG[: UNSENT_BYTES // 2])
    assert time.monotonic() - started < 0.5
    with pytest.raises(AnswerNotTaken):
        server.flush()
    assert 0.9 < time.monotonic() - started < 5


@pytest.mark.parametrize("way", ["sendall", "sendfile"])
def test_an_answer_too_long_to_be_kept_waits_for_a_limited_time(pair: Pair, way: str):
    server, _client = pair
    started = time.monotonic()
    with pytest.raises(AnswerNotTaken):
        server.sendfile(BytesIO(LONG)) if way == "sendfile" else server.sendall(LONG)
    assert 0.9 < time.monotonic() - started < 5


def test_a_client_that_reads_a_little_now_and_then_is_not_waited_for(pair: Pair):
    server, client = pair
    is_over = threading.Event()

    def drip() -> None:
        while not is_over.wait(0.2):
            with suppress(OSError):
                client.recv(100)

    thread = threading.Thread(target=drip)
    thread.start()
    started = time.monotonic()
    try:
        with pytest.raises(AnswerNotTaken):
            server.sendall(LONG)
    finally:
        is_over.set()
        thread.join()
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("way", ["sendall", "sendfile"])
def test_a_client_that_reads_slowly_but_steadily_gets_every_byte(pair: Pair, way: str):
    server, client = pair
    received = bytearray()

    def read() -> None:
        while len(received) < len(LONG) - 7 and (piece := client.recv(200_000)):
            received.extend(piece)
            time.sleep(0.001)

    thread = threading.Thread(target=read)
    thread.start()
    started = time.monotonic()
    if way == "sendfile":
        assert server.sendfile(BytesIO(LONG), 3, len(LONG) - 7) == len(LONG) - 7
    else:
        server.sendall(LONG[3:-4])
    server.flush()
    thread.join()
    assert time.monotonic() - started > http.send_seconds
    assert received == LONG[3:-4]


def test_the_time_in_which_the_site_makes_an_answer_does_not_count(pair: Pair):
    server, client = pair
    for _ in range(2):
        time.sleep(0.7)
        server.sendall(b"abc")
        server.flush()
        assert client.recv(3) == b"abc"


def test_a_connection_that_is_aborted_is_reset(pair: Pair):
    server, client = pair
    server.sendall(LONG[:1000_000])
    server.abort()
    with pytest.raises(ConnectionResetError):
        list(iter(lambda: client.recv(65536), b""))
