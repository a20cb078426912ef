"""From a committed reading to a message: the watch over the detectors, its start in the middle of things, its time."""

import asyncio
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from core.diagnostics.ingest import NewReading, write_readings
from core.diagnostics.ingest.columns import Columns
from core.diagnostics.ingest.feed import ReadingFeed
from core.diagnostics.models import Sensor, System
from core.diagnostics.watch import GRACE, Watch
from core.supervisor import Supervisor
from tests.integration.alerts.conftest import ENGINEER, Plant, add_machine


@pytest.fixture
async def limited(plant: Plant) -> Plant:
    """The plant, its oil warned of from 65 and critical from 80 degrees Celsius."""
    async with plant.sessions.begin() as session:
        await session.execute(
            update(Sensor).where(Sensor.id == plant.heat).values(warning_high=65.0, critical_high=80.0)
        )
    return plant


@pytest.fixture
async def watch(limited: Plant, redis: Redis) -> Watch:
    return another_watch(limited, redis)


def another_watch(plant: Plant, redis: Redis) -> Watch:
    return Watch(plant.sessions, plant.clock, ReadingFeed(redis), plant.alerting.book)


async def heat(plant: Plant, value: float, *, seconds: int = 60, since: datetime | None = None) -> None:
    """Let both sensors report every second, for `seconds` to now."""
    end = since or plant.clock()
    times = [end - timedelta(seconds=seconds - 1 - second) for second in range(seconds)]
    async with plant.sessions.begin() as session:
        await write_readings(session, [NewReading(plant.heat, at, value) for at in times])
        await write_readings(session, [NewReading(plant.flow, at, 96.0) for at in times])


async def pass_time(plant: Plant, watch: Watch, minutes: int, value: float) -> None:
    for _ in range(minutes):
        plant.clock.advance(timedelta(minutes=1))
        await heat(plant, value)
        await watch.round()


async def test_a_plant_without_machines_is_watched_all_the_same(plant: Plant, redis: Redis) -> None:
    async with plant.sessions.begin() as session:
        await session.execute(delete(System))
    watch = another_watch(plant, redis)
    await asyncio.wait_for(watch.begin(), 10)
    await watch.round()
    assert await plant.alarms() == []


async def test_a_reading_over_its_limit_becomes_one_message_and_its_end_an_edit(limited: Plant, watch: Watch) -> None:
    await heat(limited, 50)
    await watch.begin()
    await pass_time(limited, watch, 3, 50)
    assert await limited.told() == []
    await pass_time(limited, watch, 5, 71)
    assert await limited.told() == [(ENGINEER, "first")]
    await pass_time(limited, watch, 10, 50)
    [alarm] = await limited.alarms()
    assert not alarm.active
    assert await limited.told() == [(ENGINEER, "first"), (ENGINEER, None)]


async def test_a_watch_that_starts_late_finds_what_is_wrong_and_not_what_was(
    limited: Plant, redis: Redis, watch: Watch
) -> None:
    await heat(limited, 90, seconds=300, since=limited.clock() - timedelta(minutes=20))
    await heat(limited, 50, seconds=900)
    await watch.begin()
    assert await limited.alarms() == []
    limited.clock.advance(timedelta(minutes=5))
    await heat(limited, 71, seconds=300)
    await another_watch(limited, redis).begin()
    assert [alarm.active for alarm in await limited.alarms()] == [True]


async def test_two_starts_in_a_row_raise_one_alarm(limited: Plant, redis: Redis) -> None:
    await heat(limited, 71, seconds=600)
    for _ in range(2):
        await another_watch(limited, redis).begin()
    assert len(await limited.alarms()) == 1


async def test_an_alarm_that_ended_while_nobody_watched_is_cleared(limited: Plant, redis: Redis) -> None:
    await heat(limited, 71, seconds=600)
    await another_watch(limited, redis).begin()
    limited.clock.advance(timedelta(hours=2))
    await heat(limited, 50, seconds=900)
    later = another_watch(limited, redis)
    await later.begin()
    await pass_time(limited, later, 5, 50)
    assert [alarm.active for alarm in await limited.alarms()] == [False]


async def test_silence_is_noticed_by_the_clock_but_not_right_after_a_start(limited: Plant, watch: Watch) -> None:
    await heat(limited, 50)
    limited.clock.advance(timedelta(minutes=10))
    await watch.begin()
    await watch.round()
    assert await limited.alarms() == []
    limited.clock.advance(GRACE + timedelta(seconds=1))
    await watch.round()
    [alarm] = await limited.alarms()
    assert (alarm.kind, alarm.sensor_id) == ("silence", None)


