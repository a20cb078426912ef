"""Baselines learnt from roll-ups: what is new becomes an alarm that names sensors, and a restart carries it on."""

import asyncio
from datetime import timedelta

import numpy as np
import pytest
from redis.asyncio import Redis
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from core.diagnostics.detection import experience
from core.diagnostics.detection.conditions import AlarmKind
from core.diagnostics.detection.learning import learn
from core.diagnostics.detection.memory import KEPT, Memory
from core.diagnostics.detection.models import MachineModel
from core.diagnostics.ingest import NewReading, write_readings
from core.diagnostics.models import Sensor, Severity
from core.diagnostics.rollups.marking import mark_everything
from core.diagnostics.rollups.refreshing import RollupService
from core.diagnostics.watch import Watch
from tests.integration.alerts.conftest import Plant
from tests.integration.alerts.test_watch import another_watch

STEP = timedelta(minutes=5)


@pytest.fixture
async def experienced(plant: Plant, engine: AsyncEngine) -> Plant:
    """The plant with ten days of readings, one in five minutes."""
    await history(plant, engine, days=10)
    return plant


async def history(plant: Plant, engine: AsyncEngine, *, days: int, fault_rows: int = 0) -> None:
    """Let flow and oil report for days up to now; in the last rows the flow is low."""
    rows = days * 288
    random = np.random.default_rng(5)
    load = random.normal(size=rows)
    flow, heat = 96 + 2 * load + 0.5 * random.normal(size=rows), 48 + load + 0.3 * random.normal(size=rows)
    if fault_rows:
        flow[-fault_rows:] -= 30
    now = plant.clock()
    times = [now - (rows - number) * STEP for number in range(rows)]
    async with plant.sessions.begin() as session:
        await session.execute(update(Sensor).values(stale_after_s=1200))
        await write_readings(session, [NewReading(plant.flow, at, float(v)) for at, v in zip(times, flow, strict=True)])
        await write_readings(session, [NewReading(plant.heat, at, float(v)) for at, v in zip(times, heat, strict=True)])
        await mark_everything(session)
    await RollupService(engine).refresh()


async def live(plant: Plant, watch: Watch, flow: float, rows: int, *, spread: float = 0.5) -> None:
    random = np.random.default_rng(6)
    for _ in range(rows):
        plant.clock.advance(STEP)
        at = plant.clock()
        values = (plant.flow, flow + spread * random.normal()), (plant.heat, 48.0 + 0.3 * random.normal())
        async with plant.sessions.begin() as session:
            await write_readings(session, [NewReading(sensor, at, value) for sensor, value in values])
        await watch.round()


async def test_what_the_machine_never_did_becomes_an_alarm_that_names_the_sensor(
    experienced: Plant, redis: Redis
) -> None:
    watch = another_watch(experienced, redis)
    await watch.begin()
    await watch.learn_next()
    await live(experienced, watch, 96.0, 10)
    assert await experienced.alarms() == []
    await live(experienced, watch, 60.0, 25)
    [alarm] = await experienced.alarms()
    assert (alarm.kind, alarm.severity) == (AlarmKind.ANOMALY, Severity.WARNING)
    assert alarm.details["contributions"][0]["sensor_id"] == experienced.flow


async def test_a_signal_that_stands_still_as_it_never_did_becomes_an_alarm_and_ends(
    experienced: Plant, redis: Redis
) -> None:
    watch = another_watch(experienced, redis)
    await watch.begin()
    await watch.learn_next()
    await live(experienced, watch, 96.0, 20, spread=0.0)
    [alarm] = await experienced.alarms()
    assert (alarm.kind, alarm.sensor_id, alarm.active) == (AlarmKind.STUCK, experienced.flow, True)
    await live(experienced, watch, 96.0, 5)
    [alarm] = await experienced.alarms()
    assert not alarm.active


async def test_an_anomaly_goes_on_where_it_was_after_a_restart(plant: Plant, engine: AsyncEngine, redis: Redis) -> None:
    await history(plant, engine, days=10, fault_rows=100)
    for _ in range(2):
        watch = another_watch(plant, redis)
        await watch.begin()
        await watch.learn_next()
    assert [(alarm.kind, alarm.active) for alarm in await plant.alarms()] == [(AlarmKind.ANOMALY, True)]


