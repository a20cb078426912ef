"""/mydata sends a file once an hour; /forgetme asks first, and then ends everything."""

import asyncio
import json
from io import BytesIO
from zipfile import ZipFile

import pytest

from bot.console import ADMIN, ENGINEER
from core.observability import bind_correlation_id
from core.privacy.export import TooOftenError
from core.rag.answers import Delta
from core.users.models import Role
from core.users.rights import OPERATOR
from tests.bot.conftest import Message, Stage


async def _edited(stage: Stage, message: Message, words: str, who: int = ENGINEER) -> Message:
    return await stage.console.wait_for(
        who, lambda m: m["message_id"] == message["message_id"] and words in m.get("text", "")
    )


async def test_my_data_come_as_a_file_and_not_again_at_once(stage: Stage) -> None:
    sent = await stage.ask("/mydata", lambda m: "document" in m)
    with ZipFile(BytesIO(stage.console.file(sent["document"]["file_id"]))) as archive:
        profile = json.loads(archive.read("profile.json"))
    assert profile[0]["id"] == ENGINEER
    assert "Всё, что я о вас храню" in sent["caption"]
    assert "Снова – через" in (await stage.ask("/mydata"))["text"]


async def test_the_same_request_handled_again_after_a_kill_brings_the_file(stage: Stage) -> None:
    person = await stage.container.users.enrol(OPERATOR, ENGINEER, Role.ENGINEER, name="Ivan")
    bind_correlation_id("the-first-try")
    await stage.container.redis.set(
        f"hydrodiag:mydata:{ENGINEER}", "the-first-try", ex=3600
    )  # as a killed bot leaves it
    async with stage.container.personal_data.export(person) as data:
        assert data.rows["profile"] == 1
    bind_correlation_id("another-request")
    with pytest.raises(TooOftenError):
        async with stage.container.personal_data.export(person):
            pass


async def test_forgetting_is_planned_confirmed_and_ends_what_runs(stage: Stage) -> None:
    plan = await stage.ask("/forgetme")
    assert "ваш профиль" in plan["text"]
    assert "Вернуть ничего нельзя" in plan["text"]
    stage.assistant.script = [Delta("First part"), asyncio.Event()]
    await stage.console.say(ENGINEER, "почему?")
    await stage.console.wait_until(lambda: stage.console.draft(ENGINEER))
    await stage.press(plan, "Забыть меня навсегда")
    await _edited(stage, plan, "я вас забыл")
    await stage.console.wait_until(lambda: stage.assistant.cancelled == 1)
    assert await stage.container.users.find(ENGINEER) is None
    await stage.console.wait_until(lambda: "ask" not in {c["command"] for c in stage.console.menu(ENGINEER)})
    told = await stage.ask("почему воет насос?")
    assert "1001" in told["text"]  # a stranger's greeting, with their id


async def test_the_buttons_of_a_forgotten_person_are_a_strangers(stage: Stage) -> None:
    settings = await stage.ask("/settings")
    plan = await stage.ask("/forgetme")
    await stage.press(plan, "Забыть меня навсегда")
    await _edited(stage, plan, "я вас забыл")
    assert "администратор" in (await stage.press(settings, "Единицы"))["text"]


async def test_keeping_everything_changes_nothing(stage: Stage) -> None:
    plan = await stage.ask("/forgetme")
    await stage.press(plan, "Оставить как есть")
    await _edited(stage, plan, "Всё осталось как было")
    assert await stage.container.users.find(ENGINEER) is not None


async def test_the_last_admin_is_told_to_find_another_first(stage: Stage) -> None:
    assert "last admin" in (await stage.ask("/forgetme", who=ADMIN))["text"]
    await stage.container.users.set_role(OPERATOR, ENGINEER, Role.ADMIN)
    plan = await stage.ask("/forgetme", who=ADMIN)
    await stage.container.users.set_role(OPERATOR, ENGINEER, Role.ENGINEER)
    assert "last admin" in (await stage.press(plan, "Forget me for good", who=ADMIN))["text"]
