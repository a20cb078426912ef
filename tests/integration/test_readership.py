"""What somebody may read follows the machines that they see: documents, answers from them, and the gap report."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.models import System
from core.outbox import Outbox
from core.rag.documents import DocumentNotFoundError, DocumentService, NameTakenError
from core.rag.gaps import GapService
from core.rag.models import Document
from core.rag.querylog import QueryLog, QueryNotFoundError
from core.rag.readership import Access, Readership, readership
from core.rag.sources import SourceService
from core.settings import RagSettings
from core.users.models import Role, User
from core.users.rights import Actor
from core.users.scope import Scope
from tests.fakes.assistant import PASSAGE, model_answer
from tests.fakes.queue import RecordingQueue

EVERYWHERE = Actor(1, "Anna", Role.ADMIN)
NORTH = replace(EVERYWHERE, scope=Scope.parse("site:north"))


@pytest.fixture
def clock() -> Clock:
    return lambda: datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
async def plant(sessions: SessionFactory) -> SessionFactory:
    """A public machine in the north and another one in the south, with a document about each and one about all."""
    async with sessions.begin() as session:
        session.add(User(id=1, name="Anna", role=Role.ADMIN, language="en"))
        for code, site in (("press-1", "north"), ("press-2", "south")):
            session.add(System(code=code, names={"en": code}, kind="press", site=site, public=site == "north"))
        for name, machines in (("all.md", []), ("north.md", ["press-1"]), ("south.md", ["press-2"])):
            session.add(
                Document(
                    name=name,
                    title=name,
                    media_type="text/markdown",
                    language="en",
                    content_hash=name,
                    content=b"# x",
                    size=3,
                    machines=machines,
                )
            )
    return sessions


@pytest.fixture
def documents(plant: SessionFactory, clock: Clock) -> DocumentService:
    return DocumentService(plant, clock, RecordingQueue(), RagSettings())


async def test_readers_are_told_apart_by_the_machines_that_they_see(plant: SessionFactory) -> None:
    assert await readership(plant, EVERYWHERE) == Readership(tuple(Access))
    assert await readership(plant, NORTH) == Readership(tuple(Access), frozenset({"press-1"}))
    assert await readership(plant, EVERYWHERE.in_group()) == Readership((Access.PUBLIC,), frozenset({"press-1"}))


async def test_the_library_shows_no_document_about_machines_out_of_scope(documents: DocumentService) -> None:
    assert [document.name for document in await documents.list(EVERYWHERE)] == ["all.md", "north.md", "south.md"]
    assert [document.name for document in await documents.list(NORTH)] == ["all.md", "north.md"]


async def test_who_does_not_see_the_machines_neither_deletes_nor_replaces_the_document(
    documents: DocumentService,
) -> None:
    [south] = [document for document in await documents.list(EVERYWHERE) if document.name == "south.md"]
    with pytest.raises(DocumentNotFoundError):
        await documents.delete(NORTH, south.id)
    with pytest.raises(NameTakenError):
        await documents.add(NORTH, "south.md", b"# Another text")
    assert south in await documents.list(EVERYWHERE)


async def test_an_answer_is_not_read_again_by_who_no_longer_sees_its_machine(
    plant: SessionFactory, clock: Clock
) -> None:
    log, sources = QueryLog(plant, clock), SourceService(plant, clock)
    about = await log.begin(EVERYWHERE, 1, "Why?", "en", "press-2")
    await log.finish(about, model_answer("So [1]"))
    quoting = await log.begin(EVERYWHERE, 1, "Why so?", "en")
    answer = model_answer("So [1]")
    passage = replace(PASSAGE, machines=("press-2",))
    await log.finish(quoting, replace(answer, passages=(replace(answer.passages[0], passage=passage),)))
    for query_id in (about, quoting):
        assert (await sources.open(EVERYWHERE, query_id, 1)).query_id == query_id
        with pytest.raises(QueryNotFoundError):
            await sources.open(NORTH, query_id, 1)
    assert await log.history(NORTH, 1, readership=await readership(plant, NORTH)) == []


async def test_the_gap_report_has_what_was_lacking_and_only_of_machines_that_its_reader_sees(
    plant: SessionFactory, clock: Clock
) -> None:
    log, gaps = QueryLog(plant, clock), GapService(plant, clock, Outbox(plant, clock))
    for question, machine, liked in (("answered", "press-1", 1), ("north", "press-1", -1), ("south", "press-2", -1)):
        query_id = await log.begin(EVERYWHERE, 1, question, "en", machine)
        await log.finish(query_id, model_answer("So [1]"))
        await log.rate(EVERYWHERE, query_id, liked, None)
    assert {gap.questions for gap in await gaps.report(EVERYWHERE)} == {("north",), ("south",)}
    assert {gap.questions for gap in await gaps.report(NORTH)} == {("north",)}
