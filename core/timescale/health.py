"""The health check: everything worth knowing about the database and its surroundings, gathered in one go."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.diagnostics.models import Severity
from core.errors import worded
from core.jobs import Queue
from core.settings import TimescaleSettings
from core.timescale import findings
from core.timescale.edition import DatabaseKind, Edition, detect
from core.timescale.findings import Finding
from core.timescale.maintenance import is_contention
from core.timescale.observed import Bloat, DatabaseJob, FailedOperation, RedisState, ServerState, WorkerState
from core.timescale.overdue import Lag, lags, overdue
from core.timescale.policies import Declared
from core.timescale.queries import server
from core.timescale.retention import Hold
from core.timescale.stats import Growth, HypertableStats, get_hypertable_stats
from core.timescale.tables import READINGS
from core.timescale.watermarks import NO_ROLLUPS, Rollups

_WORKER_KEY = ":health-check"  # arq appends it to the queue's name; the key lives a second longer than its interval
_REDIS_TIMEOUT_S = 3.0
_ORDER = [Severity.CRITICAL, Severity.WARNING, Severity.INFO]


_BLOAT_LEAST, _BLOAT_SHARE = 100_000, 0.3
"""Autovacuum comes at a fifth of a table: half as much again means that it does not keep up."""


@dataclass(frozen=True, slots=True)
class Care:
    """What is looked after: tables' policies with what is on hold of them, and our own roll-ups of `readings`."""

    policies: tuple[tuple[Declared, tuple[Hold, ...]], ...] = ()
    rollups: Rollups = NO_ROLLUPS
    readings: str = "public.sensor_data"


NO_CARE = Care()


@dataclass(frozen=True, slots=True)
class HealthReport:
    """How the database is; `findings` worst first. `chunks_ahead` is None without a hypertable.

    `readings` is None where somebody's lock kept us from measuring them; a finding says whose.
    """

    checked_at: datetime
    kind: DatabaseKind
    server: ServerState
    readings: HypertableStats | None
    chunks_ahead: int | None
    redis: RedisState
    workers: tuple[WorkerState, ...]
    failed_jobs: int
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Severity | None:
        """The worst severity found; None where all is well."""
        return self.findings[0].severity if self.findings else None


async def timescale_health_check(
    connection: AsyncConnection,
    redis: Redis,
    settings: TimescaleSettings,
    *,
    now: datetime,
    care: Care = NO_CARE,
) -> HealthReport:
    """Check the database, the tables that are looked after, Redis and the workers."""
    kind = await detect(connection)
    state = await _server(connection, now)
    readings = await _measured(connection, now)
    failed_jobs: int = await connection.scalar(server.FAILED_JOBS, {"since": now - timedelta(days=1)}) or 0
    redis_state, workers = await _surroundings(redis)
    found = [
        *findings.of_server(state),
        *[finding async for finding in _table(connection, kind, readings, settings, now)],
        *findings.of_versions(kind),
        *[finding async for finding in _upkeep(connection, kind, care, now)],
        *findings.of_disk(readings.growth if readings else Growth()),
        *findings.of_surroundings(redis_state, workers, failed_jobs),
        *findings.of_database_jobs(await _database_jobs(connection, kind)),
    ]
    return HealthReport(
        checked_at=now,
        kind=kind,
        server=state,
        readings=readings,
        chunks_ahead=findings.chunks_ahead(readings, now) if readings and readings.partitioning else None,
        redis=redis_state,
        workers=workers,
        failed_jobs=failed_jobs,
        findings=tuple(sorted(found, key=lambda finding: _ORDER.index(finding.severity))),
    )


async def _measured(connection: AsyncConnection, now: datetime) -> HypertableStats | None:
    try:
        return await get_hypertable_stats(connection, now=now)
    except DBAPIError as error:
        if is_contention(error):
            return None
        raise


async def _table(
    connection: AsyncConnection,
    kind: DatabaseKind,
    readings: HypertableStats | None,
    settings: TimescaleSettings,
    now: datetime,
) -> AsyncIterator[Finding]:
    if readings is not None:
        for finding in findings.of_table(kind, readings, settings, now):
            yield finding
        return
    row = (await connection.execute(server.LOCK_HOLDERS, {"table": READINGS})).one()
    yield findings.of_lock(READINGS, row.holders, timedelta(seconds=row.held_s))


async def _server(connection: AsyncConnection, now: datetime) -> ServerState:
    row = (await connection.execute(server.SERVER)).one()
    return ServerState(
        row.database_bytes,
        row.connections,
        row.max_connections,
        row.waiting_locks,
        row.now - now,
        timedelta(seconds=row.longest_wait_s),
        row.blockers or "",
    )


async def _upkeep(connection: AsyncConnection, kind: DatabaseKind, care: Care, now: datetime) -> AsyncIterator[Finding]:
    if kind.edition is not Edition.NONE:
        for declared, holds in care.policies:
            for finding in findings.of_upkeep(await overdue(connection, declared, holds, now=now)):
                yield finding
    for finding in findings.of_lags(await _lags(connection, care, now)):
        yield finding
    limits = {"least": _BLOAT_LEAST, "share": _BLOAT_SHARE}
    bloated = [Bloat(row.name, row.dead, row.live) for row in await connection.execute(server.BLOATED, limits)]
    for finding in findings.of_bloat(bloated):
        yield finding
    since = {"since": now - timedelta(days=2)}
    failed = await connection.execute(server.FAILED_OPERATIONS, since)
    for finding in findings.of_operations([FailedOperation(row.id, row.kind, row.table_name) for row in failed]):
        yield finding


async def _lags(connection: AsyncConnection, care: Care, now: datetime) -> list[Lag]:
    try:
        return await lags(connection, care.rollups, table=care.readings, now=now)
    except DBAPIError as error:
        if is_contention(error):  # found already, and more than a lag
            return []
        raise


async def _database_jobs(connection: AsyncConnection, kind: DatabaseKind) -> tuple[DatabaseJob, ...]:
    if kind.edition is not Edition.COMMUNITY:
        return ()  # Apache's licence refuses every job, those it ships included: nothing is lost or to be mended
    found = await connection.execute(server.BACKGROUND_JOBS_FAILING)
    return tuple(DatabaseJob(row.job_id, row.name, row.error or "") for row in found)


async def _surroundings(redis: Redis) -> tuple[RedisState, tuple[WorkerState, ...]]:
    try:
        async with asyncio.timeout(_REDIS_TIMEOUT_S):
            info = await redis.info()
            workers = [
                WorkerState(queue, bool(await redis.exists(queue + _WORKER_KEY)), await redis.zcard(queue))
                for queue in Queue
            ]
    except (RedisError, OSError) as error:
        return RedisState(version=None, error=worded(error)), ()
    if "valkey_version" in info:  # Valkey's redis_version names the Redis that it is compatible with
        return RedisState(info["valkey_version"], info["used_memory"], "Valkey"), tuple(workers)
    return RedisState(info["redis_version"], info["used_memory"]), tuple(workers)
