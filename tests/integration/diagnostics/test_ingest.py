"""Readings are written once, corrected by repetition, and only with the transaction that carries them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.database import SessionFactory
from core.diagnostics.ingest import NewReading, write_readings
from core.diagnostics.models import Reading
from core.diagnostics.rollups.models import RollupMark

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)


def batch(count: int, value: float = 1.0) -> list[NewReading]:
    return [NewReading(1, BEGIN + timedelta(minutes=i), value) for i in range(count)]


async def stored(sessions: SessionFactory) -> list[tuple[int, datetime, float, int]]:
    async with sessions() as session:
        rows = await session.scalars(select(Reading).order_by(Reading.sensor_id, Reading.time))
        return [(row.sensor_id, row.time, row.value, row.quality) for row in rows]


async def test_a_repeat_of_a_batch_changes_nothing(sessions: SessionFactory) -> None:
    for expected in (100, 0):
        async with sessions.begin() as session:
            assert await write_readings(session, batch(100)) == expected
    assert await stored(sessions) == [(1, reading.time, 1.0, 0) for reading in batch(100)]


async def test_the_last_of_two_readings_for_one_instant_wins(sessions: SessionFactory) -> None:
    async with sessions.begin() as session:
        assert await write_readings(session, [NewReading(1, BEGIN, 1.0), NewReading(1, BEGIN, 2.0)]) == 1
    async with sessions.begin() as session:
        assert await write_readings(session, [NewReading(1, BEGIN, 3.0, 1), *batch(2)[1:]]) == 2
    assert [(value, quality) for _, _, value, quality in await stored(sessions)] == [(3.0, 1), (1.0, 0)]


async def test_two_batches_fit_one_transaction(sessions: SessionFactory) -> None:
    async with sessions.begin() as session:
        await write_readings(session, batch(3))
        assert await write_readings(session, [NewReading(2, BEGIN, 5.0)]) == 1
    assert len(await stored(sessions)) == 4


async def test_an_empty_batch_is_no_work(sessions: SessionFactory) -> None:
    async with sessions.begin() as session:
        assert await write_readings(session, []) == 0


async def test_readings_go_with_the_transaction_that_is_rolled_back(sessions: SessionFactory) -> None:
    async def interrupted() -> None:
        async with sessions.begin() as session:
            await write_readings(session, batch(10))
            raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await interrupted()
    assert await stored(sessions) == []


async def test_two_writers_of_the_same_moments_agree(sessions: SessionFactory) -> None:
    async with sessions.begin() as first:
        await write_readings(first, batch(10, 1.0))
        second = asyncio.ensure_future(_write(sessions, batch(20, 2.0)))
        await asyncio.sleep(0.3)
        assert not second.done()
    assert await second == 20
    assert [value for _, _, value, _ in await stored(sessions)] == [2.0] * 20
    async with sessions() as session:
        marked = await session.execute(select(func.min(RollupMark.since), func.max(RollupMark.until)))
        assert marked.one() == (BEGIN, BEGIN + timedelta(minutes=19))


async def test_readings_of_several_hours_are_marked_by_the_hour(sessions: SessionFactory) -> None:
    async with sessions.begin() as session:
        await write_readings(session, [*batch(150), NewReading(2, BEGIN + timedelta(minutes=61), 1.0)])
        rows = await session.execute(select(RollupMark.sensor_id, RollupMark.hour, RollupMark.until))
        hour = timedelta(hours=1)
        assert sorted(tuple(row) for row in rows) == [
            (1, BEGIN, BEGIN + timedelta(minutes=59)),
            (1, BEGIN + hour, BEGIN + timedelta(minutes=119)),
            (1, BEGIN + 2 * hour, BEGIN + timedelta(minutes=149)),
            (2, BEGIN + hour, BEGIN + timedelta(minutes=61)),
        ]


async def _write(sessions: SessionFactory, readings: list[NewReading]) -> int:
    async with sessions.begin() as session:
        return await write_readings(session, readings)
