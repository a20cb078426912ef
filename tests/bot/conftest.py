"""The whole bot against the console's Bot API over HTTP: real dispatcher, database and Valkey, a scripted assistant."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
import structlog
from aiogram.client.session.aiohttp import AiohttpSession
from pydantic import AnyHttpUrl, SecretStr

from bot import app
from bot.app import create_bot
from bot.console import ADMIN, ENGINEER, STRANGER, Console
from bot.runner import run
from core.clock import utc_now
from core.container import Container
from core.rag.assistant import Assistant
from core.settings import BotSettings, RagSettings, Settings
from core.supervisor import Supervisor
from core.users.models import Role
from core.users.rights import OPERATOR
from tests.fakes.assistant import FakeAssistant
from tests.ports import free_port

TOKEN = "100000:test-token-of-the-console"
Message = dict[str, Any]


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    """Log as the product does: structlog's default renders local variables, seconds of them for aiogram's objects."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, structlog.dev.set_exc_info, renderer])


@pytest.fixture(scope="session", autouse=True)
def _close_at_once() -> Iterator[None]:
    """Don't wait a quarter of a second for TLS to end, as aiogram does: there is none here."""

    async def close(session: AiohttpSession) -> None:
        if session._session is not None:
            await session._session.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AiohttpSession, "close", close)
        yield


@pytest.fixture
async def console() -> AsyncIterator[Console]:
    """A console of this test's own."""
    console = Console(TOKEN)
    await console.start()
    yield console
    await console.stop()


@pytest.fixture
def settings(console: Console, database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """Settings that point at the console and at this test's own home, database and Valkey."""
    return Settings(
        _env_file=None,
        hydrodiag_home=tmp_path,
        database_url=SecretStr(database_url),
        redis_url=SecretStr(redis_url),
        telegram_bot_token=SecretStr(TOKEN),
        bot=BotSettings(
            api_url=AnyHttpUrl(console.url),
            health_port=free_port(),
            drain_timeout_s=0.3,
            edit_interval_s=0.3,
            questions_per_minute=6,
        ),
        rag=RagSettings(max_document_mb=1),
    )


@dataclass
class Stage:
    """A running bot and everything a test may look at or turn."""

    console: Console
    container: Container
    assistant: FakeAssistant
    stop: asyncio.Event
    finished: asyncio.Task[Any]

    async def ask(
        self, text: str, wanted: Callable[[Message], bool] = lambda _: True, *, who: int = ENGINEER
    ) -> Message:
        """Say `text` and return the first wanted message that comes after it."""
        said = await self.console.say(who, text)
        return await self.console.wait_for(who, wanted, after=said["message_id"])

    async def press(self, message: Message, label: str, *, who: int = ENGINEER) -> dict[str, Any]:
        """Press the button whose label contains `label`; return the bot's answer to it."""
        keys = [key for line in message["reply_markup"]["inline_keyboard"] for key in line]
        data = next(key["callback_data"] for key in keys if label in key["text"])
        query = await self.console.press(who, message["message_id"], data)
        return await self.console.wait_for_answer(query)

    async def end(self) -> None:
        """Stop the bot as SIGTERM does, and wait until it is gone."""
        self.stop.set()
        await self.finished


@asynccontextmanager
async def running(console: Console, settings: Settings) -> AsyncIterator[Stage]:
    """Run the bot; Ivan is an engineer (ru), Anna an admin (en), Sam a stranger (en)."""
    detach_routers()
    assistant, tasks, stop = FakeAssistant(), Supervisor(), asyncio.Event()
    async with Container.open(settings, clock=utc_now) as container:
        await container.users.enrol(OPERATOR, ENGINEER, Role.ENGINEER, name="Ivan Petrov", language="ru")
        await container.users.enrol(OPERATOR, ADMIN, Role.ADMIN, name="Anna Schmidt", language="en")
        staged = replace(container, assistant=cast(Assistant, assistant))
        bot = create_bot(settings)
        finished = tasks.start(run(staged, bot, stop), name="bot")
        stage = Stage(console, staged, assistant, stop, finished)
        try:
            yield stage
        finally:
            await stage.end()


def detach_routers() -> None:
    """Take the routers from the last dispatcher: aiogram has no public way, since a process needs only one."""
    for module in app.ROUTERS:
        module.router._parent_router = None


@pytest.fixture
async def stage(console: Console, settings: Settings) -> AsyncIterator[Stage]:
    """A running bot."""
    async with running(console, settings) as stage:
        yield stage


__all__ = ["ADMIN", "ENGINEER", "STRANGER", "Stage", "running"]
