"""The pipeline: what can be trusted is in the table once, everything else in quarantine once, and watchers are told."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy import delete, select

from core.database import SessionFactory
from core.diagnostics.ingest.blocks import Block, Reason, Refused
from core.diagnostics.ingest.columns import Columns, NewReading
from core.diagnostics.ingest.feed import LIVE, ReadingFeed
from core.diagnostics.ingest.intake import Delivery, Intake
from core.diagnostics.ingest.models import QuarantinedReading, SensorAlias, UnitAlias
from core.diagnostics.ingest.registry import FRESH_FOR
from core.diagnostics.models import Reading, Sensor, System
from core.diagnostics.rollups.models import RollupMark
from tests.fakes.clock import SettableClock
from tests.fakes.metrics import sample


@pytest.fixture
async def press(sessions: SessionFactory) -> int:
    """Id of the pressure sensor of a press, in bar."""
    async with sessions.begin() as session:
        system = System(code="press", names={"en": "Press"}, kind="press")
        sensor = Sensor(system=system, code="pressure", names={"en": "P"}, quantity="pressure", unit="bar")
        session.add(sensor)
        await session.flush()
        return sensor.id


def block(clock: SettableClock, *values: object, sensor: str = "press/pressure", unit: str = "") -> Block:
    times = [clock() - timedelta(seconds=len(values) - i) for i in range(len(values))]
    return Block(
        [sensor] * len(values),
        times,
        list(map(str, values)),
        [unit] * len(values),
        [""] * len(values),
        list(map(str, values)),
    )


async def stored(sessions: SessionFactory) -> list[float]:
    async with sessions() as session:
        return list(await session.scalars(select(Reading.value).order_by(Reading.time)))


async def quarantined(sessions: SessionFactory) -> list[QuarantinedReading]:
    async with sessions() as session:
        return list(await session.scalars(select(QuarantinedReading).order_by(QuarantinedReading.id)))


async def test_readings_are_parted_and_their_buckets_marked(
    sessions: SessionFactory, clock: SettableClock, press: int
) -> None:
    receipt = await Intake(sessions, clock).take("test", block(clock, 1, "on", 2, -7, 3))
    assert (receipt.accepted, receipt.written) == (3, 3)
    assert receipt.refused == {Reason.BAD_VALUE: 1, Reason.IMPOSSIBLE: 1}
    assert await stored(sessions) == [1.0, 2.0, 3.0]
    first, second = await quarantined(sessions)
    assert (first.reason, first.raw, first.source, first.sensor) == ("bad_value", b"on", "test", "press/pressure")
    assert (second.reason, second.value, second.received_at) == ("impossible", "-7", clock())
    async with sessions() as session:
        assert await session.scalar(select(RollupMark.sensor_id)) == press


async def test_readings_are_counted_by_what_became_of_them(
    sessions: SessionFactory, clock: SettableClock, press: int
) -> None:
    def counted() -> list[float]:
        return [sample("hydrodiag_readings_total", outcome=outcome) for outcome in ("accepted", "quarantined")]

    before = counted()
    await Intake(sessions, clock).take("test", block(clock, 1, "on", 2))
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [2, 1]


async def test_what_is_delivered_again_is_there_once(
    sessions: SessionFactory, clock: SettableClock, press: int
) -> None:
    intake, again = Intake(sessions, clock), block(clock, 1, "on", 2)
    await intake.take("test", again)
    clock.advance(timedelta(seconds=1))
    receipt = await intake.take("test", again)
    assert (receipt.accepted, receipt.written) == (2, 0)
    assert len(await stored(sessions)) == 2
    assert len(await quarantined(sessions)) == 1


async def test_a_check_writes_nothing(sessions: SessionFactory, clock: SettableClock, press: int) -> None:
    receipt = await Intake(sessions, clock).check(block(clock, 1, "on"))
    assert (receipt.accepted, receipt.refused) == (1, {Reason.BAD_VALUE: 1})
    assert await stored(sessions) == []
    assert await quarantined(sessions) == []


async def test_bytes_that_no_text_column_holds_are_kept(sessions: SessionFactory, clock: SettableClock) -> None:
    nasty = Block(["a\0b"], ["\ud800"], ["\0"], ["u" * 300], ["q"], [b"\xff\0"])
    nasty.refused.append(Refused(Reason.UNPARSABLE, b"\0\xfe"))
    await Intake(sessions, clock).take("to\0pic" + "c" * 300, nasty)
    unparsable, unknown = await quarantined(sessions)
    assert (unparsable.raw, unparsable.sensor) == (b"\0\xfe", None)
    assert (unknown.raw, unknown.sensor, unknown.unit) == (b"\xff\0", "a\ufffdb", "u" * 200)


async def test_names_are_mapped_once_known(sessions: SessionFactory, clock: SettableClock, press: int) -> None:
    intake = Intake(sessions, clock)
    foreign = block(clock, 2, sensor="PLC4.DB7.P", unit="мегабар/10")
    assert (await intake.take("plc", foreign)).refused == {Reason.UNKNOWN_SENSOR: 1}
    async with sessions.begin() as session:
        session.add(SensorAlias(name="PLC4.DB7.P", sensor_id=press))
    clock.advance(FRESH_FOR)
    assert (await intake.take("plc", foreign)).refused == {Reason.UNKNOWN_UNIT: 1}
    async with sessions.begin() as session:
        session.add(UnitAlias(name="мегабар/10", unit="MPa"))
    clock.advance(FRESH_FOR)
    assert (await intake.take("plc", foreign)).accepted == 1
    assert await stored(sessions) == [20.0]
    async with sessions.begin() as session:
        await session.execute(delete(Sensor))
    clock.advance(FRESH_FOR)
    assert (await intake.take("plc", foreign)).refused == {Reason.UNKNOWN_SENSOR: 1}


async def test_each_delivery_gets_its_own_receipt(sessions: SessionFactory, clock: SettableClock, press: int) -> None:
    deliveries = [Delivery("a", block(clock, 1, 2)), Delivery("b", block(clock, "on"))]
    one, other = await Intake(sessions, clock).take_all(deliveries)
    assert (one.accepted, other.accepted) == (2, 0)
    assert [row.source for row in await quarantined(sessions)] == ["b"]


async def test_watchers_are_told_of_live_readings_after_their_commit(
    sessions: SessionFactory, clock: SettableClock, press: int, redis: Redis
) -> None:
    feed = ReadingFeed(redis)
    intake = Intake(sessions, clock, feed)
    waiting = asyncio.ensure_future(feed.read(wait_s=10))
    await asyncio.sleep(0.2)
    old, live = block(clock, 1), block(clock, 5, 6, unit="MPa")
    old.times = [clock() - LIVE - timedelta(seconds=1)]
    await intake.take_all([Delivery("a", old), Delivery("b", live)])
    (told,) = await waiting
    assert told.readings.values.tolist() == [50.0, 60.0]
    assert told.readings.moment(1) == clock() - timedelta(seconds=1)
    await intake.take("c", block(clock, 7))
    assert [one.readings.values.tolist() for one in await feed.read(told.place)] == [[7.0]]
    assert await feed.read((await feed.read(told.place))[-1].place, wait_s=0.01) == []


async def test_readings_are_taken_in_while_redis_is_away(
    sessions: SessionFactory, clock: SettableClock, press: int
) -> None:
    async with Redis.from_url("redis://127.0.0.1:1") as nowhere:
        assert (await Intake(sessions, clock, ReadingFeed(nowhere)).take("a", block(clock, 1))).written == 1


def test_columns_survive_packing_and_joining() -> None:
    moment = datetime(2026, 3, 2, 1, 2, 3, 456789, tzinfo=UTC)
    columns = Columns.of([NewReading(7, moment, 1.5, 1), NewReading(8, moment, -2.0)])
    again = Columns.joined([Columns.unpacked(columns.packed()), Columns.of([])])
    assert again.sensors.tolist() == [7, 8]
    assert again.values.tolist() == [1.5, -2.0]
    assert again.qualities.tolist() == [1, 0]
    assert again.moment(0) == moment
