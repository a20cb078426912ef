"""Why a question is answered, quoted or refused: the search again, without the model."""

from dataclasses import dataclass

from core.clock import Clock
from core.database import SessionFactory
from core.rag.answers import Retrieval
from core.rag.orchestrator import RAGOrchestrator
from core.rag.querylog import QueryLog
from core.rag.question import checked_question, in_context, question_language
from core.rag.readership import readership
from core.users.rights import Actor, Right


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is found now for `question`; as it was `searched` where it leans on the one before."""

    question: str
    searched: str
    found: Retrieval


class ExplanationService:
    """Explains decisions to those who manage documents, on questions of their own."""

    def __init__(self, sessions: SessionFactory, clock: Clock, orchestrator: RAGOrchestrator) -> None:
        self._sessions = sessions
        self._log = QueryLog(sessions, clock)
        self._orchestrator = orchestrator

    async def explain(self, actor: Actor, question: str) -> Explanation:
        """Search for `question` as if it stood alone.

        Raises:
            ForbiddenError
            EmptyQuestionError, NotAQuestionError, QuestionTooLongError
            NothingIndexedError, IndexCorruptError, IndexMismatchError, EmbeddingsUnavailableError
        """
        actor.require(Right.MANAGE_DOCUMENTS)
        question = checked_question(question)
        return await self._search(actor, question, question, machine=None)

    async def explain_last(self, actor: Actor, chat_id: int) -> Explanation | None:
        """Search again as for the actor's last question in this chat, in its conversation; None if there is none.

        Raises:
            as `explain`
        """
        actor.require(Right.MANAGE_DOCUMENTS)
        entry = await self._log.last_question(actor, chat_id)
        if entry is None:
            return None
        reads = await readership(self._sessions, actor)
        history = await self._log.history(actor, chat_id, entry.machine, readership=reads, before=entry.id)
        searched = in_context(entry.question, history[-1].question if history else None)
        return await self._search(actor, entry.question, searched, machine=entry.machine)

    async def _search(self, actor: Actor, question: str, searched: str, machine: str | None) -> Explanation:
        found = await self._orchestrator.retrieve(
            searched,
            readership=await readership(self._sessions, actor),
            reader=question_language(question, otherwise=actor.language),
            machine=machine,
        )
        return Explanation(question, searched, found)
