"""Buckets say what the readings say: late, corrected, withdrawn or not yet refreshed, on every edition."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.database import SessionFactory
from core.diagnostics.ingest import NewReading, write_readings
from core.diagnostics.models import Quantity, Sensor, System
from core.diagnostics.rollups.marking import caught_up_to, mark_everything
from core.diagnostics.rollups.reading import read_series
from core.diagnostics.rollups.refreshing import RollupService
from core.diagnostics.summary import Bucket

BEGIN = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
SPAN_S = 6 * 3600
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
_number = count()
TABLES = {
    "minutes": text(
        "SELECT bucket, count, outside, minimum, mean, maximum, variance, first, last "
        "FROM rollup_minutes WHERE sensor_id = :sensor ORDER BY bucket"
    ),
    "hours": text(
        "SELECT bucket, count, outside, minimum, mean, maximum, variance, first, last "
        "FROM rollup_hours WHERE sensor_id = :sensor ORDER BY bucket"
    ),
}
STORED = {
    "minutes": text(
        "SELECT bucket, count, outside, minimum, mean, maximum, variance, first, last "
        "FROM sensor_minutes WHERE sensor_id = :sensor ORDER BY bucket"
    ),
    "hours": text(
        "SELECT bucket, count, outside, minimum, mean, maximum, variance, first, last "
        "FROM sensor_hours WHERE sensor_id = :sensor ORDER BY bucket"
    ),
}

batches = st.lists(
    st.lists(
        st.tuples(
            st.integers(0, SPAN_S - 1),
            st.one_of(st.floats(-50, 150, allow_nan=False), st.sampled_from([60.0, 80.0, 1e9 + 0.25])),
            st.sampled_from([0, 0, 0, 1, 2]),
        ),
        min_size=1,
        max_size=40,
    ),
    min_size=1,
    max_size=4,
)


async def new_sensor(sessions: SessionFactory) -> int:
    """A pressure sensor of a machine of its own, with limits at 60 and 80 bar."""
    async with sessions.begin() as session:
        system = System(code=f"press-{next(_number)}", names={"en": "Press"}, kind="press")
        system.sensors = [
            Sensor(
                code="pressure", names={"en": "Pressure"}, quantity=Quantity.PRESSURE, unit="bar",
                warning_high=60.0, critical_high=80.0,
            )
        ]  # fmt: skip
        session.add(system)
        await session.flush()
        return system.sensors[0].id


async def write(sessions: SessionFactory, sensor: int, readings: Sequence[tuple[float, float, int]]) -> None:
    async with sessions.begin() as session:
        rows = [NewReading(sensor, BEGIN + timedelta(seconds=s), value, quality) for s, value, quality in readings]
        await write_readings(session, rows)


def expected(
    readings: dict[float, tuple[float, int]], width: timedelta
) -> list[tuple[datetime, int, int, float, float, float, float, float, float]]:
    """Calculate the buckets from the readings in the plainest way."""
    groups: dict[datetime, list[float]] = defaultdict(list)
    for second, (value, quality) in sorted(readings.items()):
        if quality < 2:
            groups[BEGIN + timedelta(seconds=second) // width * width].append(value)
    return [
        (
            start, len(values), sum(v >= 60.0 for v in values), min(values), float(np.mean(values)), max(values),
            float(np.var(values)), values[0], values[-1],
        )
        for start, values in groups.items()
    ]  # fmt: skip


async def stored(sessions: SessionFactory, view: str, sensor: int) -> list[tuple[object, ...]]:
    async with sessions() as session:
        rows = await session.execute(STORED[view], {"sensor": sensor})
        return [tuple(row) for row in rows]


def close(rows: Sequence[tuple[object, ...]]) -> list[object]:
    return [tuple(pytest.approx(v, rel=1e-9, abs=1e-6) if isinstance(v, float) else v for v in row) for row in rows]


@given(batches=batches, refreshed=st.lists(st.booleans(), min_size=4, max_size=4))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_buckets_are_those_of_the_readings_whatever_comes_late_or_is_corrected(
    engine: AsyncEngine,
    sessions: SessionFactory,
    batches: list[list[tuple[float, float, int]]],
    refreshed: list[bool],
) -> None:
    sensor, rollups = await new_sensor(sessions), RollupService(engine)
    readings: dict[float, tuple[float, int]] = {}
    for batch, refresh in zip(batches, refreshed, strict=False):
        await write(sessions, sensor, batch)
        readings |= {second: (value, quality) for second, value, quality in batch}
        if refresh:
            await rollups.refresh()
        for width in (MINUTE * 5, HOUR, HOUR * 2):
            series = await series_of(sessions, sensor, width)
            assert [(b.start, b.count, b.outside, b.minimum, b.mean, b.maximum) for b in series] == close(
                [row[:6] for row in expected(readings, width)]
            )
    await rollups.refresh()
    assert await stored(sessions, "minutes", sensor) == close(expected(readings, MINUTE))
    assert await stored(sessions, "hours", sensor) == close(expected(readings, HOUR))


class _MaintainedTables(RollupService):
    """Does on every edition what is done where there are no continuous aggregates."""

    async def _has_aggregates(self) -> bool:
        return False


@pytest.mark.timescale_community
@given(batches=batches, limit=st.none() | st.floats(-50, 150))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_continuous_aggregates_and_maintained_tables_hold_the_same(
    engine: AsyncEngine, sessions: SessionFactory, batches: list[list[tuple[float, float, int]]], limit: float | None
) -> None:
    sensor = await new_sensor(sessions)
    for batch in batches:
        await write(sessions, sensor, batch)
        async with sessions.begin() as session:
            await session.execute(
                text("UPDATE sensors SET warning_high = :to WHERE id = :id"), {"to": limit, "id": sensor}
            )
        await _refreshed_in_both_ways(engine, sessions)
    for view in ("minutes", "hours"):
        async with sessions() as session:
            tables = [tuple(row) for row in await session.execute(TABLES[view], {"sensor": sensor})]
        assert await stored(sessions, view, sensor) == close(tables)
        assert len(tables) > 0 or all(quality == 2 for batch in batches for *_, quality in batch)


async def _refreshed_in_both_ways(engine: AsyncEngine, sessions: SessionFactory) -> None:
    """Let both learn what has changed: each takes the marks and the limits' changes away from the other."""
    async with sessions.begin() as session:
        marks = (await session.execute(text("SELECT sensor_id, hour, since, until FROM rollup_marks"))).all()
        changes = (await session.execute(text("SELECT sensor_id FROM rollup_limit_changes"))).all()
    await _MaintainedTables(engine).refresh()
    async with sessions.begin() as session:
        for mark in marks:
            await session.execute(
                text("INSERT INTO rollup_marks (sensor_id, hour, since, until) VALUES (:s, :h, :a, :b)"),
                {"s": mark.sensor_id, "h": mark.hour, "a": mark.since, "b": mark.until},
            )
        for change in changes:
            await session.execute(
                text("INSERT INTO rollup_limit_changes (sensor_id) VALUES (:s)"), {"s": change.sensor_id}
            )
    await RollupService(engine).refresh()


