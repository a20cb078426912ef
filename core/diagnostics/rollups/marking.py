"""Marks: what the buckets have yet to learn. Costs a pass over the staged rows, about a twentieth of their upsert."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

_MARK_STAGED = text(
    """
    INSERT INTO rollup_marks (sensor_id, hour, since, until)
    SELECT sensor_id, date_bin('1 hour', time, 'epoch'), min(time), max(time)
    FROM staged_readings
    GROUP BY 1, 2
    """
)
_MARK_SPANS = text(
    """
    INSERT INTO rollup_marks (sensor_id, hour, since, until)
    SELECT sensor_id, date_bin('1 hour', first, 'epoch'), first, last
    FROM unnest(CAST(:sensors AS integer[]), CAST(:firsts AS timestamptz[]), CAST(:lasts AS timestamptz[]))
        AS span (sensor_id, first, last)
    """
)
_MARK_WHOLE = text(
    """
    INSERT INTO rollup_marks (sensor_id, hour, since, until)
    SELECT sensor_id, date_bin('1 hour', time, 'epoch'), min(time), max(time)
    FROM sensor_data
    GROUP BY 1, 2
    """
)
_OLDEST_MARK = text("SELECT min(hour) FROM rollup_marks")
_FIRST_MARKED = text("SELECT marked_at FROM rollup_marks ORDER BY id LIMIT 1")


async def mark_changed(connection: AsyncSession | AsyncConnection) -> None:
    """Mark the buckets of `staged_readings` (sensor_id, time...); belongs into the transaction that writes them."""
    await connection.execute(_MARK_STAGED)


async def mark_spans(connection: AsyncSession | AsyncConnection, spans: Mapping[str, Any]) -> None:
    """Mark the buckets of readings between `firsts` and `lasts` of `sensors`: lists, a span within one hour a place."""
    await connection.execute(_MARK_SPANS, spans)


async def mark_everything(connection: AsyncSession | AsyncConnection) -> None:
    """Mark the buckets of every reading there is, after readings were written without marks (a restored backup)."""
    await connection.execute(_MARK_WHOLE)


async def waiting_since(connection: AsyncSession | AsyncConnection) -> datetime | None:
    """Return when the first of the marks that wait was made; None where none waits."""
    first: datetime | None = await connection.scalar(_FIRST_MARKED)
    return first


async def caught_up_to(connection: AsyncSession | AsyncConnection) -> datetime | None:
    """Return the beginning of the oldest hour with readings that the buckets don't know; None where they know all.

    Readings before it may be dropped without a loss to the buckets.
    """
    oldest: datetime | None = await connection.scalar(_OLDEST_MARK)
    return oldest
