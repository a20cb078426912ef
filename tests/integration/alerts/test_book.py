"""One alarm of a kind at a time, told once, again only for a reason, and never forgotten by a restart."""

import asyncio
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from core.diagnostics.alerts.desk import UnknownAlarmError
from core.diagnostics.alerts.models import AlarmGroup, AlarmMessage, Rota, Silence
from core.diagnostics.alerts.wiring import create_alerting
from core.diagnostics.models import Sensor, Severity
from core.errors import ForbiddenError
from core.outbox import Notice, OutboxMessage
from core.users.models import Role, User
from core.users.rights import OPERATOR, Actor
from core.users.scope import Scope
from tests.integration.alerts.conftest import ADMIN, ENGINEER, Plant, add_machine

IVAN = Actor(ENGINEER, "Ivan", Role.ENGINEER, time_zone="Europe/Moscow")


async def _arrived(plant: Plant) -> None:
    """Let every message have reached its chat."""
    async with plant.sessions.begin() as session:
        await session.execute(update(AlarmMessage).values(message_id=5))


async def test_an_alarm_is_told_once_after_a_moment_for_others_to_join(plant: Plant) -> None:
    await plant.find(Severity.WARNING)
    assert await plant.told() == []
    await plant.find(Severity.WARNING, plant.flow)
    await plant.wait(seconds=1)
    await plant.wait(minutes=1)
    assert await plant.told() == [(ENGINEER, "first")]


async def test_a_worse_alarm_is_told_again_a_milder_one_only_edited(plant: Plant) -> None:
    await plant.find(Severity.WARNING)
    await plant.wait(seconds=1)
    await _arrived(plant)
    await plant.wait(minutes=1)
    await plant.find(Severity.CRITICAL)
    await plant.wait(minutes=1)
    await plant.find(Severity.WARNING)
    assert await plant.told() == [(ENGINEER, "first"), (ENGINEER, "worse"), (ENGINEER, None)]


async def test_an_end_is_believed_after_its_delay_and_edits_the_message(plant: Plant) -> None:
    await plant.find(Severity.WARNING)
    await plant.wait(seconds=1)
    await plant.wait(minutes=10)
    await plant.find(None)
    began_well = plant.clock()
    await plant.wait(seconds=30)
    assert (await plant.alarms())[0].active
    await plant.wait(minutes=1)
    [alarm] = await plant.alarms()
    assert (alarm.active, alarm.cleared_at) == (False, began_well)
    assert await plant.told() == [(ENGINEER, "first"), (ENGINEER, None)]


async def test_findings_taken_twice_or_by_two_at_once_are_one_alarm(plant: Plant) -> None:
    findings = [plant.finding(Severity.WARNING), plant.finding(Severity.WARNING, plant.flow)]
    await asyncio.gather(*(plant.alerting.book.apply(findings) for _ in range(5)))
    await plant.wait(seconds=1)
    assert len(await plant.alarms()) == 2
    assert await plant.told() == [(ENGINEER, "first")]


async def test_a_restart_goes_on_where_it_was(plant: Plant) -> None:
    await plant.find(Severity.CRITICAL)
    plant.alerting = create_alerting(plant.sessions, plant.clock, plant.outbox, ZoneInfo("UTC"))
    await plant.wait(seconds=1)
    plant.alerting = create_alerting(plant.sessions, plant.clock, plant.outbox, ZoneInfo("UTC"))
    await plant.wait(minutes=30)
    assert await plant.told() == [(ENGINEER, "first"), (ENGINEER, "repeat")]


async def test_an_acknowledged_alarm_is_not_repeated_and_says_who_has_it(plant: Plant) -> None:
    await plant.find(Severity.CRITICAL)
    await plant.wait(seconds=1)
    [alarm] = await plant.alarms()
    assert await plant.alerting.desk.acknowledge(IVAN, alarm.group_id) == 1
    assert await plant.alerting.desk.acknowledge(IVAN, alarm.group_id) == 0
    await plant.wait(hours=9)
    assert await plant.told() == [(ENGINEER, "first"), (ENGINEER, None)]
    card = await plant.alerting.cards.card(alarm.group_id)
    assert card is not None
    assert card.alarms[0].acknowledged is not None
    assert card.alarms[0].acknowledged.name == "Ivan"


