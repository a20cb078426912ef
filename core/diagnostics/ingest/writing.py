"""Readings into the table, on a hypertable as on an ordinary one.

`COPY` into a staging table, then one upsert; where nothing is stored yet between a batch's first and last readings,
which is how readings mostly come, `COPY` straight into the table: less than half the work.

Late readings may belong into compressed chunks (Community edition). They are written straight into those: TimescaleDB
unpacks only the batches of up to 1,000 rows that hold neighbours of theirs. The chunk counts as partially compressed
from then on, and the next compression by `caretaker` or policy packs it whole again.
"""

from collections.abc import Iterable
from typing import Any, cast

import asyncpg
from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.diagnostics.ingest.columns import HOUR, Columns, NewReading
from core.diagnostics.rollups.marking import mark_changed, mark_spans

# TimescaleDB by itself refuses whatever unpacks more than 100,000 rows: a plant's corrections of an old week would wait
# for ever, and all behind them. A transaction here has 50,000 readings at most, and what it unpacks goes to disk.
_ANY_STORED = text(
    """
    SELECT set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true) IS NULL OR EXISTS (
        SELECT FROM unnest(CAST(:sensors AS integer[]), CAST(:firsts AS timestamptz[]), CAST(:lasts AS timestamptz[]))
            AS span (sensor_id, first, last)
        CROSS JOIN LATERAL (
            SELECT FROM sensor_data AS d
            WHERE d.sensor_id = span.sensor_id AND d.time >= span.first AND d.time <= span.last
            LIMIT 1
        ) AS stored
    )
    """
)
_STAGE = text("CREATE TEMPORARY TABLE staged_readings (LIKE sensor_data INCLUDING DEFAULTS) ON COMMIT DROP")
_UPSERT = text(
    """
    INSERT INTO sensor_data (sensor_id, time, value, quality)
    SELECT sensor_id, time, value, quality FROM staged_readings
    ON CONFLICT (sensor_id, time) DO UPDATE SET value = excluded.value, quality = excluded.quality
    WHERE (sensor_data.value, sensor_data.quality) IS DISTINCT FROM (excluded.value, excluded.quality)
    """
)
_UNSTAGE = text("DROP TABLE staged_readings")


async def write_readings(session: AsyncSession, batch: Iterable[NewReading]) -> int:
    """Write `batch` in the session's transaction; return how many rows are new or changed."""
    return await write_columns(session, Columns.of(batch))


async def write_columns(session: AsyncSession, columns: Columns) -> int:
    """Write `columns` in the session's transaction; return how many rows are new or changed.

    A repeat of the same (sensor, time) is one row and the last one wins, in the batch and against the table: plants
    correct their readings by sending them again. An exact repeat touches nothing.
    """
    if not len(columns):
        return 0
    latest = columns.latest()
    spans = latest.spans()
    if await session.scalar(_ANY_STORED, spans) or not await _append(session, latest):
        return await _upsert(session, latest)
    await mark_spans(session, latest.spans(HOUR))
    return len(latest)


async def _append(session: AsyncSession, columns: Columns) -> bool:
    """Copy rows that the table lacks; False, and nothing done, where another transaction was faster with one."""
    try:
        async with session.begin_nested():
            await _copy(session, "sensor_data", columns)
    except asyncpg.UniqueViolationError:
        return False
    return True


async def _upsert(session: AsyncSession, columns: Columns) -> int:
    await session.execute(_STAGE)
    await _copy(session, "staged_readings", columns)
    written = cast(CursorResult[Any], await session.execute(_UPSERT))
    await mark_changed(session)
    await session.execute(_UNSTAGE)
    return written.rowcount


async def _copy(session: AsyncSession, table: str, columns: Columns) -> None:
    """Copy in the transaction that the session has begun already."""
    connection = await (await session.connection()).get_raw_connection()
    driver = cast("asyncpg.Connection[asyncpg.Record]", connection.driver_connection)
    await driver.copy_to_table(table, source=columns.copy_stream(), columns=NewReading._fields, format="binary")
