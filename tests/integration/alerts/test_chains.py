"""Chains that were written are the ones that call; the default one stays; a rehearsal says what then happens."""

import asyncio
from datetime import time, timedelta

import pytest
from sqlalchemy import select

from core.diagnostics.alerts.chain_desk import (
    MOST_CALLS,
    ChainCallError,
    ChainCard,
    ChainChangedError,
    ChainFullError,
    Chains,
    UnknownChainError,
)
from core.diagnostics.alerts.chains import Call, WorkingHoursError
from core.diagnostics.alerts.staff import UnknownPersonError
from core.diagnostics.alerts.subscriptions import Chat
from core.diagnostics.lookup import UnknownSystemError
from core.diagnostics.models import Severity, System
from core.errors import ForbiddenError
from core.users.models import AuditEntry, Role, User
from core.users.rights import OPERATOR, Actor, OutOfScopeError
from core.users.scope import Scope
from tests.integration.alerts.conftest import ADMIN, ENGINEER, Plant

OLGA = 3
IVAN = Actor(ENGINEER, "Ivan", Role.ENGINEER)
ANNA = Actor(ADMIN, "Anna", Role.ADMIN)


@pytest.fixture(autouse=True)
async def _people(plant: Plant) -> None:
    await plant.users.enrol(OPERATOR, OLGA, Role.SENIOR_ENGINEER, name="Olga", language="ru")
    await plant.users.enrol(OPERATOR, ADMIN, Role.ADMIN, name="Anna", language="en")


async def _calls_nobody(plant: Plant) -> int:
    """Add a chain without steps; return its id."""
    card = await plant.alerting.chains.create(ANNA)
    for _ in card.chain.calls:
        card = _first(await plant.alerting.chains.remove_call(ANNA, _id(card), card.mark, 0))
    return _id(card)


def _first(chains: Chains) -> ChainCard:
    return chains.cards[0]


def _id(card: ChainCard) -> int:
    assert card.id is not None
    return card.id


async def _called(plant: Plant, severity: Severity = Severity.CRITICAL, *, after: timedelta) -> list[int]:
    await plant.find(severity)
    await plant.wait(seconds=1)
    plant.clock.advance(after)
    await plant.alerting.book.tick()
    return [chat for chat, reason in await plant.told() if reason == "escalated"]


async def _system(plant: Plant, code: str = "press-2") -> System:
    async with plant.sessions() as session:
        system = await session.scalar(select(System).where(System.code == code))
        assert system is not None
        return system


async def test_a_chain_that_was_written_calls_whom_it_says_when_it_says(plant: Plant) -> None:
    chain_id, desk = await _calls_nobody(plant), plant.alerting.chains
    await desk.set_level(ANNA, chain_id, Severity.WARNING)
    mark = _first(await desk.look(ANNA)).mark
    chains = await desk.add_call(ANNA, chain_id, mark, "senior_engineer", timedelta(minutes=5))
    chains = await desk.add_call(ANNA, chain_id, _first(chains).mark, str(ENGINEER), timedelta(minutes=15))
    assert _first(chains).people[ENGINEER].name == "Ivan"
    assert await _called(plant, Severity.WARNING, after=timedelta(minutes=5)) == [OLGA]
    await plant.wait(minutes=15)
    assert [chat for chat, reason in await plant.told() if reason == "escalated"] == [OLGA, ENGINEER]


async def test_a_chain_for_one_machine_leaves_the_others_to_the_default_one(plant: Plant) -> None:
    async with plant.sessions.begin() as session:
        session.add(System(code="mill-1", names={"en": "Mill"}, kind="mill", site="south"))
    chain_id, mill = await _calls_nobody(plant), await _system(plant, "mill-1")
    chains = await plant.alerting.chains.choose(ANNA, chain_id, mill.id, whole_site=True, chosen=True)
    assert _first(chains).chain.matcher.sites == ("south",)
    assert await _called(plant, after=timedelta(minutes=10)) == [ADMIN]


async def test_a_chain_without_steps_calls_nobody(plant: Plant) -> None:
    await _calls_nobody(plant)
    assert await _called(plant, after=timedelta(hours=3)) == []


async def test_a_chain_calls_in_its_hours_of_the_plants_day_only(plant: Plant) -> None:
    """The clock shows 08:00 UTC, 11:00 at the plant."""
    chain_id = await _calls_nobody(plant)
    chains = await plant.alerting.chains.set_hours(ANNA, chain_id, "13:30 - 17")
    await plant.alerting.chains.add_call(ANNA, chain_id, _first(chains).mark, "admin", timedelta(minutes=5))
    assert await _called(plant, after=timedelta(hours=2, minutes=29)) == []
    await plant.wait(minutes=1)
    assert [chat for chat, reason in await plant.told() if reason == "escalated"] == [ADMIN]


