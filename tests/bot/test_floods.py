"""A flood costs its author more than the bot: one answer, then silence, then not even a look."""

import asyncio
from dataclasses import replace
from unittest.mock import AsyncMock, patch

import pytest
from aiogram.dispatcher.event.handler import HandlerObject
from aiogram.types import CallbackQuery, Message
from redis.asyncio import Redis

from bot.console import ADMIN, ENGINEER, Console
from bot.middlewares.throttle import Throttle
from core.settings import BotSettings, Settings
from core.users.gate import Gate, Passage, Verdict
from core.users.news import PeopleNews
from core.users.rights import OPERATOR
from tests.bot.conftest import running

LIMIT = 10


@pytest.fixture
def gate(redis: Redis) -> Gate:
    return Gate(redis, per_minute=LIMIT, per_second=10_000)


async def test_the_first_one_too_many_is_told_and_the_rest_are_dropped(gate: Gate) -> None:
    verdicts = [(await gate.enter(7)).verdict for _ in range(LIMIT + 3)]
    assert verdicts == [Verdict.PASS] * LIMIT + [Verdict.TOO_MANY] + [Verdict.DROP] * 2
    assert (await gate.enter(8)).verdict is Verdict.PASS


async def test_who_goes_on_is_not_looked_at_until_the_window_ends(redis: Redis) -> None:
    now = 0.0
    gate = Gate(redis, per_minute=LIMIT, per_second=10_000, seconds=lambda: now)
    for _ in range(2 * LIMIT):
        assert not gate.is_deaf_to(7)
        await gate.enter(7)
    assert gate.is_deaf_to(7)
    now = 61.0
    assert not gate.is_deaf_to(7)


async def test_an_update_is_one_round_trip(gate: Gate, monkeypatch: pytest.MonkeyPatch, redis: Redis) -> None:
    await gate.enter(7)
    sent = AsyncMock(side_effect=redis.execute_command)
    monkeypatch.setattr(redis, "execute_command", sent)
    await gate.enter(7)
    assert sent.await_count == 1


async def test_those_who_come_together_make_one_round_trip(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, redis: Redis
) -> None:
    await gate.enter(7)
    await PeopleNews(redis).announce(8)
    await redis.set("state:9", "asked")
    sent = AsyncMock(side_effect=redis.execute_command)
    monkeypatch.setattr(redis, "execute_command", sent)
    people = [7] * (LIMIT + 1) + [8, 9]
    passages = await asyncio.gather(*(gate.enter(person, bring=f"state:{person}") for person in people))
    assert sent.await_count == 1
    verdicts = [passage.verdict for passage in passages]
    assert verdicts == [Verdict.PASS] * (LIMIT - 1) + [Verdict.TOO_MANY, Verdict.DROP] + [Verdict.PASS] * 2
    assert [passage.version for passage in passages[-3:]] == [0, 1, 0]
    assert [passage.value for passage in passages[-3:]] == [None, None, b"asked"]


async def test_a_fault_reaches_everybody_who_came_together(gate: Gate, redis: Redis) -> None:
    with patch.object(redis, "execute_command", side_effect=ConnectionError):
        seen = await asyncio.gather(gate.enter(7), gate.enter(8), return_exceptions=True)
    assert [type(one) for one in seen] == [ConnectionError] * 2
    assert (await gate.enter(7)).verdict is Verdict.PASS


async def test_nobody_waits_for_one_who_was_cancelled(gate: Gate) -> None:
    async with asyncio.timeout(5):
        first = asyncio.ensure_future(gate.enter(7))
        others = asyncio.gather(gate.enter(8), gate.enter(9), return_exceptions=True)
        await asyncio.sleep(0)
        first.cancel()
        seen = await others
        assert all(isinstance(one, (Passage, OSError)) for one in seen)
        assert (await gate.enter(7)).verdict is Verdict.PASS


async def test_everybody_together_has_a_limit(redis: Redis) -> None:
    gate = Gate(redis, per_minute=LIMIT, per_second=3)
    assert [(await gate.enter(person)).verdict for person in range(5)] == [Verdict.PASS] * 3 + [Verdict.BUSY] * 2


async def test_the_gate_knows_who_changed(gate: Gate, redis: Redis) -> None:
    before = (await gate.enter(7)).version
    await PeopleNews(redis).announce(7)
    assert (await gate.enter(7)).version != before


async def test_a_flooding_member_is_told_once_and_others_are_served(console: Console, settings: Settings) -> None:
    bot = settings.bot.model_copy(update={"updates_per_minute": LIMIT, "questions_per_minute": 1000})
    assert isinstance(bot, BotSettings)
    async with running(console, settings.model_copy(update={"bot": bot})) as stage:
        for _ in range(3 * LIMIT):
            await stage.console.say(ENGINEER, "/help")
        await stage.console.wait_for(ENGINEER, lambda m: "Слишком много сразу" in m["text"])
        await stage.ask("/help", who=ADMIN)
        told = [m["text"] for m in stage.console.messages(ENGINEER) if m["from"]["is_bot"]]
    assert len(told) == LIMIT + 1
    assert "Слишком много сразу" in told[-1]


@pytest.fixture
def asking(redis: Redis) -> Throttle:
    return Throttle(redis, per_minute=3, per_day=5)


async def _ask(asking: Throttle, event: AsyncMock) -> bool:
    """Return whether a question of person 7 was let through."""
    handled = []

    async def handle(*_: object) -> None:
        handled.append(event)

    data = {"handler": HandlerObject(handle, flags={"question": True}), "actor": replace(OPERATOR, id=7)}
    await asking(handle, event, data | {"text": lambda key, **named: f"{key} {named}"})
    return bool(handled)


async def test_questions_have_a_limit_a_minute_and_one_a_day(asking: Throttle, redis: Redis) -> None:
    said = AsyncMock(spec=Message, answer=AsyncMock())
    assert [await _ask(asking, said) for _ in range(5)] == [True] * 3 + [False] * 2
    assert "error-too-fast" in said.answer.await_args_list[0].args[0]
    await redis.delete("hydrodiag:questions:7")  # the minute is over; what it refused was no question of the day
    assert [await _ask(asking, said) for _ in range(3)] == [True] * 2 + [False]
    assert "error-quota {'count': 5, 'hours': 24}" in said.answer.await_args.args[0]


async def test_a_button_that_asks_again_counts_as_a_question(asking: Throttle) -> None:
    tapped = AsyncMock(spec=CallbackQuery, answer=AsyncMock())
    assert [await _ask(asking, tapped) for _ in range(4)] == [True] * 3 + [False]
    tapped.answer.assert_awaited_once()


async def test_a_question_is_counted_in_one_round_trip(
    asking: Throttle, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _ask(asking, AsyncMock(spec=Message))
    sent = AsyncMock(side_effect=redis.execute_command)
    monkeypatch.setattr(redis, "execute_command", sent)
    await _ask(asking, AsyncMock(spec=Message))
    assert sent.await_count == 1


async def test_without_redis_questions_are_answered(asking: Throttle, redis: Redis) -> None:
    with patch.object(redis, "execute_command", side_effect=ConnectionError):
        assert await _ask(asking, AsyncMock(spec=Message))
