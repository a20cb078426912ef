"""Updates find their handler without a walk past all others, and it is the handler that aiogram's walk finds."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from aiogram import Bot, Dispatcher, F, Router
from aiogram.filters import Command, CommandStart, Filter, or_f
from aiogram.fsm.storage.redis import RedisStorage
from aiogram.types import Message, TelegramObject

from bot.callbacks.people import AskToJoin
from bot.callbacks.profile import SetLanguage
from bot.corridor import Corridor
from tests.bot.conftest import TOKEN, Stage

PERSON = {"id": 7, "is_bot": False, "first_name": "Ivan"}
CHAT = {"id": 7, "type": "private"}
BOT = {"id": 100000, "is_bot": True, "first_name": "Hydrodiag", "username": "hydrodiag_bot"}
TEXTS = (
    "/start",
    "/start code",
    "/help",
    " /help me",
    "/HELP",
    "/help@hydrodiag_bot",
    "/help@another_bot",
    "/helpless",
    "/Stop",
    "/go7",
    "!help",
    "!bang",
    "/either",
    "/or",
    "/",
    "//help",
    "",
    "help",
    "why does the pump whine?",
    "a:b",
)
DATA = ("lang:ru", "lang:xx", "lang", "join", "join:1", "nothing:1", ":", "")


class Asked(Filter):
    """Takes nothing, and remembers that it was asked."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, event: TelegramObject) -> bool:
        self.count += 1
        return False


def _routers() -> list[Router]:
    """Return routers whose handlers say their own name."""

    def handler(name: str) -> Callable[[TelegramObject], Any]:
        async def handle(event: TelegramObject) -> str:
            return name

        return handle

    first, second, third, last = (Router(name=name) for name in ("first", "second", "third", "last"))
    first.message.filter(F.from_user.id != 8)
    first.message.register(handler("deep link"), CommandStart(deep_link=True))
    first.message.register(handler("help"), Command("help"))
    second.message.register(handler("stop"), Command("stop", ignore_case=True))
    second.message.register(handler("pattern"), Command(re.compile(r"go\d")))
    second.callback_query.register(handler("language"), SetLanguage.filter())
    third.message.register(handler("bang"), Command("bang", prefix="!"))
    third.message.register(handler("either"), or_f(Command("either"), Command("or")))
    third.message.register(handler("start"), CommandStart())
    third.callback_query.register(handler("join"), AskToJoin.filter(), F.message)
    last.message.register(handler("command"), F.text.startswith("/"))
    last.message.register(handler("words"), F.text)
    last.callback_query.register(handler("button"))
    return [first, second, third, last]


def _updates() -> list[dict[str, Any]]:
    shown = {"message_id": 1, "date": 1764500000, "chat": CHAT}
    messages: list[dict[str, Any]] = [{"text": text} for text in TEXTS] + [{"caption": "/help"}]
    updates = [{"message": {**shown, "from": PERSON, **content}} for content in messages]
    for data in DATA:
        query = {"id": "1", "from": PERSON, "chat_instance": "1", "data": data}
        updates += [{"callback_query": query | more} for more in ({}, {"message": shown})]
    return [{"update_id": number, **update} for number, update in enumerate(updates)]


async def _answers(dispatcher: Dispatcher) -> list[str]:
    bot = Bot(TOKEN)
    bot._me = (await _me(bot)).from_user
    return [str(await dispatcher.feed_raw_update(bot, update)) for update in _updates()]


async def _me(bot: Bot) -> Message:
    return Message.model_validate({"message_id": 1, "date": 1, "chat": CHAT, "from": BOT}, context={"bot": bot})


async def test_the_corridor_leads_to_the_handler_that_the_long_way_leads_to() -> None:
    long, short, corridor = Dispatcher(), Dispatcher(), Corridor()
    long.include_routers(*_routers())
    corridor.include_routers(*_routers())
    short.include_router(corridor)
    expected = await _answers(long)
    assert await _answers(short) == expected
    assert {"help", "stop", "pattern", "bang", "either", "language", "join", "button", "words"} <= set(expected)


async def test_who_can_not_want_it_is_not_asked() -> None:
    corridor, dispatcher, asked = Corridor(), Dispatcher(), Asked()
    elsewhere = Router()
    elsewhere.message.register(lambda: None, asked, Command("elsewhere"))
    corridor.include_routers(elsewhere, *_routers())
    dispatcher.include_router(corridor)
    await _answers(dispatcher)
    assert asked.count == 0


async def test_no_filter_costs_a_thread(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:
        raise AssertionError("a thread")

    monkeypatch.setattr(asyncio, "to_thread", refuse)
    assert (await stage.ask("/nonsense"))["text"].startswith("Такой команды нет")
    await stage.ask("/handover")  # leaves the conversation in a state
    await stage.ask("почему воет насос?")


async def test_the_state_of_a_conversation_costs_no_round_trip_of_its_own(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(RedisStorage, "get_state", refuse)
    assert "/summary" in (await stage.ask("/help"))["text"]
