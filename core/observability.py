"""Structured logs with a correlation id that follows a request from the chat to the job it causes."""

import logging
import secrets
import sys

import structlog
from structlog.contextvars import bind_contextvars, get_contextvars, merge_contextvars
from structlog.typing import Processor

from core import telemetry
from core.settings import LogSettings, Settings
from core.telemetry import CORRELATION_ID

_NOISY = (
    "aiogram.event",
    "aiohttp.access",
    "httpx",
    "httpcore",
    "arq.worker",
    "matplotlib",
    "faiss",
    "bm25s",
    "fontTools",
)


def observe(settings: Settings, part: str) -> None:
    """Log, and send what is asked for to Sentry and OpenTelemetry; `part` names this process.

    Raises:
        SettingsError: an extra is not installed.
    """
    telemetry.start(settings.telemetry, part)
    configure_logging(settings.log)


def configure_logging(settings: LogSettings) -> None:
    """Send structlog and the standard library's logging through one formatter to stderr."""
    shared: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        telemetry.report_faults,
    ]
    final: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if settings.format == "json"
        else [
            # The default prints local variables: secrets among them, and many seconds' worth of aiogram's objects.
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.level, force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(settings.level)))


def new_correlation_id() -> str:
    """Return a fresh id, 12 hexadecimal digits: short enough to read out over the phone."""
    return secrets.token_hex(6)


def bind_correlation_id(value: str | None = None) -> str:
    """Attach `value` (or a fresh id) to all that this task logs from now on; return it."""
    value = value or new_correlation_id()
    bind_contextvars(**{CORRELATION_ID: value})
    return value


def correlation_id() -> str | None:
    """Return the id bound to this task, if any."""
    value = get_contextvars().get(CORRELATION_ID)
    return None if value is None else str(value)
