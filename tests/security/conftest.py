"""The real dispatcher over the real services, without the network; anybody may knock."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from aiogram import Bot, Dispatcher
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.methods import GetFile, TelegramMethod
from aiogram.types import CallbackQuery, Chat, Document, File, Message, Update, User
from redis.asyncio import Redis

from bot.app import create_dispatcher
from bot.desk import AnswerDesk
from bot.i18n import text_for
from bot.middlewares.in_flight import InFlight
from bot.ownership import Ownership
from core.container import Container
from core.database import SessionFactory
from core.diagnostics.models import System
from core.rag.assistant import Assistant
from core.settings import BotSettings, Settings
from core.supervisor import Supervisor
from tests.bot.conftest import TOKEN, console, detach_routers, settings
from tests.fakes.assistant import FakeAssistant
from tests.fakes.telegram import ME, RecordingSession

PERSON = User(id=4242, is_bot=False, first_name="Kim", language_code="en")
FILE = Document(file_id="1", file_unique_id="1", file_name="a.csv", file_size=10)
PRIVATE = Chat(id=PERSON.id, type="private", first_name="Kim")
GROUP = Chat(id=-100777, type="supergroup", title="Shift")
SECRET = "Unmentionable"
"""Part of every name of the machine that is out of scope."""


class Line(RecordingSession):
    """A session that has one file."""

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:
        """Record the call."""
        done = await super().make_request(bot, method, timeout)
        return File(file_id="1", file_unique_id="1", file_path="a") if isinstance(method, GetFile) else done

    async def stream_content(self, *args: Any, **kwargs: Any) -> AsyncGenerator[bytes, None]:
        """Send the file."""
        yield b"# A heading\n"


@dataclass
class House:
    """The bot, and what it said."""

    bot: Bot
    session: Line
    dispatcher: Dispatcher
    container: Container
    machines: dict[str, int]
    _numbers: list[int] = field(default_factory=lambda: [0])

    async def send(self, chat: Chat = PRIVATE, who: User = PERSON, **fields: Any) -> list[TelegramMethod[Any]]:
        """Bring a message; return what the bot did."""
        number = self._number()
        message = Message(message_id=number, date=datetime.now(UTC), chat=chat, from_user=who, **fields)
        return await self.feed(Update(update_id=number, message=message))

    async def press(self, data: str, chat: Chat = PRIVATE, who: User = PERSON) -> list[TelegramMethod[Any]]:
        """Press a button under some message of the bot's; return what the bot did."""
        number = self._number()
        now = datetime.now(UTC)
        file = Message(message_id=1, date=now, chat=chat, from_user=who, document=FILE)
        message = Message(message_id=number, date=now, chat=chat, from_user=ME, text="?", reply_to_message=file)
        query = CallbackQuery(id=str(number), from_user=who, chat_instance="1", data=data, message=message)
        return await self.feed(Update(update_id=number, callback_query=query))

    async def feed(self, update: Update) -> list[TelegramMethod[Any]]:
        """Bring any update; return what the bot did."""
        before = len(self.session.calls)
        await self.dispatcher.feed_update(self.bot, update)
        return self.session.calls[before:]

    def _number(self) -> int:
        self._numbers[0] += 1
        return self._numbers[0]


@pytest.fixture
async def house(settings: Settings, redis: Redis, sessions: SessionFactory) -> AsyncIterator[House]:
    """A bot whom nobody knows yet, and two machines on two sites, the second of which is nobody's business."""
    detach_routers()
    session, answers = Line(), Supervisor()
    bot = Bot(TOKEN, session=session)
    session.middleware(Ownership(redis))
    free = {"updates_per_minute": 10**9, "updates_per_second": 10**9, "questions_per_minute": 10**9}
    free["questions_per_day"] = 10**9
    settings = settings.model_copy(update={"bot": settings.bot.model_copy(update=free)})
    assert isinstance(settings.bot, BotSettings)
    async with sessions.begin() as writing:
        ours = System(code="press-1", names={"en": "Press"}, kind="press", site="north", public=True)
        theirs = System(code="secret-1", names={"en": SECRET}, kind="press", site="south")
        writing.add_all([ours, theirs])
    async with Container.open(settings) as container:
        staged = replace(container, assistant=cast(Assistant, FakeAssistant()))
        desk = AnswerDesk(bot, staged.assistant, staged.isolation, staged.users, answers, edit_interval_s=0.3)
        dispatcher = create_dispatcher(staged, desk, MemoryStorage(), InFlight())
        yield House(bot, session, dispatcher, staged, {"ours": ours.id, "theirs": theirs.id})
        await answers.drain(0)
        await container.supervisor.drain(0)
        await bot.session.close()


def words(done: list[TelegramMethod[Any]]) -> list[str]:
    """Return every text in what the bot did."""
    return [str(getattr(call, name)) for call in done for name in ("text", "caption") if getattr(call, name, None)]


def was_refused(done: list[TelegramMethod[Any]]) -> bool:
    """Tell whether the bot said that there is no right to this."""
    return text_for("en")("error-forbidden") in words(done)


def broke(done: list[TelegramMethod[Any]]) -> bool:
    """Tell whether the bot ran into something that it did not expect."""
    sign = text_for("en")("error-unknown", reference="?").partition("?")[0]
    return any(text.startswith(sign) for text in words(done))


__all__ = ["console", "settings"]
