"""Summaries tell what the readings say: the same numbers as a plain calculation over them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from unittest.mock import AsyncMock

import numpy as np
import pytest

from core.database import SessionFactory
from core.diagnostics.ingest import NewReading, write_readings
from core.diagnostics.lookup import UnknownSystemError
from core.diagnostics.models import Quantity, Sensor, System
from core.diagnostics.periods import DAY, HOUR, WEEK
from core.diagnostics.service import DiagnosticsService
from core.diagnostics.summary import SensorSummary, State, SystemSummary
from core.errors import ForbiddenError
from core.users.models import Role
from core.users.rights import OPERATOR, Actor
from core.users.scope import Scope
from tests.fakes.clock import SettableClock

STRANGER = Actor(id=1, name="Sam", role=Role.PENDING)


@pytest.fixture
def diagnostics(sessions: SessionFactory, clock: SettableClock) -> DiagnosticsService:
    """The service, with the clock in the test's hands."""
    return DiagnosticsService(sessions, clock)


@pytest.fixture
async def sensors(sessions: SessionFactory) -> list[int]:
    """Ids of a press's pressure (limits 60 and 80 bar) and temperature, and a crane without sensors."""
    async with sessions.begin() as session:
        press = System(code="press-2", names={"en": "Press", "ru": "Пресс"}, kind="press")
        press.sensors = [
            Sensor(
                code="pressure", names={"en": "Pressure"}, quantity=Quantity.PRESSURE, unit="bar",
                warning_high=60.0, critical_high=80.0,
            ),
            Sensor(code="temperature", names={"en": "Oil"}, quantity=Quantity.TEMPERATURE, unit="degC"),
        ]  # fmt: skip
        session.add_all([press, System(code="crane", names={"en": "Crane"}, kind="crane")])
        await session.flush()
        return [sensor.id for sensor in press.sensors]


async def write(
    sessions: SessionFactory, clock: SettableClock, sensor: int, values: list[float], *, quality: int = 0
) -> None:
    """Write one value a minute, the last of them now."""
    begin = clock() - timedelta(minutes=len(values) - 1)
    async with sessions.begin() as session:
        rows = [NewReading(sensor, begin + timedelta(minutes=i), v, quality) for i, v in enumerate(values)]
        await write_readings(session, rows)


async def summary_of_first(diagnostics: DiagnosticsService, period: timedelta) -> SensorSummary:
    return (await diagnostics.summary(OPERATOR, "press-2", period)).sensors[0]


