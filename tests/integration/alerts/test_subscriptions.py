"""What people and groups chose is what they hear, and only those decide who may."""

import asyncio

import pytest
from sqlalchemy import select

from core.database import SessionFactory
from core.diagnostics.alerts.models import AlertProfile
from core.diagnostics.alerts.subscriptions import Chat, NotForThisChatError
from core.diagnostics.lookup import UnknownSystemError
from core.diagnostics.models import Severity, System
from core.users.models import AuditEntry, Role
from core.users.rights import OPERATOR, Actor, Right
from core.users.scope import Scope
from tests.integration.alerts.conftest import ADMIN, ENGINEER, Plant, add_machine

GROUP = -100777
IVAN = Actor(ENGINEER, "Ivan", Role.ENGINEER)
ANNA = Actor(ADMIN, "Anna", Role.ADMIN)
MINE = Chat(ENGINEER)


async def _hears(plant: Plant, severity: Severity) -> list[int]:
    await plant.find(severity)
    await plant.wait(seconds=1)
    return [chat for chat, reason in await plant.told() if reason == "first"]


async def _actions(sessions: SessionFactory) -> list[tuple[int | None, str | None]]:
    async with sessions() as session:
        entries = await session.scalars(select(AuditEntry).where(AuditEntry.action == "alarms.subscribe"))
        return [(entry.actor_id, entry.target) for entry in entries]


async def test_a_person_who_turned_alarms_off_hears_none_but_can_be_called_in(plant: Plant) -> None:
    assert not (await plant.alerting.subscriptions.switch(IVAN, MINE, on=False)).on
    assert await _hears(plant, Severity.CRITICAL) == []
    await plant.users.set_role(OPERATOR, ENGINEER, Role.ADMIN)
    await plant.wait(minutes=10)
    assert (ENGINEER, "escalated") in await plant.told()


async def test_called_in_means_told_of_what_comes_later_whatever_was_chosen(plant: Plant) -> None:
    await plant.users.set_role(OPERATOR, ENGINEER, Role.ADMIN)
    await plant.alerting.subscriptions.switch(IVAN, MINE, on=False)
    await plant.find(Severity.CRITICAL)
    await plant.wait(seconds=1)
    await plant.wait(minutes=10)
    await plant.wait(minutes=31)
    assert (ENGINEER, "repeat") in await plant.told()


async def test_who_wants_critical_ones_only_is_not_told_of_a_warning(plant: Plant) -> None:
    shown = await plant.alerting.subscriptions.hear_from(IVAN, MINE, Severity.CRITICAL)
    assert shown.matcher.at_least is Severity.CRITICAL
    assert await _hears(plant, Severity.WARNING) == []
    await plant.find(Severity.CRITICAL)
    await plant.wait(seconds=1)
    assert [chat for chat, _ in await plant.told()] == [ENGINEER]


async def test_sites_and_machines_are_chosen_and_heard(plant: Plant) -> None:
    async with plant.sessions.begin() as session:
        session.add(System(code="mill-1", names={"en": "Mill"}, kind="mill", site="south"))
    subscriptions = plant.alerting.subscriptions
    mill = next(s for s in (await subscriptions.look(IVAN, MINE)).machines if s.code == "mill-1")
    shown = await subscriptions.choose(IVAN, MINE, mill.id, whole_site=False, chosen=True)
    assert [system.code for system in shown.heard] == ["mill-1"]
    assert await _hears(plant, Severity.CRITICAL) == []
    shown = await subscriptions.choose(IVAN, MINE, plant.system_id, whole_site=True, chosen=True)
    assert (shown.matcher.sites, shown.matcher.machines) == (("north",), ("mill-1",))
    assert (await subscriptions.hear_all(IVAN, MINE)).matcher.anywhere


async def test_nobody_subscribes_beyond_their_scope_or_for_somebody_else(plant: Plant) -> None:
    south = Actor(ENGINEER, "Ivan", Role.ENGINEER, scope=Scope.of(sites=frozenset({"south"})))
    subscriptions = plant.alerting.subscriptions
    assert not (await subscriptions.look(south, MINE)).machines
    with pytest.raises(UnknownSystemError):
        await subscriptions.choose(south, MINE, plant.system_id, whole_site=True, chosen=True)
    with pytest.raises(NotForThisChatError):
        await subscriptions.look(IVAN, Chat(ADMIN))
    with pytest.raises(NotForThisChatError):
        await subscriptions.switch(ANNA, MINE, on=False)
    async with plant.sessions() as session:
        assert (await session.scalars(select(AlertProfile))).all() == []


