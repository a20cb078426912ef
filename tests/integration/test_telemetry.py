"""What leaves the house about faults and time, as a server on this machine receives it; without settings, nothing."""

import asyncio
import gzip
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import AnyHttpUrl, SecretStr

from core import telemetry
from core.settings import SettingsError, TelemetrySettings

ROOT = Path(__file__).parents[2]
DOCUMENT, TOKEN = "the accumulator holds 315 bar", "123456:a-secret-token-of-the-bot"
PROCESS = f"""
import structlog
from core.observability import bind_correlation_id, observe
from core.settings import load_settings
from core.telemetry import span

observe(load_settings(), "bot")
log = structlog.get_logger("bot.test")
bind_correlation_id("abcdef123456")
secret, passage = {TOKEN!r}, {DOCUMENT!r}


def answer(passage):
    raise ValueError(f"can't word {{passage}} with {{secret}}")


with span("update", kind="message"):
    try:
        with span("answer"):
            answer(passage)
    except ValueError:
        log.exception("answer failed", question=passage, token=secret)
log.error("no exception here", question=passage)
log.warning("only a warning", exc_info=ValueError(passage))
import logging
try:
    answer(passage)
except ValueError:
    logging.getLogger("somebody.else").exception("they quote %s", passage)
"""


@dataclass
class Sink:
    """A server that keeps what it gets."""

    url: str = ""
    bodies: dict[str, list[bytes]] = field(default_factory=dict)

    async def take(self, request: web.Request) -> web.Response:
        """Keep a body."""
        raw = await request.read()
        self.bodies.setdefault(request.path, []).append(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
        return web.Response()

    def faults(self) -> list[dict[str, Any]]:
        """Return the events that came in Sentry's envelopes."""
        lines = [line for body in self.bodies["/api/1/envelope/"] for line in body.splitlines()]
        return [event for line in lines if "exception" in (event := json.loads(line))]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    kept = Sink()
    app = web.Application()
    app.router.add_post("/{path:.*}", kept.take)
    async with TestServer(app) as server:
        kept.url = str(server.make_url("/")).rstrip("/")
        yield kept


async def _run(home: Path, **environment: str) -> str:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROCESS,
        cwd=home,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "LOG__FORMAT": "json", **environment},
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await child.communicate()
    assert child.returncode == 0, said.decode()
    return said.decode()


async def test_a_fault_is_reported_with_its_place_and_correlation_and_without_a_word_of_content(
    sink: Sink, tmp_path: Path
) -> None:
    pytest.importorskip("sentry_sdk")
    dsn = sink.url.replace("://", "://public@") + "/1"
    await _run(tmp_path, TELEMETRY__SENTRY_DSN=dsn, TELEMETRY__ENVIRONMENT="test")
    ours, theirs = sorted(sink.faults(), key=lambda event: event["logger"])
    assert ours["tags"] == {"part": "bot", "correlation_id": "abcdef123456"}
    assert ours["environment"] == "test"
    assert ours["message"] == "answer failed"
    [error] = ours["exception"]["values"]
    assert error["type"] == "ValueError"
    assert error["stacktrace"]["frames"][-1]["function"] == "answer"
    assert theirs["message"] == "fault in somebody.else"
    sent = b"".join(body for bodies in sink.bodies.values() for body in bodies).decode()
    assert DOCUMENT not in sent
    assert TOKEN not in sent


async def test_spans_have_the_correlation_id_and_one_trace_for_it(sink: Sink, tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.sdk")
    await _run(tmp_path, TELEMETRY__OTLP_URL=sink.url)
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    [body] = sink.bodies["/v1/traces"]
    [resource] = ExportTraceServiceRequest.FromString(body).resource_spans
    assert "hydrodiag-bot" in str(resource.resource)
    spans = {span.name: span for scope in resource.scope_spans for span in scope.spans}
    assert set(spans) == {"update", "answer"}
    for span in spans.values():
        labels = {label.key: label.value.string_value for label in span.attributes}
        assert labels["correlation_id"] == "abcdef123456"
        assert int.from_bytes(span.trace_id) == telemetry.trace_id("abcdef123456")
        assert not span.events
    assert {label.key: label.value.string_value for label in spans["answer"].attributes}["error.type"] == "ValueError"
    assert spans["answer"].parent_span_id == spans["update"].span_id
    assert DOCUMENT.encode() not in body


async def test_without_settings_nothing_is_sent_and_neither_library_is_imported(sink: Sink, tmp_path: Path) -> None:
    check = "\nimport sys\nassert not {'sentry_sdk', 'opentelemetry'} & set(sys.modules)\n"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROCESS + check, cwd=tmp_path, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    )
    assert await child.wait() == 0
    assert not sink.bodies


@pytest.mark.parametrize("name", ["sentry_dsn", "otlp_url"])
def test_an_extra_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for module in ("sentry_sdk", "opentelemetry.exporter.otlp.proto.http.trace_exporter"):
        monkeypatch.setitem(sys.modules, module, None)
    wanted = {"sentry_dsn": SecretStr("http://a@b/1"), "otlp_url": AnyHttpUrl("http://b")}
    with pytest.raises(SettingsError, match="pip install 'hydrodiag"):
        telemetry.start(TelemetrySettings(**{name: wanted[name]}), "bot")
