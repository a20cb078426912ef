"""The pace of deliveries: what answers send is made up for, a pause holds for whoever waits already."""

import asyncio
import gc
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest
from aiogram import Bot
from aiogram.methods import Response, SendMessage, TelegramMethod
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import app
from bot.delivery import Delivery
from bot.pace import Pace
from core.database import SessionFactory
from core.outbox import Notice, Outbox
from core.supervisor import Supervisor
from core.users.service import UserService
from tests.bot.conftest import TOKEN
from tests.fakes.clock import SettableClock
from tests.fakes.telegram import RecordingSession


async def _seconds(work: Awaitable[None]) -> float:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await work
    return loop.time() - began


async def test_a_delivery_gives_way_to_each_answer_of_its_chat() -> None:
    pace = Pace(per_second=1000, chat_interval_s=0.1)
    for _ in range(3):
        pace.note(1)
    assert await _seconds(pace.wait(1)) == pytest.approx(0.3, abs=0.08)


async def test_however_much_is_answered_a_delivery_is_not_starved() -> None:
    pace = Pace(per_second=10_000, chat_interval_s=0.1)
    for _ in range(50):
        pace.note(1)
    assert await _seconds(pace.wait(1)) < 0.5


async def test_a_chats_interval_begins_when_its_message_has_arrived() -> None:
    pace = Pace(per_second=1000, chat_interval_s=0.3)
    await pace.wait(1)
    await asyncio.sleep(0.2)
    pace.delivered(1)
    assert await _seconds(pace.wait(1)) == pytest.approx(0.3, abs=0.08)


async def test_a_pause_holds_for_those_who_wait_already() -> None:
    pace = Pace(per_second=5)
    await pace.wait(1)
    waiting = asyncio.gather(_seconds(pace.wait(2)))
    await asyncio.sleep(0.05)
    pace.pause(0.6)
    assert (await waiting)[0] == pytest.approx(0.65, abs=0.15)


class _SlowChat(RecordingSession):
    """Telegram takes its time with chat 1."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.answer = asyncio.Event(), asyncio.Event()

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:
        if isinstance(method, SendMessage) and method.chat_id == 1:
            self.begun.set()
            await self.answer.wait()
        return await super().make_request(bot, method, timeout)


async def test_a_message_that_takes_long_holds_up_no_other_chat(
    sessions: SessionFactory, engine: AsyncEngine, clock: SettableClock
) -> None:
    session, outbox, tasks = _SlowChat(), Outbox(sessions, clock), Supervisor()
    delivery = Delivery(Bot(TOKEN, session=session), outbox, UserService(sessions, clock, outbox))

    async def leave(chat_id: int) -> None:
        async with sessions.begin() as transaction:
            await outbox.enqueue(transaction, chat_id, Notice.ROLE_CHANGED, {"role": "admin"})

    await leave(1)
    running = tasks.start(delivery.run(engine), name="delivery")
    async with asyncio.timeout(20):
        await session.begun.wait()
        await leave(2)
        while not session.calls:
            await asyncio.sleep(0.05)
    assert [call.chat_id for call in session.calls if isinstance(call, SendMessage)] == [2]
    session.answer.set()
    delivery.stop()
    await running
    assert await outbox.backlog() == (0, timedelta())


def test_the_model_of_a_response_is_not_made_anew_for_each() -> None:
    method: Any = SendMessage
    before = id(Response[method.__returning__])
    gc.collect()
    assert id(Response[method.__returning__]) == before
    assert before in map(id, app._RESPONSES)
