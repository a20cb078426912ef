"""How big the table of readings is and how it is cut, on any edition."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from core.timescale import queries
from core.timescale.edition import Edition, detect
from core.timescale.tables import READINGS, NotAHypertableError, chunks_of, find_hypertable, find_table


@dataclass(frozen=True, slots=True)
class Partitioning:
    """How a hypertable is cut. `covered_until` is the end of its last chunk."""

    interval: timedelta
    chunks: int
    compressed: int
    covered_until: datetime | None


@dataclass(frozen=True, slots=True)
class HypertableStats:
    """Sizes in bytes; `rows` is the planner's estimate; `partitioning` is None for an ordinary table.

    `oldest` and `newest` are times of readings, known for the table of readings only.
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


async def get_hypertable_stats(connection: AsyncConnection, table: str = READINGS) -> HypertableStats:
    """Measure `table`; an ordinary one, too.

    Raises:
        NoSuchTableError: there is no such table.
    """
    found = await find_table(connection, table)
    partitioning = await _partitioning(connection, table)
    query = queries.HYPERTABLE_SIZE if partitioning else queries.TABLE_SIZE
    size = (await connection.execute(query, {"table": found.qualified})).one()
    oldest, newest = await _span(connection) if found.name == READINGS else (None, None)
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
    )


async def _partitioning(connection: AsyncConnection, table: str) -> Partitioning | None:
    if (await detect(connection)).edition is Edition.NONE:
        return None
    try:
        hypertable = await find_hypertable(connection, table)
    except NotAHypertableError:
        return None
    chunks = await chunks_of(connection, hypertable)
    compressed = sum(chunk.compressed for chunk in chunks)
    return Partitioning(hypertable.interval, len(chunks), compressed, chunks[-1].end if chunks else None)


async def _span(connection: AsyncConnection) -> tuple[datetime | None, datetime | None]:
    row = (await connection.execute(queries.READINGS_SPAN)).one()
    return row.oldest, row.newest
