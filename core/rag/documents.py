"""The registry of documents: add, replace, list, delete. The index follows in the background."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import structlog
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.errors import BadInputError, ConflictError, NotFoundError
from core.jobs import REBUILD_INDEX
from core.queue import JobQueue
from core.rag.loading import check_size, content_hash, safe_name
from core.rag.media import SUFFIXES
from core.rag.models import Document, DocumentState
from core.rag.preview import Preview, preview
from core.rag.readership import Access, Readership, readership
from core.settings import RagSettings
from core.users.audit import record
from core.users.rights import Actor, Right

log = structlog.get_logger(__name__)


class DocumentNotFoundError(NotFoundError):
    """No such document."""

    key = "error-document-not-found"


class DocumentBusyError(ConflictError):
    """Somebody else adds a document of the same name right now."""

    key = "error-document-busy"


class DocumentChangedError(ConflictError):
    """Somebody changed the document since the actor saw it."""

    key = "error-document-changed"


class NameTakenError(ConflictError):
    """A document of that name is about machines that the actor does not see."""

    key = "error-document-name-taken"


class UnreadableDocumentError(BadInputError):
    """The document can't be read, for a reason that nobody foresaw."""

    key = "error-document-unreadable"


class FolderNotFoundError(NotFoundError):
    """No such file or folder."""

    key = "error-document-no-folder"