async def test_a_silence_keeps_quiet_and_its_end_tells_what_was_not_told(plant: Plant) -> None:
    await plant.find(Severity.WARNING)
    [alarm] = await plant.alarms()
    await plant.alerting.desk.silence(IVAN, alarm.group_id, timedelta(hours=1))
    await plant.wait(minutes=59)
    assert [reason for _, reason in await plant.told() if reason] == []
    await plant.wait(minutes=2)
    assert [reason for _, reason in await plant.told() if reason] == ["first"]


async def test_who_silences_again_lengthens_one_silence(plant: Plant) -> None:
    await plant.find(Severity.WARNING)
    [alarm] = await plant.alarms()
    for _ in range(2):
        await plant.alerting.desk.silence(IVAN, alarm.group_id, timedelta(hours=1))
    await plant.wait(minutes=30)
    until = await plant.alerting.desk.silence(IVAN, alarm.group_id, timedelta(hours=1))
    [hush] = await plant.alerting.lists.silences(IVAN)
    assert hush.silence.ends_at == until


async def test_a_viewer_may_not_handle_alarms_and_a_stranger_to_the_machine_sees_none(plant: Plant) -> None:
    await plant.find(Severity.WARNING)
    [alarm] = await plant.alarms()
    with pytest.raises(ForbiddenError):
        await plant.alerting.desk.acknowledge(Actor(9, "x", Role.VIEWER), alarm.group_id)
    elsewhere = Actor(9, "x", Role.ENGINEER, scope=Scope.of(sites=frozenset({"south"})))
    with pytest.raises(UnknownAlarmError):
        await plant.alerting.desk.silence(elsewhere, alarm.group_id, None)
    with pytest.raises(UnknownAlarmError):
        await plant.alerting.desk.acknowledge(IVAN, alarm.group_id + 100)


async def test_quiet_hours_hold_a_warning_back_but_nothing_critical(plant: Plant) -> None:
    async with plant.sessions.begin() as session:
        user = await session.get_one(User, ENGINEER)
        user.time_zone, user.quiet_from, user.quiet_to = "UTC", time(7), time(9)
    await plant.find(Severity.WARNING)
    await plant.wait(seconds=1)
    async with plant.sessions() as session:
        [message] = await session.scalars(select(OutboxMessage).where(OutboxMessage.kind == Notice.ALARM))
    assert message.due_at is not None
    assert message.due_at.hour == 9
    assert await plant.outbox.claim(10) == []
    await plant.find(Severity.CRITICAL)
    assert [found.payload["reason"] for found in await plant.outbox.claim(10)] == ["worse"]


async def test_who_has_other_machines_hears_nothing(plant: Plant) -> None:
    async with plant.sessions.begin() as session:
        user = await session.get_one(User, ENGINEER)
        user.scope = Scope.of(sites=frozenset({"south"})).dump()
    await plant.find(Severity.CRITICAL)
    await plant.wait(seconds=1)
    assert await plant.told() == []


async def test_a_critical_alarm_that_nobody_takes_goes_to_the_one_on_call_and_then_to_the_admins(plant: Plant) -> None:
    on_call = 3
    await plant.users.enrol(OPERATOR, on_call, Role.ENGINEER, name="Olga", language="ru")
    await plant.users.enrol(OPERATOR, ADMIN, Role.ADMIN, name="Anna", language="en")
    async with plant.sessions.begin() as session:
        session.add(Rota(name="main", members=[on_call], anchor=plant.clock()))
    await plant.find(Severity.CRITICAL)
    await plant.wait(seconds=1)
    await plant.wait(minutes=10)
    plant.alerting = create_alerting(plant.sessions, plant.clock, plant.outbox, ZoneInfo("UTC"))
    await plant.wait(minutes=20)
    called = [chat for chat, reason in await plant.told() if reason == "escalated"]
    assert called == [on_call, ADMIN]
    await plant.wait(hours=5)
    assert [chat for chat, reason in await plant.told() if reason == "escalated"] == called


