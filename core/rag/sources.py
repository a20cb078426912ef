"""What an answer rests on, word for word, and how its document stands now."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from core.clock import Clock
from core.database import SessionFactory
from core.rag.answers import Passage
from core.rag.models import Document, DocumentState
from core.rag.querylog import QueryLog, QueryNotFoundError, recorded_answer
from core.rag.readership import PUBLIC, readership
from core.users.rights import Actor, Right


class Standing(StrEnum):
    """What became of a document since it was quoted."""

    CURRENT = "current"
    REPLACED = "replaced"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Source:
    """Passage `[number]` of the answer to `query_id`, as it was shown; `numbers` are those of all its sources.

    `revision_now` is the document's, None once it is deleted.
    """

    query_id: int
    number: int
    numbers: tuple[int, ...]
    passage: Passage
    standing: Standing
    revision_now: int | None


class SourceService:
    """Opens sources for those who got the answer, as long as they may read the documents."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions = sessions
        self._log = QueryLog(sessions, clock)

    async def last(self, actor: Actor, chat_id: int) -> Source | None:
        """Return the first source of the last answer in this chat's conversation, None where it has none."""
        actor.require(Right.ASK)
        reads = await readership(self._sessions, actor)
        answer = await self._log.last_answer(actor, chat_id, readership=reads)
        if answer is None or answer.query_id is None or not answer.sources:
            return None
        return await self.open(actor, answer.query_id, answer.sources[0])

    async def consulted(self, actor: Actor, chat_id: int, machine: str) -> list[Passage]:
        """Return what the conversation's last answer cites, if it was about the machine with that code.

        Public documents only: what is taken down from them, say in a report, is read by others.
        """
        if not actor.may(Right.ASK):
            return []
        answer = await self._log.last_answer(actor, chat_id, readership=PUBLIC)
        if answer is None or answer.refused or answer.sensors is None or answer.sensors.machine.code != machine:
            return []
        return [answer.passages[number - 1].passage for number in answer.sources]

    async def open(self, actor: Actor, query_id: int, number: int) -> Source:
        """Return passage `[number]` of an answer that `actor` got.

        Raises:
            QueryNotFoundError: the actor asked no such question, it has no such passage, or they may not read it now.
        """
        actor.require(Right.ASK)
        reads = await readership(self._sessions, actor)
        answer = recorded_answer(await self._log.entry(actor, query_id, readership=reads))
        if not 1 <= number <= len(answer.passages):
            raise QueryNotFoundError
        passage = answer.passages[number - 1].passage
        document = await self._document(passage)
        if document is not None and not reads.covers(document.access, document.machines):
            raise QueryNotFoundError
        standing = _standing(passage, document)
        revision = None if document is None or standing is Standing.DELETED else document.revision
        return Source(query_id, number, answer.sources, passage, standing, revision)

    async def _document(self, passage: Passage) -> Document | None:
        async with self._sessions() as session:
            found: Document | None = await session.scalar(select(Document).where(Document.name == passage.document))
        return found


def _standing(passage: Passage, document: Document | None) -> Standing:
    if document is None or document.state == DocumentState.DELETED:
        return Standing.DELETED
    same = document.revision == passage.revision and passage.document_id in {document.id, None}
    return Standing.CURRENT if same else Standing.REPLACED
