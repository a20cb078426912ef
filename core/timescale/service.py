"""The caretaker of the time-series database: who may do it, on which connection, and one at a time."""

from datetime import datetime, timedelta

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock
from core.settings import TimescaleSettings
from core.timescale import adopt, compression, partitions, retention
from core.timescale.edition import Edition, detect
from core.timescale.health import Care, HealthReport, timescale_health_check
from core.timescale.holds import HoldService
from core.timescale.maintenance import looking, maintenance
from core.timescale.policies import PolicyService
from core.timescale.stats import HypertableStats, get_hypertable_stats
from core.timescale.tables import READINGS, Measured, chunks_of, find_hypertable, find_table, weigh
from core.timescale.watermarks import NO_ROLLUPS, Rollups
from core.users.rights import Actor, Right


class TimescaleService:
    """Looks after hypertables, and says what is missing where there are none."""

    def __init__(
        self,
        engine: AsyncEngine,
        clock: Clock,
        settings: TimescaleSettings,
        redis: Redis,
        holds: HoldService | None = None,
        rollups: Rollups = NO_ROLLUPS,
        policies: PolicyService | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._settings = settings
        self._redis = redis
        self._holds = holds
        self._rollups = rollups
        self._policies = policies

    async def health(self, actor: Actor) -> HealthReport:
        """Check the database, Redis and the workers."""
        actor.require(Right.SEE_HEALTH)
        care = await self._care(actor)
        async with looking(self._engine) as connection:
            return await timescale_health_check(connection, self._redis, self._settings, now=self._clock(), care=care)

    async def get_hypertable_stats(self, actor: Actor, table: str = READINGS) -> HypertableStats:
        """Measure a table.

        Raises:
            NoSuchTableError: there is no such table.
        """
        actor.require(Right.SEE_HEALTH)
        async with looking(self._engine) as connection:
            return await get_hypertable_stats(connection, table, now=self._clock())

    async def chunks(self, actor: Actor, table: str = READINGS) -> list[Measured]:
        """Return a table's chunks with their sizes, oldest first.

        Raises:
            NeedsTimescaleError, NoSuchTableError, NotAHypertableError.
        """
        actor.require(Right.SEE_HEALTH)
        async with looking(self._engine) as connection:
            (await detect(connection)).require_timescale()
            hypertable = await find_hypertable(connection, table)
            return await weigh(connection, hypertable, await chunks_of(connection, hypertable))

    async def ensure_partitions_ahead(self, actor: Actor) -> partitions.EnsuredPartitions | None:
        """Create the readings' chunk of now and as many beyond it as the settings want; None on plain PostgreSQL.

        Raises:
            What `ensure_partitions_for_range` raises; MaintenanceBusyError.
        """
        actor.require(Right.MANAGE_DATABASE)
        now = self._clock()
        async with maintenance(self._engine, self._settings, READINGS) as connection:
            if (await detect(connection)).edition is Edition.NONE:
                return None
            interval = (await find_hypertable(connection, READINGS)).interval
            until = now + interval * self._settings.chunks_ahead + timedelta(microseconds=1)
            return await partitions.ensure_partitions_for_range(connection, READINGS, now, until)

    async def ensure_partitions_for_range(
        self, actor: Actor, table: str, start: datetime, end: datetime
    ) -> partitions.EnsuredPartitions:
        """Create the chunks that [start, end) lacks.

        Raises:
            What `ensure_partitions_for_range` raises; MaintenanceBusyError.
        """
        actor.require(Right.MANAGE_DATABASE)
        async with maintenance(self._engine, self._settings, table) as connection:
            return await partitions.ensure_partitions_for_range(connection, table, start, end)

    async def cleanup_old_partitions(
        self, actor: Actor, table: str, older_than: timedelta, *, leave_nothing: bool = False
    ) -> list[retention.DroppedChunk]:
        """Drop the chunks past retention.

        Raises:
            What `cleanup_old_partitions` raises; MaintenanceBusyError.
        """
        actor.require(Right.MANAGE_DATABASE)
        async with maintenance(self._engine, self._settings, table) as connection:
            qualified = (await find_table(connection, table)).qualified
            return await retention.cleanup_old_partitions(
                connection,
                table,
                older_than,
                now=self._clock(),
                holds=await self._holds.of_table(qualified) if self._holds else (),
                rollups=self._rollups,
                leave_nothing=leave_nothing,
            )

    async def compress_old_chunks(
        self, actor: Actor, table: str, older_than: timedelta
    ) -> compression.CompressionReport:
        """Compress the chunks that ended at least `older_than` ago.

        Raises:
            What `compress_old_chunks` raises; MaintenanceBusyError.
        """
        actor.require(Right.MANAGE_DATABASE)
        async with maintenance(self._engine, self._settings, table) as connection:
            return await compression.compress_old_chunks(connection, table, older_than, now=self._clock())

    async def adopt(self, actor: Actor) -> adopt.Adopted:
        """Turn the plain table of readings into a hypertable.

        Raises:
            NotInstalledError, AdoptionFailedError.
        """
        actor.require(Right.MANAGE_DATABASE)
        return await adopt.adopt(self._engine)

    async def _care(self, actor: Actor) -> Care:
        if self._policies is None or self._holds is None:
            return Care(rollups=self._rollups)
        tables = await self._policies.tables()
        policies = [(await self._policies.declared(actor, name), await self._holds.of_table(name)) for name in tables]
        return Care(tuple(policies), self._rollups)
