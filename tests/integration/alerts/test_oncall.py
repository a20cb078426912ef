"""Who is on call is who is called; taking it over and handing it on is told and written down."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.diagnostics.alerts.duty import DutyChangedError, NotOnCallError, RotaCard, UnknownRotaError
from core.diagnostics.alerts.rotas import RotaNameError
from core.diagnostics.alerts.staff import UnknownPersonError
from core.diagnostics.models import Severity
from core.errors import ForbiddenError
from core.outbox import Notice, OutboxMessage
from core.users.models import AuditEntry, Role
from core.users.rights import OPERATOR, Actor
from tests.integration.alerts.conftest import ADMIN, ENGINEER, Plant

OLGA = 3
IVAN = Actor(ENGINEER, "Ivan", Role.ENGINEER)
OLGA_HERSELF = Actor(OLGA, "Olga", Role.ENGINEER)
ANNA = Actor(ADMIN, "Anna", Role.ADMIN)


@pytest.fixture
async def rota(plant: Plant) -> RotaCard:
    """Ivan, then Olga, a week each."""
    await plant.users.enrol(OPERATOR, OLGA, Role.ENGINEER, name="Olga", language="ru")
    await plant.users.enrol(OPERATOR, ADMIN, Role.ADMIN, name="Anna", language="en")
    card = await plant.alerting.rotas.create(ANNA, "  Mechanics ")
    for user_id in (ENGINEER, OLGA):
        card = await plant.alerting.rotas.set_member(ANNA, card.id, user_id, member=True)
    return card


def _seen(card: RotaCard) -> int:
    assert card.duty is not None
    return card.duty.mark


async def _card(plant: Plant) -> RotaCard:
    [card] = await plant.alerting.duty.board(IVAN)
    return card


async def _told(plant: Plant) -> list[tuple[int, str, str]]:
    kinds = (Notice.ON_CALL, Notice.OFF_CALL, Notice.TURN_BEGINS)
    async with plant.sessions() as session:
        rows = await session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind.in_(kinds)).order_by(OutboxMessage.id)
        )
        return [(row.chat_id, row.kind, row.payload.get("by", "")) for row in rows]


async def _actions(plant: Plant) -> list[str]:
    async with plant.sessions() as session:
        entries = select(AuditEntry.action).where(AuditEntry.action.regexp_match("^(rota|oncall)"))
        return list(await session.scalars(entries.order_by(AuditEntry.id)))


async def _called(plant: Plant) -> list[int]:
    await plant.find(Severity.CRITICAL)
    await plant.wait(seconds=1)
    await plant.wait(minutes=10)
    return [chat for chat, reason in await plant.told() if reason == "escalated"]


async def test_the_one_on_call_is_who_an_alarm_calls_and_who_takes_it_over_instead(
    plant: Plant, rota: RotaCard
) -> None:
    assert rota.duty is not None
    assert (rota.name, rota.duty.now.user_id, rota.duty.then.user_id) == ("Mechanics", ENGINEER, OLGA)
    until = await plant.alerting.duty.take(OLGA_HERSELF, rota.id, _seen(rota), shift=False)
    assert until == rota.duty.now.ends
    assert await _called(plant) == [OLGA]
    assert (ENGINEER, Notice.OFF_CALL, "Olga") in await _told(plant)


async def test_the_call_taken_for_a_shift_goes_back_at_its_end(plant: Plant, rota: RotaCard) -> None:
    until = await plant.alerting.duty.take(OLGA_HERSELF, rota.id, _seen(rota), shift=True)
    card = await _card(plant)
    assert card.duty is not None
    assert (card.duty.now.user_id, card.duty.now.ends, card.duty.then.user_id) == (OLGA, until, ENGINEER)
    assert until - plant.clock() <= timedelta(hours=8)
    plant.clock.advance(until - plant.clock())
    card = await _card(plant)
    assert card.duty is not None
    assert card.duty.now.user_id == ENGINEER


async def test_it_is_handed_over_by_who_has_it_and_they_are_told(plant: Plant, rota: RotaCard) -> None:
    with pytest.raises(NotOnCallError):
        await plant.alerting.duty.hand_over(OLGA_HERSELF, rota.id, _seen(rota), OLGA)
    before = len(await _told(plant))
    assert (await plant.alerting.duty.hand_over(IVAN, rota.id, _seen(rota), OLGA)).name == "Olga"
    assert (await _told(plant))[before:] == [(OLGA, Notice.ON_CALL, "Ivan")]
    await plant.alerting.duty.hand_over(ANNA, rota.id, _seen(await _card(plant)), ENGINEER)
    assert (await _told(plant))[before + 1 :] == [
        (ENGINEER, Notice.ON_CALL, "Anna"),
        (OLGA, Notice.OFF_CALL, "Ivan"),
    ]
    card = await _card(plant)
    assert card.duty is not None
    assert card.duty.now == card.duty.regular
    assert (await _actions(plant))[-2:] == ["oncall.hand_over", "oncall.hand_over"]


async def test_a_stale_button_and_a_second_press_change_nothing(plant: Plant, rota: RotaCard) -> None:
    seen, desk = _seen(rota), plant.alerting.duty
    done = await asyncio.gather(
        *(desk.take(actor, rota.id, seen, shift=False) for actor in (OLGA_HERSELF, ANNA)), return_exceptions=True
    )
    assert sorted(isinstance(one, DutyChangedError) for one in done) == [False, True]
    with pytest.raises(DutyChangedError):
        await desk.hand_over(ANNA, rota.id, seen, OLGA)
    with pytest.raises(UnknownRotaError):
        await desk.take(OLGA_HERSELF, rota.id + 1, seen, shift=False)
    assert (await _actions(plant)).count("oncall.take") == 1


async def test_it_goes_to_nobody_who_can_not_be_called(plant: Plant, rota: RotaCard) -> None:
    await plant.users.enrol(OPERATOR, 4, Role.VIEWER, name="Vera", language="ru")
    for nobody in (4, 999):
        with pytest.raises(UnknownPersonError):
            await plant.alerting.duty.hand_over(IVAN, rota.id, _seen(rota), nobody)
        with pytest.raises(UnknownPersonError):
            await plant.alerting.rotas.set_member(ANNA, rota.id, nobody, member=True)
    assert [person.name for person in await plant.alerting.duty.others(IVAN, rota.id)] == ["Anna", "Olga"]


async def test_who_lost_access_is_shown_as_such_and_the_admins_are_called_instead(plant: Plant, rota: RotaCard) -> None:
    await plant.users.set_role(OPERATOR, ENGINEER, Role.BLOCKED)
    [card] = await plant.alerting.duty.board(ANNA)
    assert card.duty is not None
    assert not card.people[card.duty.now.user_id].able
    assert await _called(plant) == [ADMIN]


async def test_members_come_and_go_without_moving_whose_turn_it_is(plant: Plant, rota: RotaCard) -> None:
    plant.clock.advance(timedelta(days=7))
    rotas = plant.alerting.rotas
    card = await _card(plant)
    assert card.duty is not None
    assert card.duty.now.user_id == OLGA
    changed = await rotas.set_member(ANNA, rota.id, ADMIN, member=True)
    assert changed.duty is not None
    assert (changed.duty.now, changed.duty.then.user_id) == (card.duty.now, ENGINEER)
    assert [person.id for person in changed.members] == [OLGA, ENGINEER, ADMIN]
    changed = await rotas.set_member(ANNA, rota.id, OLGA, member=False)
    assert changed.duty is not None
    assert (changed.duty.now.user_id, changed.duty.then.user_id) == (ENGINEER, ADMIN)
    assert (await _told(plant))[-2:] == [(ENGINEER, Notice.ON_CALL, "Anna"), (OLGA, Notice.OFF_CALL, "Ivan")]


async def test_a_change_is_written_down_once_and_what_can_not_be_is_refused(plant: Plant, rota: RotaCard) -> None:
    rotas = plant.alerting.rotas
    before = len(await _actions(plant))
    for _ in range(2):
        await rotas.set_turn(ANNA, rota.id, "12 h")
    await rotas.set_start(ANNA, rota.id, "02.03.2026 06:00")
    for name in ("", " \n ", "x" * 41, "mechanics"):
        with pytest.raises(RotaNameError):
            await rotas.create(ANNA, name)
    await rotas.delete(ANNA, rota.id)
    with pytest.raises(UnknownRotaError):
        await rotas.delete(ANNA, rota.id)
    assert (await _actions(plant))[before:] == ["rota.turn", "rota.start", "rota.delete"]


async def test_only_who_looks_after_alarms_changes_rotas_and_in_no_group(plant: Plant, rota: RotaCard) -> None:
    rotas = plant.alerting.rotas
    for actor in (IVAN, ANNA.in_group()):
        for forbidden in (
            rotas.create(actor, "Night"),
            rotas.delete(actor, rota.id),
            rotas.set_member(actor, rota.id, OLGA, member=False),
            rotas.set_turn(actor, rota.id, "12 h"),
            rotas.set_start(actor, rota.id, "02.03.2026 06:00"),
        ):
            with pytest.raises(ForbiddenError):
                await forbidden
    viewer = Actor(4, "Vera", Role.VIEWER)
    with pytest.raises(ForbiddenError):
        await plant.alerting.duty.take(viewer, rota.id, _seen(rota), shift=False)


async def test_whose_turn_it_is_gets_it_back_until_its_end(plant: Plant, rota: RotaCard) -> None:
    assert rota.duty is not None
    desk = plant.alerting.duty
    for give_back in (
        lambda mark: desk.take(IVAN, rota.id, mark, shift=True),
        lambda mark: desk.hand_over(OLGA_HERSELF, rota.id, mark, ENGINEER),
    ):
        await desk.take(OLGA_HERSELF, rota.id, _seen(await _card(plant)), shift=True)
        await give_back(_seen(await _card(plant)))
        card = await _card(plant)
        assert card.duty is not None
        assert card.duty.now == rota.duty.regular
    async with plant.sessions() as session:
        rows = select(OutboxMessage).where(OutboxMessage.kind == Notice.ON_CALL).order_by(OutboxMessage.id.desc())
        last = (await session.scalars(rows.limit(1))).one()
    assert last.payload["until"] == rota.duty.regular.ends.isoformat()


async def test_whose_turn_begins_is_told_once(plant: Plant, rota: RotaCard) -> None:
    assert rota.duty is not None
    desk, before = plant.alerting.duty, len(await _told(plant))
    assert await desk.announce() == 0
    plant.clock.advance(rota.duty.now.ends - plant.clock())
    assert sum(await asyncio.gather(desk.announce(), desk.announce())) == 1
    plant.clock.advance(timedelta(minutes=5))
    assert await desk.announce() == 0
    assert (await _told(plant))[before:] == [(OLGA, Notice.TURN_BEGINS, "")]
    plant.clock.advance(timedelta(days=7, hours=1))
    assert await desk.announce() == 0


async def test_a_turn_that_a_stand_in_gives_back_is_told_too(plant: Plant, rota: RotaCard) -> None:
    desk = plant.alerting.duty
    until = await desk.take(OLGA_HERSELF, rota.id, _seen(rota), shift=True)
    plant.clock.advance(until - plant.clock() - timedelta(minutes=1))
    assert await desk.announce() == 0
    plant.clock.advance(timedelta(minutes=2))
    assert [await desk.announce(), await desk.announce()] == [1, 0]
    assert (await _told(plant))[-1] == (ENGINEER, Notice.TURN_BEGINS, "")


async def test_a_rota_of_one_announces_nothing(plant: Plant, rota: RotaCard) -> None:
    await plant.alerting.rotas.set_member(ANNA, rota.id, OLGA, member=False)
    plant.clock.advance(timedelta(days=7, minutes=1))
    assert await plant.alerting.duty.announce() == 0