async def test_an_acknowledgment_ends_the_escalation(plant: Plant) -> None:
    await plant.users.enrol(OPERATOR, ADMIN, Role.ADMIN, name="Anna", language="en")
    await plant.find(Severity.CRITICAL)
    await plant.wait(seconds=1)
    [alarm] = await plant.alarms()
    await plant.alerting.desk.acknowledge(IVAN, alarm.group_id)
    await plant.wait(hours=2)
    assert "escalated" not in [reason for _, reason in await plant.told()]


async def test_a_clock_set_back_neither_repeats_nor_forgets(plant: Plant) -> None:
    await plant.find(Severity.CRITICAL)
    await plant.wait(seconds=1)
    step = timedelta(hours=-3)
    plant.clock.advance(step)
    await plant.alerting.book.clock_stepped(step)
    await plant.wait(minutes=29)
    assert [reason for _, reason in await plant.told() if reason == "repeat"] == []
    await plant.wait(minutes=2)
    assert [reason for _, reason in await plant.told() if reason == "repeat"] == ["repeat"]


async def test_a_closed_alarm_makes_room_for_the_next(plant: Plant) -> None:
    for _ in range(2):
        await plant.find(Severity.WARNING)
        await plant.wait(minutes=1)
        await plant.find(None)
        await plant.wait(minutes=2)
        await plant.wait(minutes=10)
    first, second = await plant.alarms()
    assert None not in (first.closed_at, second.closed_at)
    assert first.group_id != second.group_id


async def test_a_removed_machine_takes_its_alarms_along(plant: Plant) -> None:
    other, _, heat = await add_machine(plant.sessions, "press-3")
    gone = plant.finding(Severity.WARNING, sensor=heat + 1000)
    await plant.alerting.book.apply([gone])
    assert await plant.alarms() == []
    assert other != plant.system_id
    async with plant.sessions() as session:
        assert (await session.scalars(select(AlarmGroup))).all() == []
        assert (await session.scalars(select(Silence))).all() == []


async def test_many_alarms_at_once_are_written_by_few_statements_and_told_to_all(
    plant: Plant, engine: AsyncEngine
) -> None:
    for person in range(10, 30):
        await plant.users.enrol(OPERATOR, person, Role.ENGINEER, name="x", language="en")
    async with plant.sessions.begin() as session:
        more = [
            Sensor(system_id=plant.system_id, code=f"p{n}", names={}, quantity="flow", unit="bar") for n in range(200)
        ]
        session.add_all(more)
    statements = 0

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    await plant.alerting.book.apply([plant.finding(Severity.WARNING, sensor.id) for sensor in more])
    await plant.wait(seconds=1)
    event.remove(engine.sync_engine, "before_cursor_execute", count)
    assert len(await plant.alarms()) == 200
    assert len(await plant.told()) == 21
    assert statements < 60


async def test_a_card_that_many_chats_get_is_read_once_until_it_changes(plant: Plant) -> None:
    await plant.find(Severity.WARNING)
    await plant.wait(seconds=1)
    [alarm] = await plant.alarms()
    cards = plant.alerting.cards
    first, _ = await cards.standing(alarm.group_id, ENGINEER)
    again, place = await cards.standing(alarm.group_id, ADMIN)
    assert first is again
    assert place.message_id is None
    await plant.alerting.desk.acknowledge(IVAN, alarm.group_id)
    changed, _ = await cards.standing(alarm.group_id, ENGINEER)
    assert changed is not None
    assert changed.alarms[0].acknowledged is not None
