"""Chunks made ahead of time, and how long new ones are. Each function takes a maintenance connection."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import BadInputError, UnavailableError
from core.timescale.edition import Edition, detect
from core.timescale.maintenance import patiently, transaction
from core.timescale.queries import partitions
from core.timescale.slices import Slice, from_us, missing_slices, to_us
from core.timescale.tables import READINGS, Chunk, Hypertable, chunks_of, find_hypertable, find_table

MAX_NEW_CHUNKS = 500
"""At the explicit interval of 7 days nearly ten years; a range that needs more is a slip of the pen."""
SHORTEST_INTERVAL, LONGEST_INTERVAL = timedelta(hours=1), timedelta(days=366)
"""Shorter makes thousands of chunks a year, each a table to plan for; longer leaves one that never ends."""


class BadRangeError(BadInputError):
    """The range of time makes no sense."""

    key = "timescale-error-bad-range"


class TooManyChunksError(BadInputError):
    """The range needs more chunks than one call may create."""

    key = "timescale-error-too-many-chunks"


class BadIntervalError(BadInputError):
    """Chunks can't be that long or short."""

    key = "timescale-error-bad-interval"


class ChunksNotCreatableError(UnavailableError):
    """TimescaleDB's Apache edition creates chunks ahead for the table of readings only."""

    key = "timescale-error-no-create-chunk"


@dataclass(frozen=True, slots=True)
class EnsuredPartitions:
    """What `ensure_partitions_for_range` made and what was there."""

    created: tuple[Chunk, ...]
    existing: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class RangePlan:
    """What a range lacks: `missing` are slices to create, `existing` the chunks that hold a part of it."""

    table: Hypertable
    missing: tuple[Slice, ...]
    existing: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class IntervalChange:
    """What another chunk interval changes: chunks that exist (`kept`) stay as they are.

    `applies_from` is the end of the last of them; None where there is none.
    """

    table: Hypertable
    before: timedelta
    after: timedelta
    kept: int
    applies_from: datetime | None


async def plan_range(connection: AsyncConnection, table: str, start: datetime, end: datetime) -> RangePlan:
    """Find out which chunks [start, end) lacks, on TimescaleDB's own grid and around what exists.

    Raises:
        NeedsTimescaleError, NoSuchTableError, NotAHypertableError, BadRangeError, TooManyChunksError,
        ChunksNotCreatableError.
    """
    kind = await detect(connection)
    kind.require_timescale()
    if end <= start:
        raise BadRangeError(f"{end.isoformat()} is not after {start.isoformat()}")
    hypertable = await find_hypertable(connection, table)
    low, high, interval = to_us(start), to_us(end), hypertable.interval // timedelta(microseconds=1)
    if (high - low) // interval > MAX_NEW_CHUNKS:
        raise TooManyChunksError(f"more than {MAX_NEW_CHUNKS} chunks", limit=MAX_NEW_CHUNKS)
    before = await chunks_of(connection, hypertable)
    missing = missing_slices(low, high, interval, [(to_us(chunk.start), to_us(chunk.end)) for chunk in before])
    if missing and kind.edition is not Edition.COMMUNITY and not await _is_readings(connection, hypertable):
        raise ChunksNotCreatableError
    return RangePlan(hypertable, tuple(missing), tuple(c for c in before if c.start < end and c.end > start))


async def ensure_partitions_for_range(
    connection: AsyncConnection, table: str, start: datetime, end: datetime
) -> EnsuredPartitions:
    """Create the chunks that [start, end) needs and that don't exist, on TimescaleDB's own grid. Idempotent.

    Raises:
        What `plan_range` raises.
    """
    plan = await plan_range(connection, table, start, end)
    before = {chunk.name for chunk in await chunks_of(connection, plan.table)}
    community = (await detect(connection)).edition is Edition.COMMUNITY
    for start_us, end_us in plan.missing:
        if community:
            await patiently(_create_chunk, connection, plan.table, start_us, end_us)
        else:
            await patiently(_provoke_chunk, connection, start_us)
    created = [chunk for chunk in await chunks_of(connection, plan.table) if chunk.name not in before]
    return EnsuredPartitions(tuple(created), plan.existing)


async def plan_interval(connection: AsyncConnection, table: str, interval: timedelta) -> IntervalChange:
    """Tell what `set_chunk_interval` would change.

    Raises:
        NeedsTimescaleError, NoSuchTableError, NotAHypertableError, BadIntervalError.
    """
    (await detect(connection)).require_timescale()
    hypertable = await find_hypertable(connection, table)
    if not SHORTEST_INTERVAL <= interval <= LONGEST_INTERVAL:
        raise BadIntervalError(f"chunks of {interval}")
    chunks = await chunks_of(connection, hypertable)
    end = chunks[-1].end if chunks else None
    return IntervalChange(hypertable, hypertable.interval, interval, len(chunks), end)


async def set_chunk_interval(connection: AsyncConnection, table: str, interval: timedelta) -> IntervalChange:
    """Make new chunks `interval` long; those that exist stay as they are.

    Raises:
        What `plan_interval` raises.
    """
    change = await plan_interval(connection, table, interval)
    values = {"table": change.table.qualified, "interval": interval}
    await patiently(connection.execute, partitions.SET_CHUNK_INTERVAL, values)
    return change


async def _is_readings(connection: AsyncConnection, table: Hypertable) -> bool:
    return table.qualified == (await find_table(connection, READINGS)).qualified


async def _create_chunk(connection: AsyncConnection, table: Hypertable, start_us: int, end_us: int) -> None:
    values = {"table": table.qualified, "column": table.column, "start_us": start_us, "end_us": end_us}
    await connection.execute(partitions.CREATE_CHUNK, values)


async def _provoke_chunk(connection: AsyncConnection, start_us: int) -> None:
    """Have TimescaleDB make the chunk for a reading that is gone again before anybody can see it."""
    moment = {"time": from_us(start_us)}
    async with transaction(connection):
        await connection.execute(partitions.PLACE_READING, moment)
        await connection.execute(partitions.TAKE_READING, moment)
