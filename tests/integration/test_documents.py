import asyncio
import os
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.errors import BadInputError, ForbiddenError
from core.rag.documents import AddOutcome, DocumentNotFoundError, DocumentService, FolderNotFoundError
from core.rag.models import Document
from core.rag.readership import Access
from core.settings import RagSettings
from core.users.models import AuditEntry
from core.users.rights import OPERATOR
from tests.fakes.clock import SettableClock
from tests.fixtures.rag import ADMIN, ENGINEER, Library

TEXT = b"# Pump\n\nIt whines."


async def test_a_new_document_is_pending_audited_and_queued(empty_library: Library) -> None:
    added = await empty_library.documents.add(ADMIN, "pump.md", TEXT)
    assert added.outcome is AddOutcome.ADDED
    assert (added.document.title, added.document.language, added.document.revision) == ("Pump", "en", 1)
    assert (added.document.state, added.document.size) == ("pending", len(TEXT))
    assert empty_library.queue.jobs == [("rebuild_index", f"rebuild_index:{added.document.id}:1")]
    async with empty_library.sessions() as session:
        entry = (await session.scalars(select(AuditEntry))).one()
    assert (entry.actor_id, entry.action, entry.target) == (ADMIN.id, "document.add", "pump.md")


async def test_the_same_bytes_change_nothing(empty_library: Library) -> None:
    first = await empty_library.documents.add(OPERATOR, "pump.md", TEXT)
    empty_library.queue.jobs.clear()
    for name in ("pump.md", "copy of pump.md"):
        again = await empty_library.documents.add(OPERATOR, name, TEXT)
        assert again.outcome is AddOutcome.UNCHANGED
        assert again.document == first.document
    assert empty_library.queue.jobs == []


async def test_other_bytes_or_other_readers_make_a_new_revision_with_a_job_of_its_own(empty_library: Library) -> None:
    await empty_library.documents.add(OPERATOR, "pump.md", TEXT)
    await empty_library.documents.add(OPERATOR, "pump.md", TEXT + b" Loudly.")
    third = await empty_library.documents.add(OPERATOR, "pump.md", TEXT + b" Loudly.", access=Access.ADMIN)
    assert (third.outcome, third.document.revision) == (AddOutcome.REPLACED, 3)
    assert len({job_id for _, job_id in empty_library.queue.jobs}) == 3


async def test_engineers_see_public_documents_only_and_change_none(empty_library: Library) -> None:
    await empty_library.documents.add(ADMIN, "pump.md", TEXT)
    secret = await empty_library.documents.add(ADMIN, "salaries.md", b"# Secret", access=Access.ADMIN)
    assert [d.name for d in await empty_library.documents.list(ENGINEER)] == ["pump.md"]
    assert [d.name for d in await empty_library.documents.list(ADMIN)] == ["pump.md", "salaries.md"]
    with pytest.raises(ForbiddenError):
        await empty_library.documents.add(ENGINEER, "x.md", TEXT)
    with pytest.raises(ForbiddenError):
        await empty_library.documents.delete(ENGINEER, secret.document.id)


async def test_a_deleted_document_is_gone_and_can_come_back(empty_library: Library) -> None:
    added = await empty_library.documents.add(ADMIN, "pump.md", TEXT)
    await empty_library.documents.delete(ADMIN, added.document.id)
    assert await empty_library.documents.list(ADMIN) == []
    with pytest.raises(DocumentNotFoundError):
        await empty_library.documents.delete(ADMIN, added.document.id)
    back = await empty_library.documents.add(ADMIN, "pump.md", TEXT)
    assert (back.outcome, back.document.revision) == (AddOutcome.ADDED, 3)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.md", b""),
        ("blank.md", b" \n\n"),
        ("big.md", b"# Big\n\n" + b"x" * 10_000_000),
        ("latin1.md", "Druckverlust größer".encode("latin-1")),
        ("binary.md", b"\x00\x01\x02\xff"),
        ("../../etc/passwd.md", TEXT),
        ("/etc/passwd.md", TEXT),
        ("C:\\pump.md", TEXT),
        ("pump\x00.md", TEXT),
        ("", TEXT),
        ("pump.exe", TEXT),
        ("pump", TEXT),
    ],
)
async def test_what_cannot_be_a_document_is_refused_and_leaves_nothing(
    empty_library: Library, name: str, content: bytes
) -> None:
    with pytest.raises(BadInputError) as caught:
        await empty_library.documents.add(ADMIN, name, content)
    assert type(caught.value) is not BadInputError
    async with empty_library.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Document)) == 0
    assert empty_library.queue.jobs == []


async def test_a_folder_is_added_file_by_file_and_names_what_it_refuses(empty_library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    (folder / "sub").mkdir(parents=True)
    (folder / "pump.md").write_bytes(TEXT)
    (folder / "sub" / "valve.txt").write_text("Клапан поёт.", encoding="utf-8")
    (folder / "empty.md").touch()
    (folder / "huge.md").touch()
    os.truncate(folder / "huge.md", 10**12)  # sparse: reading it whole would kill the process
    (folder / "picture.png").write_bytes(b"\x89PNG")
    added = await empty_library.documents.add_directory(OPERATOR, folder)
    assert [one.document.name for one in added.added] == ["pump.md", "sub/valve.txt"]
    assert set(added.refused) == {"empty.md", "huge.md"}
    assert len(empty_library.queue.jobs) == 1
    assert (await empty_library.documents.add_directory(OPERATOR, folder)).count(AddOutcome.UNCHANGED) == 2
    with pytest.raises(FolderNotFoundError):
        await empty_library.documents.add_directory(OPERATOR, folder / "nowhere")


async def test_two_who_add_the_same_name_at_once_lose_nothing(empty_library: Library) -> None:
    await empty_library.documents.add(ADMIN, "pump.md", TEXT)
    results = await asyncio.gather(
        *(empty_library.documents.add(ADMIN, "pump.md", TEXT + str(n).encode()) for n in range(5))
    )
    assert sorted(result.document.revision for result in results) == [2, 3, 4, 5, 6]


async def test_a_dead_queue_does_not_lose_the_document(empty_library: Library, clock: SettableClock) -> None:
    class DeadQueue:
        async def enqueue(self, *_: object, **__: object) -> None:
            raise ConnectionError("valkey is down")

    documents = DocumentService(empty_library.sessions, clock, DeadQueue(), RagSettings())
    added = await documents.add(ADMIN, "pump.md", TEXT)
    assert added.outcome is AddOutcome.ADDED
    assert (await empty_library.indexes.rebuild()).version == 1
