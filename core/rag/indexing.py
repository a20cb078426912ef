"""Building the next index version from the documents, and switching to it.

Order of a rebuild: `v_<n>` is written whole, the pointer in storage is switched, the books (document states, chunks,
`index_versions`) follow in one transaction. A kill before the switch changes nothing; a kill after it leaves documents
pending, so the next rebuild does the books again, without embedding anything twice.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import partial

import structlog
from sqlalchemy import exists, select

from core.clock import Clock
from core.database import SessionFactory
from core.errors import BadInputError, HydrodiagError
from core.outbox import Outbox
from core.rag.answers import Passage
from core.rag.archive import read_snapshot, save_snapshot
from core.rag.books import Cut, IndexBooks, SourceDocument, alone
from core.rag.calibration import calibration_for
from core.rag.chunking import chunk_document
from core.rag.documents import UnreadableDocumentError
from core.rag.embeddings import EmbeddingsProvider
from core.rag.holder import ProviderSource
from core.rag.models import Document, DocumentState
from core.rag.parsing import ParsingLimits, parse_document
from core.rag.snapshot import IndexFormat, Snapshot, build_snapshot
from core.rag.vectors import VectorSource
from core.rag.versions import IndexCorruptError, IndexNotFoundError, IndexStorage
from core.settings import RagSettings
from core.threads import Checkpoint, in_thread

log = structlog.get_logger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with the step ("documents" or "passages"), how many are done and how many there are; maybe from a thread."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How a rebuild ended: the `version` in use (None: there are no documents), and whether this call `built` it."""

    version: int | None
    built: bool
    documents: int = 0
    chunks: int = 0
    failed: tuple[str, ...] = ()


@dataclass(slots=True)
class _Work:
    """What a rebuild has read: passages per document, the changed ones as they were cut, and names of the failed."""

    passages: dict[int, list[Passage]] = field(default_factory=dict)
    cut: dict[SourceDocument, Cut] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Reused:
    """Where a build finds vectors that need not be made again."""

    previous: Snapshot | None = None
    vectors: VectorSource | None = None


