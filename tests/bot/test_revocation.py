"""Whoever loses their rights loses what runs for them, what waits for them and what their buttons did, at once."""

import asyncio

from bot.console import ADMIN, ENGINEER
from core.outbox import Notice
from core.rag.answers import Delta
from core.users.models import Role
from core.users.rights import OPERATOR
from core.users.scope import Scope
from tests.bot.conftest import Stage
from tests.fakes.assistant import model_answer


async def test_a_revoked_persons_answer_and_waiting_questions_end(stage: Stage) -> None:
    stage.assistant.script = [Delta("First part"), asyncio.Event()]
    await stage.console.say(ENGINEER, "почему?")
    await stage.console.wait_until(lambda: stage.console.draft(ENGINEER))
    await stage.console.say(ENGINEER, "а ещё?")
    await stage.console.wait_for(ENGINEER, lambda m: "сразу после" in m["text"])
    await stage.ask(f"/revoke {ENGINEER}", who=ADMIN)
    await stage.console.wait_until(lambda: stage.assistant.cancelled == 1)
    await stage.ask("/help", who=ADMIN)
    assert stage.assistant.asked == ["почему?"]


async def test_a_smaller_scope_ends_an_answer_and_a_larger_role_does_not(stage: Stage) -> None:
    gate = asyncio.Event()
    stage.assistant.script = [Delta("First part"), gate, model_answer("Done.")]
    await stage.console.say(ENGINEER, "почему?")
    await stage.console.wait_until(lambda: stage.console.draft(ENGINEER))
    await stage.container.users.set_role(OPERATOR, ENGINEER, Role.SENIOR_ENGINEER)
    await stage.ask("/help", who=ADMIN)
    assert stage.assistant.cancelled == 0
    await stage.container.users.set_role(OPERATOR, ENGINEER, Role.SENIOR_ENGINEER, scope=Scope.parse("site:quarry"))
    await stage.console.wait_until(lambda: stage.assistant.cancelled == 1)


async def test_the_next_tap_after_a_revocation_is_a_strangers(stage: Stage) -> None:
    listed = await stage.ask("/users", who=ADMIN)
    await stage.container.users.enrol(OPERATOR, ENGINEER, Role.ADMIN)
    await stage.container.users.set_role(OPERATOR, ADMIN, Role.PENDING)
    assert "approve your access" in (await stage.press(listed, "Ivan Petrov", who=ADMIN))["text"]


async def test_messages_written_for_a_revoked_person_are_not_sent(stage: Stage) -> None:
    await stage.container.users.set_role(OPERATOR, ENGINEER, Role.PENDING)
    async with stage.container.sessions.begin() as session:
        await stage.container.outbox.enqueue(session, ENGINEER, Notice.DOCUMENT_INDEXED, {"title": "T", "version": 1})
        await stage.container.outbox.enqueue(session, ADMIN, Notice.DOCUMENT_INDEXED, {"title": "T", "version": 1})
    await stage.console.wait_for(ADMIN, lambda m: "T" in m["text"])
    assert not any(m["from"]["is_bot"] for m in stage.console.messages(ENGINEER))
