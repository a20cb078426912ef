"""Digests: what happened, to whom it concerns, once, and nothing where nothing did."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from core.diagnostics.digests.models import DigestKind
from core.diagnostics.ingest import NewReading, write_readings
from core.diagnostics.models import Sensor, Severity
from core.diagnostics.rollups.refreshing import RollupService
from core.errors import ForbiddenError
from core.users.models import Role, User
from core.users.rights import OPERATOR, Actor
from core.users.scope import Scope
from tests.integration.alerts.conftest import ADMIN, ENGINEER, Plant, add_machine
from tests.integration.digests.conftest import digests_of, left

IVAN = Actor(ENGINEER, "Ivan", Role.ENGINEER)
EIGHT = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


async def _change(plant: Plant, user_id: int = ENGINEER, **values: Any) -> None:
    async with plant.sessions.begin() as session:
        await session.execute(update(User).where(User.id == user_id).values(**values))


async def _until(plant: Plant, moment: datetime) -> int:
    plant.clock.now = moment
    return await digests_of(plant).send_due()


async def _alarm(plant: Plant, minutes: float, severity: Severity = Severity.WARNING) -> None:
    """Let an alarm come, and end after `minutes`."""
    await plant.find(severity)
    await plant.wait(minutes=minutes)
    await plant.find(None)
    await plant.wait(minutes=20)


async def test_the_day_is_told_once_whatever_the_number_of_workers_and_runs(plant: Plant) -> None:
    await _alarm(plant, 30)
    plant.clock.now = EIGHT
    assert sum(await asyncio.gather(*(digests_of(plant).send_due() for _ in range(4)))) == 1
    assert await _until(plant, EIGHT + timedelta(minutes=5)) == 0
    [(chat, digest)] = await left(plant)
    assert chat == ENGINEER
    assert digest.kind is DigestKind.DAILY
    assert (digest.open.total, digest.over.total, digest.machines) == (0, 1, 1)
    assert digest.over.shown[0].lasted_s == 30 * 60


async def test_alarms_of_a_kind_are_counted_and_those_that_stand_come_apart(plant: Plant) -> None:
    await _alarm(plant, 10)
    plant.clock.advance(timedelta(hours=1))
    await _alarm(plant, 20, Severity.CRITICAL)
    await plant.find(Severity.WARNING, plant.flow)
    await _until(plant, EIGHT)
    [(_, digest)] = await left(plant)
    [over] = digest.over.shown
    assert (over.times, over.lasted_s, over.line.severity) == (2, 30 * 60, Severity.CRITICAL)
    [standing] = digest.open.shown
    assert standing.line.sensor == {"en": "Flow", "ru": "Подача"}


async def test_a_quiet_day_is_not_told_and_a_shift_begins_with_one_line(plant: Plant) -> None:
    assert await _until(plant, EIGHT) == 0
    await _change(plant, shift_from=time(20), shift_to=time(4))
    assert await _until(plant, EIGHT + timedelta(hours=12)) == 1
    [(_, digest)] = await left(plant)
    assert (digest.kind, digest.eventful) == (DigestKind.SHIFT, False)


async def test_what_a_dead_worker_missed_becomes_one_digest(plant: Plant) -> None:
    await _until(plant, EIGHT)
    plant.clock.advance(timedelta(hours=2))
    for _ in range(3):
        await _alarm(plant, 10)
        plant.clock.advance(timedelta(days=1))
    assert await _until(plant, EIGHT + timedelta(days=4, hours=3)) == 1
    [(_, digest)] = await left(plant)
    assert (digest.begin, digest.over.total, digest.over.shown[0].times) == (EIGHT, 1, 3)
    assert await _until(plant, EIGHT + timedelta(days=4, hours=4)) == 0


async def test_it_comes_at_the_readers_own_morning_and_not_in_their_quiet_hours(plant: Plant) -> None:
    await plant.users.enrol(OPERATOR, ADMIN, Role.ADMIN)
    await _change(plant, ADMIN, time_zone="Asia/Yakutsk")  # UTC+9
    await _change(plant, quiet_from=time(20), quiet_to=time(9))
    plant.clock.advance(timedelta(hours=2))
    await _alarm(plant, 5)
    await _until(plant, datetime(2026, 3, 2, 23, 1, tzinfo=UTC))
    assert [chat for chat, _ in await left(plant)] == [ADMIN]
    await _until(plant, EIGHT + timedelta(minutes=30))
    assert len(await left(plant)) == 1
    await _until(plant, EIGHT + timedelta(hours=1))
    assert [chat for chat, _ in await left(plant)] == [ADMIN, ENGINEER]


async def test_nobody_is_told_of_machines_that_are_not_theirs(plant: Plant) -> None:
    await add_machine(plant.sessions, "press-9")
    await plant.users.set_role(OPERATOR, ENGINEER, Role.ENGINEER, scope=Scope.of(machines=frozenset({"press-9"})))
    await _alarm(plant, 5)
    assert await _until(plant, EIGHT) == 0
    shown = await digests_of(plant).now(Actor(ENGINEER, "Ivan", Role.ENGINEER, scope=Scope.of(sites=frozenset({"x"}))))
    assert (shown.machines, shown.over.total) == (0, 0)


async def test_who_refused_gets_none_until_they_want_them_again(plant: Plant) -> None:
    service = digests_of(plant)
    await service.want(IVAN, DigestKind.DAILY, wanted=False)
    await _alarm(plant, 5)
    assert await _until(plant, EIGHT) == 0
    assert list(await service.wanted(IVAN)) == [DigestKind.SHIFT]
    await service.want(IVAN, DigestKind.DAILY, wanted=True)
    assert await _until(plant, EIGHT + timedelta(minutes=5)) == 0
    await _alarm(plant, 5)
    assert await _until(plant, EIGHT + timedelta(days=1)) == 1


@pytest.mark.parametrize("values", [{"reachable": False}, {"role": "blocked"}, {"role": "pending"}])
async def test_who_is_not_there_gets_none(plant: Plant, values: dict[str, Any]) -> None:
    await _alarm(plant, 5)
    await _change(plant, **values)
    assert await _until(plant, EIGHT) == 0


async def test_silences_are_told_to_those_who_handle_alarms(plant: Plant) -> None:
    await plant.users.enrol(OPERATOR, ADMIN, Role.VIEWER)
    await plant.find(Severity.WARNING)
    group = (await plant.alarms())[0].group_id
    await plant.alerting.desk.silence(IVAN, group, timedelta(days=2), "waiting for a hose")
    await _until(plant, EIGHT)
    told = dict(await left(plant))
    assert [hush.reason for hush in told[ENGINEER].silences.shown] == ["waiting for a hose"]
    assert told[ADMIN].silences.total == 0
    assert told[ADMIN].open.total == 1


async def test_a_sensor_on_its_way_to_its_limit_is_told_before_it_is_there(plant: Plant, engine: AsyncEngine) -> None:
    begin = EIGHT - timedelta(days=14)
    rows = [NewReading(plant.heat, begin + timedelta(hours=hour), 40.0 + hour / 24) for hour in range(14 * 24)]
    async with plant.sessions.begin() as session:
        await session.execute(update(Sensor).where(Sensor.id == plant.heat).values(warning_high=60.0))
        await write_readings(session, rows)
    await RollupService(engine).refresh()
    assert await _until(plant, EIGHT) == 1
    [(_, digest)] = await left(plant)
    [near] = digest.trends.shown
    assert near.per_day == pytest.approx(1.0, abs=0.05)
    assert 5 < near.days < 8


async def test_strangers_are_shown_none(plant: Plant) -> None:
    stranger = Actor(9, "Sam", Role.PENDING)
    with pytest.raises(ForbiddenError):
        await digests_of(plant).now(stranger)
    with pytest.raises(ForbiddenError):
        await digests_of(plant).want(stranger, DigestKind.DAILY, wanted=False)
