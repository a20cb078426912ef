"""Seeding fills what is missing, whatever happened before, and the live feed continues where it ends."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, text

from core.database import SessionFactory
from core.diagnostics.ingest.intake import Intake
from core.diagnostics.models import Component, Reading, Sensor, System
from core.supervisor import Supervisor
from demo import seed
from demo.plant import MACHINES
from demo.seed import feed, seed_plant
from tests.fakes.clock import SettableClock

SENSORS = sum(len(machine.sensors) for machine in MACHINES.values())


@pytest.fixture(autouse=True)
def short_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pieces of days show what thirty days would."""
    monkeypatch.setattr(seed, "HISTORY", timedelta(hours=20))


async def readings(sessions: SessionFactory) -> tuple[int, float]:
    async with sessions() as session:
        row = (await session.execute(select(func.count(), func.sum(Reading.value)))).one()
        return row[0], float(row[1])


async def test_machines_come_whole_and_are_not_doubled(sessions: SessionFactory, clock: SettableClock) -> None:
    for _ in range(2):
        await seed_plant(sessions, clock)
    async with sessions() as session:
        for model, wanted in ((System, 3), (Sensor, SENSORS), (Component, 20)):
            assert await session.scalar(select(func.count()).select_from(model)) == wanted
        orphans = select(func.count()).where(Sensor.component_id.is_(None))
        assert await session.scalar(orphans) == 0


async def test_a_second_run_writes_nothing_and_a_later_one_only_the_gap(
    sessions: SessionFactory, clock: SettableClock
) -> None:
    told: list[str] = []
    first = await seed_plant(sessions, clock, told.append)
    assert told[-1] == f"3 machines, {first:,} new readings"
    assert await seed_plant(sessions, clock) == 0
    clock.advance(timedelta(hours=2))
    gap = await seed_plant(sessions, clock)
    minutely = sum(s.sampling_s == 60 for m in MACHINES.values() for s in m.sensors) - 1  # one is silent
    assert gap == minutely * 120 + (SENSORS - 1 - minutely) * 24
    assert (await readings(sessions))[0] == first + gap


async def test_an_interrupted_run_is_completed_to_the_same_plant(
    sessions: SessionFactory, clock: SettableClock
) -> None:
    await seed_plant(sessions, clock)
    whole = await readings(sessions)
    async with sessions.begin() as session:
        await session.execute(delete(Reading).where(Reading.time > clock() - timedelta(hours=15), Reading.value > 40))

    def killed(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await seed_plant(sessions, clock, killed)
    await seed_plant(sessions, clock)
    assert await readings(sessions) == pytest.approx(whole)


async def test_limits_changed_in_the_code_reach_a_seeded_plant(sessions: SessionFactory, clock: SettableClock) -> None:
    await seed_plant(sessions, clock)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE sensors SET warning_high = 1"))
    await seed_plant(sessions, clock)
    async with sessions() as session:
        drain = await session.scalar(select(Sensor.warning_high).where(Sensor.code == "case-drain"))
        assert drain == 7.0


async def test_the_feed_writes_each_minute_and_catches_up_after_a_pause(
    sessions: SessionFactory, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seed, "CATCH_UP", timedelta(hours=20))
    await seed_plant(sessions, clock)
    seeded, _ = await readings(sessions)
    clock.advance(timedelta(minutes=5))  # the index is built, workers start
    pauses = iter([timedelta(minutes=1), timedelta(minutes=10)])

    class EnoughError(Exception):
        pass

    async def sleep(_: float) -> None:
        if (pause := next(pauses, None)) is None:
            raise EnoughError
        clock.advance(pause)

    monkeypatch.setattr("demo.seed.asyncio.sleep", sleep)
    with pytest.raises(EnoughError):
        await feed(sessions, Intake(sessions, clock), clock)
    fed, total = await readings(sessions)
    assert fed > seeded
    clock.advance(timedelta(minutes=1))
    assert await seed_plant(sessions, clock) == 0
    assert await readings(sessions) == pytest.approx((fed, total))


async def test_the_feed_can_be_stopped_at_any_moment(sessions: SessionFactory, clock: SettableClock) -> None:
    await seed_plant(sessions, clock)
    supervisor = Supervisor()
    supervisor.start(feed(sessions, Intake(sessions, clock), clock), name="live feed")
    assert await supervisor.drain(0) == 1
    assert await seed_plant(sessions, clock) >= 0
