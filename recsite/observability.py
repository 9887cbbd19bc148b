"""Errors to Sentry, traces to OpenTelemetry, and the request's id into the tasks it sends.

Both services are off unless their setting is given, and their packages are then needed:
``pip install -r requirements/observability.txt``.
"""

from contextvars import Token
from typing import Any

from celery import Task
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from common.logs import task_name
from common.redaction import redact
from common.request_ids import request_id

REQUEST_ID_HEADER = "x_request_id"
_INSTALL = "{setting} needs more packages: pip install -r requirements/observability.txt"
_names: dict[str, tuple[Token[str], Token[str]]] = {}
"""Id of a task in work -> what restores the names of before."""


def start() -> None:
    """Start what the settings ask for. Called once in each process.

    Raises
    ------
    ImproperlyConfigured
        A setting asks for a service whose packages are not installed.

    """
    if settings.SENTRY_DSN:
        _start_sentry()
    if settings.OTEL_ENDPOINT:
        _start_tracing()


def _start_sentry() -> None:
    try:
        import sentry_sdk
    except ImportError as error:
        raise ImproperlyConfigured(_INSTALL.format(setting="SENTRY_DSN")) from error
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.DEPLOYMENT,
        release=settings.VERSION,
        traces_sample_rate=settings.SENTRY_TRACES_SAMPLE_RATE,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=without_secrets,
    )


def without_secrets(event: Any, _hint: Any = None) -> Any:
    """Return an event with the secrets in all its texts hidden, and with its request's id."""
    clean = _redacted(event)
    if request_id.get():
        clean.setdefault("tags", {})["request_id"] = request_id.get()
    return clean


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    return value


def _start_tracing() -> None:
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.celery import CeleryInstrumentor
        from opentelemetry.instrumentation.django import DjangoInstrumentor
        from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
        from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        setting = "OTEL_EXPORTER_OTLP_ENDPOINT"
        raise ImproperlyConfigured(_INSTALL.format(setting=setting)) from error
    # OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER and the like are read by the library itself.
    resource = Resource({SERVICE_NAME: "marquee", SERVICE_VERSION: settings.VERSION})
    provider = TracerProvider(resource=resource.merge(Resource.create()))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument()
    CeleryInstrumentor().instrument()  # type: ignore[no-untyped-call]
    PsycopgInstrumentor().instrument(skip_dep_check=True)


@before_task_publish.connect  # type: ignore[untyped-decorator]
def _send_request_id(headers: dict[str, Any], **_: Any) -> None:
    if request_id.get():
        headers[REQUEST_ID_HEADER] = request_id.get()


@task_prerun.connect  # type: ignore[untyped-decorator]
def _name_task(task_id: str, task: Task, **_: Any) -> None:
    # A worker has the header beside the message's own; a task that is called at once, apart.
    name = task.request.get(REQUEST_ID_HEADER) or (task.request.headers or {}).get(
        REQUEST_ID_HEADER, ""
    )
    _names[task_id] = request_id.set(str(name)), task_name.set(task.name)


@task_postrun.connect  # type: ignore[untyped-decorator]
def _unname_task(task_id: str, **_: Any) -> None:
    if task_id in _names:
        of_request, of_task = _names.pop(task_id)
        request_id.reset(of_request)
        task_name.reset(of_task)
