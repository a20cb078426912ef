"""Bringing the buckets up to date with what is marked: set-based, newest first, a week's marks a step."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.diagnostics.rollups import queries
from core.diagnostics.rollups.marking import caught_up_to, mark_changed, waiting_since

_READINGS = "public.sensor_data"


class RollupService:
    """Keeps the buckets in step with the readings, in the way of this database's edition."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def refresh(self) -> int:
        """Bring every marked bucket up to date; return how many steps it took. One process at a time does it.

        May be killed at any moment: what is not done stays marked.
        """
        if await self._has_aggregates():
            return await self._refresh_aggregates()
        steps = 0
        while await self._refresh_tables():
            steps += 1
        return steps

    @property
    def views(self) -> tuple[str, ...]:
        """The continuous aggregates on the readings that are kept here; `complete_until` knows how far they are."""
        return ("public.sensor_minutes", "public.sensor_hours")

    async def complete_until(self, table: str) -> datetime | None:
        """Return the first hour of the readings that the buckets lack; None where they lack nothing."""
        if table != _READINGS:
            return None
        async with self._engine.connect() as connection:
            return await caught_up_to(connection)

    async def waiting_since(self, table: str) -> datetime | None:
        """Return since when readings wait to be read into the buckets, however old they are; None where none do."""
        if table != _READINGS:
            return None
        async with self._engine.connect() as connection:
            return await waiting_since(connection)

    async def mark_changed(self, connection: AsyncConnection) -> None:
        """Mark the buckets of `staged_readings`, in the transaction that writes them."""
        await mark_changed(connection)

    async def _has_aggregates(self) -> bool:
        async with self._engine.connect() as connection:
            known = await connection.scalar(queries.KNOWS_AGGREGATES)
            return bool(known and await connection.scalar(queries.IS_AGGREGATE))

    async def _refresh_tables(self) -> bool:
        """Do one step in one transaction; tell whether there was anything to do."""
        async with self._engine.begin() as connection:
            await connection.execute(queries.LOCK)
            recounted = await _recount(connection)
            await connection.execute(queries.CREATE_WORK)
            await connection.execute(queries.TAKE_MARKS)
            work = (await connection.execute(queries.WORK_SPAN)).one()
            if work.ranges:
                await connection.execute(queries.ANALYZE_WORK)
                await connection.execute(queries.CLEAR_MINUTES)
                await connection.execute(queries.FILL_MINUTES, {"low": work.low, "high": work.high})
                await connection.execute(queries.CLEAR_HOURS)
                await connection.execute(queries.FILL_HOURS)
            return bool(recounted or work.ranges)

    async def _refresh_aggregates(self) -> int:
        async with self._engine.connect() as pooled:
            # TimescaleDB's procedure wants no transaction around it.
            connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
            try:
                if not await connection.scalar(queries.TRY_LOCK):
                    return 0
                await _force(connection)
                steps = 0
                while (marks := (await connection.execute(queries.NEWEST_MARKS)).one()).ids:
                    window = {"low": marks.low, "high": marks.high}
                    await connection.execute(queries.REFRESH_MINUTES, window)
                    await connection.execute(queries.REFRESH_HOURS, window)
                    await connection.execute(queries.REMOVE_MARKS, {"ids": marks.ids})
                    steps += 1
                return steps
            finally:
                # Closed, not given back to the pool: its lock goes with it, whatever happened.
                await connection.invalidate()


async def _recount(connection: AsyncConnection) -> bool:
    changed = (await connection.scalars(queries.TAKE_LIMIT_CHANGES)).all()
    if changed:
        sensors = {"sensors": sorted(set(changed))}
        await connection.execute(queries.RECOUNT_MINUTES, sensors)
        await connection.execute(queries.RECOUNT_HOURS, sensors)
    return bool(changed)


async def _force(connection: AsyncConnection) -> None:
    changes = (await connection.execute(queries.LIMIT_CHANGES)).one()
    if not changes.ids:
        return
    if changes.low is not None:
        window = {"low": changes.low, "high": changes.high}
        await connection.execute(queries.FORCE_MINUTES, window)
        await connection.execute(queries.FORCE_HOURS, window)
    await connection.execute(queries.REMOVE_LIMIT_CHANGES, {"ids": changes.ids})