async def series_of(
    sessions: SessionFactory, sensor: int, width: timedelta, begin: datetime = BEGIN, end: datetime | None = None
) -> list[Bucket]:
    async with sessions() as session:
        until = end or BEGIN + timedelta(seconds=SPAN_S)
        return (await read_series(session, [sensor], begin, until, width)).get(sensor, [])


@pytest.mark.parametrize("refresh", [False, True])
async def test_a_period_that_cuts_hours_is_exact_to_the_minute(
    engine: AsyncEngine, sessions: SessionFactory, refresh: bool
) -> None:
    sensor = await new_sensor(sessions)
    await write(sessions, sensor, [(s, float(s), 0) for s in range(0, SPAN_S, 30)])
    if refresh:
        await RollupService(engine).refresh()
    begin, end = BEGIN + 17 * MINUTE, BEGIN + 3 * HOUR + 43 * MINUTE + timedelta(seconds=59)
    series = await series_of(sessions, sensor, HOUR, begin, end)
    assert [b.start for b in series] == [begin, *(BEGIN + HOUR * n for n in (1, 2, 3))]
    assert [b.count for b in series] == [86, 120, 120, 88]
    assert (series[0].minimum, series[-1].maximum) == (17 * 60.0, (3 * 60 + 43) * 60 + 30.0)


async def test_changed_limits_are_counted_again(engine: AsyncEngine, sessions: SessionFactory) -> None:
    sensor, rollups = await new_sensor(sessions), RollupService(engine)
    await write(sessions, sensor, [(s * 60, float(s), 0) for s in range(100)])
    await rollups.refresh()
    assert sum(b.outside for b in await series_of(sessions, sensor, HOUR)) == 40
    async with sessions.begin() as session:
        await session.execute(text("UPDATE sensors SET warning_high = 90 WHERE id = :id"), {"id": sensor})
    await rollups.refresh()
    for width in (MINUTE * 5, HOUR):
        assert sum(b.outside for b in await series_of(sessions, sensor, width)) == 20


async def test_marks_tell_what_is_not_yet_in_the_buckets(engine: AsyncEngine, sessions: SessionFactory) -> None:
    sensor, rollups = await new_sensor(sessions), RollupService(engine)
    async with sessions() as session:
        assert await caught_up_to(session) is None
    await write(sessions, sensor, [(4000, 1.0, 0), (9000, 1.0, 0)])
    async with sessions() as session:
        assert await caught_up_to(session) == BEGIN + HOUR
    await rollups.refresh()
    async with sessions() as session:
        assert await caught_up_to(session) is None


async def test_marks_go_with_the_transaction_that_is_rolled_back(sessions: SessionFactory) -> None:
    async def interrupted() -> None:
        async with sessions.begin() as session:
            await write_readings(session, [NewReading(1, BEGIN, 1.0)])
            raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await interrupted()
    async with sessions() as session:
        assert await caught_up_to(session) is None


async def test_years_of_marks_are_worked_off_newest_first(engine: AsyncEngine, sessions: SessionFactory) -> None:
    sensor, rollups = await new_sensor(sessions), RollupService(engine)
    weeks = [-n * 7 * 86400.0 for n in range(30)]
    await write(sessions, sensor, [(s, 5.0, 0) for s in weeks])
    async with sessions.begin() as session:
        await session.execute(text("DELETE FROM rollup_marks"))
        await mark_everything(session)
    assert await rollups.refresh() == 30
    assert len(await stored(sessions, "hours", sensor)) == 30
