"""Readings into the table: `COPY` into a staging table, then one upsert. On a hypertable as on an ordinary table."""

from collections.abc import Iterable
from typing import Any, cast

import asyncpg
from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.diagnostics.ingest.columns import Columns, NewReading
from core.diagnostics.rollups.marking import mark_changed

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
    # Through the session first: it opens the transaction that the driver's COPY then joins.
    await session.execute(_STAGE)
    connection = await (await session.connection()).get_raw_connection()
    driver = cast("asyncpg.Connection[asyncpg.Record]", connection.driver_connection)
    await driver.copy_to_table(
        "staged_readings", source=columns.latest().copy_stream(), columns=NewReading._fields, format="binary"
    )
    written = cast(CursorResult[Any], await session.execute(_UPSERT))
    await mark_changed(session)
    await session.execute(_UNSTAGE)
    return written.rowcount