class AddOutcome(StrEnum):
    """What adding a document came to."""

    ADDED = "added"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document without its bytes; `size` in bytes, `error` a message key. `pages` is None where there are none."""

    id: int
    name: str
    title: str
    language: str
    revision: int
    size: int
    access: str
    state: str
    error: str | None
    updated_at: datetime
    machines: tuple[str, ...] = ()
    pages: int | None = None
    empty_pages: tuple[int, ...] = ()
    error_params: dict[str, Any] = field(default_factory=dict)

    @property
    def job(self) -> str:
        """The name under which the rebuild for this revision reports."""
        return f"{REBUILD_INDEX.function}:{self.id}:{self.revision}"


@dataclass(frozen=True, slots=True)
class Added:
    """A document that is in the registry now. UNCHANGED: its very bytes are there, under the name in `document`."""

    document: DocumentInfo
    outcome: AddOutcome


@dataclass(frozen=True, slots=True)
class AddedFolder:
    """What became of the files of a folder: those taken, and the errors of those refused, by name."""

    added: tuple[Added, ...]
    refused: dict[str, BadInputError]

    def count(self, outcome: AddOutcome) -> int:
        """Return how many files ended like that."""
        return sum(one.outcome is outcome for one in self.added)


class DocumentService:
    """Keeps the documents; every change is one transaction with its audit entry, then a rebuild is queued."""

    def __init__(self, sessions: SessionFactory, clock: Clock, queue: JobQueue, settings: RagSettings) -> None:
        self._sessions = sessions
        self._clock = clock
        self._queue = queue
        self._max_bytes = int(settings.max_document_mb * 1e6)

    def check_size(self, name: str, size: int) -> None:
        """Refuse a document by its size in bytes, before it is fetched.

        Raises:
            DocumentTooLargeError
        """
        check_size(name, size, self._max_bytes)

    async def add(self, actor: Actor, name: str, content: bytes, *, access: Access | None = None) -> Added:
        """Add the document `name`, or a new revision of it.

        Without `access` a new document is public, and one that is there stays with its readers.

        Raises:
            ForbiddenError, DocumentBusyError
            BadInputError: unsafe name, unknown type, too large, empty, not text: one subclass each.
        """
        actor.require(Right.MANAGE_DOCUMENTS)
        added = await self._store(actor, name, content, access)
        if added.outcome is not AddOutcome.UNCHANGED:
            await queue_rebuild(self._queue, added.document)
        return added

    async def add_directory(self, actor: Actor, path: Path, *, access: Access | None = None) -> AddedFolder:
        """Add the loadable files below `path` (or that one file), named by their paths relative to it.

        Raises:
            ForbiddenError, DocumentBusyError, FolderNotFoundError
        """
        actor.require(Right.MANAGE_DOCUMENTS)
        added: list[Added] = []
        refused: dict[str, BadInputError] = {}
        for name, file in await asyncio.to_thread(_loadable, path):
            try:
                content = await asyncio.to_thread(_read, file, self._max_bytes + 1)
                added.append(await self._store(actor, name, content, access))
            except BadInputError as error:
                refused[name] = error
            except OSError as error:
                refused[name] = UnreadableDocumentError(f"{name}: {error.strerror}")
        changed = [one.document for one in added if one.outcome is not AddOutcome.UNCHANGED]
        if changed:
            await queue_rebuild(self._queue, changed[-1])
        return AddedFolder(tuple(added), refused)

    async def list(self, actor: Actor) -> list[DocumentInfo]:
        """Return the documents that `actor` may read, by name."""
        actor.require(Right.ASK)
        reader = await readership(self._sessions, actor)
        query = select(Document).where(Document.state != DocumentState.DELETED).order_by(Document.name)
        async with self._sessions() as session:
            found = await session.scalars(query)
            return [info_of(document) for document in found if reader.covers(document.access, document.machines)]

    async def delete(self, actor: Actor, document_id: int, *, revision: int | None = None) -> DocumentInfo:
        """Delete a document, as long as it is at `revision`; it leaves the index with the next rebuild, queued here.

        Raises:
            ForbiddenError, DocumentNotFoundError, DocumentChangedError
        """
        actor.require(Right.MANAGE_DOCUMENTS)
        reader = await readership(self._sessions, actor)
        async with self._sessions.begin() as session:
            document = await locked(session, document_id, reader)
            check_revision(document, revision)
            document.state = DocumentState.DELETED
            document.revision += 1
            document.updated_at = self._clock()
            record(session, actor, "document.delete", target=document.name)
            deleted = info_of(document)
        await queue_rebuild(self._queue, deleted)
        return deleted

    async def _store(self, actor: Actor, name: str, content: bytes, access: Access | None) -> Added:
        name = safe_name(name)
        seen = await asyncio.to_thread(preview, name, content, max_bytes=self._max_bytes)
        digest = content_hash(content)
        reader = await readership(self._sessions, actor)
        try:
            async with self._sessions.begin() as session:
                document = await _find(session, name, digest, access, reader)
                if document is not None and _same(document, digest, access):
                    return Added(info_of(document), AddOutcome.UNCHANGED)
                new = document is None or document.state == DocumentState.DELETED
                if document is None:
                    document = Document(name=name, revision=0, access=Access.PUBLIC, created_at=self._clock())
                    session.add(document)
                self._fill(document, seen, content, digest)
                document.access = access or document.access
                document.uploaded_by = actor.id
                outcome = AddOutcome.ADDED if new else AddOutcome.REPLACED
                record(session, actor, "document.add", target=name, details={"outcome": outcome, "hash": digest})
                await session.flush()
                return Added(info_of(document), outcome)
        except IntegrityError as error:
            raise DocumentBusyError(f"{name} is being added by somebody else") from error

    def _fill(self, document: Document, seen: Preview, content: bytes, digest: str) -> None:
        document.title = seen.title
        document.media_type = seen.kind
        document.language = seen.language
        document.pages, document.empty_pages = None, []
        document.revision += 1
        document.content = content
        document.content_hash = digest
        document.size = len(content)
        document.state = DocumentState.PENDING
        document.error, document.error_params = None, {}
        document.updated_at = self._clock()


async def queue_rebuild(queue: JobQueue, document: DocumentInfo) -> None:
    """Queue a rebuild of this change's own. One id for all rebuilds would lose a change: arq refuses an id whose job
    still runs, though that job may have read the documents already. A rebuild without a change is cheap.
    """
    try:
        job = document.job
        await queue.enqueue(REBUILD_INDEX, job_id=job, report_as=job)
    except (RedisError, OSError) as error:
        log.error("rebuild not queued; the next one takes the change", document=document.name, error=repr(error))


def check_revision(document: Document, revision: int | None) -> None:
    """Raise DocumentChangedError unless the document is at `revision`; None: at any."""
    if revision is not None and document.revision != revision:
        raise DocumentChangedError(f"{document.name} is at revision {document.revision}, not {revision}")


async def locked(session: AsyncSession, document_id: int, reader: Readership) -> Document:
    """Return a living document to change.

    Raises:
        DocumentNotFoundError: there is none, or none that `reader` may read.
    """
    document: Document | None = await session.get(Document, document_id, with_for_update=True)
    if document is None or document.state == DocumentState.DELETED:
        raise DocumentNotFoundError
    if not reader.covers(document.access, document.machines):
        raise DocumentNotFoundError
    return document


async def _find(
    session: AsyncSession, name: str, digest: str, access: Access | None, reader: Readership
) -> Document | None:
    """Return the document of that name, else a living one with the same bytes for the same readers.

    Raises:
        NameTakenError: `reader` may not read the document of that name.
    """
    named: Document | None = await session.scalar(select(Document).where(Document.name == name).with_for_update())
    if named is not None and named.state != DocumentState.DELETED:
        if not reader.covers(named.access, named.machines):
            raise NameTakenError(name=name)
        return named
    twins = select(Document).where(Document.content_hash == digest, Document.state != DocumentState.DELETED)
    if access is not None:
        twins = twins.where(Document.access == access)
    readable = (twin for twin in await session.scalars(twins) if reader.covers(twin.access, twin.machines))
    return next(readable, named)


def _same(document: Document, digest: str, access: Access | None) -> bool:
    """Tell whether adding the document would change nothing; one that failed is tried again."""
    there = document.state in (DocumentState.PENDING, DocumentState.INDEXED)
    return there and document.content_hash == digest and access in (None, document.access)


def info_of(document: Document) -> DocumentInfo:
    """Return what is known of `document`, without its bytes."""
    return DocumentInfo(
        id=document.id,
        name=document.name,
        title=document.title,
        language=document.language,
        revision=document.revision,
        size=document.size,
        access=document.access,
        state=document.state,
        error=document.error,
        updated_at=document.updated_at,
        machines=tuple(document.machines),
        pages=document.pages,
        empty_pages=tuple(document.empty_pages),
        error_params=document.error_params,
    )


def _loadable(path: Path) -> list[tuple[str, Path]]:
    if path.is_file():
        return [(path.name, path)]
    if not path.is_dir():
        raise FolderNotFoundError(f"no such file or folder: {path}")
    files = (file for file in sorted(path.rglob("*")) if file.is_file() and file.suffix.lower() in SUFFIXES)
    return [(file.relative_to(path).as_posix(), file) for file in files]


def _read(file: Path, limit: int) -> bytes:
    with file.open("rb") as opened:
        return opened.read(limit)
