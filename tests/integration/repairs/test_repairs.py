"""Repair cases: told once after an alarm is over, reviewed once by somebody else, counted within a reader's scope."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from core.database import SessionFactory
from core.diagnostics.alerts.desk import UnknownAlarmError
from core.diagnostics.alerts.models import Alarm, AlarmEvent, AlarmGroup
from core.diagnostics.detection.conditions import AlarmKind, Condition, Contribution
from core.diagnostics.lookup import UnknownSystemError
from core.diagnostics.models import Component, Sensor, Severity, System
from core.diagnostics.repairs.facts import Case, Trouble
from core.diagnostics.repairs.memory import RepairMemory, Seen
from core.diagnostics.repairs.models import CaseState
from core.diagnostics.repairs.service import (
    AlarmNotOverError,
    CaseNotFoundError,
    NothingToldError,
    OwnCaseError,
    RepairService,
    Told,
    ToldAlreadyError,
)
from core.diagnostics.repairs.words import RepairWordsError, WorkTooLongError, read_work
from core.errors import ForbiddenError
from core.outbox import Notice, OutboxMessage
from core.users.models import AuditEntry, Role, User
from core.users.rights import OPERATOR, Actor
from core.users.scope import Scope
from tests.integration.alerts.conftest import ADMIN, ENGINEER, Plant, add_machine, plant

__all__ = ["plant"]
IVAN = Actor(ENGINEER, "Ivan", Role.ENGINEER)
ANNA = Actor(ADMIN, "Anna", Role.ADMIN)
SENIOR = 3
OLGA = Actor(SENIOR, "Olga", Role.SENIOR_ENGINEER)
VIEWER = Actor(5, "V", Role.VIEWER)
STRANGER = Actor(6, "S", Role.PENDING)
ONLY_NINE = Scope.of(machines=frozenset({"press-9"}))
STRAINER = Told("Suction strainer clogged", "Strainer", 45)


@pytest.fixture
async def service(plant: Plant) -> RepairService:
    await plant.users.enrol(OPERATOR, SENIOR, Role.SENIOR_ENGINEER, name="Olga")
    return RepairService(plant.sessions, plant.clock, plant.outbox)


async def _over(plant: Plant, system: int | None = None, sensor: int | None = None, **changes: Any) -> int:
    """Let an alarm come and go; return the number of its group."""
    values: dict[str, Any] = {
        "system_id": system or plant.system_id,
        "sensor_id": sensor or plant.heat,
        "kind": AlarmKind.LIMIT,
        "value": 71.0,
        "limit": 65.0,
        "unit": "degC",
    }
    for severity in (Severity.WARNING, None):
        await plant.alerting.book.apply([Condition(**values | changes, at=plant.clock(), severity=severity)])
        await plant.wait(minutes=2)
    await plant.wait(minutes=10)  # too late to be the same alarm again
    return (await plant.alarms())[-1].group_id


async def _approved(plant: Plant, service: RepairService, told: Told, **where: int) -> Case:
    case = await service.propose(IVAN, await _over(plant, **where), told)
    return (await service.decide(OLGA, case.id, approve=True)).case


async def _left(plant: Plant, kind: Notice) -> list[OutboxMessage]:
    async with plant.sessions() as session:
        return list(await session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind)))


async def _audit(sessions: SessionFactory) -> list[tuple[int | None, str]]:
    async with sessions() as session:
        rows = await session.scalars(select(AuditEntry).where(AuditEntry.action.like("repair.%")))
        return [(row.actor_id, row.action) for row in rows]


async def test_a_case_is_told_reviewed_and_then_counted(plant: Plant, service: RepairService) -> None:
    memory = RepairMemory(plant.sessions)
    case = await service.propose(IVAN, await _over(plant), STRAINER)
    assert (case.state, case.code, case.kind, case.above, case.minutes) == ("proposed", "press-2", "limit", True, 45)
    [message] = await _left(plant, Notice.REPAIR_PROPOSED)
    assert (message.chat_id, Case.from_json(message.payload)) == (SENIOR, case)
    alarm = (await plant.alarms())[-1]
    assert await memory.seen(IVAN, alarm.id) == Seen()
    decided = await service.decide(OLGA, case.id, approve=True)
    assert (decided.fresh, decided.case.state, decided.case.by) == (True, CaseState.APPROVED, "Olga")
    assert await memory.seen(IVAN, alarm.id) == Seen(here=(("Suction strainer clogged", 1),))
    [told] = await _left(plant, Notice.REPAIR_REVIEWED)
    assert (told.chat_id, Case.from_json(told.payload).state) == (ENGINEER, CaseState.APPROVED)
    assert await _audit(plant.sessions) == [(ENGINEER, "repair.propose"), (SENIOR, "repair.approve")]


async def test_causes_are_counted_on_this_machine_and_on_others_of_its_type(
    plant: Plant, service: RepairService
) -> None:
    other, _, heat = await add_machine(plant.sessions, "press-9")
    await _approved(plant, service, Told("suction strainer"))
    await _approved(plant, service, Told("pump"))
    await _approved(plant, service, Told(part="Suction  Strainer"))
    await _approved(plant, service, Told("Cooler"), system=other, sensor=heat)
    memory = RepairMemory(plant.sessions)
    alarm = (await plant.alarms())[0]
    seen = await memory.seen(IVAN, alarm.id)
    assert seen == Seen(here=(("Suction Strainer", 2), ("pump", 1)), elsewhere=(("Cooler", 1),))
    elsewhere = await memory.seen(Actor(9, "N", Role.ENGINEER, scope=ONLY_NINE), (await plant.alarms())[-1].id)
    assert elsewhere == Seen(here=(("Cooler", 1),))
    assert await memory.seen(STRANGER, alarm.id) == Seen()


async def test_other_signs_are_other_stories(plant: Plant, service: RepairService) -> None:
    memory = RepairMemory(plant.sessions)
    await _approved(plant, service, Told("hot"))
    await _over(plant, value=10.0, limit=20.0)
    assert await memory.seen(IVAN, (await plant.alarms())[-1].id) == Seen()
    await _over(plant, sensor=plant.flow)
    assert await memory.seen(IVAN, (await plant.alarms())[-1].id) == Seen()
    await _over(plant, kind=AlarmKind.SILENCE)
    assert await memory.seen(IVAN, (await plant.alarms())[-1].id) == Seen()
    async with plant.sessions.begin() as session:
        await session.execute(update(System).values(kind="excavator").where(System.code == "press-2"))
    assert (await memory.seen(IVAN, (await plant.alarms())[0].id)).here == (("hot", 1),)


async def test_an_anomaly_is_remembered_by_the_sensor_that_contributed_most(
    plant: Plant, service: RepairService
) -> None:
    parts = (Contribution(plant.flow, 0.7, 5.0), Contribution(plant.heat, 0.3, 2.0))
    group = await _over(plant, kind=AlarmKind.ANOMALY, sensor_id=None, contributions=parts)
    asked = await service.ask(IVAN, group)
    assert (asked.trouble.sensor, asked.trouble.above) == ({"en": "Flow", "ru": "Подача"}, None)
    case = await service.propose(IVAN, group, STRAINER)
    assert case.sensor == {"en": "Flow", "ru": "Подача"}


async def test_the_worst_alarm_of_a_group_leads(plant: Plant, service: RepairService) -> None:
    found = [plant.finding(Severity.WARNING), plant.finding(Severity.CRITICAL, plant.flow)]
    await plant.alerting.book.apply(found)
    await plant.wait(minutes=1)
    await plant.alerting.book.apply([plant.finding(None), plant.finding(None, plant.flow)])
    await plant.wait(minutes=2)
    asked = await service.ask(IVAN, (await plant.alarms())[0].group_id)
    assert asked.trouble.sensor == {"en": "Flow", "ru": "Подача"}


async def test_likely_causes_and_the_sensors_own_part_come_first(plant: Plant, service: RepairService) -> None:
    async with plant.sessions.begin() as session:
        pump = Component(system_id=plant.system_id, code="pump", names={"en": "Pump"}, kind="pump")
        cooler = Component(system_id=plant.system_id, code="cooler", names={"en": "Cooler"}, kind="cooler")
        session.add_all([pump, cooler])
        await session.flush()
        await session.execute(update(Sensor).where(Sensor.id == plant.heat).values(component_id=cooler.id))
    for told in (Told("Fan belt", "Belt"), Told("Dirty cooler"), Told("dirty cooler")):
        await _approved(plant, service, told)
    asked = await service.ask(IVAN, await _over(plant))
    assert asked.known.causes == ("dirty cooler", "Fan belt")
    assert asked.known.parts == ("Belt",)
    assert asked.components == ({"en": "Cooler"}, {"en": "Pump"})


async def test_an_alarm_has_one_case_whoever_is_faster_and_a_rejected_one_gives_way(
    plant: Plant, service: RepairService
) -> None:
    group = await _over(plant)
    both = await asyncio.gather(
        service.propose(IVAN, group, STRAINER), service.propose(ANNA, group, STRAINER), return_exceptions=True
    )
    [case] = [one for one in both if isinstance(one, Case)]
    [refused] = [one for one in both if isinstance(one, ToldAlreadyError)]
    assert refused.params == {"name": case.author}
    assert (await service.decide(OLGA, case.id, approve=False)).case.state is CaseState.REJECTED
    assert [trouble.group_id for trouble in await service.troubles(IVAN)] == [group]
    await service.propose(IVAN, group, Told("pump"))
    assert await service.troubles(IVAN) == ()


async def test_of_two_decisions_the_first_stands(plant: Plant, service: RepairService) -> None:
    await plant.users.enrol(OPERATOR, ADMIN, Role.ADMIN, name="Anna")
    case = await service.propose(IVAN, await _over(plant), STRAINER)
    assert {message.chat_id for message in await _left(plant, Notice.REPAIR_PROPOSED)} == {ADMIN, SENIOR}
    both = await asyncio.gather(
        service.decide(OLGA, case.id, approve=True), service.decide(ANNA, case.id, approve=False)
    )
    assert sorted(decision.fresh for decision in both) == [False, True]
    assert len({decision.case.state for decision in both}) == 1
    assert len(await _left(plant, Notice.REPAIR_REVIEWED)) == 1


async def test_what_was_approved_by_mistake_is_withdrawn_and_can_be_told_anew(
    plant: Plant, service: RepairService
) -> None:
    case = await _approved(plant, service, STRAINER)
    for nobody in (IVAN, OLGA.in_group()):
        with pytest.raises(ForbiddenError):
            await service.withdraw(nobody, case.id)
    both = await asyncio.gather(service.withdraw(OLGA, case.id), service.withdraw(ANNA, case.id))
    assert sorted(decision.fresh for decision in both) == [False, True]
    assert (await service.get(IVAN, case.id)).state is CaseState.REJECTED
    alarm = (await plant.alarms())[-1]
    assert await RepairMemory(plant.sessions).seen(IVAN, alarm.id) == Seen()
    told = [Case.from_json(message.payload).state for message in await _left(plant, Notice.REPAIR_REVIEWED)]
    assert sorted(told) == [CaseState.APPROVED, CaseState.REJECTED]
    assert (await _audit(plant.sessions))[-1][1] == "repair.withdraw"
    await service.propose(IVAN, alarm.group_id, Told("pump"))
    assert not (await service.withdraw(OLGA, case.id)).fresh


async def test_nobody_reviews_their_own_case_unless_nobody_else_can(plant: Plant, service: RepairService) -> None:
    case = await service.propose(OLGA, await _over(plant), STRAINER)
    assert [message.chat_id for message in await _left(plant, Notice.REPAIR_PROPOSED)] == [SENIOR]
    await plant.users.enrol(OPERATOR, ADMIN, Role.ADMIN, name="Anna")
    with pytest.raises(OwnCaseError):
        await service.decide(OLGA, case.id, approve=True)
    await plant.users.set_role(OPERATOR, ADMIN, Role.ADMIN, scope=ONLY_NINE)
    assert (await service.decide(OLGA, case.id, approve=True)).fresh
    assert await _left(plant, Notice.REPAIR_REVIEWED) == []


async def test_rights_and_scope_are_the_services_own(plant: Plant, service: RepairService) -> None:
    group = await _over(plant)
    for nobody in (VIEWER, STRANGER):
        with pytest.raises(ForbiddenError):
            await service.ask(nobody, group)
        with pytest.raises(ForbiddenError):
            await service.propose(nobody, group, STRAINER)
        with pytest.raises(ForbiddenError):
            await service.troubles(nobody)
    far = Actor(ENGINEER, "Ivan", Role.ENGINEER, scope=ONLY_NINE)
    with pytest.raises(UnknownAlarmError):
        await service.propose(far, group, STRAINER)
    assert await service.troubles(far) == ()
    with pytest.raises(UnknownSystemError):
        await service.troubles(far, "press-2")
    case = await service.propose(IVAN, group, STRAINER)
    with pytest.raises(ForbiddenError):
        await service.decide(IVAN, case.id, approve=True)
    with pytest.raises(CaseNotFoundError):
        await service.decide(Actor(SENIOR, "Olga", Role.SENIOR_ENGINEER, scope=ONLY_NINE), case.id, approve=True)
    with pytest.raises(ForbiddenError):
        await service.decide(OLGA.in_group(), case.id, approve=True)
    with pytest.raises(CaseNotFoundError):
        await service.get(VIEWER, case.id)
    assert [waiting.id for waiting in await service.waiting(OLGA)] == [case.id]
    assert await service.waiting(IVAN) == ()
    await service.decide(OLGA, case.id, approve=True)
    assert (await service.get(VIEWER, case.id)).cause == STRAINER.cause
    assert await service.waiting(OLGA) == ()


async def test_what_cannot_be_used_is_refused_and_nothing_is_written(plant: Plant, service: RepairService) -> None:
    await plant.find(Severity.WARNING)
    group = (await plant.alarms())[0].group_id
    with pytest.raises(AlarmNotOverError):
        await service.ask(IVAN, group)
    await plant.find(None)
    await plant.wait(minutes=2)
    refused = {
        NothingToldError: Told(" ", "\N{RIGHT-TO-LEFT OVERRIDE}", 5),
        RepairWordsError: Told("x" * 201),
        WorkTooLongError: Told("pump", minutes=0),
    }
    for error, told in refused.items():
        with pytest.raises(error):
            await service.propose(IVAN, group, told)
    with pytest.raises(WorkTooLongError):
        await service.propose(IVAN, group, Told("pump", minutes=43_201))
    with pytest.raises(UnknownAlarmError):
        await service.ask(IVAN, 999)
    assert await _audit(plant.sessions) == []
    case = await service.propose(IVAN, group, Told("  bent \n\N{RIGHT-TO-LEFT OVERRIDE}ro\0d "))
    assert (case.cause, case.part, case.minutes) == ("bent rod", "", None)


async def test_old_alarms_are_not_asked_for_and_machines_are_found_by_name(
    plant: Plant, service: RepairService
) -> None:
    await add_machine(plant.sessions, "press-9")
    group = await _over(plant)
    assert [one.group_id for one in await service.troubles(IVAN, "press 2")] == [group]
    assert await service.troubles(IVAN, "press 9") == ()
    plant.clock.advance(timedelta(days=31))
    assert await service.troubles(IVAN) == ()


async def test_a_review_waits_for_the_end_of_quiet_hours(plant: Plant, service: RepairService) -> None:
    async with plant.sessions.begin() as session:
        quiet = {"quiet_from": time(0), "quiet_to": time(23, 59)}
        await session.execute(update(User).where(User.id == SENIOR).values(**quiet))
    plant.clock.now = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
    await service.propose(IVAN, await _over(plant), STRAINER)
    [message] = await _left(plant, Notice.REPAIR_PROPOSED)
    assert message.due_at == datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
    [case] = await service.waiting(OLGA)
    await service.decide(ANNA, case.id, approve=True)
    assert await _left(plant, Notice.REPAIR_PROPOSED) == []


async def test_who_took_the_alarm_is_asked_once_where_they_may_tell(plant: Plant, service: RepairService) -> None:
    await plant.users.enrol(OPERATOR, 5, Role.VIEWER, name="V")
    await plant.find(Severity.WARNING)
    group = (await plant.alarms())[0].group_id
    await plant.alerting.desk.acknowledge(IVAN, group)
    async with plant.sessions.begin() as session:
        alarm = (await plant.alarms())[0]
        session.add(AlarmEvent(alarm_id=alarm.id, at=plant.clock(), event="acknowledged", actor_id=5, details={}))
    for _ in range(2):  # it is over, comes again within minutes, and is over again
        await plant.find(None)
        await plant.wait(minutes=2)
        await plant.find(Severity.WARNING)
    await plant.find(None)
    await plant.wait(minutes=20)
    [asked] = await _left(plant, Notice.REPAIR_ASKED)
    assert asked.chat_id == ENGINEER
    assert Trouble.from_json(asked.payload).group_id == group


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ("45", 45),
        ("45 мин", 45),
        ("1:30", 90),
        ("2 h", 120),
        ("полтора часа", 90),
        ("1 ч 30 мин.", 90),
        ("2h15min", 135),
    ],
)
def test_the_time_it_took_is_read_as_people_write_it(said: str, minutes: int) -> None:
    assert read_work(said) == minutes


@pytest.mark.parametrize("said", ["", "long", "0", "-5", "1e9", "9" * 5000, "31 days", "2 h something", "٣٠٠٠٠٠"])
def test_what_is_no_time_is_refused(said: str) -> None:
    with pytest.raises(WorkTooLongError):
        read_work(said)


async def test_a_case_outlives_its_alarm_but_not_its_machine(plant: Plant, service: RepairService) -> None:
    case = await _approved(plant, service, STRAINER)
    async with plant.sessions.begin() as session:
        for table in (Alarm, AlarmGroup):
            for row in await session.scalars(select(table)):
                await session.delete(row)
            await session.flush()
    assert (await service.get(IVAN, case.id)).cause == STRAINER.cause
    async with plant.sessions.begin() as session:
        await session.delete(await session.get_one(System, plant.system_id))
    with pytest.raises(CaseNotFoundError):
        await service.get(IVAN, case.id)