async def test_a_new_watch_knows_what_the_one_before_learnt(experienced: Plant, redis: Redis) -> None:
    before = another_watch(experienced, redis)
    await before.begin()
    await before.learn_next()
    watch = another_watch(experienced, redis)
    await watch.begin()
    await live(experienced, watch, 60.0, 25)
    [alarm] = await experienced.alarms()
    assert alarm.kind == AlarmKind.ANOMALY


async def test_a_new_watch_watches_limits_before_it_has_remembered_anything(
    experienced: Plant, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = another_watch(experienced, redis)
    await before.begin()
    await before.learn_next()
    reading = asyncio.Event()

    async def forever(*_: object) -> None:
        reading.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(experience, "newest", forever)
    async with experienced.sessions.begin() as session:
        await session.execute(update(Sensor).where(Sensor.id == experienced.heat).values(critical_high=65.0))
        now = experienced.clock()
        hot = [NewReading(experienced.heat, now - timedelta(seconds=age), 71.0) for age in (30, 20, 10)]
        await write_readings(session, hot)
    watch = another_watch(experienced, redis)
    async with asyncio.timeout(30):
        await watch.begin()
    round_ = asyncio.ensure_future(watch.round())
    await asyncio.wait_for(reading.wait(), 30)
    round_.cancel()
    assert [(alarm.kind, alarm.sensor_id) for alarm in await experienced.alarms()] == [
        (AlarmKind.LIMIT, experienced.heat)
    ]


async def test_a_kept_model_that_cant_be_read_is_learnt_anew(experienced: Plant, redis: Redis) -> None:
    async with experienced.sessions.begin() as session:
        now = experienced.clock()
        session.add(
            MachineModel(system_id=experienced.system_id, learnt_at=now, since=now, until=now, rows=1, learnt={"x": 1})
        )
    watch = another_watch(experienced, redis)
    await watch.begin()
    await watch.round()
    await watch.learn_next()
    await live(experienced, watch, 60.0, 25)
    assert [alarm.kind for alarm in await experienced.alarms()] == [AlarmKind.ANOMALY]


async def test_what_was_learnt_is_kept_as_versions_that_tell_their_origin(experienced: Plant) -> None:
    memory, now = Memory(experienced.sessions), experienced.clock()
    found = await learn(experienced.sessions, experienced.system_id, [experienced.flow, experienced.heat], now)
    assert found is not None
    for day in range(KEPT + 2):
        await memory.keep(experienced.system_id, found[0], now + timedelta(days=day))
    async with experienced.sessions() as session:
        versions = (await session.scalars(select(MachineModel).order_by(MachineModel.learnt_at))).all()
    assert [version.learnt_at for version in versions] == [now + timedelta(days=day) for day in range(2, KEPT + 2)]
    assert versions[0].until == now - timedelta(days=1)
    assert versions[0].until - versions[0].since > timedelta(days=8)
    assert 2000 < versions[0].rows <= 9 * 288
    kept = await memory.versions([experienced.system_id, experienced.system_id + 1])
    assert list(kept) == [(experienced.system_id, now + timedelta(days=KEPT + 1))]
    newest = await memory.newest(experienced.system_id)
    assert newest is not None
    assert newest.to_json() == found[0].to_json()


async def test_a_model_of_a_sensor_that_is_gone_is_not_used(experienced: Plant, redis: Redis) -> None:
    before = another_watch(experienced, redis)
    await before.begin()
    await before.learn_next()
    async with experienced.sessions.begin() as session:
        await session.execute(delete(Sensor).where(Sensor.id == experienced.heat))
    watch = another_watch(experienced, redis)
    await watch.begin()
    await watch.round()
    assert await experienced.alarms() == []


async def test_a_short_history_teaches_nothing(plant: Plant, engine: AsyncEngine) -> None:
    await history(plant, engine, days=1)
    assert await learn(plant.sessions, plant.system_id, [plant.flow, plant.heat], plant.clock()) is None
    assert await learn(plant.sessions, plant.system_id, [plant.flow], plant.clock()) is None
