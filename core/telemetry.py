"""Faults to Sentry, spans to OpenTelemetry: two extras, neither imported nor paid for unless its setting is given.

What leaves the house is said here, word for word: of a fault its class and where in the code it happened, of a span
its name and labels from short closed lists of ours, and of both the correlation id. Messages of exceptions, local
variables, texts, names and statements are never sent: they may quote documents, people and secrets.
"""

import atexit
import hashlib
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import TracebackType
from typing import Any

from structlog.contextvars import get_contextvars
from structlog.typing import EventDict

from core.settings import SettingsError, TelemetrySettings

CORRELATION_ID = "correlation_id"
_PATIENCE_S = 2.0
"""What the end of a process waits for what is still to be sent."""
_CAUSES = 5
_FAULTY = ("error", "critical")
_LOGGERS = ("bot.", "cli.", "core.", "demo.", "gateway.", "migrations.", "workers.")
"""Ours: their events are fixed words. What libraries log may quote anything."""

Span = Callable[[str, dict[str, str | int]], AbstractContextManager[None]]
Report = Callable[[dict[str, Any]], None]
_span: Span | None = None
_report: Report | None = None


def start(settings: TelemetrySettings, part: str) -> None:
    """Send what `settings` ask for from now on; `part` is this process: bot, worker, gateway or watch.

    Raises:
        SettingsError: an extra is not installed.
    """
    global _report, _span
    if settings.sentry_dsn is not None:
        with _needing("TELEMETRY__SENTRY_DSN", "sentry"):
            _report = _sentry(settings.sentry_dsn.get_secret_value(), settings.environment, part)
    if settings.otlp_url is not None:
        with _needing("TELEMETRY__OTLP_URL", "opentelemetry"):
            _span = _opentelemetry(str(settings.otlp_url), settings.environment, settings.traced, part)


def span(name: str, **labels: str | int) -> AbstractContextManager[None]:
    """Measure what happens within the context; `labels` come from short closed lists of ours."""
    return _span(name, labels) if _span is not None else nullcontext()


def report_faults(_: object, method: str, event: EventDict) -> EventDict:
    """Report a log event that tells of a fault: a structlog processor, which leaves the event as it is."""
    if _report is not None and method in _FAULTY and (error := _error_of(event.get("exc_info"))) is not None:
        _report(_fault(event, error))
    return event


def _error_of(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _fault(event: EventDict, error: BaseException) -> dict[str, Any]:
    """Return what Sentry is told of a fault."""
    logger = str(event.get("logger", ""))
    ours = logger.startswith(_LOGGERS)
    bound = get_contextvars()
    tags = {name: str(bound[name]) for name in (CORRELATION_ID, "job") if name in bound}
    return {
        "level": "error",
        "logger": logger,
        "message": str(event.get("event", "")) if ours else f"fault in {logger}",
        "tags": tags,
        "exception": {"values": [_told(one) for one in reversed(list(_chain(error)))]},
    }


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what caused it, the last one first."""
    link: BaseException | None = error
    for _ in range(_CAUSES):
        if link is None:
            return
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _told(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    return {"type": kind.__name__, "module": kind.__module__, "stacktrace": {"frames": _frames(error.__traceback__)}}


def _frames(trace: TracebackType | None) -> list[dict[str, Any]]:
    return [
        {
            "filename": frame.f_code.co_filename,
            "function": frame.f_code.co_name,
            "module": frame.f_globals.get("__name__"),
            "lineno": line,
            "in_app": str(frame.f_globals.get("__name__", "")).startswith(_LOGGERS),
        }
        for frame, line in traceback.walk_tb(trace)
    ]


@contextmanager
def _needing(setting: str, extra: str) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError:
        raise SettingsError([f"{setting}: needs the extra: pip install 'hydrodiag[{extra}]'"]) from None


def _sentry(dsn: str, environment: str, part: str) -> Report:
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        send_default_pii=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
    )
    sentry_sdk.set_tag("part", part)
    atexit.register(sentry_sdk.flush, timeout=_PATIENCE_S)

    def report(event: dict[str, Any]) -> None:
        sentry_sdk.capture_event(event)  # type: ignore[arg-type, unused-ignore]

    return report


def _opentelemetry(url: str, environment: str, share: float, part: str) -> Span:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

    class ByCorrelation(IdGenerator):  # type: ignore[misc, unused-ignore]
        """One trace for all that has one correlation id, in whichever process: nothing else need be handed on."""

        def __init__(self) -> None:
            self._random = RandomIdGenerator()

        def generate_span_id(self) -> int:
            """Return a random id."""
            return int(self._random.generate_span_id())

        def generate_trace_id(self) -> int:
            """Return the id that belongs to the correlation id; without one a random id."""
            cause = get_contextvars().get(CORRELATION_ID)
            return trace_id(str(cause)) if cause is not None else int(self._random.generate_trace_id())

    resource = Resource({"service.name": f"hydrodiag-{part}", "deployment.environment.name": environment})
    provider = TracerProvider(resource=resource, sampler=ParentBasedTraceIdRatio(share), id_generator=ByCorrelation())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{url.rstrip('/')}/v1/traces")))
    tracer = provider.get_tracer("hydrodiag")

    @contextmanager
    def measured(name: str, labels: dict[str, str | int]) -> Iterator[None]:
        bound = get_contextvars()
        known = {CORRELATION_ID: str(bound[CORRELATION_ID])} if CORRELATION_ID in bound else {}
        with tracer.start_as_current_span(
            name,
            attributes={**labels, **known},
            record_exception=False,  # its class is enough, see below
            set_status_on_exception=False,
        ) as current:
            try:
                yield
            except BaseException as error:
                current.set_attribute("error.type", type(error).__name__)
                raise

    return measured


def trace_id(correlation_id: str) -> int:
    """Return the 128 bits of the trace that belongs to a correlation id."""
    return int.from_bytes(hashlib.sha256(correlation_id.encode()).digest()[:16])
