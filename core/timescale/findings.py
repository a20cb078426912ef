"""What a health check can find: each finding has a severity, evidence, and the command that mends it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from core.diagnostics.models import Severity
from core.settings import TimescaleSettings
from core.timescale.edition import DatabaseKind, Edition
from core.timescale.stats import HypertableStats

CONNECTIONS_WARNING, CONNECTIONS_CRITICAL = 0.80, 0.95
"""Shares of max_connections. At the second, PostgreSQL's three reserved for superusers are nearly all that is left."""
CLOCK_SKEW = timedelta(seconds=5)
SILENT = timedelta(hours=1)
"""Readings normally come every second to every few minutes."""
PORTAL_FAULT = "cannot drop portal"
"""TimescaleDB's jobs on PostgreSQL's minors of 2026-11-12: they end as failed although their work is committed."""


class Check(StrEnum):
    """What was looked at; `timescale-finding-<check>` words it."""

    NO_TIMESCALE = "no-timescale"
    NOT_A_HYPERTABLE = "not-a-hypertable"
    CHUNKS_AHEAD = "chunks-ahead"
    NO_READINGS = "no-readings"
    READINGS_SILENT = "readings-silent"
    CONNECTIONS = "connections"
    CLOCK = "clock"
    LOCKS = "locks"
    REDIS = "redis"
    WORKER = "worker"
    FAILED_JOBS = "failed-jobs"
    DATABASE_JOB = "database-job"
    PORTAL_FAULT = "portal-fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. `command` is for a shell on the server."""

    check: Check
    severity: Severity
    evidence: dict[str, str | int | float] = field(default_factory=dict)
    command: str | None = None


@dataclass(frozen=True, slots=True)
class ServerState:
    """The PostgreSQL server as a whole; `skew` is its clock minus ours."""

    database_bytes: int
    connections: int
    max_connections: int
    waiting_locks: int
    skew: timedelta


@dataclass(frozen=True, slots=True)
class RedisState:
    """Redis or Valkey (`product`); `version` is None where it does not answer."""

    version: str | None
    used_bytes: int = 0
    product: str = "Redis"


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A queue: whether its worker lives, and how many jobs wait."""

    queue: str
    alive: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class DatabaseJob:
    """A background job of TimescaleDB's that failed last time."""

    id: int
    name: str
    error: str


def of_server(server: ServerState) -> Iterator[Finding]:
    """Look at the server."""
    share = server.connections / server.max_connections
    if share >= CONNECTIONS_WARNING:
        severity = Severity.CRITICAL if share >= CONNECTIONS_CRITICAL else Severity.WARNING
        yield Finding(Check.CONNECTIONS, severity, {"used": server.connections, "limit": server.max_connections})
    if abs(server.skew) > CLOCK_SKEW:
        yield Finding(Check.CLOCK, Severity.WARNING, {"seconds": round(server.skew.total_seconds(), 1)}, "timedatectl")
    if server.waiting_locks:
        yield Finding(Check.LOCKS, Severity.WARNING, {"waiting": server.waiting_locks})


def of_table(
    kind: DatabaseKind, stats: HypertableStats, settings: TimescaleSettings, now: datetime
) -> Iterator[Finding]:
    """Look at the table of readings."""
    adopt = "hydrodiag timescale adopt"
    if kind.edition is Edition.NONE:
        yield Finding(Check.NO_TIMESCALE, Severity.INFO, {}, adopt if kind.adoptable else None)
    elif stats.partitioning is None:
        yield Finding(Check.NOT_A_HYPERTABLE, Severity.WARNING, {"table": stats.table}, adopt)
    else:
        ahead = chunks_ahead(stats, now)
        if ahead < settings.chunks_ahead:
            evidence: dict[str, str | int | float] = {"ahead": ahead, "wanted": settings.chunks_ahead}
            yield Finding(Check.CHUNKS_AHEAD, Severity.WARNING, evidence, "hydrodiag timescale ensure")
    if stats.newest is None:
        yield Finding(Check.NO_READINGS, Severity.INFO)
    elif now - stats.newest > SILENT:
        hours = round((now - stats.newest) / timedelta(hours=1), 1)
        yield Finding(Check.READINGS_SILENT, Severity.WARNING, {"hours": hours})


def of_surroundings(redis: RedisState, workers: tuple[WorkerState, ...], failed_jobs: int) -> Iterator[Finding]:
    """Look at Redis and the workers; about workers nothing is known while Redis is silent."""
    if redis.version is None:
        yield Finding(Check.REDIS, Severity.CRITICAL)
    for worker in workers:
        if not worker.alive:
            evidence: dict[str, str | int | float] = {"queue": worker.queue, "waiting": worker.waiting}
            yield Finding(Check.WORKER, Severity.WARNING, evidence, f"python -m workers {worker.queue}")
    if failed_jobs:
        yield Finding(Check.FAILED_JOBS, Severity.WARNING, {"count": failed_jobs})


def of_database_jobs(jobs: tuple[DatabaseJob, ...]) -> Iterator[Finding]:
    """Look at TimescaleDB's own jobs; the portal fault is told apart, once, for it harms nothing."""
    if faulty := [job for job in jobs if PORTAL_FAULT in job.error]:
        yield Finding(Check.PORTAL_FAULT, Severity.INFO, {"jobs": ", ".join(str(job.id) for job in faulty)})
    for job in jobs:
        if PORTAL_FAULT not in job.error:
            yield Finding(Check.DATABASE_JOB, Severity.WARNING, {"id": job.id, "name": job.name, "error": job.error})


def chunks_ahead(stats: HypertableStats, now: datetime) -> int:
    """Return how many whole chunks lie beyond the one that takes readings now."""
    if stats.partitioning is None or stats.partitioning.covered_until is None:
        return 0
    interval = stats.partitioning.interval
    end_of_current = now + (interval - (now - datetime.fromtimestamp(0, now.tzinfo)) % interval)
    return max(0, (stats.partitioning.covered_until - end_of_current) // interval)