async def test_a_stale_button_and_a_second_press_change_nothing(plant: Plant) -> None:
    desk = plant.alerting.chains
    card = await desk.create(ANNA)
    add = (desk.add_call(ANNA, _id(card), card.mark, "oncall", timedelta(minutes=5)) for _ in range(2))
    done = await asyncio.gather(*add, return_exceptions=True)
    assert sorted(isinstance(one, ChainChangedError) for one in done) == [False, True]
    for stale in (
        desk.remove_call(ANNA, _id(card), card.mark, 0),
        desk.raise_(ANNA, _id(card), card.mark),
        desk.delete(ANNA, _id(card), card.mark),
    ):
        with pytest.raises(ChainChangedError):
            await stale
    card = _first(await desk.look(ANNA))
    await desk.delete(ANNA, _id(card), card.mark)
    with pytest.raises(UnknownChainError):
        await desk.delete(ANNA, _id(card), card.mark)
    assert [one.id for one in (await desk.look(ANNA)).cards] == [None]


async def test_what_is_looked_at_first_counts(plant: Plant) -> None:
    desk = plant.alerting.chains
    await desk.create(ANNA)
    second = await _second_without_steps(plant)
    assert (await plant.alerting.rehearsals.walk(ANNA, await _system(plant), Severity.CRITICAL)).calls
    chains = await desk.raise_(ANNA, _id(second), second.mark)
    assert [card.id for card in chains.cards] == [second.id, 1, None]
    walked = await plant.alerting.rehearsals.walk(ANNA, await _system(plant), Severity.CRITICAL)
    assert (walked.chain, walked.is_default, walked.calls) == (1, False, ())


async def _second_without_steps(plant: Plant) -> ChainCard:
    card = await plant.alerting.chains.create(ANNA)
    for _ in card.chain.calls:
        card = (await plant.alerting.chains.remove_call(ANNA, _id(card), card.mark, 0)).card(_id(card))
    return card


async def test_what_can_not_be_is_refused_and_changes_nothing(plant: Plant) -> None:
    desk = plant.alerting.chains
    card = await desk.create(ANNA)
    chain_id = _id(card)
    for whom in ("viewer", "blocked", "role:admin", "", "²"):
        with pytest.raises(ChainCallError):
            await desk.add_call(ANNA, chain_id, card.mark, whom, timedelta(minutes=5))
    for wait in (timedelta(minutes=-1), timedelta(days=2)):
        with pytest.raises(ChainCallError):
            await desk.add_call(ANNA, chain_id, card.mark, "oncall", wait)
    for nobody in ("999", "9" * 30):
        with pytest.raises(UnknownPersonError):
            await desk.add_call(ANNA, chain_id, card.mark, nobody, timedelta(minutes=5))
    for words in ("?", "8", "25-30", "08:00-08:00", "08:70-09:00", "0-24"):
        with pytest.raises(WorkingHoursError):
            await desk.set_hours(ANNA, chain_id, words)
    with pytest.raises(UnknownSystemError):
        await desk.choose(ANNA, chain_id, 999, whole_site=True, chosen=True)
    assert _first(await desk.look(ANNA)).mark == card.mark
    for _ in range(MOST_CALLS - len(card.chain.calls)):
        card = _first(await desk.add_call(ANNA, chain_id, card.mark, "oncall", timedelta(minutes=5)))
    with pytest.raises(ChainFullError):
        await desk.add_call(ANNA, chain_id, card.mark, "oncall", timedelta(minutes=5))


async def test_every_change_is_written_down_once(plant: Plant) -> None:
    desk = plant.alerting.chains
    card = await desk.create(ANNA)
    for _ in range(2):
        await desk.set_level(ANNA, _id(card), Severity.WARNING)
        await desk.set_hours(ANNA, _id(card), "22-6")
        await desk.choose(ANNA, _id(card), plant.system_id, whole_site=False, chosen=True)
    await desk.set_everywhere(ANNA, _id(card))
    await desk.delete(ANNA, _id(card), card.mark)
    async with plant.sessions() as session:
        entries = select(AuditEntry).where(AuditEntry.action.like("escalation.%")).order_by(AuditEntry.id)
        found = [(entry.action, entry.actor_id) for entry in await session.scalars(entries)]
    assert found == [
        ("escalation.create", ADMIN),
        ("escalation.match", ADMIN),
        ("escalation.hours", ADMIN),
        ("escalation.match", ADMIN),
        ("escalation.match", ADMIN),
        ("escalation.delete", ADMIN),
    ]


