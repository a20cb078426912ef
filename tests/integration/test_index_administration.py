"""Index versions in the hands of an admin."""

import asyncio

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from core.errors import ForbiddenError
from core.jobs import REBUILD_INDEX
from core.progress import JobProgress, ProgressBoard
from core.queue import ArqQueue
from core.rag.administration import IndexAdministration, IndexChangedError
from core.rag.books import IndexBooks, IndexBusyError, alone
from core.rag.models import IndexState, IndexVersion
from core.rag.versions import IndexCorruptError, IndexNotFoundError
from core.supervisor import Supervisor
from core.users.models import AuditEntry
from tests.fixtures.rag import ADMIN, ENGINEER, PAGES, Library


@pytest.fixture
def board(redis: Redis) -> ProgressBoard:
    return ProgressBoard(redis, Supervisor())


@pytest.fixture
async def administration(library: Library, board: ProgressBoard) -> IndexAdministration:
    """The service over a library with versions 1 and 2."""
    await library.add({"en/new.md": "# Filters\n\nA clogged return filter opens its bypass valve."})
    books = IndexBooks(library.sessions, library.clock, library.outbox)
    provider = library.provider
    return IndexAdministration(library.sessions, books, library.queue, board, library.storage, lambda: provider, "ip")


async def _active(library: Library) -> list[int]:
    async with library.sessions() as session:
        found = select(IndexVersion.version).where(IndexVersion.state == IndexState.ACTIVE)
        return list(await session.scalars(found))


async def _audited(library: Library) -> list[str]:
    async with library.sessions() as session:
        return [entry.action for entry in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


async def test_versions_are_listed_with_what_is_in_them(library: Library, administration: IndexAdministration) -> None:
    found = await administration.list(ADMIN)
    assert [one.version for one in found.versions] == [2, 1]
    assert (found.current, found.previous) == (2, 1)
    newest = found.versions[0]
    assert (newest.documents, newest.current, newest.exact, newest.fits) == (len(PAGES) + 1, True, True, True)
    assert newest.size > 0


async def test_a_switch_moves_pointer_and_books_is_audited_and_answers_follow(
    library: Library, administration: IndexAdministration
) -> None:
    assert await administration.use(ADMIN, 1, instead_of=2) == 1
    assert library.storage.current() == 1
    assert await _active(library) == [1]
    assert "index.use" in await _audited(library)
    assert (await library.orchestrator.retrieve("clogged return filter")).index_version == 1
    assert await administration.rollback(ADMIN) == 2
    assert await _active(library) == [2]


async def test_a_decision_on_an_older_state_changes_nothing(
    library: Library, administration: IndexAdministration
) -> None:
    with pytest.raises(IndexChangedError):
        await administration.use(ADMIN, 2, instead_of=1)
    assert library.storage.current() == 2


async def test_a_version_that_cannot_be_loaded_is_refused_before_the_pointer_moves(
    library: Library, administration: IndexAdministration
) -> None:
    (library.storage.root / "v_1" / "passages.jsonl").write_text("{}")
    with pytest.raises(IndexCorruptError):
        await administration.use(ADMIN, 1)
    with pytest.raises(IndexCorruptError):
        await administration.rollback(ADMIN)
    with pytest.raises(IndexNotFoundError):
        await administration.use(ADMIN, 77)
    assert library.storage.current() == 2
    assert await _active(library) == [2]


async def test_nobody_switches_under_a_rebuild(library: Library, administration: IndexAdministration) -> None:
    async with alone(library.sessions):
        with pytest.raises(IndexBusyError):
            await administration.use(ADMIN, 1)
    assert await administration.use(ADMIN, 1) == 1


async def test_engineers_do_none_of_it(library: Library, administration: IndexAdministration) -> None:
    for attempt in (
        administration.list(ENGINEER),
        administration.use(ENGINEER, 1),
        administration.rollback(ENGINEER),
        administration.build(ENGINEER),
    ):
        with pytest.raises(ForbiddenError):
            await attempt
    assert library.storage.current() == 2


async def test_who_asks_for_a_build_while_one_waits_gets_that_one(library: Library, board: ProgressBoard) -> None:
    queue = ArqQueue(board._redis.connection_pool)
    books = IndexBooks(library.sessions, library.clock, library.outbox)
    administration = IndexAdministration(
        library.sessions, books, queue, board, library.storage, lambda: library.provider, "ip"
    )
    first, second = await administration.build(ADMIN), await administration.build(ADMIN)
    assert first == second
    assert await board._redis.zrange(REBUILD_INDEX.queue.value, 0, -1) == [first.encode()]
    assert (await _audited(library)).count("index.build") == 1


async def test_a_build_knows_nothing_of_how_the_last_one_ended(
    administration: IndexAdministration, board: ProgressBoard
) -> None:
    job = await administration.build(ADMIN)
    async with board.reporting(job):
        pass
    await board.cancel(job)
    assert await administration.build(ADMIN) == job
    assert await board.read(job) is None
    async with board.reporting(job):
        await asyncio.sleep(0.1)
    assert await board.read(job) == JobProgress("done")
