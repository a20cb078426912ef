"""Compression of old chunks (Community edition): how, in words; chunk by chunk; one that fails is passed over."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import UnavailableError
from core.timescale.edition import detect
from core.timescale.maintenance import patiently, run_built
from core.timescale.partitions import BadRangeError
from core.timescale.queries import compression
from core.timescale.spans import ago
from core.timescale.tables import Chunk, Hypertable, Measured, chunks_of, find_hypertable, measure

ROWS_PER_SEGMENT = 100
"""Compressed rows hold up to 1,000 values of one segment; under about a hundred they cost more than they save.
Source: TimescaleDB's documentation on `segmentby`."""


class ChunksFailedError(UnavailableError):
    """Some chunks could not be compressed; the others were."""

    key = "timescale-error-chunks-failed"


@dataclass(frozen=True, slots=True)
class CompressionChoice:
    """How a table is compressed, and why: `reason` names the words, its numbers are estimates of the planner's."""

    segmentby: str
    orderby: str
    reason: str
    segments: int = 0
    rows_per_segment: int = 0


@dataclass(frozen=True, slots=True)
class CompressedChunk:
    """A chunk before and after, bytes."""

    chunk: Chunk
    bytes_before: int
    bytes_after: int


@dataclass(frozen=True, slots=True)
class FailedChunk:
    """A chunk that could not be compressed, with what the database said; the others went on."""

    chunk: Chunk
    error: str


@dataclass(frozen=True, slots=True)
class CompressionPlan:
    """What would be compressed, and how. `configured`: the table has its settings already."""

    table: Hypertable
    before: datetime
    choice: CompressionChoice
    configured: bool
    chunks: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class CompressionReport:
    """What `compress_old_chunks` did."""

    choice: CompressionChoice
    compressed: tuple[CompressedChunk, ...]
    failed: tuple[FailedChunk, ...]


async def plan_compression(
    connection: AsyncConnection, table: str, before: datetime, *, now: datetime
) -> CompressionPlan:
    """Find the chunks that ended before `before` and are not compressed, or took rows since they were.

    Raises:
        NeedsTimescaleError, NeedsCommunityError, NoSuchTableError, NotAHypertableError.
        BadRangeError: the cut-off lies in the future.
    """
    (await detect(connection)).require_community()
    hypertable = await find_hypertable(connection, table)
    if before > now:
        raise BadRangeError("the cut-off lies in the future")
    partial = set(await connection.scalars(compression.PARTIAL_CHUNKS, _names(hypertable)))
    chunks = await chunks_of(connection, hypertable)
    old = [c for c in chunks if c.end <= before and (not c.compressed or c.name in partial)]
    measured = await measure(connection, hypertable, old)  # analyses them, which the choice needs
    configured = await _configured(connection, hypertable)
    choice = configured or await _choose(connection, hypertable)
    return CompressionPlan(hypertable, before, choice, configured is not None, tuple(measured))


async def compress(connection: AsyncConnection, plan: CompressionPlan) -> AsyncIterator[CompressedChunk | FailedChunk]:
    """Configure the table where it is not yet, then compress the plan's chunks one by one, oldest first."""
    if not plan.configured:
        values = {
            "table": plan.table.qualified,
            "segmentby": plan.choice.segmentby,
            "orderby": plan.choice.orderby,
        }
        await run_built(connection, compression.BUILD_COMPRESSION_SETTINGS, values)
    for one in plan.chunks:
        try:
            yield await _compress(connection, plan.table, one.chunk)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            yield FailedChunk(one.chunk, str(error.orig))


async def compress_old_chunks(
    connection: AsyncConnection, table: str, older_than: timedelta, *, now: datetime
) -> CompressionReport:
    """Compress, one by one, the chunks that ended at least `older_than` ago.

    Raises:
        What `plan_compression` raises.
    """
    plan = await plan_compression(connection, table, ago(now, older_than), now=now)
    ended = [one async for one in compress(connection, plan)]
    return CompressionReport(
        plan.choice,
        tuple(one for one in ended if isinstance(one, CompressedChunk)),
        tuple(one for one in ended if isinstance(one, FailedChunk)),
    )


async def _compress(connection: AsyncConnection, table: Hypertable, chunk: Chunk) -> CompressedChunk:
    [before] = await measure(connection, table, [chunk])
    await patiently(connection.execute, compression.COMPRESS_CHUNK, {"chunk": chunk.name})
    [after] = await measure(connection, table, [chunk])
    return CompressedChunk(chunk, before.bytes, after.bytes)


async def _configured(connection: AsyncConnection, table: Hypertable) -> CompressionChoice | None:
    row = (await connection.execute(compression.COMPRESSION_SETTINGS, _names(table))).one_or_none()
    if row is None or row.orderby is None:
        return None
    return CompressionChoice(row.segmentby or "", row.orderby, "kept")


async def _choose(connection: AsyncConnection, table: Hypertable) -> CompressionChoice:
    """Segment by what the unique index has besides time, where enough rows share a value in one chunk."""
    row = (
        await connection.execute(compression.SEGMENT_CANDIDATE, _names(table) | {"column": table.column})
    ).one_or_none()
    newest_first = await connection.scalar(compression.NEWEST_FIRST, {"column": table.column, "first": None})
    if row is None:
        return CompressionChoice("", str(newest_first), "no-key")
    per_segment = int(row.rows_per_chunk // max(row.segments, 1))
    if 0 < per_segment < ROWS_PER_SEGMENT:
        ordered = await connection.scalar(compression.NEWEST_FIRST, {"column": table.column, "first": row.column})
        return CompressionChoice("", str(ordered), "too-thin", int(row.segments), per_segment)
    return CompressionChoice(row.quoted, str(newest_first), "by-key", int(row.segments), per_segment)


def _names(table: Hypertable) -> dict[str, str]:
    return {"schema": table.schema, "name": table.name}
