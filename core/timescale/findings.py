"""What a health check can find: each finding has a severity, evidence, and the command that mends it."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from core.diagnostics.models import Severity
from core.settings import TimescaleSettings
from core.timescale.edition import DatabaseKind, Edition
from core.timescale.observed import Bloat, DatabaseJob, FailedOperation, RedisState, ServerState, WorkerState
from core.timescale.overdue import Lag, Overdue
from core.timescale.stats import Growth, HypertableStats
from core.timescale.watermarks import ROLLUPS

CONNECTIONS_WARNING, CONNECTIONS_CRITICAL = 0.80, 0.95
"""Shares of max_connections. At the second, PostgreSQL's three reserved for superusers are nearly all that is left."""
CLOCK_SKEW = timedelta(seconds=5)
SILENT = timedelta(hours=1)
"""Readings normally come every second to every few minutes."""
LONG_WAIT = timedelta(seconds=30)
"""Shorter waits are a busy database's everyday life."""
LAG_CRITICAL = timedelta(days=7)
DISK_WARNING, DISK_CRITICAL = 30.0, 7.0
"""Days until the disk is full: time to order a disk, and time to act."""
SUPPORTED = {(2, 13): range(13, 17), (2, 16): range(14, 17), (2, 17): range(14, 18), (2, 20): range(15, 18),
             (2, 23): range(15, 19)}  # fmt: skip
"""PostgreSQL's major versions, from each version of TimescaleDB on. Source: its release notes."""
Evidence = dict[str, str | int | float]
_SESSIONS = "SELECT pid, usename, state, state_change, query FROM pg_stat_activity ORDER BY state_change"
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
    LOCKED = "locked"
    UNSUPPORTED = "unsupported"
    RETENTION_OVERDUE = "retention-overdue"
    COMPRESSION_OVERDUE = "compression-overdue"
    AGGREGATE_LAGS = "aggregate-lags"
    BLOAT = "bloat"
    DISK = "disk"
    OPERATION_FAILED = "operation-failed"
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
    evidence: Evidence = field(default_factory=dict)
    command: str | None = None


def of_server(server: ServerState) -> Iterator[Finding]:
    """Look at the server."""
    share = server.connections / server.max_connections
    if share >= CONNECTIONS_WARNING:
        severity = Severity.CRITICAL if share >= CONNECTIONS_CRITICAL else Severity.WARNING
        evidence: Evidence = {"used": server.connections, "limit": server.max_connections}
        yield Finding(Check.CONNECTIONS, severity, evidence, _psql(_SESSIONS))
    if abs(server.skew) > CLOCK_SKEW:
        yield Finding(Check.CLOCK, Severity.WARNING, {"seconds": round(server.skew.total_seconds(), 1)}, "timedatectl")
    if server.waiting_locks and server.longest_wait >= LONG_WAIT:
        seconds = round(server.longest_wait.total_seconds())
        evidence = {"waiting": server.waiting_locks, "seconds": seconds, "blockers": server.blockers or "?"}
        first = server.blockers.partition(",")[0]
        yield Finding(Check.LOCKS, Severity.WARNING, evidence, _psql(f"SELECT pg_terminate_backend({first or 'PID'})"))


def of_lock(table: str, holders: str | None, held: timedelta) -> Finding:
    """Name who keeps a table from being looked at; it may have let go meanwhile."""
    evidence: Evidence = {"table": table, "seconds": round(held.total_seconds()), "blockers": holders or "?"}
    first = (holders or "PID").partition(",")[0]
    return Finding(Check.LOCKED, Severity.CRITICAL, evidence, _psql(f"SELECT pg_terminate_backend({first})"))


def of_table(
    kind: DatabaseKind, stats: HypertableStats, settings: TimescaleSettings, now: datetime
) -> Iterator[Finding]:
    """Look at the table of readings."""
    adopt = "hydrodiag timescale adopt"
    if kind.edition is Edition.NONE:
        # Where TimescaleDB is not installed, it says so, and what to do first.
        yield Finding(Check.NO_TIMESCALE, Severity.INFO, {"postgres": kind.postgres}, adopt)
    elif stats.partitioning is None:
        yield Finding(Check.NOT_A_HYPERTABLE, Severity.WARNING, {"table": stats.table}, adopt)
    else:
        ahead = chunks_ahead(stats, now)
        if ahead < settings.chunks_ahead:
            evidence: Evidence = {"ahead": ahead, "wanted": settings.chunks_ahead}
            yield Finding(Check.CHUNKS_AHEAD, Severity.WARNING, evidence, "hydrodiag timescale ensure")
    if stats.newest is None:
        yield Finding(Check.NO_READINGS, Severity.INFO, {"table": stats.table}, "hydrodiag doctor")
    elif now - stats.newest > SILENT:
        hours = round((now - stats.newest) / timedelta(hours=1), 1)
        yield Finding(Check.READINGS_SILENT, Severity.WARNING, {"hours": hours}, "docker compose logs --tail 50")


def of_surroundings(redis: RedisState, workers: tuple[WorkerState, ...], failed_jobs: int) -> Iterator[Finding]:
    """Look at Redis and the workers; about workers nothing is known while Redis is silent."""
    if redis.version is None:
        yield Finding(Check.REDIS, Severity.CRITICAL, {"error": redis.error}, "docker compose up -d redis")
    for worker in workers:
        if not worker.alive:
            evidence: Evidence = {"queue": worker.queue, "waiting": worker.waiting}
            yield Finding(Check.WORKER, Severity.WARNING, evidence, f"python -m workers {worker.queue}")
    if failed_jobs:
        recent = "SELECT failed_at, function, error FROM failed_jobs ORDER BY failed_at DESC LIMIT 10"
        yield Finding(Check.FAILED_JOBS, Severity.WARNING, {"count": failed_jobs}, _psql(recent))


