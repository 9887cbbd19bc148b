"""Format log records as lines or as JSON, with the request, task and run they belong to."""

import json
import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from common.redaction import redact
from common.request_ids import request_id

run_id: ContextVar[int | None] = ContextVar("run_id", default=None)
"""The model run that this thread works on; None outside a run."""
task_name: ContextVar[str] = ContextVar("task_name", default="")
"""The Celery task that this thread works on; empty outside a task."""


class LineFormatter(logging.Formatter):
    """A record as a line of text, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the traceback if there is one."""
        return redact(super().format(record))


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """Return an object with time, level, logger, message, and what is known beside them."""
        members: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
            "process": record.process,
            "request_id": request_id.get(),
            "task": task_name.get(),
            "run_id": run_id.get(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            members["error"] = record.exc_info[0].__name__
            members["traceback"] = redact("".join(traceback.format_exception(*record.exc_info)))
        known = {name: value for name, value in members.items() if value not in {"", None}}
        return json.dumps(known, ensure_ascii=False, default=str)
