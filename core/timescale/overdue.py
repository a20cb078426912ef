"""What of a table waits for its upkeep: chunks past retention or compression, and aggregates that fell behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.timescale.edition import Edition, detect
from core.timescale.policies import Declared
from core.timescale.queries import aggregates, tables
from core.timescale.retention import Hold
from core.timescale.tables import Chunk, Hypertable, chunks_of, find_hypertable
from core.timescale.watermarks import ROLLUPS, Rollups

GRACE = timedelta(hours=36)
"""Upkeep comes once a day: what is past its time for longer was missed or refused."""
ROLLUPS_LATE = timedelta(hours=2)
"""Buckets are refreshed every minute."""
AGGREGATE_LATE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Lag:
    """An aggregate that lacks readings: a continuous one what is up to `behind` older than the newest, our own roll-ups
    what has waited for them that long.

    `since`: from where a continuous one must read. Not from before the oldest chunk: what it knows of dropped chunks
    would be gone.
    """

    name: str
    behind: timedelta
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Overdue:
    """Chunks of `table` that should be dropped, or compressed, and are not; the oldest first."""

    table: str
    declared: Declared
    to_drop: tuple[Chunk, ...]
    to_compress: tuple[Chunk, ...]


async def overdue(connection: AsyncConnection, declared: Declared, holds: Sequence[Hold], *, now: datetime) -> Overdue:
    """Compare a hypertable's chunks with its policy.

    Raises:
        NoSuchTableError, NotAHypertableError.
    """
    hypertable = await find_hypertable(connection, declared.table)
    community = (await detect(connection)).edition is Edition.COMMUNITY
    chunks = await chunks_of(connection, hypertable)
    old: list[Chunk] = []
    if declared.retain_for:
        limit = now - declared.retain_for - GRACE
        old = [c for c in chunks if c.end <= limit and not any(hold.touches(c) for hold in holds)]
    plain: list[Chunk] = []
    if community and declared.compress_after:
        limit = now - declared.compress_after - GRACE
        plain = [c for c in chunks if c.end <= limit and not c.compressed and c not in old]
    return Overdue(declared.table, declared, tuple(old), tuple(plain))


async def lags(connection: AsyncConnection, rollups: Rollups, *, table: str, now: datetime) -> list[Lag]:
    """Find what has fallen behind: our roll-ups of `table`, and continuous aggregates on any table."""
    found: list[Lag | None] = []
    # By when they came, not by their own time: a file of last year's readings that came a moment ago is no lag.
    waiting = await rollups.waiting_since(table)
    if waiting is not None and now - waiting > ROLLUPS_LATE:
        found.append(Lag(ROLLUPS, now - waiting))
    if (await detect(connection)).edition is Edition.COMMUNITY:
        rows = (await connection.execute(aggregates.AGGREGATES)).all()
        found += [await _lag(connection, row.name, row) for row in rows if row.name not in rollups.views]
    return [lag for lag in found if lag is not None]


async def _lag(connection: AsyncConnection, name: str, row: Row[Any]) -> Lag | None:
    source = Hypertable(row.qualified, row.schema, row.table, row.column, timedelta(0))
    newest = await newest_of(connection, source)
    if newest is None:
        return None
    oldest = await _oldest_of(connection, source, newest)
    since = max(row.watermark or oldest, oldest)  # no watermark: never refreshed
    behind = newest - since
    return Lag(name, behind, since) if row.watermark is None or behind > AGGREGATE_LATE + row.bucket else None


async def newest_of(connection: AsyncConnection, table: Hypertable) -> datetime | None:
    """Return the newest time in a hypertable."""
    values = {"table": table.qualified, "column": table.column}
    statement = await connection.scalar(tables.BUILD_NEWEST, values)
    newest: datetime | None = (await connection.exec_driver_sql(str(statement))).scalar()
    return newest


async def _oldest_of(connection: AsyncConnection, table: Hypertable, newest: datetime) -> datetime:
    chunks = await chunks_of(connection, table)
    return min([newest, *(chunk.start for chunk in chunks)])
