"""Chunks dropped past retention: never what is on hold, never what a roll-up has not read yet."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import ConflictError
from core.timescale.edition import detect
from core.timescale.maintenance import patiently, transaction
from core.timescale.partitions import BadRangeError
from core.timescale.queries import partitions
from core.timescale.spans import ago
from core.timescale.tables import Chunk, Hypertable, Measured, any_rows, chunks_of, find_hypertable, measure
from core.timescale.watermarks import NO_ROLLUPS, Rollups, lagging, settle


class WouldDropEverythingError(ConflictError):
    """No row would be left."""

    key = "timescale-error-drops-everything"


class AggregateLagsError(ConflictError):
    """An aggregate or roll-up has not read these chunks to the end; what it has not seen would be lost."""

    key = "timescale-error-aggregate-lags"


@dataclass(frozen=True, slots=True)
class Hold:
    """A range that must not be dropped: begins <= time < ends."""

    begins: datetime
    ends: datetime

    def touches(self, chunk: Chunk) -> bool:
        """Tell whether a part of the chunk is on hold."""
        return self.begins < chunk.end and self.ends > chunk.start


@dataclass(frozen=True, slots=True)
class DroppedChunk:
    """A chunk that is gone. `rows` is the planner's estimate."""

    chunk: Chunk
    bytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class HeldChunk:
    """A chunk that was to go and stays: somebody placed a hold on it meanwhile."""

    chunk: Chunk


class _Fate(Enum):
    """What became of a chunk that was to go."""

    DROPPED = "dropped"
    HELD = "held"
    GONE = "gone before"


@dataclass(frozen=True, slots=True)
class CleanupPlan:
    """What would be dropped, and what is old enough but `held`; `left` chunks stay."""

    table: Hypertable
    before: datetime
    chunks: tuple[Measured, ...]
    held: tuple[Chunk, ...]
    left: int


async def plan_cleanup(
    connection: AsyncConnection,
    table: str,
    before: datetime,
    *,
    now: datetime,
    holds: Sequence[Hold] = (),
    rollups: Rollups = NO_ROLLUPS,
    leave_nothing: bool = False,
) -> CleanupPlan:
    """Find the chunks whose newest possible reading is older than `before`.

    Raises:
        NeedsTimescaleError, NoSuchTableError, NotAHypertableError.
        BadRangeError: the cut-off lies in the future.
        WouldDropEverythingError: every row is that old and `leave_nothing` is not set. Chunks made ahead hold none.
        AggregateLagsError: an aggregate has not read all of them.
    """
    (await detect(connection)).require_timescale()
    hypertable = await find_hypertable(connection, table)
    if before > now:
        raise BadRangeError("the cut-off lies in the future")
    chunks = await chunks_of(connection, hypertable)
    old = [chunk for chunk in chunks if chunk.end <= before]
    held = [chunk for chunk in old if any(hold.touches(chunk) for hold in holds)]
    going = [chunk for chunk in old if chunk not in held]
    if going and not leave_nothing:
        staying = [chunk for chunk in chunks if chunk not in going]
        if not await any_rows(connection, staying) and await any_rows(connection, going):
            raise WouldDropEverythingError(f"all rows are in the {len(going)} older chunks", chunks=len(going))
    if going:
        await _require_caught_up(connection, hypertable, going, rollups)
    measured = await measure(connection, hypertable, going)
    return CleanupPlan(hypertable, before, tuple(measured), tuple(held), len(chunks) - len(going))


async def _require_caught_up(
    connection: AsyncConnection,
    table: Hypertable,
    chunks: Sequence[Chunk],
    rollups: Rollups,
    *,
    just_dropped: bool = False,
) -> None:
    span = chunks[0].start, chunks[-1].end
    behind = [one async for one in lagging(connection, table, *span, rollups, just_dropped=just_dropped)]
    if behind:
        names = ", ".join(behind)
        raise AggregateLagsError(f"not caught up: {names}", aggregates=names, table=table.qualified)


async def drop(
    connection: AsyncConnection, plan: CleanupPlan, rollups: Rollups = NO_ROLLUPS
) -> AsyncIterator[DroppedChunk | HeldChunk]:
    """Drop the plan's chunks one by one, oldest first; one that is gone already is passed over.

    Raises:
        AggregateLagsError: late readings came in since it was planned; the chunks before theirs are gone.
    """
    last: datetime | None = None
    for one in plan.chunks:
        [again] = await measure(connection, plan.table, [one.chunk])
        match await patiently(_drop, connection, plan.table, one.chunk, rollups, last == one.chunk.start):
            case _Fate.DROPPED:
                last = one.chunk.end
                yield DroppedChunk(one.chunk, again.bytes, again.rows)
            case _Fate.HELD:
                yield HeldChunk(one.chunk)
    if last is not None:
        await settle(connection, plan.table, last, rollups)


async def _drop(
    connection: AsyncConnection, table: Hypertable, chunk: Chunk, rollups: Rollups, just_dropped: bool
) -> _Fate:
    async with transaction(connection):
        await connection.execute(partitions.SHORT_LOCK_WAIT)
        lock = await connection.scalar(partitions.BUILD_LOCK_CHUNK, {"chunk": chunk.name})
        if lock is None:
            return _Fate.GONE
        await connection.exec_driver_sql(lock)
        # From here on nobody writes to it: what has come since the plan is known now.
        bounds = {"table": table.qualified, "range_start": chunk.start, "range_end": chunk.end}
        await connection.execute(partitions.LOCK_HOLDS)
        if await connection.scalar(partitions.IS_HELD, bounds):
            return _Fate.HELD
        await _require_caught_up(connection, table, [chunk], rollups, just_dropped=just_dropped)
        dropped = (await connection.scalars(partitions.DROP_CHUNK, bounds)).all()
        return _Fate.DROPPED if dropped else _Fate.GONE


async def cleanup_old_partitions(
    connection: AsyncConnection,
    table: str,
    older_than: timedelta,
    *,
    now: datetime,
    holds: Sequence[Hold] = (),
    rollups: Rollups = NO_ROLLUPS,
    leave_nothing: bool = False,
) -> list[DroppedChunk]:
    """Drop, one by one, the chunks whose newest possible reading is older than `older_than`.

    Raises:
        What `plan_cleanup` raises.
    """
    plan = await plan_cleanup(
        connection,
        table,
        ago(now, older_than),
        now=now,
        holds=holds,
        rollups=rollups,
        leave_nothing=leave_nothing,
    )
    return [one async for one in drop(connection, plan, rollups) if isinstance(one, DroppedChunk)]