async def test_who_looks_after_alarms_subscribes_a_group_which_hears_of_public_machines_only(plant: Plant) -> None:
    await plant.users.enrol(OPERATOR, ADMIN, Role.ADMIN, name="Anna", language="en")
    subscriptions, there = plant.alerting.subscriptions, Chat(GROUP, topic=7)
    assert not (await subscriptions.look(IVAN.in_group(), there)).on
    with pytest.raises(NotForThisChatError):
        await subscriptions.switch(IVAN.in_group(), there, on=True)
    shown = await subscriptions.switch(ANNA.in_group(), there, on=True)
    assert (shown.on, shown.topic, shown.may_change) == (True, 7, True)
    assert GROUP in await _hears(plant, Severity.WARNING)
    assert (await plant.alerting.cards.place(1, GROUP)).thread_id == 7
    async with plant.sessions.begin() as session:
        (await session.get_one(System, plant.system_id)).public = False
    await plant.find(Severity.CRITICAL)
    await plant.wait(seconds=1)
    assert (GROUP, "worse") not in await plant.told()
    assert (ADMIN, "worse") in await plant.told()


async def test_the_right_can_be_given_to_somebody_who_is_no_admin(plant: Plant) -> None:
    await plant.users.set_extra(OPERATOR, ENGINEER, Right.MANAGE_ALARMS, granted=True)
    assert (await plant.alerting.subscriptions.switch(IVAN.in_group(), Chat(GROUP), on=True)).on
    assert await _actions(plant.sessions) == [(ENGINEER, str(GROUP))]


async def test_what_somebody_chose_dies_with_their_access(plant: Plant) -> None:
    await plant.alerting.subscriptions.switch(IVAN, MINE, on=False)
    await plant.users.set_role(OPERATOR, ENGINEER, Role.PENDING)
    assert await _hears(plant, Severity.CRITICAL) == []
    await plant.users.set_role(OPERATOR, ENGINEER, Role.ENGINEER)
    shown = await plant.alerting.subscriptions.look(IVAN, MINE)
    assert (shown.on, shown.matcher.at_least) == (True, Severity.WARNING)


async def test_pressing_twice_is_written_down_once(plant: Plant) -> None:
    for _ in range(2):
        await plant.alerting.subscriptions.switch(IVAN, MINE, on=False)
    assert await _actions(plant.sessions) == [(ENGINEER, str(ENGINEER))]


async def test_a_group_that_moved_or_threw_the_bot_out_is_followed(plant: Plant) -> None:
    await plant.users.enrol(OPERATOR, ADMIN, Role.ADMIN, name="Anna", language="en")
    subscriptions, cards = plant.alerting.subscriptions, plant.alerting.cards
    await subscriptions.switch(ANNA.in_group(), Chat(-5), on=True)
    await plant.find(Severity.WARNING)
    await plant.wait(seconds=1)
    await cards.placed(1, -5, 11, 1)
    await cards.chat_moved(-5, GROUP)
    assert (await subscriptions.look(ANNA.in_group(), Chat(GROUP))).on
    assert not (await subscriptions.look(ANNA.in_group(), Chat(-5))).on
    assert (await cards.place(1, GROUP)).message_id is None
    await cards.chat_gone(GROUP)
    assert not (await subscriptions.look(ANNA.in_group(), Chat(GROUP))).on
    await cards.chat_gone(ENGINEER)
    assert (await subscriptions.look(IVAN, MINE)).on


async def test_two_who_change_at_once_both_count(plant: Plant) -> None:
    other, *_ = await add_machine(plant.sessions, "press-3")
    subscriptions = plant.alerting.subscriptions
    await asyncio.gather(
        subscriptions.choose(IVAN, MINE, plant.system_id, whole_site=False, chosen=True),
        subscriptions.choose(IVAN, MINE, other, whole_site=False, chosen=True),
    )
    assert (await subscriptions.look(IVAN, MINE)).matcher.machines == ("press-2", "press-3")
