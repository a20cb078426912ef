"""In a group the bot speaks when spoken to, and shows nothing that only admins may see."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from aiogram import Bot, Dispatcher
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.methods import AnswerCallbackQuery, EditMessageText, SendMessage
from aiogram.types import CallbackQuery, Chat, InlineKeyboardMarkup, Message, Update, User
from redis.asyncio import Redis

from bot.app import create_dispatcher
from bot.desk import AnswerDesk
from bot.middlewares.in_flight import InFlight
from bot.ownership import Ownership
from core.container import Container
from core.database import SessionFactory
from core.diagnostics.models import System
from core.rag.assistant import Assistant
from core.settings import Settings
from core.supervisor import Supervisor
from core.users.models import Role
from core.users.rights import OPERATOR
from tests.bot.conftest import TOKEN, detach_routers
from tests.fakes.assistant import FakeAssistant, model_answer
from tests.fakes.telegram import ME, RecordingSession

ANNA = User(id=1002, is_bot=False, first_name="Anna", language_code="en")
IVAN = User(id=1001, is_bot=False, first_name="Ivan", language_code="en")
GROUP = Chat(id=-100123, type="supergroup", title="Shift A")


@dataclass
class Group:
    """A group chat with the bot in it."""

    bot: Bot
    session: RecordingSession
    dispatcher: Dispatcher
    assistant: FakeAssistant
    answers: Supervisor
    container: Container
    updates: int = 0

    async def press(self, data: str, message_id: int, who: User, **fields: Any) -> None:
        """Let somebody press a button under one of the bot's messages."""
        self.updates += 1
        message = Message(message_id=message_id, date=datetime.now(UTC), chat=GROUP, from_user=ME, **fields)
        query = CallbackQuery(id=str(self.updates), from_user=who, chat_instance="1", data=data, message=message)
        await self.dispatcher.feed_update(self.bot, Update(update_id=self.updates, callback_query=query))

    async def say(self, text: str, who: User = ANNA, **fields: Any) -> None:
        """Let somebody write `text` and wait until the bot has done what it does about it."""
        self.updates += 1
        now = datetime.now(UTC)
        message = Message(message_id=self.updates, date=now, chat=GROUP, from_user=who, text=text, **fields)
        await self.dispatcher.feed_update(self.bot, Update(update_id=self.updates, message=message))


@pytest.fixture
async def group(settings: Settings, redis: Redis) -> AsyncIterator[Group]:
    detach_routers()
    session, assistant, answers = RecordingSession(), FakeAssistant(), Supervisor()
    bot = Bot(TOKEN, session=session)
    session.middleware(Ownership(redis))
    async with Container.open(settings) as container:
        await container.users.enrol(OPERATOR, IVAN.id, Role.ENGINEER, name="Ivan", language="en")
        await container.users.enrol(OPERATOR, ANNA.id, Role.ADMIN, name="Anna", language="en")
        staged = replace(container, assistant=cast(Assistant, assistant))
        desk = AnswerDesk(bot, staged.assistant, staged.isolation, staged.users, answers, edit_interval_s=0.3)
        dispatcher = create_dispatcher(staged, desk, MemoryStorage(), InFlight())
        yield Group(bot, session, dispatcher, assistant, answers, staged)
        await answers.drain(0)


async def test_what_people_say_to_each_other_is_not_for_the_bot(group: Group) -> None:
    await group.say("shall we have lunch?")
    assert (group.assistant.asked, group.session.texts()) == ([], [])


async def test_a_mention_a_reply_and_a_command_are_questions(group: Group) -> None:
    group.assistant.script = [model_answer("Yes.")]
    told = Message(message_id=90, date=datetime.now(UTC), chat=GROUP, from_user=ME, text="Hello")
    reply: dict[str, Any] = {"reply_to_message": told}
    for text, fields in (("@hydrodiag_bot is it?", {}), ("is it?", reply), ("/ask is it?", {})):
        await group.say(text, **fields)
        while group.answers.running(("answer", GROUP.id)):
            await asyncio.sleep(0.01)
    assert len(group.assistant.asked) == 3
    assert sum(text.startswith("Yes.") for text in group.session.texts()) == 3


async def test_an_admin_is_an_engineer_in_a_group(group: Group) -> None:
    await group.say("/users")
    [told] = group.session.texts()
    assert "don't have the right" in told


async def test_buttons_work_for_whom_they_were_written(group: Group, redis: Redis) -> None:
    await group.say("/language")
    sent = len(group.session.calls)
    shown = group.session.calls[-1]
    assert isinstance(shown, SendMessage)
    assert isinstance(shown.reply_markup, InlineKeyboardMarkup)
    await group.press("lang:ru", sent, IVAN)
    refused = group.session.calls[-1]
    assert isinstance(refused, AnswerCallbackQuery)
    assert "for whoever asked" in (refused.text or "")
    await group.press("lang:ru", sent, ANNA)
    assert any(isinstance(call, EditMessageText) for call in group.session.calls)


async def test_a_group_sees_public_machines_only(group: Group, sessions: SessionFactory) -> None:
    async with sessions.begin() as session:
        session.add(System(code="open-1", names={"en": "Open press"}, kind="press", public=True))
        session.add(System(code="secret-1", names={"en": "Secret press"}, kind="press"))
    await group.say("/systems")
    told = repr(group.session.calls[-1])
    assert "Open press" in told
    assert "ecret" not in told
