"""Late readings into old chunks: a compressed one is opened, written, and compressed again."""

import csv
import math
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.errors import BadInputError
from core.timescale.edition import Edition, detect
from core.timescale.maintenance import patiently, transaction
from core.timescale.models import StagedReading
from core.timescale.partitions import ensure_partitions_for_range
from core.timescale.queries import compression, staging
from core.timescale.tables import READINGS, Chunk, chunks_of, find_hypertable, find_table
from core.timescale.watermarks import Rollups

_MICROSECOND = timedelta(microseconds=1)
_STAGED_AT_ONCE = 5000
"""Five parameters each; PostgreSQL takes 32,767 in one statement."""


class BackfillTableError(BadInputError):
    """Only the table of readings takes late readings."""

    key = "timescale-error-backfill-table"


class BadReadingError(BadInputError):
    """A line of the file is no reading."""

    key = "timescale-error-bad-reading"


@dataclass(frozen=True, slots=True)
class Written:
    """One chunk's part of a batch: `rows` are new or changed."""

    start: datetime
    end: datetime
    rows: int
    recompressed: bool
    number: int
    total: int


Reading = tuple[int, datetime, float, int]


def read_csv(lines: Iterable[str]) -> Iterable[Reading]:
    """Read `sensor_id,time,value[,quality]` with a heading line; times carry their offset from UTC.

    Raises:
        BadReadingError: with the number of the line.
    """
    for number, row in enumerate(csv.DictReader(lines), start=2):
        try:
            time, value, quality = (
                datetime.fromisoformat(row["time"]),
                float(row["value"]),
                int(row.get("quality") or 0),
            )
            if time.tzinfo is None or not math.isfinite(value) or quality not in {0, 1, 2}:
                raise ValueError
            yield int(row["sensor_id"]), time, value, quality
        except (KeyError, TypeError, ValueError):
            raise BadReadingError(f"line {number} is no reading", line=number) from None


async def stage(engine: AsyncEngine, readings: Iterable[Reading]) -> str:
    """Put late readings aside, all or none; return the batch's name. Of two of one moment the later line counts.

    Raises:
        What iterating over `readings` raises.
    """
    batch, lines = uuid4().hex, iter(readings)
    async with engine.begin() as connection:
        while part := list(islice(lines, _STAGED_AT_ONCE)):
            latest = {(sensor, time): (value, quality) for sensor, time, value, quality in part}
            rows = [
                {"batch": batch, "sensor_id": sensor, "time": time, "value": value, "quality": quality}
                for (sensor, time), (value, quality) in latest.items()
            ]
            statement = insert(StagedReading).values(rows)
            new = {"value": statement.excluded.value, "quality": statement.excluded.quality}
            await connection.execute(
                statement.on_conflict_do_update(index_elements=["batch", "sensor_id", "time"], set_=new)
            )
    return batch


async def forget(engine: AsyncEngine, before: datetime) -> int:
    """Remove what is staged for plans of before that nobody confirmed, and for operations that have ended."""
    async with engine.begin() as connection:
        return (await connection.execute(staging.FORGET, {"before": before})).rowcount


async def backfill(connection: AsyncConnection, table: str, batch: str, rollups: Rollups) -> AsyncIterator[Written]:
    """Write the staged `batch`, chunk by chunk; what is written, and compressed again, is no longer staged.

    Running it again after an interruption does what is left. As at ingest, the last value of a moment wins.

    Raises:
        BackfillTableError.
    """
    if (await find_table(connection, table)).qualified != (await find_table(connection, READINGS)).qualified:
        raise BackfillTableError(f"{table} takes no late readings", table=table)
    ranges = await _ranges(connection, table, batch)
    for number, (chunk, closed) in enumerate(ranges, start=1):
        values = {"batch": batch, "range_start": chunk.start, "range_end": chunk.end}
        if closed:
            await connection.execute(staging.MARK_STAGED, values)
            await patiently(connection.execute, compression.DECOMPRESS_CHUNK, {"chunk": chunk.name})
        rows = await patiently(_write, connection, values, rollups)
        if closed:
            await patiently(connection.execute, compression.COMPRESS_CHUNK, {"chunk": chunk.name})
        await connection.execute(staging.UNSTAGE, values)
        yield Written(chunk.start, chunk.end, rows, closed, number, len(ranges))


async def _ranges(connection: AsyncConnection, table: str, batch: str) -> list[tuple[Chunk, bool]]:
    """Return the chunks that the batch belongs to, and which of them must be compressed in the end."""
    span = (await connection.execute(staging.STAGED_SPAN, {"batch": batch})).one()
    if span.oldest is None:
        return []
    if (await detect(connection)).edition is Edition.NONE:
        return [(Chunk("", span.oldest, span.newest + _MICROSECOND), False)]
    hypertable = await find_hypertable(connection, table)
    names = {"batch": batch, "schema": hypertable.schema, "name": hypertable.name}
    while (moment := await connection.scalar(staging.STAGED_WITHOUT_CHUNK, names)) is not None:
        await ensure_partitions_for_range(connection, table, moment, moment + _MICROSECOND)
    marked = {row.name: row.recompress for row in await connection.execute(staging.STAGED_CHUNKS, names)}
    return [
        (chunk, chunk.compressed or marked[chunk.name])
        for chunk in await chunks_of(connection, hypertable)
        if chunk.name in marked
    ]


async def _write(connection: AsyncConnection, values: dict[str, Any], rollups: Rollups) -> int:
    async with transaction(connection):
        await connection.execute(staging.STAGE_AGAIN, values)
        written = await connection.execute(staging.WRITE_STAGED)
        await rollups.mark_changed(connection)
    return written.rowcount