async def test_only_who_looks_after_alarms_sees_and_changes_chains_and_in_no_group(plant: Plant) -> None:
    desk = plant.alerting.chains
    card = await desk.create(ANNA)
    for actor in (IVAN, ANNA.in_group()):
        for forbidden in (
            desk.look(actor),
            desk.create(actor),
            desk.delete(actor, _id(card), card.mark),
            desk.set_level(actor, _id(card), Severity.WARNING),
            desk.set_hours(actor, _id(card), ""),
            desk.add_call(actor, _id(card), card.mark, "oncall", timedelta()),
        ):
            with pytest.raises(ForbiddenError):
                await forbidden


async def test_a_rehearsal_says_what_then_happens(plant: Plant) -> None:
    rota = await plant.alerting.rotas.create(ANNA, "Mechanics")
    await plant.alerting.rotas.set_member(ANNA, rota.id, OLGA, member=True)
    await plant.alerting.subscriptions.switch(IVAN, Chat(ENGINEER), on=False)
    await plant.alerting.subscriptions.switch(ANNA.in_group(), Chat(-5), on=True)
    walked = await plant.alerting.rehearsals.walk(IVAN, await _system(plant), Severity.CRITICAL)
    assert (walked.at_once, walked.later, walked.groups) == (("Anna", "Olga"), (), 1)
    assert (walked.chain, walked.is_default) == (1, True)
    now = plant.clock()
    assert [(call.at - now, call.names) for call in walked.calls] == [
        (timedelta(minutes=10), ("Olga",)),
        (timedelta(minutes=30), ("Anna",)),
    ]
    assert await plant.told() == []
    assert await _called(plant, after=timedelta(minutes=10)) == [OLGA]
    await plant.wait(minutes=20)
    assert [chat for chat, reason in await plant.told() if reason == "escalated"] == [OLGA, ADMIN]
    told = {chat for chat, reason in await plant.told() if reason == "first"}
    assert told == {OLGA, ADMIN, -5}


async def test_a_warning_that_no_chain_is_for_calls_nobody_and_a_foreign_machine_is_not_walked(plant: Plant) -> None:
    walked = await plant.alerting.rehearsals.walk(IVAN, await _system(plant), Severity.WARNING)
    assert (walked.chain, walked.calls) == (None, ())
    south = Actor(ENGINEER, "Ivan", Role.ENGINEER, scope=Scope.of(sites=frozenset({"south"})))
    with pytest.raises(OutOfScopeError):
        await plant.alerting.rehearsals.walk(south, await _system(plant), Severity.WARNING)


async def test_who_was_to_be_called_and_left_is_shown_as_such(plant: Plant) -> None:
    chain_id = await _calls_nobody(plant)
    mark = _first(await plant.alerting.chains.look(ANNA)).mark
    await plant.alerting.chains.add_call(ANNA, chain_id, mark, str(OLGA), timedelta(minutes=5))
    await plant.users.set_role(OPERATOR, OLGA, Role.BLOCKED)
    card = _first(await plant.alerting.chains.look(ANNA))
    assert card.chain.calls == (Call(timedelta(minutes=5), str(OLGA)),)
    assert not card.people[OLGA].able
    [call] = (await plant.alerting.rehearsals.walk(ANNA, await _system(plant), Severity.CRITICAL)).calls
    assert call.names == ()


async def test_a_rehearsal_knows_quiet_hours(plant: Plant) -> None:
    """The clock shows 08:00 UTC; a warning waits, a critical alarm does not."""
    async with plant.sessions.begin() as session:
        user = await session.get_one(User, ENGINEER)
        user.quiet_from, user.quiet_to, user.time_zone = time(7), time(9), "UTC"
    walked = await plant.alerting.rehearsals.walk(ANNA, await _system(plant), Severity.WARNING)
    assert (walked.at_once, walked.later) == (("Anna", "Olga"), ("Ivan",))
    walked = await plant.alerting.rehearsals.walk(ANNA, await _system(plant), Severity.CRITICAL)
    assert (walked.at_once, walked.later) == (("Anna", "Ivan", "Olga"), ())


async def test_a_chain_that_is_changed_while_it_calls_goes_on_as_it_is_now(plant: Plant) -> None:
    assert await _called(plant, after=timedelta(minutes=10)) == [ADMIN]  # nobody is on call
    chain_id = await _calls_nobody(plant)
    await plant.wait(minutes=20)
    await plant.wait(hours=2)
    assert [chat for chat, reason in await plant.told() if reason == "escalated"] == [ADMIN]
    assert (await plant.alerting.chains.look(ANNA)).card(chain_id).chain.calls == ()
