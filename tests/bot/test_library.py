"""Documents sent to the bot: one message tells how each gets into the index; their cards say who is answered."""

import asyncio
from functools import partial
from typing import Any

from sqlalchemy import func, select, update

from bot.console import ADMIN, ENGINEER
from core.diagnostics.models import System
from core.outbox import Notice, OutboxMessage
from core.rag.models import Document
from core.users.models import Role
from core.users.rights import OPERATOR, Right
from tests.bot.conftest import Message, Stage
from tests.fixtures.papers import manual_pdf
from workers.ai_tasks import rebuild_index

PAGE = b"# Pump noise\n\nCavitation sounds like gravel. Check the suction strainer."


async def _turned(stage: Stage, message: Message, words: str, who: int = ADMIN) -> Message:
    def edited(m: Message) -> bool:
        return m["message_id"] == message["message_id"] and words in m["text"]

    return await stage.console.wait_for(who, edited)


def _answers(sent: int, message: Message) -> bool:
    return message.get("reply_to_message", {}).get("message_id") == sent and "in the library" in message["text"]


async def _buttons(stage: Stage, message: Message, label: str) -> Message:
    def edited(m: Message) -> bool:
        keys = [key["text"] for line in m.get("reply_markup", {}).get("inline_keyboard", []) for key in line]
        return m["message_id"] == message["message_id"] and any(label in key for key in keys)

    return await stage.console.wait_for(ADMIN, edited)


async def _send(stage: Stage, name: str, content: bytes, words: str, who: int = ADMIN) -> Message:
    """Send a file and return our reply to it, once it says `words`."""
    sent = await stage.console.upload(who, name, content)
    reply = await stage.console.wait_for(who, after=sent["message_id"])
    assert reply["reply_to_message"]["message_id"] == sent["message_id"]
    return await _turned(stage, reply, words, who)


async def _work(stage: Stage) -> None:
    """Do what the worker would, for every document's job."""
    async with stage.container.sessions() as session:
        documents = (await session.execute(select(Document.id, Document.revision))).all()
    for document_id, revision in documents:
        await rebuild_index(stage.container, report_as=f"rebuild_index:{document_id}:{revision}")


async def _count(stage: Stage, table: Any) -> int:
    async with stage.container.sessions() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def _document(stage: Stage) -> Document:
    async with stage.container.sessions() as session:
        return (await session.scalars(select(Document))).one()


async def test_one_message_follows_a_file_into_the_index(stage: Stage) -> None:
    reply = await _send(stage, "ns-40.pdf", manual_pdf(), "“ns 40” is in the library")
    assert "Waiting for the index" in reply["text"]
    await _work(stage)
    done = await _turned(stage, reply, "revision 1: indexed in v_1")
    assert "3 pages" in done["text"]
    assert "Page 2 has no text" in done["text"]
    for _ in range(50):
        if not (left := await _count(stage, OutboxMessage)):
            break
        await asyncio.sleep(0.1)
    assert left == 0, "the notice is withdrawn: the message has told it"


async def test_a_file_of_the_same_name_is_a_new_revision_with_the_same_readers(stage: Stage) -> None:
    await _send(stage, "pump.md", PAGE, "in the library")
    await _work(stage)
    listed = await stage.ask("/documents", lambda m: "Pump noise" in m["text"], who=ADMIN)
    await stage.press(listed, "1", who=ADMIN)
    card = await _turned(stage, listed, "Answers for: all members")
    await stage.press(card, "Keepers", who=ADMIN)
    await _turned(stage, listed, "Answers for: keepers")
    reply = await _send(stage, "pump.md", PAGE + b" Or listen.", "as revision 3")
    await _work(stage)
    await _turned(stage, reply, "revision 3: indexed in v_")
    assert (await _document(stage)).access == "admin"
    assert "Pump noise" not in (await stage.ask("/documents"))["text"]


async def test_the_same_bytes_change_nothing_whatever_they_are_called(stage: Stage) -> None:
    await _send(stage, "pump.md", PAGE, "in the library")
    await _send(stage, "pump.md", PAGE, "already (revision 1), with the very same content")
    await _send(stage, "copy.md", PAGE, "“Pump noise” (pump.md, revision 1)")
    assert await _count(stage, Document) == 1


async def test_files_that_cannot_be_taken_are_refused_in_words(stage: Stage) -> None:
    sent = await stage.console.upload(ADMIN, "big.md", b"x" * 1_000_001)
    message = await stage.console.wait_for(ADMIN, after=sent["message_id"])
    assert "over the limit of 1" in message["text"]
    assert stage.console.calls("getFile") == [], "not even downloaded"
    await _send(stage, "pump.exe", b"MZ", "this kind of file can't be read")
    await _send(stage, "scan.pdf", b"no pdf", "this is not a pdf file")
    await _send(stage, "blank.md", b" \n", "no text")
    assert await _count(stage, Document) == 0


async def test_a_document_that_fails_later_says_why_and_can_be_tried_again(stage: Stage) -> None:
    reply = await _send(stage, "broken.pdf", manual_pdf()[:3000], "in the library")
    await _work(stage)
    failed = await _turned(stage, reply, "could not be indexed")
    assert "damaged" in failed["text"]
    await stage.press(failed, "Readers", who=ADMIN)
    card = await _turned(stage, reply, "Answers for")
    await stage.press(card, "Index now", who=ADMIN)
    await _turned(stage, reply, "as revision 2")


