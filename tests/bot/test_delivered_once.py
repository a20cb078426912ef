"""A sender killed, or cut off, between sending and writing it down: the message arrives once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

import pytest
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from sqlalchemy import select

from bot.console import ADMIN, ENGINEER, Console
from bot.delivery import Delivery
from bot.pace import Pace
from core.database import SessionFactory
from core.outbox import Notice, Outbox, OutboxMessage
from core.users.models import Role
from core.users.rights import OPERATOR
from core.users.service import UserService
from tests.bot.conftest import TOKEN
from tests.fakes.clock import SettableClock


class KilledError(BaseException):
    """kill -9: nothing after it runs."""


class _DyingOutbox(Outbox):
    """Dies before it can note that a message arrived."""

    async def sent(self, message: OutboxMessage, message_id: int | None = None) -> None:
        raise KilledError


class _EarlyDyingOutbox(Outbox):
    """Dies right after noting that a message is on its way, before it is sent."""

    async def sending(self, message: OutboxMessage, digest: str, watermark: int | None) -> None:
        await super().sending(message, digest, watermark)
        raise KilledError


@pytest.fixture
async def bot(console: Console) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(console.url))
    bot = Bot(TOKEN, session=session, default=DefaultBotProperties())
    yield bot
    await session.close()


@pytest.fixture(autouse=True)
async def _people(console: Console, sessions: SessionFactory, clock: SettableClock) -> None:
    users = UserService(sessions, clock, Outbox(sessions, clock))
    for person in (ENGINEER, ADMIN):
        await users.enrol(OPERATOR, person, Role.ADMIN, name="x", language="en")


def _sender(bot: Bot, outbox: Outbox, sessions: SessionFactory, clock: SettableClock) -> Delivery:
    users = UserService(sessions, clock, Outbox(sessions, clock))
    return Delivery(bot, outbox, users, pace=Pace(second_s=0.001))


async def _enqueue(sessions: SessionFactory, outbox: Outbox, chat_id: int, title: str) -> None:
    async with sessions.begin() as session:
        await outbox.enqueue(session, chat_id, Notice.DOCUMENT_INDEXED, {"title": title, "version": 1})


async def _deliver_all(delivery: Delivery) -> None:
    await delivery.begin()
    while await delivery.deliver_due():
        pass


def _titles(console: Console, person: int) -> list[str]:
    return [m["text"] for m in console.messages(person) if m["from"]["is_bot"]]


@pytest.mark.parametrize("dying", [_DyingOutbox, _EarlyDyingOutbox])
async def test_a_sender_killed_around_sending_neither_doubles_nor_loses(
    dying: type[Outbox], bot: Bot, console: Console, sessions: SessionFactory, clock: SettableClock
) -> None:
    outbox = Outbox(sessions, clock)
    for title in ("pump <A> & B", "valve"):
        await _enqueue(sessions, outbox, ENGINEER, title)
    for _ in range(3):
        sender = _sender(bot, dying(sessions, clock), sessions, clock)
        await sender.begin()
        with pytest.raises(KilledError):
            await sender.deliver_due()
        await console.say(ADMIN, "somebody else writes meanwhile")
        await console.say(ENGINEER, "so does the reader")
    await _deliver_all(_sender(bot, outbox, sessions, clock))
    told = _titles(console, ENGINEER)
    assert [sum(word in text for text in told) for word in ("pump", "valve")] == [1, 1]
    assert ["pump" in told[0], "valve" in told[1]] == [True, True]


async def test_the_same_words_twice_are_two_messages(
    bot: Bot, console: Console, sessions: SessionFactory, clock: SettableClock
) -> None:
    outbox = Outbox(sessions, clock)
    await _enqueue(sessions, outbox, ENGINEER, "pump")
    await _deliver_all(_sender(bot, outbox, sessions, clock))
    await _enqueue(sessions, outbox, ENGINEER, "pump")
    sender = _sender(bot, _EarlyDyingOutbox(sessions, clock), sessions, clock)
    await sender.begin()
    with pytest.raises(KilledError):
        await sender.deliver_due()
    await _deliver_all(_sender(bot, outbox, sessions, clock))
    assert len(_titles(console, ENGINEER)) == 2


async def test_an_answer_lost_on_the_way_back_is_no_second_message(
    bot: Bot, console: Console, sessions: SessionFactory, clock: SettableClock
) -> None:
    outbox = Outbox(sessions, clock)
    await _enqueue(sessions, outbox, ENGINEER, "pump")
    sender = _sender(bot, outbox, sessions, clock)
    await sender.begin()
    [message] = await outbox.claim(1)
    await sender._send(message)
    async with sessions.begin() as session:
        row = await session.get_one(OutboxMessage, message.id)
        row.sent_at = row.message_id = row.lease_until = None
    await _deliver_all(_sender(bot, outbox, sessions, clock))
    assert len(_titles(console, ENGINEER)) == 1
    async with sessions() as session:
        assert (await session.scalars(select(OutboxMessage))).one().sent_at is not None


@pytest.mark.parametrize("trouble", [429, 502])
async def test_trouble_while_looking_for_a_dead_senders_message_is_no_reason_to_send_it_again(
    trouble: int, bot: Bot, console: Console, sessions: SessionFactory, clock: SettableClock
) -> None:
    outbox = Outbox(sessions, clock)
    await _enqueue(sessions, outbox, ENGINEER, "pump")
    sender = _sender(bot, _DyingOutbox(sessions, clock), sessions, clock)
    await sender.begin()
    with pytest.raises(KilledError):
        await sender.deliver_due()
    console.fail_next("forwardMessage", trouble, retry_after=1)
    successor = _sender(bot, outbox, sessions, clock)
    await successor.begin()
    await successor.deliver_due()
    clock.advance(timedelta(minutes=1))
    await asyncio.sleep(1.1)  # the pause that Telegram asked for
    await successor.deliver_due()
    assert len(_titles(console, ENGINEER)) == 1
    assert (await outbox.backlog())[0] == 0


async def test_hundreds_of_messages_keep_their_order_through_limits(
    bot: Bot, console: Console, sessions: SessionFactory, clock: SettableClock
) -> None:
    outbox = Outbox(sessions, clock)
    for number in range(60):
        await _enqueue(sessions, outbox, (ENGINEER, ADMIN)[number % 2], f"no. {number:03}.")
    console.fail_next("sendMessage", 429, retry_after=1)
    sender = _sender(bot, outbox, sessions, clock)
    await sender.begin()
    while len(_titles(console, ENGINEER)) + len(_titles(console, ADMIN)) < 60:
        await sender.deliver_due()
        clock.advance(timedelta(seconds=0.2))
    for person in (ENGINEER, ADMIN):
        told = _titles(console, person)
        assert len(told) == 30
        assert all(one < other for one, other in pairwise(told))
