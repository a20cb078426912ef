"""The pace of all that is sent: within Telegram's limits, answers before alarms, and neither starves the other."""

import asyncio
import gc
import random
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from functools import wraps
from typing import Any, cast

import pytest
from aiogram import Bot
from aiogram.methods import Response, SendMessage, TelegramMethod
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import app
from bot.console.flood import FloodControl
from bot.delivery import Delivery
from bot.first_look import FirstLook
from bot.pace import Pace, Place, Urgency
from core.database import SessionFactory
from core.outbox import Notice, Outbox, OutboxMessage
from core.supervisor import Supervisor
from core.users.service import UserService
from tests.bot.conftest import TOKEN
from tests.fakes.clock import SettableClock
from tests.fakes.telegram import RecordingSession
from tests.fakes.virtual_time import VirtualLoop, run

SECOND = 1.0


def in_virtual_time(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    @wraps(test)
    def run_test() -> None:
        run(test())

    return run_test


async def _seconds(work: Awaitable[object]) -> float:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await work
    return loop.time() - began


async def _send(pace: Pace, chat_id: int, how: Urgency, on_its_way_s: float = 0.0) -> None:
    place = await pace.take(chat_id, how)
    await asyncio.sleep(on_its_way_s)
    place.answered()


@in_virtual_time
async def test_whatever_is_sent_and_however_long_it_takes_no_limit_is_broken() -> None:
    pace, chance = Pace(), random.Random(1)
    flood = FloodControl(clock=asyncio.get_running_loop().time)

    async def send(chat_id: int, how: Urgency) -> None:
        place = await pace.take(chat_id, how)
        await asyncio.sleep(chance.uniform(0, SECOND))
        flood.admit("sendmessage", {"chat_id": chat_id})
        await asyncio.sleep(chance.uniform(0, SECOND))
        place.answered()

    async def come_and_send(number: int) -> None:
        await asyncio.sleep(number * SECOND / 40)
        busy = number % 4 == 0
        chat_id = chance.choice([1, 2, -1]) if busy else number + 3
        await send(chat_id, chance.choice([Urgency.ANSWER, Urgency.DELIVERY, Urgency.DELIVERY]))

    await asyncio.gather(*map(come_and_send, range(2000)))
    assert not flood.refused


@in_virtual_time
async def test_a_stall_of_the_loop_is_not_made_up_for_by_a_burst() -> None:
    pace = Pace()
    loop = cast(VirtualLoop, asyncio.get_running_loop())
    flood = FloodControl(clock=loop.time)

    async def send(chat_id: int) -> None:
        place = await pace.take(chat_id, Urgency.DELIVERY)
        flood.admit("sendmessage", {"chat_id": chat_id})
        place.answered()

    sending = asyncio.gather(*map(send, range(1, 91)))
    for _ in range(5):
        await asyncio.sleep(SECOND / 3)
        loop.stall(SECOND)
    await sending
    assert not flood.refused


@in_virtual_time
async def test_answers_go_past_deliveries_that_fill_their_share() -> None:
    pace = Pace()
    deliveries = asyncio.gather(*(_send(pace, chat_id, Urgency.DELIVERY) for chat_id in range(1, 61)))
    await asyncio.sleep(0.01)
    assert not pace.room(0)
    assert await _seconds(asyncio.gather(*(_send(pace, chat_id, Urgency.ANSWER) for chat_id in range(101, 107)))) < 0.1
    deliveries.cancel()


@in_virtual_time
async def test_however_much_is_answered_deliveries_are_not_starved() -> None:
    pace = Pace()

    async def answer(chat_id: int) -> None:
        while True:
            await _send(pace, chat_id, Urgency.ANSWER)

    answering = [asyncio.ensure_future(answer(chat_id)) for chat_id in range(1, 80)]
    taken = await _seconds(asyncio.gather(_send(pace, 100, Urgency.DELIVERY), _send(pace, 1, Urgency.DELIVERY)))
    for task in answering:
        task.cancel()
    assert taken < 10 * SECOND


@in_virtual_time
async def test_an_answer_finds_room_in_a_chat_that_gets_alarms() -> None:
    pace = Pace()
    await _send(pace, 1, Urgency.DELIVERY)
    assert await _seconds(_send(pace, 1, Urgency.ANSWER)) < 0.1
    assert await _seconds(_send(pace, 1, Urgency.DELIVERY)) == pytest.approx(2.0, abs=0.05)


@in_virtual_time
async def test_one_busy_chat_does_not_hold_up_the_others() -> None:
    pace = Pace()
    await _send(pace, 1, Urgency.DELIVERY)
    waiting = asyncio.gather(_seconds(_send(pace, 1, Urgency.DELIVERY)))
    await asyncio.sleep(0)
    assert await _seconds(_send(pace, 2, Urgency.DELIVERY)) < 0.1
    assert (await waiting)[0] == pytest.approx(1.0, abs=0.05)


@in_virtual_time
async def test_a_chats_second_begins_when_its_message_has_arrived() -> None:
    pace = Pace()
    await _send(pace, 1, Urgency.DELIVERY, 0.5)
    assert await _seconds(_send(pace, 1, Urgency.DELIVERY)) == pytest.approx(1.0, abs=0.05)


@in_virtual_time
async def test_what_was_not_sent_costs_its_chat_nothing() -> None:
    pace = Pace(second_s=60.0)
    for _ in range(50):
        (await pace.take(1, Urgency.DELIVERY)).give_back()
    assert await _seconds(_send(pace, 1, Urgency.DELIVERY)) < 0.5


@in_virtual_time
async def test_a_refusal_of_one_chat_holds_up_no_other() -> None:
    pace = Pace(second_s=0.001)
    pace.refused(1, 30)
    await asyncio.gather(_send(pace, 2, Urgency.DELIVERY), _send(pace, 3, Urgency.ANSWER))
    assert pace.busy(1) == [1]


@in_virtual_time
async def test_refusals_of_two_chats_at_once_pause_all_deliveries_but_no_answer() -> None:
    pace = Pace(second_s=0.001)
    waiting = asyncio.gather(_seconds(_send(pace, 2, Urgency.DELIVERY)))
    pace.refused(3, 0.6)
    pace.refused(4, 0.6)
    assert pace.room(0.5) == 0
    assert isinstance(pace.take_now(5, Urgency.PREVIEW), float)
    assert await _seconds(_send(pace, 5, Urgency.ANSWER)) < 0.1
    assert (await waiting)[0] == pytest.approx(0.6, abs=0.05)


@in_virtual_time
async def test_a_preview_leaves_room_for_the_answer_in_a_group() -> None:
    pace, previews = Pace(second_s=0.01), 0
    while isinstance(place := pace.take_now(-1, Urgency.PREVIEW), Place):
        place.answered()
        previews += 1
        await asyncio.sleep(0.015)
    assert previews == 12
    assert await _seconds(_send(pace, -1, Urgency.ANSWER)) < 0.1


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


class _SlowLook(FirstLook):
    """Looks that end only when they are told to."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.begun, self.end = 0, asyncio.Event()

    async def deliver(self, message: OutboxMessage) -> None:
        self.begun += 1
        await self.end.wait()
        await self._outbox.sent(message, None)


async def test_first_looks_that_take_long_hold_up_no_message(
    sessions: SessionFactory, engine: AsyncEngine, clock: SettableClock
) -> None:
    session, outbox, tasks = RecordingSession(), Outbox(sessions, clock), Supervisor()
    looks = _SlowLook(outbox)
    delivery = Delivery(Bot(TOKEN, session=session), outbox, UserService(sessions, clock, outbox), first_look=looks)
    async with sessions.begin() as transaction:
        for chat_id in range(1, 61):
            await outbox.enqueue(transaction, chat_id, Notice.FIRST_LOOK, {"group_id": 1})
        await outbox.enqueue(transaction, 7, Notice.ROLE_CHANGED, {"role": "admin"})
        await outbox.enqueue(transaction, 99, Notice.ROLE_CHANGED, {"role": "admin"})
    running = tasks.start(delivery.run(engine), name="delivery")
    async with asyncio.timeout(30):
        while sum(isinstance(call, SendMessage) for call in session.calls) < 2:
            await asyncio.sleep(0.05)
    assert looks.begun <= 3
    looks.end.set()
    async with asyncio.timeout(60):
        while await outbox.backlog() != (0, timedelta()):
            clock.advance(timedelta(seconds=2))
            await asyncio.sleep(0.05)
    delivery.stop()
    await running


def test_the_model_of_a_response_is_not_made_anew_for_each() -> None:
    method: Any = SendMessage
    before = id(Response[method.__returning__])
    gc.collect()
    assert id(Response[method.__returning__]) == before
    assert before in map(id, app._RESPONSES)
