"""The books of the index in the database: documents to index, their chunks, and the versions that were built."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.errors import BadInputError, ConflictError, HydrodiagError
from core.outbox import Notice, Outbox
from core.rag.answers import Passage
from core.rag.blocks import LoadedDocument
from core.rag.chunking import TextChunk, to_passage
from core.rag.models import Chunk, Document, DocumentState, IndexState, IndexVersion
from core.rag.snapshot import IndexFormat

NOTICE_PAUSE = timedelta(seconds=15)
"""A message that follows the upload tells its end sooner, and then the notice is withdrawn."""
_INTERRUPTED = "interrupted"
_LOCK = 0x4859_4452_0001
"""Advisory lock of whoever builds or switches versions, in whichever process."""


class IndexBusyError(ConflictError):
    """The index is being rebuilt, or switched, by another process."""

    key = "rag-index-busy"


@asynccontextmanager
async def alone(sessions: SessionFactory, *, wait: bool = True) -> AsyncIterator[None]:
    """Be the only one to build or switch versions. The lock belongs to a transaction: no way of dying leaves it behind.

    Raises:
        IndexBusyError: somebody else is, and `wait` is false.
    """
    async with sessions.begin() as session:
        await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        if wait:
            await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        elif not await session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
            raise IndexBusyError
        yield


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document as a rebuild found it; it may change meanwhile, which its revision then tells."""

    id: int
    name: str
    title: str
    revision: int
    access: str
    machines: list[str] = field(hash=False)
    state: str
    uploaded_by: int | None

    @property
    def pending(self) -> bool:
        """Whether it waits to be indexed."""
        return self.state == DocumentState.PENDING

    @property
    def deleted(self) -> bool:
        """Whether it is to leave the index."""
        return self.state == DocumentState.DELETED

    def passage(self, chunk: TextChunk, title: str) -> Passage:
        """Return `chunk` as a passage of this revision."""
        return to_passage(
            chunk,
            document=self.name,
            title=title,
            revision=self.revision,
            access=self.access,
            document_id=self.id,
            machines=tuple(self.machines),
        )


@dataclass(frozen=True, slots=True)
class Cut:
    """A document as it was read, and the chunks that it was cut into."""

    document: LoadedDocument
    chunks: list[TextChunk]


