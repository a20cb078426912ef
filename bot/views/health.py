"""The health report in words, for a phone and for a terminal."""

from collections.abc import Iterator
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from bot.i18n import Text
from bot.views import measures
from core.diagnostics.models import Severity
from core.timescale.findings import Check, Finding
from core.timescale.health import HealthReport
from core.timescale.stats import HypertableStats

MARKS = {Severity.CRITICAL: "🔴", Severity.WARNING: "🟡", Severity.INFO: "ℹ️"}
_UNITS = ("b", "kb", "mb", "gb", "tb")
_STEP = 1024
_WHOLE_FROM = 100
_EVIDENCE_LIMIT = 200


def health_html(report: HealthReport, text: Text, zone: ZoneInfo) -> str:
    """Word the report as HTML; commands are ready to copy. Fits one message."""
    headline, *facts = (escape(line) for line in _facts(report, text, zone))
    found = [_finding_html(finding, text) for finding in report.findings]
    return "\n\n".join([f"<b>{headline}</b>", "\n".join(facts), *found])


def health_lines(report: HealthReport, text: Text, zone: ZoneInfo) -> list[str]:
    """Word the report as plain lines."""
    lines = list(_facts(report, text, zone))
    for finding in report.findings:
        lines.append(f"{MARKS[finding.severity]} {finding_words(finding, text)}")
        if finding.command:
            lines.append(f"   $ {finding.command}")
    return lines


def _facts(report: HealthReport, text: Text, zone: ZoneInfo) -> Iterator[str]:
    yield text("timescale-health-title", worst=report.worst.value if report.worst else "none")
    edition, server = report.kind, report.server
    yield text(
        "timescale-health-edition", edition=edition.edition, version=edition.timescale or "", postgres=edition.postgres
    )
    yield text("timescale-health-size", size=size(server.database_bytes, text))
    if report.readings is not None:
        yield from _readings(report.readings, report.chunks_ahead, text, zone)
    yield text("timescale-health-connections", used=server.connections, limit=server.max_connections)
    redis = report.redis
    if redis.version:
        used = size(redis.used_bytes, text)
        yield text("timescale-health-redis", product=redis.product, version=redis.version, size=used)
    if report.workers:
        states = [
            text("timescale-health-worker", queue=worker.queue, alive=str(worker.alive).lower(), waiting=worker.waiting)
            for worker in report.workers
        ]
        yield text("timescale-health-workers", states=", ".join(states))


def _readings(stats: HypertableStats, ahead: int | None, text: Text, zone: ZoneInfo) -> Iterator[str]:
    yield text("timescale-health-readings", rows=stats.rows, size=size(stats.total_bytes, text))
    if stats.partitioning:
        parts = stats.partitioning
        yield text("timescale-health-chunks", chunks=parts.chunks, compressed=parts.compressed, ahead=ahead or 0)
    if stats.oldest and stats.newest:
        oldest, newest = (f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in (stats.oldest, stats.newest))
        yield text("timescale-health-span", oldest=oldest, newest=newest)


def _finding_html(finding: Finding, text: Text) -> str:
    words = f"{MARKS[finding.severity]} {escape(finding_words(finding, text))}"
    return f"{words}\n<code>{escape(finding.command)}</code>" if finding.command else words


def read_finding(kept: dict[str, Any]) -> Finding:
    """Read a finding back from where it was kept as JSON."""
    return Finding(Check(kept["check"]), Severity(kept["severity"]), kept["evidence"], kept["command"])


def finding_text(finding: Finding, text: Text) -> str:
    """Word a finding as plain text, with the command that mends it below."""
    words = f"{MARKS[finding.severity]} {finding_words(finding, text)}"
    return f"{words}\n{finding.command}" if finding.command else words


def finding_words(finding: Finding, text: Text) -> str:
    """Word what was found."""
    evidence = {
        name: value[:_EVIDENCE_LIMIT] if isinstance(value, str) else value for name, value in finding.evidence.items()
    }
    if isinstance(table := evidence.get("table"), str):
        evidence["table"] = measures.table(table)
    return text(f"timescale-finding-{finding.check}", **evidence)


def size(count: int, text: Text) -> str:
    """Word a number of bytes: "512 B", "36 MB", "1.4 GB" (1 kB is 1024 B, as PostgreSQL counts)."""
    value, unit = float(count), 0
    while value >= _STEP and unit < len(_UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    shown = round(value) if unit == 0 or value >= _WHOLE_FROM else round(value, 1)
    return text(f"timescale-size-{_UNITS[unit]}", value=shown)
