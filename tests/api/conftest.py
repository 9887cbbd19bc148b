"""Programs and what they ask: every operation, and a real gunicorn on the tests' database."""

import functools
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from accounts.models import User
from accounts.services import token_create
from tests import cast
from tests.conftest import FOLDERS

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90


@pytest.fixture(scope="session")
def gunicorn_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file to which the server of `gunicorn` writes its warnings."""
    return tmp_path_factory.mktemp("gunicorn") / "log.txt"


@pytest.fixture(scope="session")
def gunicorn(servers: None, django_db_setup: None, gunicorn_log: Path) -> Iterator[tuple[str, int]]:
    """Host and port of a running site, as `manage.py demo` and the container start it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    static = gunicorn_log.parent / "static"
    static.mkdir()
    (static / "long.bin").write_bytes(bytes(2_000_000))
    name = connection.settings_dict["NAME"]
    database = urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}").geturl()
    environment = os.environ | {
        "DATABASE_URL": database,
        "REDIS_URL": settings.REDIS_URL,
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "API_RATE_ANONYMOUS": "none",
        "MARQUEE_HEADER_SECONDS": "3",
        "MARQUEE_BODY_SECONDS": "3",
        "MARQUEE_SEND_SECONDS": "3",
        "STATIC_ROOT": str(static),
        **{variable: str(getattr(settings, folder)) for folder, variable in FOLDERS.items()},
    }
    with gunicorn_log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "python:recsite.gunicorn", "recsite.wsgi"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(process, port)
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait(15)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as client:
                client.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if client.recv(100):
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail("gunicorn did not start")


@pytest.fixture
def ada(transactional_db: None, servers: None) -> User:
    cache.clear()
    return cast.member()


@pytest.fixture
def token(ada: User) -> str:
    return token_create(user=ada, name="test", scopes=["read", "rate"])[1]


@pytest.fixture
def staff(client: Client) -> User:
    cache.clear()
    return cast.logged_in(client, cast.member("grace", is_staff=True))


@functools.cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document, which takes seconds to make."""
    made: dict[str, Any] = json.loads(json.dumps(SchemaGenerator().get_schema(public=True)))
    return made


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Address, with numbers in it, method and description of every operation."""
    for path, methods in document()["paths"].items():
        address = re.sub(r"\{\w+\}", "1", path.replace("{kind}", "seen"))
        for method, operation in methods.items():
            yield address, method.upper(), operation


OF_HTTP = {
    *("allow", "cache-control", "content-encoding", "content-language", "content-length"),
    *("content-type", "vary", "content-security-policy", "cross-origin-opener-policy"),
    *("referrer-policy", "set-cookie", "x-content-type-options", "x-frame-options"),
}
"""Headers in lower case that any HTTP answer may carry, so that the schema does not name them."""


def unnamed_headers(operation: dict[str, Any], status: int, headers: Iterable[str]) -> set[str]:
    """Return the names of headers that an operation sends and its description does not name."""
    responses = operation["responses"]
    named = responses.get(str(status), responses["default"])["headers"]
    return {name.lower() for name in headers} - {name.lower() for name in named} - OF_HTTP