def of_database_jobs(jobs: tuple[DatabaseJob, ...]) -> Iterator[Finding]:
    """Look at TimescaleDB's own jobs; the portal fault is told apart, once, for it harms nothing."""
    if faulty := [job for job in jobs if PORTAL_FAULT in job.error]:
        evidence: Evidence = {"jobs": ", ".join(str(job.id) for job in faulty)}
        yield Finding(Check.PORTAL_FAULT, Severity.INFO, evidence, _psql("ALTER EXTENSION timescaledb UPDATE"))
    for job in jobs:
        if PORTAL_FAULT not in job.error:
            evidence = {"id": job.id, "name": job.name, "error": job.error}
            yield Finding(Check.DATABASE_JOB, Severity.WARNING, evidence, _psql(f"CALL run_job({job.id})"))


def of_versions(kind: DatabaseKind) -> Iterator[Finding]:
    """Look at whether this TimescaleDB is made for this PostgreSQL."""
    if kind.timescale is None:
        return
    version = tuple(int(part) for part in kind.timescale.split(".")[:2])
    known = [majors for since, majors in SUPPORTED.items() if since <= version]
    if not known or int(kind.postgres.split(".")[0]) not in known[-1]:
        evidence: Evidence = {"timescale": kind.timescale, "postgres": kind.postgres}
        yield Finding(Check.UNSUPPORTED, Severity.WARNING, evidence, _psql("ALTER EXTENSION timescaledb UPDATE"))


def of_upkeep(late: Overdue) -> Iterator[Finding]:
    """Look at what waits for the daily upkeep."""
    command = f"hydrodiag timescale apply {shlex.quote(late.table)}"
    for check, chunks, days in (
        (Check.RETENTION_OVERDUE, late.to_drop, late.declared.retain_for.days),
        (Check.COMPRESSION_OVERDUE, late.to_compress, late.declared.compress_after.days),
    ):
        if chunks:
            evidence: Evidence = {"table": late.table, "count": len(chunks), "days": days}
            evidence |= {"oldest": chunks[0].name, "until": f"{chunks[0].end:%Y-%m-%d}"}
            yield Finding(check, Severity.WARNING, evidence, command)


def of_lags(lags: list[Lag]) -> Iterator[Finding]:
    """Look at what has not read the newest readings."""
    for lag in lags:
        severity = Severity.CRITICAL if lag.behind >= LAG_CRITICAL and lag.name == ROLLUPS else Severity.WARNING
        since = _literal(lag.since.isoformat()) if lag.since else "NULL"
        refresh = f"CALL refresh_continuous_aggregate({_literal(lag.name)}, {since}, NULL)"
        command = "python -m workers diagnostics" if lag.name == ROLLUPS else _psql(refresh)
        evidence: Evidence = {"name": lag.name, "hours": round(lag.behind / timedelta(hours=1), 1)}
        yield Finding(Check.AGGREGATE_LAGS, severity, evidence, command)


def of_bloat(bloated: list[Bloat]) -> Iterator[Finding]:
    """Look at dead rows."""
    for one in bloated:
        share = round(100 * one.dead / (one.dead + one.live))
        evidence: Evidence = {"table": one.table, "dead": one.dead, "percent": share}
        yield Finding(Check.BLOAT, Severity.WARNING, evidence, _psql(f"VACUUM (ANALYZE) {one.table}"))


def of_disk(growth: Growth) -> Iterator[Finding]:
    """Look at how long the disk will last."""
    if growth.days_until_full is None or growth.days_until_full >= DISK_WARNING:
        return
    severity = Severity.CRITICAL if growth.days_until_full < DISK_CRITICAL else Severity.WARNING
    free = round((growth.disk_free_bytes or 0) / 1e9, 1)
    evidence: Evidence = {"days": round(growth.days_until_full, 1), "free_gb": free}
    yield Finding(Check.DISK, severity, evidence, "hydrodiag timescale policy --retain 365d")


def of_operations(failed: list[FailedOperation]) -> Iterator[Finding]:
    """Look at maintenance that failed and has not succeeded since."""
    for one in failed:
        evidence: Evidence = {"id": one.id, "kind": one.kind, "table": one.table}
        yield Finding(Check.OPERATION_FAILED, Severity.WARNING, evidence, f"hydrodiag timescale jobs {one.id}")


def _psql(statement: str) -> str:
    return f'psql "$DATABASE_URL" -c {shlex.quote(statement)}'


def _literal(words: str) -> str:
    """Quote for SQL, without single quotes where that can be: the shell has its own around the statement."""
    return f"$${words}$$" if "$" not in words else "'" + words.replace("'", "''") + "'"


def chunks_ahead(stats: HypertableStats, now: datetime) -> int:
    """Return how many whole chunks lie beyond the one that takes readings now."""
    if stats.partitioning is None or stats.partitioning.covered_until is None:
        return 0
    interval = stats.partitioning.interval
    end_of_current = now + (interval - (now - datetime.fromtimestamp(0, now.tzinfo)) % interval)
    return max(0, (stats.partitioning.covered_until - end_of_current) // interval)
