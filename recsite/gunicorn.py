"""gunicorn's configuration: ``gunicorn -c python:recsite.gunicorn recsite.wsgi``.

``HOST`` and ``PORT`` say where to listen, ``WEB_CONCURRENCY`` how many processes there are.
"""

import atexit
import gc
import os
import shutil
import tempfile
from importlib import import_module
from typing import Any

from gunicorn import glogging

from common.logs import LineFormatter
from recsite import http

# Before NumPy is loaded: a process has several threads already, and each would start one for every
# core to multiply what one core multiplies in a millisecond.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A page waits no longer than this for PostgreSQL; workers and commands may take longer.
os.environ.setdefault("MARQUEE_QUERY_SECONDS", "20")

host = os.environ.get("HOST", "127.0.0.1")
bind = f"{f'[{host}]' if ':' in host else host}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "recsite.worker.ReadFirstWorker"
threads = 4
timeout = 30
graceful_timeout = 10
# An idle connection occupies no thread. Most clients close theirs after 5 to 15 seconds: before
# the site does, so that no request meets a connection that is being closed.
keepalive = 20
max_requests = 20_000
max_requests_jitter = 2_000
# The heartbeat file on a disk can stall a worker; in a container /tmp is one.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112
accesslog = os.environ.get("ACCESS_LOG")


class logger_class(glogging.Logger):  # type: ignore[misc] # noqa: N801 # gunicorn's name, untyped
    """gunicorn's logs, without the secrets in addresses and errors."""

    def _set_handler(self, log: Any, output: Any, fmt: Any, stream: Any = None) -> None:
        super()._set_handler(log, output, LineFormatter(fmt._fmt, fmt.datefmt), stream)  # noqa: SLF001


# gunicorn's usual line, the seconds it took, and the id by which other lines name the request
access_log_format = '%(h)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s" %(L)s %({x-request-id}o)s'
if os.environ.get("LOG_FORMAT") == "json":
    _LOGGER = {"level": "INFO", "handlers": ["console"], "propagate": False}
    logconfig_dict = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "common.logs.JsonFormatter"}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "json"},
        },
        "root": {"level": "INFO", "handlers": ["console"]},
        "loggers": {"gunicorn.error": _LOGGER, "gunicorn.access": _LOGGER},
    }
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
control_socket_disable = True  # nothing here uses it, and a read-only file system refuses it
limit_request_line = 8190  # the most that gunicorn can be told; "uri-too-long" names it
limit_request_field_size = 8190
proc_name = "marquee"

http.header_seconds = float(os.environ.get("MARQUEE_HEADER_SECONDS", "10"))
http.body_seconds = float(os.environ.get("MARQUEE_BODY_SECONDS", "30"))
http.send_seconds = float(os.environ.get("MARQUEE_SEND_SECONDS", "30"))
http.install()

# Processes write what they count into this folder; whichever answers /metrics adds it up.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="marquee-metrics-")
    _MASTER = os.getpid()

    def _remove_metrics() -> None:
        """Remove the folder with the process that made it."""
        if os.getpid() == _MASTER:
            shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)

    atexit.register(_remove_metrics)


def child_exit(_server: object, worker: Any) -> None:
    """Forget the gauges of a process that has ended; its counts stay."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call] # untyped there


def post_worker_init(_worker: object) -> None:
    """Load what the first request would load, and keep the garbage collector from it.

    Half a million objects live as long as the process: looking through them takes a tenth of a
    second, for which whoever asks just then would have to wait.
    """
    from django.conf import settings

    import_module(settings.ROOT_URLCONF)
    gc.collect()
    gc.freeze()
