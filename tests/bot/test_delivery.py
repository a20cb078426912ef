"""Outbox messages arrive once, wait when Telegram says so, and stop at those who blocked the bot."""

import asyncio

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramMigrateToChat, TelegramNetworkError
from aiogram.methods import SendMessage
from sqlalchemy import select

from bot.console import ADMIN, ENGINEER
from bot.delivery import Delivery
from core.database import SessionFactory
from core.outbox import Notice, Outbox, OutboxMessage
from core.users.service import UserService
from tests.bot.conftest import TOKEN, Stage
from tests.fakes.clock import SettableClock
from tests.fakes.telegram import RecordingSession


async def _enqueue(sessions: SessionFactory, outbox: Outbox, chat_id: int, role: str = "engineer") -> None:
    async with sessions.begin() as session:
        await outbox.enqueue(session, chat_id, Notice.ROLE_CHANGED, {"role": role})


async def _row(sessions: SessionFactory) -> OutboxMessage:
    async with sessions() as session:
        return (await session.scalars(select(OutboxMessage))).one()


async def test_a_pause_that_telegram_asks_for_delays_but_loses_nothing(stage: Stage) -> None:
    stage.console.fail_next("sendMessage", 429, retry_after=1)
    await _enqueue(stage.container.sessions, stage.container.outbox, ENGINEER)
    await stage.console.wait_for(ENGINEER, lambda m: "Теперь ваша роль: инженер" in m["text"])
    assert len([m for m in stage.console.messages(ENGINEER) if "Теперь" in m["text"]]) == 1


async def test_a_server_fault_is_tried_again_later(stage: Stage) -> None:
    stage.console.fail_next("sendMessage", 502)
    await _enqueue(stage.container.sessions, stage.container.outbox, ENGINEER)
    await stage.console.wait_for(ENGINEER, lambda m: "Теперь ваша роль" in m["text"], timeout=15)


async def test_who_blocked_the_bot_is_left_alone(stage: Stage) -> None:
    stage.console.block(ENGINEER)
    await _enqueue(stage.container.sessions, stage.container.outbox, ENGINEER)
    await _enqueue(stage.container.sessions, stage.container.outbox, ADMIN)
    await stage.console.wait_for(ADMIN, lambda m: "Your role is now" in m["text"])
    while any(user.id == ENGINEER for user in await stage.container.users.reachable_users()):
        await asyncio.sleep(0.01)


async def test_messages_to_one_chat_keep_their_order(stage: Stage) -> None:
    await _enqueue(stage.container.sessions, stage.container.outbox, ENGINEER, "engineer")
    await _enqueue(stage.container.sessions, stage.container.outbox, ENGINEER, "admin")
    await stage.console.wait_for(ENGINEER, lambda m: "администратор" in m["text"])
    told = [m["text"] for m in stage.console.messages(ENGINEER) if "Теперь" in m["text"]]
    assert ["инженер" in told[0], "администратор" in told[1]] == [True, True]


_ANY = SendMessage(chat_id=1, text="?")


def _delivery(sessions: SessionFactory, clock: SettableClock, session: BaseSession) -> tuple[Delivery, Outbox]:
    outbox = Outbox(sessions, clock)
    return Delivery(Bot(TOKEN, session=session), outbox, UserService(sessions, clock, outbox)), outbox


async def test_a_group_that_moved_is_followed(sessions: SessionFactory, clock: SettableClock) -> None:
    session = RecordingSession(TelegramMigrateToChat(_ANY, "group upgraded", migrate_to_chat_id=-100500))
    delivery, outbox = _delivery(sessions, clock, session)
    await _enqueue(sessions, outbox, -5)
    await delivery.deliver_due()
    await delivery.deliver_due()
    assert [call.chat_id for call in session.calls if isinstance(call, SendMessage)] == [-5, -100500]
    assert (await _row(sessions)).sent_at is not None


async def test_an_unreachable_telegram_leaves_the_message_waiting(
    sessions: SessionFactory, clock: SettableClock
) -> None:
    session = RecordingSession(TelegramNetworkError(_ANY, "no route"))
    delivery, outbox = _delivery(sessions, clock, session)
    await _enqueue(sessions, outbox, 5)
    await delivery.deliver_due()
    row = await _row(sessions)
    assert row.retry_at is not None
    assert row.retry_at > clock()
    assert (row.sent_at, row.failed_at) == (None, None)


async def test_a_kind_that_nobody_words_is_given_up(sessions: SessionFactory, clock: SettableClock) -> None:
    session = RecordingSession()
    delivery, outbox = _delivery(sessions, clock, session)
    async with sessions.begin() as transaction:
        await outbox.enqueue(transaction, 5, "no-such-kind")
    await delivery.deliver_due()
    assert (await _row(sessions)).failed_at is not None
    assert session.calls == []
