"""/subscriptions in the chat, in groups and in their topics; what was chosen there is what is delivered there."""

import asyncio
from typing import Any

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import AnswerCallbackQuery, EditMessageText, SendMessage

from bot.alarms import AlarmCourier
from bot.callbacks.subscriptions import ListenOn
from bot.console import ADMIN, ENGINEER
from bot.delivery import Delivery
from bot.pace import Pace
from core.database import SessionFactory
from core.diagnostics.alerts.telling import Rhythm
from core.diagnostics.detection.conditions import AlarmKind, Condition
from core.diagnostics.models import Severity
from core.outbox import Notice
from core.users.models import Role
from core.users.rights import OPERATOR
from tests.bot.conftest import Message, Stage
from tests.bot.test_alarms import Machine, add_hot_machine
from tests.bot.test_groups import ANNA, GROUP, IVAN, Group, group
from tests.integration.alerts.conftest import add_machine

TOPIC: dict[str, Any] = {"message_thread_id": 7, "is_topic_message": True}
_ANY = SendMessage(chat_id=1, text="?")


@pytest.fixture
async def machine(stage: Stage) -> Machine:
    return await add_hot_machine(stage)


def _shown(stage: Stage, who: int, words: str) -> list[Message]:
    return [m for m in stage.console.messages(who) if words in m.get("text", "")]


async def test_a_person_says_what_to_hear_and_reads_it_in_words(stage: Stage, machine: Machine) -> None:
    shown = await stage.ask("/subscriptions", lambda m: "Тревоги включены" in m["text"])
    assert "предупреждения и критические" in shown["text"]
    await stage.press(shown, "Только критические")
    [shown] = await stage.console.wait_until(lambda: _shown(stage, ENGINEER, "Тревоги: только критические"))
    await stage.press(shown, "Площадки и машины")
    [shown] = await stage.console.wait_until(lambda: _shown(stage, ENGINEER, "О каких площадках"))
    await stage.press(shown, "Пресс")
    [shown] = await stage.console.wait_until(lambda: _shown(stage, ENGINEER, "Машины: Пресс"))
    await stage.press(shown, "Назад")
    [shown] = await stage.console.wait_until(lambda: _shown(stage, ENGINEER, "Тревоги включены"))
    await machine.heats(Severity.WARNING)
    await stage.console.wait_for(ADMIN, lambda m: "🟡 Press" in m.get("text", ""))
    assert not _shown(stage, ENGINEER, "🟡 Пресс")
    await stage.press(shown, "Выключить")
    await stage.console.wait_until(lambda: _shown(stage, ENGINEER, "Тревоги выключены"))


async def test_an_alarm_that_waited_is_not_sent_to_somebody_who_lost_access(stage: Stage, machine: Machine) -> None:
    await machine.heats(Severity.WARNING)
    await stage.console.wait_for(ENGINEER, lambda m: "🟡 Пресс" in m.get("text", ""))
    await stage.container.users.set_role(OPERATOR, ENGINEER, Role.BLOCKED)
    await machine.heats(Severity.CRITICAL, 80.0)
    await stage.console.wait_for(ADMIN, lambda m: "it got worse" in m.get("text", ""))
    async with stage.container.sessions.begin() as session:
        payload = {"group_id": 1, "reason": "repeat", "held": False}
        await stage.container.outbox.enqueue(session, ENGINEER, Notice.ALARM, payload)
        await stage.container.outbox.enqueue(session, ADMIN, Notice.TEST_ALERT)
    await stage.console.wait_for(ADMIN, lambda m: "test alarm" in m.get("text", ""))
    assert not _shown(stage, ENGINEER, "🔴")
    assert not _shown(stage, ENGINEER, "стало хуже")


def _card(group: Group) -> Any:
    return next(call for call in reversed(group.session.calls) if isinstance(call, SendMessage | EditMessageText))


async def test_only_who_looks_after_alarms_turns_them_on_for_a_group(group: Group) -> None:
    await group.say("/subscriptions", IVAN, **TOPIC)
    card = _card(group)
    assert "This group hears no alarms" in card.text
    assert (card.message_thread_id, card.reply_markup) == (7, None)
    await group.press(ListenOn(on=True).pack(), 500, IVAN, **TOPIC)
    refused = group.session.calls[-1]
    assert isinstance(refused, AnswerCallbackQuery)
    assert "decided by those who look after alarms" in (refused.text or "")
    await group.say("/subscriptions", ANNA, **TOPIC)
    await group.press(ListenOn(on=True).pack(), 501, ANNA, **TOPIC)
    assert "This group hears alarms" in _card(group).text
    await group.say("/subscriptions", ANNA)
    assert "another topic" in _card(group).text
    assert "Bring them here" in str(_card(group).reply_markup)


async def test_a_group_hears_in_its_topic_and_in_the_group_once_the_topic_is_gone(
    group: Group, sessions: SessionFactory
) -> None:
    container = group.container
    system_id, _, heat = await add_machine(sessions)
    await group.press(ListenOn(on=True).pack(), 500, ANNA, **TOPIC)
    delivery = _delivery(group)
    await delivery.begin()
    await container.outbox.send(GROUP.id, Notice.TEST_ALERT)
    await delivery.deliver_due()
    assert _card(group).message_thread_id == TOPIC["message_thread_id"]
    found = Condition(system_id, AlarmKind.LIMIT, container.clock(), Severity.WARNING, heat, 71.0, 65.0, "degC")
    await container.alerting.book.apply([found])
    await asyncio.sleep(Rhythm().group_wait.total_seconds())
    await container.alerting.book.tick()
    group.session.fail({GROUP.id: TelegramBadRequest(_ANY, "Bad Request: message thread not found")})
    while not any(_alarms(group)[1:]):
        await delivery.deliver_due()
    assert [call.message_thread_id for call in _alarms(group)] == [TOPIC["message_thread_id"], None]
    assert await container.alerting.cards.topic(GROUP.id) is None


async def test_a_test_arrives_where_alarms_do_also_when_the_topic_is_gone(group: Group) -> None:
    await group.press(ListenOn(on=True).pack(), 500, ANNA, **TOPIC)
    group.session.fail({GROUP.id: TelegramBadRequest(_ANY, "Bad Request: TOPIC_CLOSED")})
    await group.container.outbox.send(GROUP.id, Notice.TEST_ALERT)
    delivery = _delivery(group)
    await delivery.begin()
    await delivery.deliver_due()
    assert (_card(group).message_thread_id, "test alarm" in _card(group).text) == (None, True)
    assert await group.container.alerting.cards.topic(GROUP.id) is None


def _delivery(group: Group) -> Delivery:
    container, settings = group.container, group.container.settings
    cards, users = container.alerting.cards, container.users
    courier = AlarmCourier(
        group.bot, container.outbox, cards, container.alerting.storms, users, language="en", zone=settings.zone
    )
    return Delivery(group.bot, container.outbox, users, courier, pace=Pace(second_s=0.001))


def _alarms(group: Group) -> list[SendMessage]:
    sent = [call for call in group.session.calls if isinstance(call, SendMessage) and call.chat_id == GROUP.id]
    return [call for call in sent if "🟡 Press" in call.text]


__all__ = ["group"]
