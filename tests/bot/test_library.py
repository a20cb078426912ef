"""Documents sent to the bot, and the list of them."""

from bot.console import ADMIN, ENGINEER
from core.outbox import Notice
from core.users.models import Role
from core.users.rights import OPERATOR
from tests.bot.conftest import Stage


async def test_a_file_from_an_admin_joins_the_library(stage: Stage) -> None:
    sent = await stage.console.upload(ADMIN, "pump.md", "# Насос".encode())
    message = await stage.console.wait_for(ADMIN, after=sent["message_id"])
    assert "“pump.md” (revision 1) is in the queue" in message["text"]
    assert stage.documents.files == {"pump.md": "# Насос".encode()}
    assert "pump.md" in (await stage.ask("/documents", who=ADMIN))["text"]


async def test_the_same_file_again_changes_nothing(stage: Stage) -> None:
    await stage.console.upload(ADMIN, "pump.md", b"# Pump")
    sent = await stage.console.upload(ADMIN, "pump.md", b"# Pump")
    message = await stage.console.wait_for(ADMIN, lambda m: "already" in m["text"], after=sent["message_id"])
    assert "very same content" in message["text"]


async def test_a_file_over_the_limit_is_not_even_downloaded(stage: Stage) -> None:
    sent = await stage.console.upload(ADMIN, "big.md", b"x" * (1024 * 1024 + 1))
    message = await stage.console.wait_for(ADMIN, after=sent["message_id"])
    assert "at most 1 MB" in message["text"]
    assert stage.console.calls("getFile") == []


async def test_a_file_from_an_engineer_is_refused(stage: Stage) -> None:
    sent = await stage.console.upload(ENGINEER, "pump.md", b"# Pump")
    assert "нет на это прав" in (await stage.console.wait_for(ENGINEER, after=sent["message_id"]))["text"]
    assert stage.documents.files == {}


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
    assert await stage.ask("/documents", lambda m: "Ваш запрос передан" in m["text"])