class IndexBooks:
    """Reads and writes them. Called under the rebuild lock only."""

    def __init__(self, sessions: SessionFactory, clock: Clock, outbox: Outbox) -> None:
        self._sessions = sessions
        self._clock = clock
        self._outbox = outbox

    async def reconcile(self, current: int | None) -> None:
        """Bring the versions' states in line with the pointer in storage, after a kill or a rollback."""
        async with self._sessions.begin() as session:
            await session.execute(
                update(IndexVersion)
                .where(IndexVersion.state == IndexState.BUILDING, IndexVersion.version != (current or 0))
                .values(state=IndexState.FAILED, error=_INTERRUPTED)
            )
            await self.activate(session, current)

    async def documents(self) -> list[SourceDocument]:
        """Return all documents by name, the deleted ones too."""
        columns = (getattr(Document, column.name) for column in fields(SourceDocument))
        async with self._sessions() as session:
            return [SourceDocument(*row) for row in await session.execute(select(*columns).order_by(Document.name))]

    async def content(self, document: SourceDocument) -> bytes:
        """Return the document's bytes (of a newer revision where it has changed meanwhile)."""
        async with self._sessions() as session:
            return (await session.scalars(select(Document.content).where(Document.id == document.id))).one()

    async def open(self, index_format: IndexFormat, least: int, *, documents: int, chunks: int) -> int:
        """Enter a version that is being built and return its number, `least` or more."""
        async with self._sessions.begin() as session:
            last = await session.scalar(select(func.max(IndexVersion.version)))
            version = max(least, (last or 0) + 1)
            session.add(
                IndexVersion(
                    version=version,
                    state=IndexState.BUILDING,
                    fingerprint=index_format.fingerprint,
                    embedding_model=index_format.model,
                    dimension=index_format.dimension,
                    documents=documents,
                    chunks=chunks,
                    created_at=self._clock(),
                )
            )
        return version

    async def fail(self, version: int, error: HydrodiagError) -> None:
        """Enter that `version` could not be built."""
        failed = {"state": IndexState.FAILED, "error": error.key}
        async with self._sessions.begin() as session:
            await session.execute(update(IndexVersion).where(IndexVersion.version == version).values(failed))

    async def refuse(self, document: SourceDocument, error: BadInputError) -> None:
        """Enter at once that `document` can't be read, and tell whoever uploaded it: a next try, after a kill, must not
        begin with it again. What was indexed of it before stays.
        """
        values = {"state": DocumentState.FAILED, "error": error.key, "error_params": error.params}
        async with self._sessions.begin() as session:
            if await _update(session, document, values):
                await self._tell(session, document, Notice.DOCUMENT_FAILED, error=error.key, params=error.params)

    async def close(
        self, version: int | None, removed: Iterable[SourceDocument], cut: Mapping[SourceDocument, Cut]
    ) -> None:
        """Enter what `version` holds, and tell whoever uploaded it, in one transaction.

        Documents that changed meanwhile stay as they are.
        """
        async with self._sessions.begin() as session:
            for document in removed:
                await session.execute(delete(Document).where(*_unchanged(document)))
            for document, found in cut.items():
                if await _update(session, document, _indexed(found.document)):
                    await session.execute(delete(Chunk).where(Chunk.document_id == document.id))
                    await session.execute(insert(Chunk), [_row(document, chunk) for chunk in found.chunks])
                    about: dict[str, object] = {"title": found.document.title, "version": version}
                    if found.document.empty_pages:
                        about["empty_pages"] = found.document.empty_pages
                    await self._tell(session, document, Notice.DOCUMENT_INDEXED, **about)
            await self.activate(session, version)

    async def forget_all_but(self, versions: Collection[int]) -> None:
        """Remove the entries of versions that storage has pruned."""
        async with self._sessions.begin() as session:
            await session.execute(
                delete(IndexVersion).where(
                    IndexVersion.state == IndexState.READY, IndexVersion.version.not_in(versions)
                )
            )

    async def _tell(self, session: AsyncSession, document: SourceDocument, kind: Notice, **payload: object) -> None:
        if document.pending and document.uploaded_by is not None:
            key = notice_key(kind, document.id, document.revision)
            about = {"title": document.title, **payload}
            due_at = self._clock() + NOTICE_PAUSE
            await self._outbox.enqueue(session, document.uploaded_by, kind, about, dedup_key=key, due_at=due_at)

    async def activate(self, session: AsyncSession, version: int | None) -> None:
        """Enter that `version` is the current one."""
        if version is None:
            return
        await session.execute(
            update(IndexVersion)
            .where(IndexVersion.state == IndexState.ACTIVE, IndexVersion.version != version)
            .values(state=IndexState.READY)
        )
        await session.execute(
            update(IndexVersion)
            .where(IndexVersion.version == version, IndexVersion.state != IndexState.ACTIVE)
            .values(state=IndexState.ACTIVE, error=None, activated_at=self._clock())
        )


def notice_key(kind: Notice, document_id: int, revision: int) -> str:
    """Return what tells notices about revisions apart."""
    return f"{kind}:{document_id}:{revision}"


async def _update(session: AsyncSession, document: SourceDocument, values: Mapping[str, object]) -> bool:
    """Set the document's `values` unless it has changed since the rebuild read it; tell whether they were set."""
    changed = await session.scalar(update(Document).where(*_unchanged(document)).values(values).returning(Document.id))
    return changed is not None


def _indexed(document: LoadedDocument) -> dict[str, object]:
    return {
        "state": DocumentState.INDEXED,
        "error": None,
        "error_params": {},
        "title": document.title,
        "language": document.language,
        "pages": document.pages,
        "empty_pages": list(document.empty_pages),
    }


def _unchanged(document: SourceDocument) -> tuple[ColumnElement[bool], ...]:
    return Document.id == document.id, Document.revision == document.revision, Document.state == document.state


def _row(document: SourceDocument, chunk: TextChunk) -> dict[str, object]:
    return {**asdict(chunk), "heading_path": list(chunk.heading_path), "document_id": document.id}