async def test_who_fell_silent_while_nobody_watched_is_noticed(limited: Plant, watch: Watch) -> None:
    """One sensor spoke last hours before the watch began, the other goes on."""
    async with limited.sessions.begin() as session:
        await write_readings(session, [NewReading(limited.heat, limited.clock() - timedelta(hours=7), 50.0)])
    await watch.begin()
    for _ in range(10):
        limited.clock.advance(timedelta(minutes=1))
        async with limited.sessions.begin() as session:
            await write_readings(session, [NewReading(limited.flow, limited.clock(), 96.0)])
        await watch.round()
    [alarm] = await limited.alarms()
    assert (alarm.kind, alarm.sensor_id) == ("silence", limited.heat)


async def test_a_slow_sensor_has_its_time_after_a_long_outage(limited: Plant, watch: Watch) -> None:
    """All were away with us; the slow one's next reading is due only after the other's."""
    await heat(limited, 50, since=limited.clock() - timedelta(hours=2))
    await watch.begin()
    for minute in range(12):
        limited.clock.advance(timedelta(minutes=1))
        async with limited.sessions.begin() as session:
            await write_readings(session, [NewReading(limited.flow, limited.clock(), 96.0)])
            if minute % 5 == 3:
                await write_readings(session, [NewReading(limited.heat, limited.clock(), 50.0)])
        await watch.round()
    assert await limited.alarms() == []


async def test_an_alarm_of_a_sensor_that_fell_silent_is_not_over_for_that(limited: Plant, redis: Redis) -> None:
    await heat(limited, 71, seconds=600)
    await another_watch(limited, redis).begin()
    limited.clock.advance(timedelta(hours=2))
    later = another_watch(limited, redis)
    await later.begin()
    for _ in range(10):
        limited.clock.advance(timedelta(minutes=1))
        await later.round()
    assert {(alarm.kind, alarm.active) for alarm in await limited.alarms()} == {("limit", True), ("silence", True)}


async def test_a_sensor_that_gets_limits_is_watched_without_a_restart(plant: Plant, redis: Redis) -> None:
    watch = another_watch(plant, redis)
    await heat(plant, 71)
    await watch.begin()
    async with plant.sessions.begin() as session:
        await session.execute(update(Sensor).where(Sensor.id == plant.heat).values(warning_high=65.0))
    await watch.reload()
    await pass_time(plant, watch, 5, 71)
    assert [alarm.kind for alarm in await plant.alarms()] == ["limit"]


async def test_an_alarm_ends_where_its_limit_is_raised(limited: Plant, watch: Watch) -> None:
    await heat(limited, 71, seconds=600)
    await watch.begin()
    assert [alarm.active for alarm in await limited.alarms()] == [True]
    async with limited.sessions.begin() as session:
        await session.execute(update(Sensor).where(Sensor.id == limited.heat).values(warning_high=75.0))
    await watch.reload()
    await pass_time(limited, watch, 5, 71)
    assert [alarm.active for alarm in await limited.alarms()] == [False]


async def test_readings_are_seen_whether_they_are_told_of_or_not(
    limited: Plant, watch: Watch, redis: Redis, engine: AsyncEngine
) -> None:
    """One machine's readings are told of all the time, another's never: both raise their alarms."""
    other, _, _ = await add_machine(limited.sessions, "press-3")
    async with limited.sessions.begin() as session:
        await session.execute(update(Sensor).where(Sensor.system_id == other).values(warning_high=65.0))
    feed, tasks = ReadingFeed(redis), Supervisor()
    running = tasks.start(watch.run(engine), name="watch", key="watch")
    async with asyncio.timeout(30):
        while len({alarm.system_id for alarm in await limited.alarms()}) < 2:
            now = limited.clock()
            async with limited.sessions.begin() as session:
                for sensor in (await session.scalars(select(Sensor.id).where(Sensor.code == "heat"))).all():
                    await write_readings(session, [NewReading(sensor, now, 71.0)])
            await feed.tell(Columns.of([NewReading(limited.heat, now, 71.0)]), now)
            limited.clock.advance(timedelta(seconds=1))
            await asyncio.sleep(0.05)
    await tasks.drain(0)
    assert running.cancelled()
