"""/index: versions, a switch that is planned before it is made, and a rebuild that can be watched and cancelled."""

import asyncio

import pytest

from bot.console import ADMIN, ENGINEER
from core.rag.documents import DocumentService
from core.rag.storage import LocalStorageBackend
from core.supervisor import Supervisor
from core.users.rights import OPERATOR
from tests.bot.conftest import Message, Stage
from workers.ai_tasks import rebuild_index

PAGES = (
    ("noise.md", "# Pump noise\n\nCavitation sounds like gravel. Check the suction strainer."),
    ("heat.md", "# Overheating\n\nHot oil comes from a relief valve that stays open."),
)


@pytest.fixture
async def versions(stage: Stage) -> LocalStorageBackend:
    """Two versions; the second has one document more."""
    container = stage.container
    documents = DocumentService(container.sessions, container.clock, container.queue, container.settings.rag)
    for name, page in PAGES:
        await documents.add(OPERATOR, name, page.encode())
        await container.indexes.rebuild()
    return LocalStorageBackend(container.settings.hydrodiag_home / "index")


def _data(message: Message) -> list[str]:
    return [key["callback_data"] for line in message["reply_markup"]["inline_keyboard"] for key in line]


async def _turned(stage: Stage, message: Message, words: str) -> Message:
    def edited(m: Message) -> bool:
        return m["message_id"] == message["message_id"] and words in m["text"]

    return await stage.console.wait_for(ADMIN, edited)


async def test_a_switch_is_planned_confirmed_and_made_once(stage: Stage, versions: LocalStorageBackend) -> None:
    other = await stage.ask("/index use v_1", who=ADMIN)  # on another phone
    listed = await stage.ask("/index", who=ADMIN)
    assert "▶ v_2" in listed["text"]
    assert "1 document, 1 passage" in listed["text"]
    await stage.press(listed, "v_1", who=ADMIN)
    plan = await _turned(stage, listed, "Use v_1 instead of v_2?")
    assert "It is older" in plan["text"]
    assert versions.current() == 2
    assert "v_1 is in use" in (await stage.press(plan, "Use v_1", who=ADMIN))["text"]
    await _turned(stage, listed, "▶ v_1")
    assert versions.current() == 1
    stale = await stage.press(other, "Use v_1", who=ADMIN)
    assert "Nothing was changed: meanwhile v_1" in stale["text"]


async def test_a_rollback_by_command_leads_to_the_version_before(stage: Stage, versions: LocalStorageBackend) -> None:
    plan = await stage.ask("/index rollback", who=ADMIN)
    assert "Use v_1 instead of v_2?" in plan["text"]
    await stage.press(plan, "Use v_1", who=ADMIN)
    await _turned(stage, plan, "▶ v_1")
    assert versions.current() == 1


async def test_a_rebuild_is_followed_to_its_end(stage: Stage, versions: LocalStorageBackend) -> None:
    message = await stage.ask("/index build", who=ADMIN)
    assert "Waiting for the worker" in message["text"]
    job = _data(message)[0].partition("|")[2]
    await rebuild_index(stage.container, report_as=job)
    await _turned(stage, message, "v_2 is up to date")


async def test_a_rebuild_can_be_cancelled(stage: Stage, versions: LocalStorageBackend) -> None:
    message = await stage.ask("/index build", who=ADMIN)
    job = _data(message)[0].partition("|")[2]
    ended = asyncio.Event()

    async def build() -> None:
        async with stage.container.progress.reporting(job) as report:
            report("passages", 1, 9)
            await asyncio.Event().wait()
        ended.set()

    tasks = Supervisor()
    tasks.start(build(), name="build")
    building = await _turned(stage, message, "Embedding: 1 of 9 passages")
    await stage.press(building, "Cancel", who=ADMIN)
    await asyncio.wait_for(ended.wait(), 10)
    await _turned(stage, message, "Cancelled. The present index stays in use.")


async def test_mistakes_and_strangers_change_nothing(stage: Stage, versions: LocalStorageBackend) -> None:
    assert "/index use 12" in (await stage.ask("/index frobnicate", who=ADMIN))["text"]
    assert "no such index version" in (await stage.ask("/index use 77", who=ADMIN))["text"].lower()
    for command in ("/index", "/index use 1", "/index rollback", "/index build"):
        assert "v_" not in (await stage.ask(command, who=ENGINEER))["text"]
    assert versions.current() == 2
