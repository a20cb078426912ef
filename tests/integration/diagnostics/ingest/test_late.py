"""Late and corrected readings go where they belong, compressed chunk or not, and the buckets follow."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import utc_now
from core.database import SessionFactory
from core.diagnostics.ingest.columns import Columns
from core.diagnostics.ingest.writing import write_columns
from core.diagnostics.models import Quantity, Reading, Sensor, System
from core.diagnostics.rollups.reading import read_series
from core.diagnostics.rollups.refreshing import RollupService
from core.timescale.compression import compress_old_chunks, plan_compression
from core.timescale.edition import Edition, detect

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
ROWS = 60_000
SECOND = 1_000_000


async def _sensors(sessions: SessionFactory) -> list[int]:
    system = System(code="rig", names={"en": "Rig"}, kind="rig")
    system.sensors = [
        Sensor(code=f"s{n}", names={"en": f"S{n}"}, quantity=Quantity.PRESSURE, unit="bar") for n in range(2)
    ]
    async with sessions.begin() as session:
        session.add(system)
        await session.flush()
        return [sensor.id for sensor in system.sensors]


def _every(seconds: int, sensors: list[int], value: float, *, shift_us: int = 0) -> Columns:
    count = ROWS // seconds
    begin = int(BEGIN.timestamp()) * SECOND + shift_us
    times = begin + np.arange(count, dtype=np.int64) * seconds * SECOND
    whole = count * len(sensors)
    ids = np.repeat(np.array(sensors, np.int32), count)
    return Columns(ids, np.tile(times, len(sensors)), np.full(whole, value), np.zeros(whole, np.int16))


async def _compress(engine: AsyncEngine) -> bool:
    """Compress what is old where the edition can; tell whether it could."""
    async with engine.connect() as pooled:
        connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        if (await detect(connection)).edition is not Edition.COMMUNITY:
            return False
        report = await compress_old_chunks(connection, "sensor_data", timedelta(days=1), now=utc_now())
        assert report.compressed
        assert not report.failed
    return True


async def _to_compress(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        plan = await plan_compression(connection, "sensor_data", utc_now() - timedelta(days=1), now=utc_now())
    return len(plan.chunks)


@pytest.mark.timescale
async def test_corrections_and_late_readings_of_a_whole_chunk_come_in(
    engine: AsyncEngine, sessions: SessionFactory
) -> None:
    sensors = await _sensors(sessions)
    async with sessions.begin() as session:
        assert await write_columns(session, _every(1, sensors, 5.0)) == 2 * ROWS
    compresses = await _compress(engine)
    corrected, late = _every(100, sensors, 8.0), _every(100, sensors, 11.0, shift_us=SECOND // 2)
    async with sessions.begin() as session:  # neighbours of theirs are all 120,000: more than TimescaleDB's own limit
        assert await write_columns(session, Columns.joined([corrected, late])) == 4 * (ROWS // 100)
    await RollupService(engine).refresh()
    async with sessions() as session:
        total, mean = (await session.execute(select(func.count(), func.avg(Reading.value)))).one()
        series = await read_series(session, sensors, BEGIN, BEGIN + timedelta(days=1), timedelta(hours=1))
    assert (total, mean) == (2 * ROWS * 101 // 100, pytest.approx((99 * 5 + 8 + 11) / 101))
    hours = [hour for of_sensor in series.values() for hour in of_sensor]
    assert (sum(hour.count for hour in hours), max(hour.maximum for hour in hours)) == (total, 11.0)
    if compresses:
        assert await _to_compress(engine) > 0
        await _compress(engine)
        assert await _to_compress(engine) == 0
