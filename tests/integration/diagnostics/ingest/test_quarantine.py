"""The quarantine is seen by reason, mended by mapping, replayed and discarded, by those who may; imports feed it."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.database import SessionFactory
from core.diagnostics.ingest.blocks import Block, Reason
from core.diagnostics.ingest.importing import ImportService
from core.diagnostics.ingest.intake import Intake
from core.diagnostics.ingest.models import QuarantinedReading
from core.diagnostics.ingest.quarantine import (
    NoSuchGroupError,
    NoSuchSensorError,
    NoSuchUnitError,
    NotMappableError,
    QuarantineService,
)
from core.diagnostics.models import Reading, Sensor, System
from core.errors import ForbiddenError
from core.users.models import AuditEntry, Role
from core.users.rights import OPERATOR, Actor
from tests.fakes.clock import SettableClock

ENGINEER = Actor(id=5, name="Anna", role=Role.ENGINEER)


@pytest.fixture
async def intake(sessions: SessionFactory, clock: SettableClock) -> Intake:
    """An intake of a plant with one press."""
    async with sessions.begin() as session:
        system = System(code="press", names={"en": "Press"}, kind="press")
        session.add(Sensor(system=system, code="pressure", names={"en": "P"}, quantity="pressure", unit="bar"))
    return Intake(sessions, clock)


@pytest.fixture
def quarantine(sessions: SessionFactory, intake: Intake) -> QuarantineService:
    return QuarantineService(sessions, intake)


def block(clock: SettableClock, sensor: str, unit: str, *values: str) -> Block:
    times = [clock() - timedelta(seconds=i) for i in range(len(values))]
    return Block([sensor] * len(values), times, values, [unit] * len(values), [""] * len(values), values)


async def values(sessions: SessionFactory) -> list[float]:
    async with sessions() as session:
        return sorted(await session.scalars(select(Reading.value)))


async def test_an_unknown_sensor_is_mapped_and_its_readings_come_in(
    sessions: SessionFactory, clock: SettableClock, intake: Intake, quarantine: QuarantineService
) -> None:
    await intake.take("plc", block(clock, "DB7.P", "МПа", "1", "2", "on"))
    await intake.take("plc", block(clock, "press/pressure", "", "-50"))
    largest, other = await quarantine.groups(OPERATOR)
    assert (largest.reason, largest.sensor, largest.unit, largest.count) == (Reason.UNKNOWN_SENSOR, "DB7.P", "МПа", 3)
    assert (other.reason, other.example) == (Reason.IMPOSSIBLE, b"-50")
    assert await quarantine.replay(OPERATOR, largest.number) == (await quarantine.replay(OPERATOR, largest.number))
    with pytest.raises(NoSuchSensorError):
        await quarantine.map(OPERATOR, largest.number, "press/flow")
    with pytest.raises(NotMappableError):
        await quarantine.map(OPERATOR, other.number, "press/pressure")
    await quarantine.map(OPERATOR, largest.number, "press/pressure")
    replayed = await quarantine.replay(OPERATOR, largest.number)
    assert (replayed.accepted, replayed.left) == (2, 1)
    assert await values(sessions) == [10.0, 20.0]
    assert {(group.reason, group.count) for group in await quarantine.groups(OPERATOR)} == {
        (Reason.BAD_VALUE, 1),
        (Reason.IMPOSSIBLE, 1),
    }
    async with sessions() as session:
        actions = await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))
        assert actions.all()[-2:] == ["readings.map_sensor", "readings.replay"]


async def test_an_unknown_unit_is_mapped(
    sessions: SessionFactory, clock: SettableClock, intake: Intake, quarantine: QuarantineService
) -> None:
    await intake.take("plc", block(clock, "press/pressure", "Druck", "1"))
    (group,) = await quarantine.groups(OPERATOR)
    with pytest.raises(NoSuchUnitError):
        await quarantine.map(OPERATOR, group.number, "quux")
    await quarantine.map(OPERATOR, group.number, "MPa")
    assert (await quarantine.replay(OPERATOR)).accepted == 1
    assert await values(sessions) == [10.0]


async def test_discarding_leaves_a_record(
    sessions: SessionFactory, clock: SettableClock, intake: Intake, quarantine: QuarantineService
) -> None:
    await intake.take("plc", block(clock, "DB7.P", "", "1", "2"))
    (group,) = await quarantine.groups(OPERATOR)
    assert await quarantine.discard(OPERATOR, group.number) == 2
    with pytest.raises(NoSuchGroupError):
        await quarantine.discard(OPERATOR, group.number)
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(QuarantinedReading)) == 0
        entry = await session.scalar(select(AuditEntry).where(AuditEntry.action == "readings.discard"))
        assert entry is not None
        assert entry.details == {"reason": "unknown_sensor", "sensor": "DB7.P", "unit": "", "count": 2}


async def test_only_who_may_gets_in(
    quarantine: QuarantineService, sessions: SessionFactory, intake: Intake, tmp_path: Path
) -> None:
    for forbidden in (
        quarantine.groups(ENGINEER),
        quarantine.replay(ENGINEER),
        quarantine.discard(ENGINEER, 1),
        quarantine.map(ENGINEER, 1, "press/pressure"),
        ImportService(sessions, intake).run(ENGINEER, tmp_path / "a.csv"),
    ):
        with pytest.raises(ForbiddenError):
            await forbidden


async def test_a_file_is_tried_out_then_taken_in_once(
    sessions: SessionFactory, clock: SettableClock, intake: Intake, tmp_path: Path
) -> None:
    path = tmp_path / "press.csv"
    lines = [f"press/pressure,{(clock() - timedelta(seconds=i)).isoformat()},{i}" for i in range(1, 1001)]
    path.write_text("\n".join(["sensor,time,value", *lines, "press/pressure,yesterday,1", "not,a reading"]))
    imports, told = ImportService(sessions, intake), list[float]()
    tried = await imports.run(OPERATOR, path, dry_run=True, tell=lambda done, _: told.append(done))
    assert (tried.accepted, tried.written) == (1000, 0)
    assert tried.refused == {Reason.BAD_TIME: 1, Reason.UNPARSABLE: 1}
    assert tried.examples[Reason.UNPARSABLE] == b"not,a reading"
    assert (tried.oldest, tried.newest) == (clock() - timedelta(seconds=1000), clock() - timedelta(seconds=1))
    assert told == [1.0]
    assert await values(sessions) == []
    assert (await imports.run(OPERATOR, path)).written == 1000
    assert (await imports.run(OPERATOR, path)).written == 0
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(QuarantinedReading)) == 2
