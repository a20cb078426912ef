"""In a group the bot speaks when spoken to, and shows nothing that only admins may see."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from aiogram import Bot, Dispatcher
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import Chat, Message, Update, User

from bot.app import create_dispatcher
from bot.desk import AnswerDesk
from bot.middlewares.in_flight import InFlight
from core.container import Container
from core.rag.assistant import Assistant
from core.settings import Settings
from core.supervisor import Supervisor
from core.users.models import Role
from core.users.rights import OPERATOR
from tests.bot.conftest import TOKEN, detach_routers
from tests.fakes.assistant import FakeAssistant, model_answer
from tests.fakes.telegram import ME, RecordingSession

ANNA = User(id=1002, is_bot=False, first_name="Anna", language_code="en")
GROUP = Chat(id=-100123, type="supergroup", title="Shift A")


@dataclass
class Group:
    """A group chat with the bot in it."""

    bot: Bot
    session: RecordingSession
    dispatcher: Dispatcher
    assistant: FakeAssistant
    answers: Supervisor
    updates: int = 0

    async def say(self, text: str, **fields: Any) -> None:
        """Let Anna write `text` and wait until the bot has done what it does about it."""
        self.updates += 1
        message = Message(
            message_id=self.updates, date=datetime.now(UTC), chat=GROUP, from_user=ANNA, text=text, **fields
        )
        await self.dispatcher.feed_update(self.bot, Update(update_id=self.updates, message=message))


@pytest.fixture
async def group(settings: Settings) -> AsyncIterator[Group]:
    detach_routers()
    session, assistant, answers = RecordingSession(), FakeAssistant(), Supervisor()
    bot = Bot(TOKEN, session=session)
    async with Container.open(settings) as container:
        await container.users.enrol(OPERATOR, ANNA.id, Role.ADMIN, name="Anna", language="en")
        staged = replace(container, assistant=cast(Assistant, assistant))
        desk = AnswerDesk(bot, staged.assistant, staged.isolation, staged.users, answers, edit_interval_s=0.3)
        dispatcher = create_dispatcher(staged, desk, MemoryStorage(), InFlight())
        yield Group(bot, session, dispatcher, assistant, answers)
        await answers.drain(0)


async def test_what_people_say_to_each_other_is_not_for_the_bot(group: Group) -> None:
    await group.say("shall we have lunch?")
    assert (group.assistant.asked, group.session.texts()) == ([], [])


async def test_a_mention_a_reply_and_a_command_are_questions(group: Group) -> None:
    group.assistant.script = [model_answer("Yes.")]
    told = Message(message_id=90, date=datetime.now(UTC), chat=GROUP, from_user=ME, text="Hello")
    for text, fields in (("@hydrodiag_bot is it?", {}), ("is it?", {"reply_to_message": told}), ("/ask is it?", {})):
        await group.say(text, **fields)
        while group.answers.running(("answer", GROUP.id)):
            await asyncio.sleep(0.01)
    assert len(group.assistant.asked) == 3
    assert sum(text.startswith("Yes.") for text in group.session.texts()) == 3


async def test_an_admin_is_an_engineer_in_a_group(group: Group) -> None:
    await group.say("/users")
    [told] = group.session.texts()
    assert "don't have the right" in told
