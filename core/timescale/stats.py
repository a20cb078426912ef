"""How big the table of readings is and how it is cut, on any edition."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.timescale.edition import Edition, detect
from core.timescale.queries import compression, growth, server, tables
from core.timescale.slices import EPOCH
from core.timescale.tables import (
    READINGS,
    Chunk,
    Hypertable,
    NotAHypertableError,
    chunks_of,
    find_hypertable,
    find_table,
)

GROWTH_OVER = timedelta(days=14)
LEAST_COVERED = timedelta(days=1)
"""A slope over less would be the noise of one day."""
RATE_OVER = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Partitioning:
    """How a hypertable is cut. `covered_until`: from now on without a gap up to there, where the next new one begins.

    `bytes_before` and `bytes_after`: what its compressed chunks take without and with compression.
    """

    interval: timedelta
    chunks: int
    compressed: int
    covered_until: datetime | None
    bytes_before: int = 0
    bytes_after: int = 0

    @property
    def ratio(self) -> float | None:
        """How many times smaller compression made what is compressed."""
        return self.bytes_before / self.bytes_after if self.bytes_after else None


@dataclass(frozen=True, slots=True)
class Growth:
    """How a table grows, as snapshots of its size tell; None where they don't reach back far enough.

    `days_until_full`: None as well where it shrinks, or nothing is known of the disk.
    """

    bytes_per_day: float | None = None
    rows_per_s: float | None = None
    disk_free_bytes: int | None = None
    days_until_full: float | None = None


@dataclass(frozen=True, slots=True)
class HypertableStats:
    """Sizes in bytes; `rows` is an estimate; `partitioning` is None for an ordinary table.

    `oldest` and `newest` are times of rows; None for an ordinary table that does not hold the readings.
    """

    table: str
    table_bytes: int
    index_bytes: int
    toast_bytes: int
    total_bytes: int
    rows: int
    partitioning: Partitioning | None
    oldest: datetime | None
    newest: datetime | None
    growth: Growth = Growth()


async def get_hypertable_stats(connection: AsyncConnection, table: str = READINGS, *, now: datetime) -> HypertableStats:
    """Measure `table`; an ordinary one, too.

    Raises:
        NoSuchTableError: there is no such table.
    """
    found = await find_table(connection, table)
    hypertable = await _hypertable(connection, table)
    chunks = await chunks_of(connection, hypertable) if hypertable else []
    partitioning = await _partitioning(connection, hypertable, chunks, now) if hypertable else None
    query = tables.HYPERTABLE_SIZE if partitioning else tables.TABLE_SIZE
    size = (await connection.execute(query, {"table": found.qualified})).one()
    if found.name == READINGS:
        oldest, newest = await _span_of_readings(connection)
    else:
        oldest, newest = await _span(connection, hypertable, chunks) if hypertable else (None, None)
    return HypertableStats(
        table=found.qualified,
        table_bytes=size.table_bytes or 0,
        index_bytes=size.index_bytes or 0,
        toast_bytes=size.toast_bytes or 0,
        total_bytes=size.total_bytes or 0,
        rows=size.rows,
        partitioning=partitioning,
        oldest=oldest,
        newest=newest,
        growth=await growth_of(connection, found.qualified),
    )


async def growth_of(connection: AsyncConnection, qualified: str) -> Growth:
    """Read a table's growth from its snapshots."""
    now: datetime = await connection.scalar(server.NOW)
    since = {"table": qualified, "since": now - GROWTH_OVER}
    row = (await connection.execute(growth.GROWTH, since)).one()
    slope = row.bytes_per_day if row.covered_s and row.covered_s >= LEAST_COVERED.total_seconds() else None
    recent = (await connection.execute(growth.LAST_SNAPSHOTS, since | {"since": now - RATE_OVER})).all()
    if not recent:
        return Growth(slope)
    free: int | None = recent[-1].disk_free_bytes
    full = free / slope if free is not None and slope and slope > 0 else None
    return Growth(slope, _rate(recent), free, full)


def _rate(snapshots: Sequence[Row[Any]]) -> float | None:
    """Return rows a second, from the hours in which no chunk was dropped: what it had taken would be missing."""
    rows = seconds = 0.0
    for before, after in pairwise(snapshots):
        known = before.inserted is not None and after.inserted is not None
        if known and after.inserted >= before.inserted and after.chunks >= before.chunks:
            rows += after.inserted - before.inserted
            seconds += (after.taken_at - before.taken_at).total_seconds()
    return rows / seconds if seconds else None


async def _hypertable(connection: AsyncConnection, table: str) -> Hypertable | None:
    if (await detect(connection)).edition is Edition.NONE:
        return None
    try:
        return await find_hypertable(connection, table)
    except NotAHypertableError:
        return None


def covered_until(chunks: Sequence[Chunk], interval: timedelta, now: datetime) -> datetime | None:
    """Return where the next new chunk begins: the first moment from now on that `chunks` (oldest first) lack.

    A reading from the far future makes a chunk there, and leaves a gap before it. None where there are no chunks.
    """
    if not chunks:
        return None
    end = next((chunk.end for chunk in chunks if chunk.start <= now < chunk.end), None)
    if end is None:
        return now - (now - EPOCH) % interval
    for chunk in chunks:
        if chunk.start <= end:
            end = max(end, chunk.end)
    return end


async def _partitioning(
    connection: AsyncConnection, hypertable: Hypertable, chunks: Sequence[Chunk], now: datetime
) -> Partitioning:
    compressed = sum(chunk.compressed for chunk in chunks)
    end = covered_until(chunks, hypertable.interval, now)
    before = after = 0
    if compressed:
        row = (await connection.execute(compression.COMPRESSION_STATS, {"table": hypertable.qualified})).one()
        before, after = row.before or 0, row.after or 0
    return Partitioning(hypertable.interval, len(chunks), compressed, end, before, after)


async def _span_of_readings(connection: AsyncConnection) -> tuple[datetime | None, datetime | None]:
    row = (await connection.execute(tables.READINGS_SPAN)).one()
    return row.oldest, row.newest


async def _span(
    connection: AsyncConnection, table: Hypertable, chunks: Sequence[Chunk]
) -> tuple[datetime | None, datetime | None]:
    """Look into the first and the last chunk that is not empty: there may be no index on time."""

    async def first(ordered: Iterable[Chunk]) -> Row[Any] | None:
        for chunk in ordered:
            values = {"column": table.column, "chunk": chunk.name}
            statement = await connection.scalar(tables.BUILD_SPAN, values)
            row = (await connection.exec_driver_sql(str(statement))).one()
            if row.oldest is not None:
                return row
        return None

    begin, end = await first(chunks), await first(reversed(chunks))
    return begin.oldest if begin else None, end.newest if end else None
