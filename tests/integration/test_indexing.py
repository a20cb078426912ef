import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import select, update

from core.errors import HydrodiagError
from core.outbox import Notice, OutboxMessage
from core.rag.embeddings import EmbeddingsProvider, Vectors
from core.rag.holder import NothingIndexedError, SnapshotHolder
from core.rag.indexing import IndexService
from core.rag.models import Chunk, Document, DocumentState, IndexState, IndexVersion
from core.rag.readership import Access
from core.rag.storage import LocalStorageBackend
from core.rag.versions import StorageFullError
from core.settings import RagSettings
from core.users.rights import OPERATOR
from tests.fakes.clock import SettableClock
from tests.fixtures.rag import ADMIN, ENGINEER, PAGES, Library


class Counting:
    """The real provider, counting what it embeds."""

    def __init__(self, real: EmbeddingsProvider, name: str | None = None) -> None:
        self._real = real
        self.name = name or real.name
        self.dimension, self.query_prefix, self.passage_prefix = real.dimension, real.query_prefix, real.passage_prefix
        self.embedded = 0

    def embed_query(self, text: str) -> Vectors:
        return self._real.embed_query(text)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._real.embed_queries(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        return self._real.embed_passages(texts)


def _indexes(library: Library, clock: SettableClock, provider: EmbeddingsProvider) -> IndexService:
    return IndexService(
        library.sessions, clock, library.outbox, library.storage, lambda: provider, RagSettings(keep_versions=2)
    )


async def _states(library: Library) -> dict[int, str]:
    async with library.sessions() as session:
        return {version.version: version.state for version in await session.scalars(select(IndexVersion))}


async def _document_states(library: Library) -> dict[str, str]:
    async with library.sessions() as session:
        return {document.name: document.state for document in await session.scalars(select(Document))}


async def test_nothing_to_index_is_no_version_and_a_clear_error(empty_library: Library) -> None:
    rebuilt = await empty_library.indexes.rebuild()
    assert (rebuilt.version, rebuilt.built) == (None, False)
    with pytest.raises(NothingIndexedError):
        await empty_library.orchestrator.retrieve("pump")


async def test_a_rebuild_writes_a_version_switches_to_it_and_keeps_the_books(library: Library) -> None:
    assert library.storage.current() == 1
    assert await _states(library) == {1: IndexState.ACTIVE}
    assert set((await _document_states(library)).values()) == {DocumentState.INDEXED}
    async with library.sessions() as session:
        version = await session.get_one(IndexVersion, 1)
        chunks = (await session.scalars(select(Chunk))).all()
    assert (version.documents, version.chunks) == (len(PAGES), len(chunks))
    assert version.fingerprint == library.storage.metadata(1).fingerprint


async def test_a_second_rebuild_without_a_change_builds_nothing(library: Library) -> None:
    rebuilt = await library.indexes.rebuild()
    assert (rebuilt.version, rebuilt.built) == (1, False)
    assert library.storage.versions() == [1]


async def test_only_changed_texts_are_embedded(
    library: Library, clock: SettableClock, provider: EmbeddingsProvider
) -> None:
    counting = Counting(provider)
    await library.documents.add(OPERATOR, "en/new.md", b"# Hoses\n\nReplace hoses after six years.")
    rebuilt = await _indexes(library, clock, counting).rebuild()
    assert rebuilt.built
    assert counting.embedded == 1


async def test_another_model_rebuilds_everything(
    library: Library, clock: SettableClock, provider: EmbeddingsProvider
) -> None:
    other = Counting(provider, name="another/model")
    rebuilt = await _indexes(library, clock, other).rebuild()
    assert rebuilt.version == 2
    assert other.embedded == rebuilt.chunks == 3


async def test_progress_is_told(empty_library: Library) -> None:
    told: list[tuple[str, int, int]] = []
    await empty_library.documents.add(OPERATOR, "pump.md", b"# Pump\n\nIt whines.")
    await empty_library.indexes.rebuild(lambda *step: told.append(step))
    assert told == [("documents", 1, 1), ("passages", 1, 1)]


async def test_a_deleted_document_leaves_the_index_and_the_database(library: Library) -> None:
    pump = next(d for d in await library.documents.list(ADMIN) if d.name == "en/pump.md")
    await library.documents.delete(ADMIN, pump.id)
    await library.indexes.rebuild()
    found = await library.orchestrator.retrieve("Why does the pump whine?", passages=10)
    assert "en/pump.md" not in {scored.passage.document for scored in found.passages}
    assert "en/pump.md" not in await _document_states(library)


async def test_deleting_everything_leaves_an_empty_index_that_refuses(library: Library) -> None:
    for document in await library.documents.list(ADMIN):
        await library.documents.delete(ADMIN, document.id)
    rebuilt = await library.indexes.rebuild()
    assert (rebuilt.version, rebuilt.chunks) == (2, 0)
    assert (await library.ask("Why does the pump whine?")).refused


async def test_a_document_for_admins_is_found_by_admins_only(library: Library) -> None:
    await library.documents.add(
        ADMIN, "secret.md", "# Пароль\n\nСервисный пароль пресса – 4711.".encode(), access=Access.ADMIN
    )
    await library.indexes.rebuild()
    question = "Какой сервисный пароль у пресса?"
    assert "secret.md" in {s.passage.document for s in (await library.ask(question, ADMIN)).passages}
    assert "secret.md" not in {s.passage.document for s in (await library.ask(question, ENGINEER)).passages}


async def test_a_document_that_cannot_be_read_fails_alone_and_its_last_revision_still_answers(library: Library) -> None:
    await library.documents.add(ADMIN, "en/pump.md", b"# Pump\n\nNew revision.")
    await library.documents.add(ADMIN, "en/good.md", b"# Good\n\nA good document.")
    async with library.sessions.begin() as session:  # as if a stricter loader came with an update
        await session.execute(update(Document).where(Document.name == "en/pump.md").values(content=b"\xff\xfe\xff"))
    rebuilt = await library.indexes.rebuild()
    assert rebuilt.failed == ("en/pump.md",)
    states = await _document_states(library)
    assert (states["en/pump.md"], states["en/good.md"]) == (DocumentState.FAILED, DocumentState.INDEXED)
    found = await library.orchestrator.retrieve("Why does the pump whine with cold oil?")
    assert found.passages[0].passage.document == "en/pump.md"
    assert found.passages[0].passage.revision == 1
    async with library.sessions() as session:
        notices = {m.kind: m.payload for m in await session.scalars(select(OutboxMessage))}
    assert notices[Notice.DOCUMENT_INDEXED] == {"title": "Good", "version": 2}
    assert notices[Notice.DOCUMENT_FAILED]["error"].startswith("rag-")


async def test_a_change_during_a_rebuild_stays_pending_for_the_next_one(
    library: Library, clock: SettableClock, provider: EmbeddingsProvider
) -> None:
    loop = asyncio.get_running_loop()

    class ChangedMeanwhile(Counting):
        def embed_passages(self, texts: Sequence[str]) -> Vectors:
            adding = library.documents.add(OPERATOR, "en/new.md", b"# Hoses\n\nSecond thoughts on hoses.")
            asyncio.run_coroutine_threadsafe(adding, loop).result(10)
            return super().embed_passages(texts)

    await library.documents.add(OPERATOR, "en/new.md", b"# Hoses\n\nFirst thoughts on hoses.")
    await _indexes(library, clock, ChangedMeanwhile(provider)).rebuild()
    assert (await _document_states(library))["en/new.md"] == DocumentState.PENDING
    rebuilt = await library.indexes.rebuild()
    assert rebuilt.version == 3
    found = await library.orchestrator.retrieve("thoughts on hoses")
    assert "Second thoughts" in found.passages[0].passage.text
    assert (await _document_states(library))["en/new.md"] == DocumentState.INDEXED


async def test_rebuilds_take_turns(library: Library) -> None:
    await library.documents.add(OPERATOR, "en/new.md", b"# Hoses\n\nReplace hoses after six years.")
    results = await asyncio.gather(*(library.indexes.rebuild() for _ in range(3)))
    assert sorted(result.built for result in results) == [False, False, True]
    assert {result.version for result in results} == {2}


async def test_a_kill_after_the_switch_is_made_good_by_the_next_rebuild(
    library: Library, clock: SettableClock, provider: EmbeddingsProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await library.documents.add(OPERATOR, "en/new.md", b"# Hoses\n\nReplace hoses after six years.")
    indexes = _indexes(library, clock, counting := Counting(provider))

    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(indexes._books, "close", killed)
        with pytest.raises(KeyboardInterrupt):
            await indexes.rebuild()
    assert library.storage.current() == 2
    assert (await _document_states(library))["en/new.md"] == DocumentState.PENDING
    counting.embedded = 0
    assert (await indexes.rebuild()).version == 3
    assert counting.embedded == 0
    assert await _states(library) == {2: IndexState.READY, 3: IndexState.ACTIVE}
    assert (await _document_states(library))["en/new.md"] == DocumentState.INDEXED


async def test_a_full_disk_leaves_the_version_before_in_use(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    await library.documents.add(OPERATOR, "en/new.md", b"# Hoses\n\nReplace hoses after six years.")

    def full(*_: object) -> None:
        raise StorageFullError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(library.storage, "write", full)
        with pytest.raises(StorageFullError):
            await library.indexes.rebuild()
    assert await _states(library) == {1: IndexState.ACTIVE, 2: IndexState.FAILED}
    assert (await library.orchestrator.retrieve("pump")).index_version == 1
    assert (await library.indexes.rebuild()).version == 3


async def test_a_rollback_stands_until_a_document_changes(library: Library) -> None:
    await library.add({"en/new.md": "# Hoses\n\nReplace hoses after six years."})
    library.storage.rollback()
    assert not (await library.indexes.rebuild()).built
    assert await _states(library) == {1: IndexState.ACTIVE, 2: IndexState.READY}
    await library.add({"en/newer.md": "# Seals\n\nReplace seals too."})
    found = await library.orchestrator.retrieve("Replace hoses and seals", passages=10)
    assert {"en/new.md", "en/newer.md"} <= {scored.passage.document for scored in found.passages}


async def test_old_versions_go_from_disk_and_books(library: Library) -> None:
    for n in range(3):
        await library.add({"en/new.md": f"# Hoses\n\nEdition {n}."})
    assert library.storage.versions() == [3, 4]
    assert await _states(library) == {3: IndexState.READY, 4: IndexState.ACTIVE}


async def test_a_damaged_new_version_leaves_the_one_before_in_use(library: Library) -> None:
    assert (await library.orchestrator.retrieve("pump")).index_version == 1
    await library.add({"en/new.md": "# Hoses\n\nReplace hoses after six years."})
    (library.storage.root / "v_2" / "index.faiss").write_bytes(b"damaged")
    assert (await library.orchestrator.retrieve("pump")).index_version == 1


async def test_a_damaged_first_version_is_a_clear_error_and_a_rebuild_mends_it(
    library: Library, provider: EmbeddingsProvider
) -> None:
    (library.storage.root / "v_1" / "index.faiss").write_bytes(b"damaged")
    holder = SnapshotHolder(library.storage, lambda: provider, check_every_s=0)
    with pytest.raises(HydrodiagError):
        await holder.retriever()
    await library.add({"en/new.md": "# Hoses\n\nReplace hoses after six years."})
    assert len((await holder.retriever()).snapshot.passages) == 4


async def test_the_pointer_is_not_read_for_every_question(
    library: Library, provider: EmbeddingsProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0
    current = LocalStorageBackend.current

    def counted(storage: LocalStorageBackend) -> int | None:
        nonlocal reads
        reads += 1
        return current(storage)

    monkeypatch.setattr(LocalStorageBackend, "current", counted)
    holder = SnapshotHolder(library.storage, lambda: provider, check_every_s=60)
    retrievers = await asyncio.gather(*(holder.retriever() for _ in range(10)))
    assert len(set(map(id, retrievers))) == 1
    assert reads == 1
