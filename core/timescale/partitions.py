"""Chunks: made ahead of time, dropped past retention, compressed. Each function takes a maintenance connection."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import BadInputError, ConflictError, UnavailableError
from core.timescale import queries
from core.timescale.edition import Edition, detect
from core.timescale.slices import Slice, from_us, missing_slices, to_us
from core.timescale.tables import READINGS, Chunk, Hypertable, chunks_of, find_hypertable, find_table

MAX_NEW_CHUNKS = 500
"""At the explicit interval of 7 days nearly ten years; a range that needs more is a slip of the pen."""


class BadRangeError(BadInputError):
    """The range of time makes no sense."""

    key = "timescale-error-bad-range"


class TooManyChunksError(BadInputError):
    """The range needs more chunks than one call may create."""

    key = "timescale-error-too-many-chunks"


class ChunksNotCreatableError(UnavailableError):
    """TimescaleDB's Apache edition creates chunks ahead for the table of readings only."""

    key = "timescale-error-no-create-chunk"


class WouldDropEverythingError(ConflictError):
    """Nothing would be left."""

    key = "timescale-error-drops-everything"


class HasAggregatesError(ConflictError):
    """A continuous aggregate reads this table; what it has not seen yet would be lost."""

    key = "timescale-error-has-aggregates"


class CompressionOffError(ConflictError):
    """Compression is not switched on for this table."""

    key = "timescale-error-compression-off"


@dataclass(frozen=True, slots=True)
class EnsuredPartitions:
    """What `ensure_partitions_for_range` made and what was there."""

    created: tuple[Chunk, ...]
    existing: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class DroppedChunk:
    """A chunk that is gone. `rows` is the planner's estimate."""

    chunk: Chunk
    bytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class CompressedChunk:
    """A chunk before and after, bytes."""

    chunk: Chunk
    bytes_before: int
    bytes_after: int


async def ensure_partitions_for_range(
    connection: AsyncConnection, table: str, start: datetime, end: datetime
) -> EnsuredPartitions:
    """Create the chunks that [start, end) needs and that don't exist, on TimescaleDB's own grid. Idempotent.

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
    if kind.edition is Edition.COMMUNITY:
        await _create_chunks(connection, hypertable, missing)
    elif hypertable.qualified == (await find_table(connection, READINGS)).qualified:
        await _provoke_chunks(connection, missing)
    elif missing:
        raise ChunksNotCreatableError
    known = {chunk.name for chunk in before}
    created = [chunk for chunk in await chunks_of(connection, hypertable) if chunk.name not in known]
    existing = [chunk for chunk in before if chunk.start < end and chunk.end > start]
    return EnsuredPartitions(tuple(created), tuple(existing))


async def _create_chunks(connection: AsyncConnection, table: Hypertable, missing: list[Slice]) -> None:
    for start_us, end_us in missing:
        values = {"table": table.qualified, "column": table.column, "start_us": start_us, "end_us": end_us}
        await connection.execute(queries.CREATE_CHUNK, values)


async def _provoke_chunks(connection: AsyncConnection, missing: list[Slice]) -> None:
    """Have TimescaleDB make each chunk for a reading that is gone again before anybody can see it."""
    for start_us, _ in missing:
        moment = {"time": from_us(start_us)}
        await connection.execute(text("BEGIN"))
        try:
            await connection.execute(queries.PLACE_READING, moment)
            await connection.execute(queries.TAKE_READING, moment)
        except BaseException:
            await connection.execute(text("ROLLBACK"))
            raise
        await connection.execute(text("COMMIT"))


async def cleanup_old_partitions(
    connection: AsyncConnection, table: str, older_than: timedelta, *, now: datetime, leave_nothing: bool = False
) -> list[DroppedChunk]:
    """Drop, one by one, the chunks whose newest possible reading is older than `older_than`.

    Raises:
        NeedsTimescaleError, NoSuchTableError, NotAHypertableError.
        BadRangeError: the cut-off lies in the future.
        WouldDropEverythingError: every chunk is that old and `leave_nothing` is not set.
        HasAggregatesError: a continuous aggregate reads the table.
    """
    (await detect(connection)).require_timescale()
    if older_than < timedelta(0):
        raise BadRangeError("the cut-off lies in the future")
    hypertable = await find_hypertable(connection, table)
    names = {"schema": hypertable.schema, "name": hypertable.name}
    if aggregates := (await connection.scalars(queries.CONTINUOUS_AGGREGATES, names)).all():
        raise HasAggregatesError(f"read by {', '.join(aggregates)}", aggregates=", ".join(aggregates))
    chunks = await chunks_of(connection, hypertable)
    old = [chunk for chunk in chunks if chunk.end <= now - older_than]
    if old and len(old) == len(chunks) and not leave_nothing:
        raise WouldDropEverythingError(f"all {len(old)} chunks are older", chunks=len(old))
    return [await _drop(connection, hypertable, chunk) for chunk in old]


async def _drop(connection: AsyncConnection, table: Hypertable, chunk: Chunk) -> DroppedChunk:
    size = (await connection.execute(queries.CHUNK_SIZE, {"chunk": chunk.name})).one()
    bounds = {"table": table.qualified, "range_start": chunk.start, "range_end": chunk.end}
    await connection.execute(queries.DROP_CHUNK, bounds)
    return DroppedChunk(chunk, size.bytes, max(size.rows, 0))


async def compress_old_chunks(
    connection: AsyncConnection, table: str, older_than: timedelta, *, now: datetime
) -> list[CompressedChunk]:
    """Compress, one by one, the chunks that ended at least `older_than` ago.

    Raises:
        NeedsTimescaleError, NeedsCommunityError, NoSuchTableError, NotAHypertableError.
        CompressionOffError: the table has no compression settings yet.
    """
    (await detect(connection)).require_community()
    hypertable = await find_hypertable(connection, table)
    if not await connection.scalar(queries.COMPRESSION_ENABLED, {"schema": hypertable.schema, "name": hypertable.name}):
        raise CompressionOffError(table=hypertable.qualified)
    old = [c for c in await chunks_of(connection, hypertable) if c.end <= now - older_than and not c.compressed]
    return [await _compress(connection, hypertable, chunk) for chunk in old]


async def _compress(connection: AsyncConnection, table: Hypertable, chunk: Chunk) -> CompressedChunk:
    which = {"table": table.qualified, "chunk": chunk.name}
    before = await connection.scalar(queries.CHUNK_DETAILED_SIZE, which)
    await connection.execute(queries.COMPRESS_CHUNK, {"chunk": chunk.name})
    after = await connection.scalar(queries.CHUNK_DETAILED_SIZE, which)
    return CompressedChunk(chunk, before or 0, after or 0)
