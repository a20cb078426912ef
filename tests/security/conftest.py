"""The real dispatcher over the real services, without the network; anybody may knock."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from aiogram import BaseMiddleware, Bot, Dispatcher
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.methods import GetFile, TelegramMethod
from aiogram.types import (
    CallbackQuery,
    Chat,
    Document,
    File,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    TelegramObject,
    Update,
    User,
)
from redis.asyncio import Redis

from bot.app import create_dispatcher
from bot.desk import AnswerDesk
from bot.i18n import text_for
from bot.middlewares.in_flight import Handler, InFlight
from bot.ownership import Ownership
from core.container import Container
from core.database import SessionFactory
from core.diagnostics.models import System
from core.rag.assistant import Assistant
from core.settings import BotSettings, Settings
from core.supervisor import Supervisor
from core.users.models import Role
from core.users.rights import OPERATOR
from tests.bot.conftest import TOKEN, _plain_logs, console, detach_routers, settings
from tests.fakes.assistant import FakeAssistant
from tests.fakes.telegram import ME, RecordingSession
from tests.security.doors import name_of
from tests.security.furniture import SECRET, Furniture, furnish

PERSON = User(id=4242, is_bot=False, first_name="Kim", language_code="en")
FILE = Document(file_id="1", file_unique_id="1", file_name="a.csv", file_size=10)
ANOTHER = 1
"""The id of somebody else, who is an admin too."""
PRIVATE = Chat(id=PERSON.id, type="private", first_name="Kim")
GROUP = Chat(id=-100777, type="supergroup", title="Shift")


class Line(RecordingSession):
    """A session that has one file."""

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:
        """Record the call."""
        done = await super().make_request(bot, method, timeout)
        return File(file_id="1", file_unique_id="1", file_path="a") if isinstance(method, GetFile) else done

    async def stream_content(self, *args: Any, **kwargs: Any) -> AsyncGenerator[bytes, None]:
        """Send the file."""
        yield b"# A heading\n"


class Reached(BaseMiddleware):
    """Notes the names of the handlers that updates come to."""

    def __init__(self, house: "House") -> None:
        self._house = house

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Note it, and go on."""
        self._house.reached.add(name_of(data["handler"]))
        return await handler(event, data)


@dataclass
class House:
    """The bot, and what it said."""

    bot: Bot
    session: Line
    dispatcher: Dispatcher
    container: Container
    machines: dict[str, int]
    reached: set[str] = field(default_factory=set)
    _numbers: list[int] = field(default_factory=lambda: [0])

    async def send(self, chat: Chat = PRIVATE, who: User = PERSON, **fields: Any) -> list[TelegramMethod[Any]]:
        """Bring a message; return what the bot did."""
        number = self._number()
        message = Message(message_id=number, date=datetime.now(UTC), chat=chat, from_user=who, **fields)
        return await self.feed(Update(update_id=number, message=message))

    async def press(
        self, data: str, chat: Chat = PRIVATE, who: User = PERSON, *, replied: bool = True, under: int | None = None
    ) -> list[TelegramMethod[Any]]:
        """Press a button under a message of the bot's (a new one, or number `under`) that replies to a file."""
        number = self._number()
        now = datetime.now(UTC)
        file = Message(message_id=1, date=now, chat=chat, from_user=who, document=FILE)
        answered = file if replied else None
        keys = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="?", callback_data=data)]])
        message = Message(
            message_id=under or number,
            date=now,
            chat=chat,
            from_user=ME,
            text="?",
            reply_to_message=answered,
            reply_markup=keys,
        )
        query = CallbackQuery(id=str(number), from_user=who, chat_instance="1", data=data, message=message)
        return await self.feed(Update(update_id=number, callback_query=query))

    async def feed(self, update: Update) -> list[TelegramMethod[Any]]:
        """Bring any update; return what the bot did."""
        before = len(self.session.calls)
        await self.dispatcher.feed_update(self.bot, update)
        return self.session.calls[before:]

    def forget_states(self) -> None:
        """Let no chat be in the middle of anything."""
        cast(MemoryStorage, self.dispatcher.storage).storage.clear()

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
        house = House(bot, session, dispatcher, staged, {"ours": ours.id, "theirs": theirs.id})
        for observer in dispatcher.observers.values():
            observer.middleware(Reached(house))
        yield house
        await answers.drain(0)
        await container.supervisor.drain(0)
        await bot.session.close()


@pytest.fixture
async def furniture(house: House) -> Furniture:
    """Kim, the admin, and another one; and something of every kind."""
    asker = await house.container.users.enrol(OPERATOR, PERSON.id, Role.ADMIN, name="Kim", language="en")
    another = await house.container.users.enrol(OPERATOR, ANOTHER, Role.ADMIN, name="Another", language="en")
    return await furnish(house.container, asker, another, house.machines)


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


__all__ = ["_plain_logs", "console", "settings"]