class IndexService:
    """Rebuilds the index: one at a time across all processes, embedding only texts that the last version lacks."""

    def __init__(
        self,
        sessions: SessionFactory,
        clock: Clock,
        outbox: Outbox,
        storage: IndexStorage,
        provider: ProviderSource,
        settings: RagSettings,
        vectors: VectorSource | None = None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._storage = storage
        self._provider = provider
        self._settings = settings
        self._vectors = vectors
        self._books = IndexBooks(sessions, clock, outbox)
        self._limits = ParsingLimits.of(settings)

    async def rebuild(self, progress: Progress | None = None, *, from_scratch: bool = False) -> Rebuilt:
        """Bring the index up to date with the documents; cheap when it is, unless all is to be done `from_scratch`.

        A document that can't be read is marked failed and left out; what was indexed of it before stays.

        Raises:
            StorageFullError, StorageError: the version before stays in use.
            EmbeddingsUnavailableError: likewise.
        """
        async with alone(self._sessions):
            current = await asyncio.to_thread(self._storage.current)
            await self._books.reconcile(current)
            provider = await asyncio.to_thread(self._provider)
            if not from_scratch and not await self._changed(current, provider):
                return Rebuilt(current, built=False)
            previous = await asyncio.to_thread(self._previous)
            return await self._build(provider, previous, progress or (lambda *_: None), reuse=not from_scratch)

    async def _build(
        self, provider: EmbeddingsProvider, previous: Snapshot | None, progress: Progress, *, reuse: bool
    ) -> Rebuilt:
        entries = await self._books.documents()
        removed = [entry for entry in entries if entry.deleted]
        documents = [entry for entry in entries if not entry.deleted]
        wanted = IndexFormat.of(provider, self._settings.metric)
        same = reuse and previous is not None and previous.format == wanted
        work = await self._read(documents, previous, progress, reuse=same)
        passages = [passage for document in documents for passage in work.passages[document.id]]
        failed = tuple(work.failed)
        if not passages and previous is None:
            await self._books.close(None, removed, work.cut)
            return Rebuilt(None, built=False, failed=failed)
        indexed = sum(bool(found) for found in work.passages.values())
        version = await self._books.open(
            wanted,
            await asyncio.to_thread(self._storage.next_version),
            documents=indexed,
            chunks=len(passages),
        )
        try:
            reused = _Reused(previous, self._vectors) if reuse else _Reused()
            await in_thread(partial(self._write, version, passages, provider, reused, progress))
        except HydrodiagError as error:
            await self._books.fail(version, error)
            raise
        await self._books.close(version, removed, work.cut)
        await asyncio.to_thread(self._storage.prune, self._settings.keep_versions)
        await self._books.forget_all_but(await asyncio.to_thread(self._storage.versions))
        log.info("index rebuilt", version=version, documents=indexed, chunks=len(passages), failed=failed)
        return Rebuilt(version, True, indexed, len(passages), failed)

    async def _changed(self, current: int | None, provider: EmbeddingsProvider) -> bool:
        async with self._sessions() as session:
            waiting = select(exists().where(Document.state.in_([DocumentState.PENDING, DocumentState.DELETED])))
            if await session.scalar(waiting):
                return True
            if current is None:
                return bool(await session.scalar(select(exists().select_from(Document))))
        try:
            metadata = await asyncio.to_thread(self._storage.metadata, current)
        except (IndexNotFoundError, IndexCorruptError):
            return True
        current_format = IndexFormat.of(provider, self._settings.metric)
        newest = current == max(await asyncio.to_thread(self._storage.versions))  # a rollback stands
        recalibrated = newest and metadata.calibration != asdict(calibration_for(provider.name))
        return recalibrated or metadata.fingerprint != current_format.fingerprint

    def _previous(self) -> Snapshot | None:
        """Return the newest version that can be read, in whatever format: after a rollback it knows the most."""
        for version in reversed(self._storage.versions()):
            try:
                return read_snapshot(self._storage, version)
            except (IndexNotFoundError, IndexCorruptError) as error:
                log.warning("index version can't be reused", version=version, reason=str(error))
        return None

    async def _read(
        self, documents: list[SourceDocument], previous: Snapshot | None, progress: Progress, *, reuse: bool
    ) -> _Work:
        work = _Work()
        before = _by_document(previous.passages if previous else ())
        for done, document in enumerate(documents, 1):
            known = before.get(document.id, [])
            if reuse and not document.pending and _is_known(document, known):
                work.passages[document.id] = known
            else:
                await self._cut(document, known, work)
            progress("documents", done, len(documents))
        return work

    async def _cut(self, document: SourceDocument, known: list[Passage], work: _Work) -> None:
        try:
            work.cut[document] = cut = await self._parse(document)
        except BadInputError as error:
            await self._books.refuse(document, error)
            work.failed.append(document.name)
            work.passages[document.id] = known
        else:
            work.passages[document.id] = [document.passage(chunk, cut.document.title) for chunk in cut.chunks]

    async def _parse(self, document: SourceDocument) -> Cut:
        content = await self._books.content(document)
        try:
            loaded = await parse_document(document.name, content, self._limits)
            return Cut(loaded, await asyncio.to_thread(chunk_document, loaded))
        except (HydrodiagError, OSError):
            raise
        except Exception as error:  # whatever a parser stumbles over in one document must not keep the others out
            log.exception("document can't be read", document=document.name)
            raise UnreadableDocumentError from error

    def _write(
        self,
        version: int,
        passages: list[Passage],
        provider: EmbeddingsProvider,
        reused: _Reused,
        progress: Progress,
        checkpoint: Checkpoint,
    ) -> None:
        def embedded(done: int, total: int) -> None:
            checkpoint()
            progress("passages", done, total)

        snapshot = build_snapshot(
            passages,
            provider,
            metric=self._settings.metric,
            exact_up_to=self._storage.vectors.exact_up_to(self._settings.exact_up_to),
            previous=reused.previous,
            source=reused.vectors,
            progress=embedded,
        )
        save_snapshot(snapshot, self._storage, version, created_at=self._clock())
        self._storage.activate(version)


def _is_known(document: SourceDocument, known: list[Passage]) -> bool:
    """Tell whether reading the document again would find nothing new: it was refused, or this revision is indexed."""
    refused = document.state == DocumentState.FAILED
    return refused or bool(known and known[0].revision == document.revision)


def _by_document(passages: Iterable[Passage]) -> dict[int, list[Passage]]:
    found: dict[int, list[Passage]] = {}
    for passage in passages:
        if passage.document_id is not None:
            found.setdefault(passage.document_id, []).append(passage)
    return found