@pytest.mark.parametrize("period", [HOUR, DAY, WEEK])
async def test_the_numbers_are_those_of_the_readings(
    diagnostics: DiagnosticsService,
    sessions: SessionFactory,
    clock: SettableClock,
    sensors: list[int],
    period: timedelta,
) -> None:
    values = np.random.default_rng(3).uniform(0.0, 100.0, 9000).round(2)
    await write(sessions, clock, sensors[0], values.tolist())
    summary = await summary_of_first(diagnostics, period)
    inside = values[-(int(period.total_seconds() // 60) + 1) :]
    assert summary.statistics is not None
    assert summary.statistics.count == len(inside)
    assert summary.statistics.minimum == inside.min()
    assert summary.statistics.maximum == inside.max()
    assert summary.statistics.mean == pytest.approx(inside.mean())
    assert summary.statistics.outside == pytest.approx((inside >= 60.0).mean())
    assert summary.status.last is not None
    assert summary.status.last.value == values[-1]
    assert sum(bucket.count for bucket in summary.series) == len(inside)


async def test_a_rise_over_a_week_is_a_certain_trend(
    diagnostics: DiagnosticsService, sessions: SessionFactory, clock: SettableClock, sensors: list[int]
) -> None:
    minutes = np.arange(7 * 1440)
    wave = 5.0 * np.sin(2 * np.pi * minutes / 1440)
    await write(sessions, clock, sensors[0], (20.0 + wave + 2.0 * minutes / 1440).tolist())
    trend = (await summary_of_first(diagnostics, WEEK)).trend
    assert trend is not None
    assert trend.certain
    assert trend.per_day == pytest.approx(2.0, abs=0.02)


async def test_a_sensor_that_fell_silent_is_stale_and_comes_first(
    diagnostics: DiagnosticsService, sessions: SessionFactory, clock: SettableClock, sensors: list[int]
) -> None:
    await write(sessions, clock, sensors[1], [40.0] * 30)
    clock.advance(timedelta(minutes=6))
    await write(sessions, clock, sensors[0], [70.0] * 5)
    summary = await diagnostics.summary(OPERATOR, "press-2", HOUR)
    assert [s.status.state for s in summary.news_first()] == [State.STALE, State.WARNING]
    assert summary.status.state is State.WARNING
    stale = summary.news_first()[0].status.last
    assert stale is not None
    assert stale.age == timedelta(minutes=6)


async def test_a_sensor_never_heard_is_silent_and_has_no_numbers(
    diagnostics: DiagnosticsService, sensors: list[int]
) -> None:
    first = await summary_of_first(diagnostics, DAY)
    assert (first.status.state, first.statistics, first.series, first.trend) == (State.SILENT, None, (), None)


async def test_bad_and_future_readings_count_for_nothing(
    diagnostics: DiagnosticsService, sessions: SessionFactory, clock: SettableClock, sensors: list[int]
) -> None:
    await write(sessions, clock, sensors[0], [10.0] * 10)
    now = clock()
    clock.advance(timedelta(minutes=1))
    await write(sessions, clock, sensors[0], [99.0], quality=2)
    clock.advance(timedelta(days=1))
    await write(sessions, clock, sensors[0], [98.0])
    clock.now = now + timedelta(minutes=2)
    first = await summary_of_first(diagnostics, HOUR)
    assert first.statistics is not None
    assert (first.statistics.count, first.statistics.maximum) == (10, 10.0)
    assert first.status.last is not None
    assert first.status.last.value == 10.0


async def test_gaps_stay_gaps(
    diagnostics: DiagnosticsService, sessions: SessionFactory, clock: SettableClock, sensors: list[int]
) -> None:
    await write(sessions, clock, sensors[0], [10.0] * 10)
    clock.advance(timedelta(minutes=30))
    await write(sessions, clock, sensors[0], [10.0] * 10)
    starts = [bucket.start for bucket in (await summary_of_first(diagnostics, HOUR)).series]
    assert len(starts) == 20
    assert max(b - a for a, b in pairwise(starts)) == timedelta(minutes=21)


async def test_all_machines_are_listed_with_their_states(
    diagnostics: DiagnosticsService, sessions: SessionFactory, clock: SettableClock, sensors: list[int]
) -> None:
    for sensor in sensors:
        await write(sessions, clock, sensor, [85.0])
    listed = await diagnostics.systems(OPERATOR)
    assert [(status.system.code, status.state) for status in listed] == [
        ("crane", State.SILENT),
        ("press-2", State.CRITICAL),
    ]


async def test_an_unknown_machine_lists_those_there_are(diagnostics: DiagnosticsService, sensors: list[int]) -> None:
    for wanted in ("lathe", 999_999):
        with pytest.raises(UnknownSystemError) as caught:
            await diagnostics.summary(OPERATOR, wanted, DAY)
        assert caught.value.params["machines"] == "crane, press-2"


async def test_strangers_see_no_machines(diagnostics: DiagnosticsService, sensors: list[int]) -> None:
    with pytest.raises(ForbiddenError):
        await diagnostics.systems(STRANGER)
    with pytest.raises(ForbiddenError):
        await diagnostics.summary(STRANGER, "press-2", DAY)


async def test_those_who_ask_together_share_the_work_each_by_their_own_right(
    diagnostics: DiagnosticsService,
    sessions: SessionFactory,
    clock: SettableClock,
    sensors: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await write(sessions, clock, sensors[0], [10.0] * 5)
    worked_out = AsyncMock(side_effect=diagnostics._summarise)
    monkeypatch.setattr(diagnostics, "_summarise", worked_out)
    elsewhere = Actor(
        id=2, name="Ivan", role=Role.ENGINEER, scope=Scope(everything=False, machines=frozenset({"crane"}))
    )
    first, second, foreign, forbidden = await asyncio.gather(
        diagnostics.summary(OPERATOR, "press-2", HOUR),
        diagnostics.summary(replace(OPERATOR, name="Anna"), "press-2", HOUR),
        diagnostics.summary(elsewhere, "press-2", HOUR),
        diagnostics.summary(STRANGER, "press-2", HOUR),
        return_exceptions=True,
    )
    assert isinstance(first, SystemSummary)
    assert first is second
    assert worked_out.await_count == 1
    assert isinstance(foreign, UnknownSystemError)
    assert isinstance(forbidden, ForbiddenError)
    await write(sessions, clock, sensors[0], [20.0])
    now = clock().replace(second=0, microsecond=0)
    ends = [now, now + timedelta(seconds=1), now - timedelta(hours=2)]
    asked = await asyncio.gather(*(diagnostics.summary(OPERATOR, "press-2", HOUR, until=end) for end in ends))
    assert [one.end for one in asked] == [ends[0], ends[0], ends[2]]
    later = (await summary_of_first(diagnostics, HOUR)).status.last
    assert later is not None
    assert later.value == 20.0
