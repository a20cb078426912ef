"""One document of the library: where it stands, who is answered from it, and of which machines it is."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from core.clock import Clock
from core.database import SessionFactory
from core.outbox import Notice, Outbox
from core.queue import JobQueue
from core.rag.books import notice_key
from core.rag.documents import (
    DocumentInfo,
    DocumentNotFoundError,
    check_revision,
    info_of,
    locked,
    queue_rebuild,
)
from core.rag.models import Document, DocumentState, IndexState, IndexVersion
from core.rag.readership import Access, readership
from core.users.audit import record
from core.users.rights import Actor, Right

_NOTICES = (Notice.DOCUMENT_INDEXED, Notice.DOCUMENT_FAILED)


@dataclass(frozen=True, slots=True)
class Standing:
    """A document, and the index `version` that is in use (None: none yet), read in one moment."""

    document: DocumentInfo
    version: int | None


class Catalogue:
    """What is kept about documents besides their text. A change of it is a new revision, which the index follows."""

    def __init__(self, sessions: SessionFactory, clock: Clock, queue: JobQueue, outbox: Outbox) -> None:
        self._sessions = sessions
        self._clock = clock
        self._queue = queue
        self._outbox = outbox

    async def standing(self, actor: Actor, document_id: int) -> Standing:
        """Return where the document stands.

        Raises:
            ForbiddenError
            DocumentNotFoundError: there is none, or none that `actor` may read.
        """
        actor.require(Right.ASK)
        reader = await readership(self._sessions, actor)
        async with self._sessions() as session:
            document = await session.get(Document, document_id)
            if document is None or document.state == DocumentState.DELETED:
                raise DocumentNotFoundError
            if not reader.covers(document.access, document.machines):
                raise DocumentNotFoundError
            active = select(IndexVersion.version).where(IndexVersion.state == IndexState.ACTIVE)
            return Standing(info_of(document), await session.scalar(active))

    async def set_access(self, actor: Actor, document_id: int, revision: int, access: Access) -> DocumentInfo:
        """Say who may be answered from the document.

        Raises:
            ForbiddenError, DocumentNotFoundError, DocumentChangedError
        """
        return await self._change(actor, document_id, revision, access=access)

    async def set_machines(
        self, actor: Actor, document_id: int, revision: int, machines: Collection[str]
    ) -> DocumentInfo:
        """Say of which machines, by their codes, the document is; none: of all. The rest as for `set_access`."""
        return await self._change(actor, document_id, revision, machines=sorted(set(machines)))

    async def index_again(self, actor: Actor, document_id: int, revision: int) -> DocumentInfo:
        """Have a document that failed, or whose rebuild was stopped, tried again; the rest as for `set_access`."""
        return await self._change(actor, document_id, revision)

    async def told(self, document: DocumentInfo) -> None:
        """Withdraw the notices about this revision: whoever sent it has seen how it ended."""
        await self._outbox.withdraw([notice_key(kind, document.id, document.revision) for kind in _NOTICES])

    async def _change(self, actor: Actor, document_id: int, revision: int, **values: object) -> DocumentInfo:
        actor.require(Right.MANAGE_DOCUMENTS)
        reader = await readership(self._sessions, actor)
        async with self._sessions.begin() as session:
            document = await locked(session, document_id, reader)
            check_revision(document, revision)
            for name, value in values.items():
                setattr(document, name, value)
            document.revision += 1
            document.state = DocumentState.PENDING
            document.error, document.error_params = None, {}
            document.uploaded_by = actor.id
            document.updated_at = self._clock()
            record(session, actor, "document.change", target=document.name, details=values)
            changed = info_of(document)
        await queue_rebuild(self._queue, changed)
        return changed
