import json
import logging
import sys

from common.logs import JsonFormatter, LineFormatter, run_id
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
