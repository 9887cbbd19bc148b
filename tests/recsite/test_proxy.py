"""The reverse proxy of the compose file: while the site is down, and with unfinished requests.

It is skipped where Caddy is not installed (Debian: caddy).
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import ClassVar

import httpx
import pytest

from recsite.local.processes import free_port
from tests.waiting import wait_until

CADDY = shutil.which("caddy")
DEPLOY = Path(__file__).resolve().parents[2] / "deploy"

NAMES_IN_2_6 = {"request_buffers 64KB": "buffer_requests\n\t\tmax_buffer_size 64KB"}
"""Directives that Debian's Caddy 2.6 has by another name."""

pytestmark = pytest.mark.skipif(CADDY is None, reason="Caddy is not installed")


def configuration(folder: Path) -> Path:
    """Return the committed file, written for the Caddy that is installed."""
    text = (DEPLOY / "Caddyfile").read_text()
    version = subprocess.run([str(CADDY), "version"], capture_output=True, text=True, check=True)
    if version.stdout.lstrip("v").startswith("2.6."):
        for name, name_in_2_6 in NAMES_IN_2_6.items():
            assert name in text
            text = text.replace(name, name_in_2_6)
    path = folder / "Caddyfile"
    path.write_text(text)
    return path


@contextmanager
def caddy(folder: Path, site_port: int) -> Iterator[httpx.Client]:
    """Run Caddy with the committed file, before a port of this machine."""
    port = free_port("127.0.0.1", 8795)
    environment = os.environ | {
        "SITE_ADDRESS": f"http://127.0.0.1:{port}",
        "WEB_ADDRESS": f"127.0.0.1:{site_port}",
        "MAINTENANCE_ROOT": str(DEPLOY),
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    command = [str(CADDY), "run", "--config", str(configuration(folder)), "--adapter", "caddyfile"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):

        def answers() -> bool:
            assert process.poll() is None, (folder / "log").read_text()
            try:
                return bool(client.get("/").status_code)
            except httpx.HTTPError:
                return False

        try:
            wait_until(answers)
            yield client
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Run Caddy before a port where nobody listens."""
    with caddy(tmp_path_factory.mktemp("caddy"), free_port("127.0.0.1", 8895)) as client:
        yield client


class Site(BaseHTTPRequestHandler):
    """A site that is well and sets `is_reached` when the headers of a POST are there."""

    is_reached: ClassVar[Event]

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        self.is_reached.set()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Keep requests out of the output of the tests."""


@pytest.mark.parametrize("path", ["/", "/movies/1/", "/static/css/none.css"])
def test_people_get_a_page_that_looks_again_by_itself(proxy: httpx.Client, path: str):
    answer = proxy.get(path)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text == (DEPLOY / "maintenance.html").read_text()
    assert '<meta http-equiv="refresh" content="30">' in answer.text


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_programs_get_a_problem_document(proxy: httpx.Client, method: str):
    answer = proxy.request(method, "/api/v1/me/ratings/")
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"] == "30"
    assert answer.json()["status"] == 503


def test_a_request_reaches_the_site_when_its_body_is_here(tmp_path: Path):
    Site.is_reached = Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with caddy(tmp_path, server.server_port) as proxy:
            port = proxy.base_url.port
            with socket.create_connection(("127.0.0.1", port), 20) as client:
                head = f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
                client.sendall(f"{head}Content-Length: 3\r\n\r\na".encode())
                assert not Site.is_reached.wait(1)
                client.sendall(b"bc")
                received = b""
                while chunk := client.recv(65536):
                    received += chunk
        server.shutdown()
    assert received.startswith(b"HTTP/1.1 200")
    assert b"abc" in received


def test_a_client_that_does_not_send_its_headers_is_disconnected(proxy: httpx.Client):
    with socket.create_connection(("127.0.0.1", proxy.base_url.port), 30) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: ")
        while client.recv(65536):
            pass
