"""The health check: everything worth knowing about the database and its surroundings, gathered in one go."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.diagnostics.models import Severity
from core.jobs import Queue
from core.settings import TimescaleSettings
from core.timescale import findings, queries
from core.timescale.edition import DatabaseKind, Edition, detect
from core.timescale.findings import DatabaseJob, Finding, RedisState, ServerState, WorkerState
from core.timescale.stats import HypertableStats, get_hypertable_stats

_WORKER_KEY = ":health-check"  # arq appends it to the queue's name; the key lives a second longer than its interval
_REDIS_TIMEOUT_S = 3.0
_ORDER = [Severity.CRITICAL, Severity.WARNING, Severity.INFO]


@dataclass(frozen=True, slots=True)
class HealthReport:
    """How the database is; `findings` worst first. `chunks_ahead` is None without a hypertable."""

    checked_at: datetime
    kind: DatabaseKind
    server: ServerState
    readings: HypertableStats
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
    connection: AsyncConnection, redis: Redis, settings: TimescaleSettings, *, now: datetime
) -> HealthReport:
    """Check the database, Redis and the workers."""
    kind = await detect(connection)
    server = await _server(connection, now)
    readings = await get_hypertable_stats(connection)
    failed_jobs: int = await connection.scalar(queries.FAILED_JOBS, {"since": now - timedelta(days=1)}) or 0
    redis_state, workers = await _surroundings(redis)
    found = [
        *findings.of_server(server),
        *findings.of_table(kind, readings, settings, now),
        *findings.of_surroundings(redis_state, workers, failed_jobs),
        *findings.of_database_jobs(await _database_jobs(connection, kind)),
    ]
    return HealthReport(
        checked_at=now,
        kind=kind,
        server=server,
        readings=readings,
        chunks_ahead=findings.chunks_ahead(readings, now) if readings.partitioning else None,
        redis=redis_state,
        workers=workers,
        failed_jobs=failed_jobs,
        findings=tuple(sorted(found, key=lambda finding: _ORDER.index(finding.severity))),
    )


async def _server(connection: AsyncConnection, now: datetime) -> ServerState:
    row = (await connection.execute(queries.SERVER)).one()
    return ServerState(row.database_bytes, row.connections, row.max_connections, row.waiting_locks, row.now - now)


async def _database_jobs(connection: AsyncConnection, kind: DatabaseKind) -> tuple[DatabaseJob, ...]:
    if kind.edition is not Edition.COMMUNITY:
        return ()  # Apache's licence refuses every job, those it ships included: nothing is lost or to be mended
    found = await connection.execute(queries.BACKGROUND_JOBS_FAILING)
    return tuple(DatabaseJob(row.job_id, row.name, row.error or "") for row in found)


async def _surroundings(redis: Redis) -> tuple[RedisState, tuple[WorkerState, ...]]:
    try:
        async with asyncio.timeout(_REDIS_TIMEOUT_S):
            info = await redis.info()
            workers = [
                WorkerState(queue, bool(await redis.exists(queue + _WORKER_KEY)), await redis.zcard(queue))
                for queue in Queue
            ]
    except (RedisError, OSError):
        return RedisState(version=None), ()
    if "valkey_version" in info:  # Valkey's redis_version names the Redis that it is compatible with
        return RedisState(info["valkey_version"], info["used_memory"], "Valkey"), tuple(workers)
    return RedisState(info["redis_version"], info["used_memory"]), tuple(workers)