async def test_files_of_an_album_are_told_of_one_by_one(stage: Stage) -> None:
    names = ("a.md", "b.md", "c.md")
    sent = [await stage.console.upload(ADMIN, name, PAGE + name.encode()) for name in names]
    for message in sent:
        await stage.console.wait_for(ADMIN, partial(_answers, message["message_id"]))
    assert await _count(stage, Document) == len(names)


async def test_indexing_can_be_stopped_and_taken_up_again(stage: Stage) -> None:
    reply = await _send(stage, "pump.md", PAGE, "Waiting for the index")
    document = await _document(stage)
    ended = asyncio.Event()

    async def build() -> None:
        async with stage.container.progress.reporting(f"rebuild_index:{document.id}:1") as report:
            report("passages", 1, 9)
            await asyncio.Event().wait()
        ended.set()

    stage.container.supervisor.start(build(), name="build")
    building = await _turned(stage, reply, "Embedding: 1 of 9 passages")
    await stage.press(building, "Cancel", who=ADMIN)
    await asyncio.wait_for(ended.wait(), 10)
    stopped = await _turned(stage, reply, "Stopped. “Pump noise” is kept")
    await stage.press(stopped, "Index now", who=ADMIN)
    await _turned(stage, reply, "as revision 2")
    await _work(stage)
    await _turned(stage, reply, "revision 2: indexed in v_1")


async def test_machines_are_ticked_and_a_stale_button_changes_nothing(stage: Stage) -> None:
    async with stage.container.sessions.begin() as session:
        session.add(System(code="press-1", names={"en": "Press"}, kind="press"))
    await _send(stage, "pump.md", PAGE, "in the library")
    listed = await stage.ask("/documents", lambda m: "Pump noise" in m["text"], who=ADMIN)
    await stage.press(listed, "1", who=ADMIN)
    card = await _turned(stage, listed, "About: all machines")
    await stage.press(card, "Machines", who=ADMIN)
    choice = await _turned(stage, listed, "Which machines")
    await stage.press(choice, "press-1", who=ADMIN)
    await _buttons(stage, listed, "☑ press-1")
    assert ((await _document(stage)).machines, (await _document(stage)).revision) == (["press-1"], 2)
    await stage.container.catalogue.set_machines(OPERATOR, (await _document(stage)).id, 2, ["press-1", "other"])
    stale = await stage.press(await _buttons(stage, listed, "☑ press-1"), "☐ all machines", who=ADMIN)
    assert "changed this document meanwhile" in stale["text"]
    assert (await _document(stage)).machines == ["other", "press-1"]


async def test_a_document_is_deleted_after_a_question(stage: Stage) -> None:
    await _send(stage, "pump.md", PAGE, "in the library")
    listed = await stage.ask("/documents", lambda m: "Pump noise" in m["text"], who=ADMIN)
    await stage.press(listed, "1", who=ADMIN)
    card = await _turned(stage, listed, "About: all machines")
    await stage.press(card, "Delete", who=ADMIN)
    question = await _turned(stage, listed, "Delete “Pump noise” (revision 1)?")
    assert "Deleted" in (await stage.press(question, "Yes", who=ADMIN))["text"]
    await _turned(stage, listed, "The library is empty")


async def test_an_engineer_needs_the_right(stage: Stage) -> None:
    sent = await stage.console.upload(ENGINEER, "pump.md", PAGE)
    assert "нет на это прав" in (await stage.console.wait_for(ENGINEER, after=sent["message_id"]))["text"]
    await stage.container.users.set_extra(OPERATOR, ENGINEER, Right.MANAGE_DOCUMENTS, granted=True)
    reply = await _send(stage, "pump.md", PAGE, "в библиотеке", ENGINEER)
    await _work(stage)
    await _turned(stage, reply, "в индексе v_1", ENGINEER)


async def test_who_may_not_read_a_document_is_told_no_more_than_of_none(stage: Stage) -> None:
    await _send(stage, "pump.md", PAGE, "in the library")
    listed = await stage.ask("/documents", lambda m: "Pump noise" in m["text"])
    async with stage.container.sessions.begin() as session:
        await session.execute(update(Document).values(access="admin"))
    assert "Такого документа уже нет" in (await stage.press(listed, "1"))["text"]


async def test_the_uploader_is_told_when_the_document_can_be_searched(stage: Stage) -> None:
    async with stage.container.sessions.begin() as session:
        payload = {"title": "Pump", "version": 13}
        await stage.container.outbox.enqueue(session, ADMIN, Notice.DOCUMENT_INDEXED, payload)
        failed = {"title": "Valve", "error": "error-document-unreadable"}
        await stage.container.outbox.enqueue(session, ENGINEER, Notice.DOCUMENT_FAILED, failed)
    await stage.console.wait_for(ADMIN, lambda m: "“Pump” can be searched now (index version 13)" in m["text"])
    await stage.console.wait_for(ENGINEER, lambda m: "Документ не читается" in m["text"])


async def test_a_member_who_loses_access_loses_the_library(stage: Stage) -> None:
    await stage.container.users.set_role(OPERATOR, ENGINEER, Role.PENDING)
    assert await stage.ask("/documents", lambda m: "Попросить доступ" in m["text"])
