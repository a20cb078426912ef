"""The baseline is the machine's own past at the same hours of day, under the same load where that is known."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.database import SessionFactory
from core.diagnostics.baseline import Baseline
from core.diagnostics.ingest import NewReading, write_readings
from core.diagnostics.models import Quantity, Sensor, System
from core.diagnostics.periods import DAY
from core.diagnostics.rollups.refreshing import RollupService
from core.diagnostics.service import DiagnosticsService
from core.users.rights import OPERATOR
from tests.fakes.clock import SettableClock

DAYS = 15


@pytest.fixture
async def sensors(sessions: SessionFactory) -> list[Sensor]:
    """Temperature and motor power of one machine."""
    async with sessions.begin() as session:
        press = System(code="press-2", names={"en": "Press"}, kind="press")
        press.sensors = [
            Sensor(code="temperature", names={"en": "Oil"}, quantity=Quantity.TEMPERATURE, unit="degC"),
            Sensor(code="power", names={"en": "Motor"}, quantity=Quantity.POWER, unit="kW"),
        ]
        session.add(press)
        await session.flush()
        return list(press.sensors)


async def baseline_of_the_last_day(
    engine: AsyncEngine, sessions: SessionFactory, clock: SettableClock, sensors: list[Sensor], *, warmer: float
) -> Baseline | None:
    """Two weeks of days, warm at noon and 30 degrees warmer under load every other day; the last day under load."""
    end = clock()
    rows = []
    for quarter in range(DAYS * 96):
        time: datetime = end - DAYS * DAY + timedelta(minutes=15) * quarter
        last_day = quarter >= (DAYS - 1) * 96
        loaded = last_day or (quarter // 96) % 2 == 0
        temperature = 30.0 + time.hour + 0.1 * (quarter % 7) + 30.0 * loaded + warmer * last_day
        rows.append(NewReading(sensors[0].id, time, temperature))
        rows.append(NewReading(sensors[1].id, time, 40.0 if loaded else 5.0))
    async with sessions.begin() as session:
        await write_readings(session, rows)
    await RollupService(engine).refresh()
    summary = await DiagnosticsService(sessions, clock).summary(OPERATOR, "press-2", DAY)
    return summary.sensors[0].baseline


async def test_a_usual_day_under_load_is_not_compared_with_idle_days(
    engine: AsyncEngine, sessions: SessionFactory, clock: SettableClock, sensors: list[Sensor]
) -> None:
    baseline = await baseline_of_the_last_day(engine, sessions, clock, sensors, warmer=0.0)
    assert baseline is not None
    assert not baseline.unusual
    assert baseline.usual == pytest.approx(baseline.present, abs=0.5)


async def test_four_degrees_more_than_at_these_hours_under_this_load_are_unusual(
    engine: AsyncEngine, sessions: SessionFactory, clock: SettableClock, sensors: list[Sensor]
) -> None:
    baseline = await baseline_of_the_last_day(engine, sessions, clock, sensors, warmer=4.0)
    assert baseline is not None
    assert baseline.unusual
    assert baseline.present - baseline.usual == pytest.approx(4.0, abs=0.5)


async def test_without_a_past_nothing_is_usual(
    engine: AsyncEngine, sessions: SessionFactory, clock: SettableClock, sensors: list[Sensor]
) -> None:
    async with sessions.begin() as session:
        await write_readings(session, [NewReading(sensors[0].id, clock(), 20.0)])
    await RollupService(engine).refresh()
    summary = await DiagnosticsService(sessions, clock).summary(OPERATOR, "press-2", DAY)
    assert summary.sensors[0].baseline is None
