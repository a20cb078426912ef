"""A flood costs its author more than the bot: one answer, then silence, then not even a look."""

from unittest.mock import AsyncMock

import pytest
from redis.asyncio import Redis

from bot.console import ADMIN, ENGINEER, Console
from core.settings import BotSettings, Settings
from core.users.gate import Gate, Verdict
from core.users.news import PeopleNews
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
