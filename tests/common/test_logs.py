import json
import logging
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLResolver, get_resolver

from common.logs import JsonFormatter, LineFormatter, run_id
from common.redaction import MASK, redact
from common.request_ids import request_id


def record(message: str, *, error: bool = False) -> logging.LogRecord:
    info = sys.exc_info() if error else None
    return logging.LogRecord("movies.tmdb", logging.WARNING, __file__, 1, message, (), info)


def test_a_record_is_one_line_of_json_with_the_ids_it_belongs_to() -> None:
    request, run = request_id.set("abc-1"), run_id.set(7)
    try:
        line = JsonFormatter().format(record('Café "Heat"\nsecond line'))
    finally:
        request_id.reset(request)
        run_id.reset(run)
    assert "\n" not in line
    found = json.loads(line)
    assert found["message"] == 'Café "Heat"\nsecond line'
    assert (found["level"], found["logger"]) == ("WARNING", "movies.tmdb")
    assert (found["request_id"], found["run_id"]) == ("abc-1", 7)
    assert found["time"].endswith("+00:00")
    assert "task" not in found


def test_a_traceback_is_a_member_and_has_no_secret() -> None:
    try:
        int("api_key=hush")
    except ValueError:
        found = json.loads(JsonFormatter().format(record("failed", error=True)))
    assert found["error"] == "ValueError"
    assert "api_key=[hidden]" in found["traceback"]
    assert "hush" not in str(found)


def test_a_line_of_text_has_no_secret_either() -> None:
    line = LineFormatter("{levelname} {message}", style="{").format(record("password=hush"))
    assert line == "WARNING password=[hidden]"


@pytest.mark.parametrize(
    "name",
    [
        *("api_key", "client_secret", "refresh_token", "id_token", "DATABASE_PASSWORD"),
        *("OIDC_CLIENT_SECRET", "TMDB_API_KEY", "METRICS_TOKEN", "AWS_SECRET_ACCESS_KEY"),
        *("AccountKey", "AZURE_STORAGE_KEY", "sessionid", "csrftoken", "X-Session-Token"),
        *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "signature", "sig", "code_verifier"),
    ],
)
@pytest.mark.parametrize("form", ["{}=hush", "x&{}=hush&y=1", "{}: hush", "'{}': 'hu sh hush'"])
def test_a_value_is_hidden_by_the_end_of_its_name(name: str, form: str) -> None:
    text = redact(form.format(name))
    assert MASK in text
    assert "hush" not in text


def test_the_code_of_oauth_is_hidden_and_that_of_an_error_is_not() -> None:
    assert redact("GET /back?code=hush&state=1") == "GET /back?code=[hidden]&state=1"
    assert redact("GET /back?state=1&code=hush") == "GET /back?state=1&code=[hidden]"
    assert (
        redact("exit code=404, n_tokens=5, movie key=7") == "exit code=404, n_tokens=5, movie key=7"
    )


PUBLIC = {"client_id", "slug", "kind", "name", "page", "section", "provider_id", "object_id"}
"""Texts in addresses that anybody may see."""


def secret_paths(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    """Yield the site's addresses that hold a text other than a number or a name, as ``HUSH``."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from secret_paths(pattern.url_patterns, route)
        elif set(re.findall(r"<(?:(?:str|path):)?(\w+)>", route)) - PUBLIC:
            path = re.sub(r"<\w+:\w+>|\(\?P<\w+>(?:[^()]|\([^()]*\))*\)", "HUSH", route)
            yield "/" + path


def test_every_address_that_lets_somebody_in_is_hidden() -> None:
    paths = [
        path
        for path in secret_paths(get_resolver().url_patterns)
        if not path.startswith(("/admin/", "/pictures/"))
    ]
    assert any("reset/key" in path for path in paths)
    assert [path for path in paths if "HUSH" in redact(path)] == []


def test_a_long_text_is_searched_in_time() -> None:
    began = time.process_time()
    for text in ("a-" * 50_000, "token" * 20_000, "://" * 30_000):
        redact(text)
    assert time.process_time() - began < 1
