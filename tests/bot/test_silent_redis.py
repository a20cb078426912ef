"""Redis falls silent under a running bot: people are answered without it, and with it when it is back."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot import inbox
from bot.console import ENGINEER, Console
from core import redis_client
from core.settings import Settings
from tests.bot.conftest import Stage, running
from tests.fakes.assistant import model_answer
from tests.fixtures.stopped import StoppableValkey


@pytest.fixture
async def on_it(
    console: Console, settings: Settings, stoppable: StoppableValkey, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    """A bot on a server that can be halted, with less patience than in earnest."""
    monkeypatch.setattr(redis_client, "ANSWERS_WITHIN_S", 0.3)
    monkeypatch.setattr(redis_client, "SPARED_S", 0.3)
    monkeypatch.setattr(inbox, "_BRIDGED_S", 0.0)
    settings = settings.model_copy(update={"redis_url": SecretStr(stoppable.url)})
    async with running(console, settings) as stage:
        yield stage
        stoppable.go_on()


async def test_people_are_answered_while_redis_is_silent_and_afterwards(
    on_it: Stage, stoppable: StoppableValkey
) -> None:
    await on_it.ask("/help")
    stoppable.halt()
    assert "/summary" in (await on_it.ask("/help"))["text"]
    on_it.assistant.script = [model_answer("Check it [1].")]
    said = await on_it.console.say(ENGINEER, "почему?")
    answer = await on_it.console.wait_for(
        ENGINEER, lambda m: "Check it" in m.get("text", ""), after=said["message_id"], timeout=60
    )
    stoppable.go_on()
    assert (await on_it.press(answer, "👍"))["text"]
    assert "/summary" in (await on_it.ask("/help"))["text"]
