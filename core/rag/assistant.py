"""A conversation with the documents: rights, language, history, and a record of every question."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core.clock import Clock
from core.database import SessionFactory
from core.metrics import ANSWERS
from core.outbox import Outbox
from core.rag.answers import Answer, AnswerEvent, Delta
from core.rag.cases import CaseEvidence
from core.rag.conversations import Conversations
from core.rag.disagreement import compared
from core.rag.evidence import statements
from core.rag.llm import ModelState
from core.rag.models import QueryLogEntry
from core.rag.orchestrator import RAGOrchestrator
from core.rag.querylog import FeedbackReason, Outcome, QueryLog, recorded_answer
from core.rag.question import checked_question, question_language
from core.rag.readership import readership
from core.rag.sensing import SensorEvidence
from core.users.rights import Actor, Right

log = structlog.get_logger(__name__)


class Assistant:
    """Answers people. A question is on record before anything is generated; no session is held while a model speaks."""

    def __init__(
        self,
        sessions: SessionFactory,
        clock: Clock,
        outbox: Outbox,
        orchestrator: RAGOrchestrator,
        conversations: Conversations,
        evidence: SensorEvidence,
        cases: CaseEvidence,
    ) -> None:
        self._sessions = sessions
        self._log = QueryLog(sessions, clock)
        self._outbox = outbox
        self._orchestrator = orchestrator
        self._conversations = conversations
        self._evidence = evidence
        self._cases = cases

    @property
    def model_name(self) -> str:
        """The chat model, as its server names it."""
        return self._orchestrator.model.name

    async def model_state(self) -> ModelState:
        """Tell whether the chat model can answer now."""
        return await self._orchestrator.model.state()

    async def ask(
        self, actor: Actor, chat_id: int | None, question: str, *, passages: int | None = None, fresh: bool = False
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Answer `question` in its own language (the actor's where it has none), as a follow-up in `chat_id`.

        It is about the machine that it names, else about the conversation's; then the answer has that machine's card.
        A `fresh` answer comes from no cache, and what was said to the same question before is forgotten.

        Cancelling the task, or closing the stream (`contextlib.aclosing`), stops the model and keeps what it said.

        Raises:
            ForbiddenError
            EmptyQuestionError, NotAQuestionError, QuestionTooLongError
            NothingIndexedError, IndexCorruptError, IndexMismatchError, EmbeddingsUnavailableError
        """
        actor.require(Right.ASK)
        question = checked_question(question)
        language = question_language(question, otherwise=actor.language)
        topic = await self._conversations.topic(actor, chat_id, question)
        machine = topic.machine.code if topic.machine else None
        reads = await readership(self._sessions, actor)
        history = await self._log.history(actor, chat_id, machine, readership=reads)
        if fresh:
            history = [exchange for exchange in history if exchange.question != question]
        query_id = await self._log.begin(actor, chat_id, question, language, machine)
        said = ""
        outcome: Outcome | None = Outcome.FAILED
        try:
            card = await self._evidence.card(actor, topic, question)
            cases = await self._cases.find(actor, question, topic.machine)
            async with aclosing(
                self._orchestrator.answer(
                    question,
                    language=language,
                    readership=reads,
                    history=history,
                    passages=passages,
                    fresh=fresh,
                    machine=machine,
                    names=topic.names,
                    sensors=statements(card, language, actor.units) if card else (),
                )
            ) as events:
                async for event in events:
                    if isinstance(event, Delta):
                        said += event.text
                    if isinstance(event, Answer):
                        outcome = None
                        ANSWERS.labels(event.mode).inc()
                        event = replace(event, query_id=query_id, sensors=card and compared(card, event), cases=cases)
                        await self._keep(query_id, event)
                        await self._orchestrator.remember_given(event, query_id)
                    yield event
        except (asyncio.CancelledError, GeneratorExit):
            outcome = outcome and Outcome.STOPPED
            raise
        finally:
            if outcome:
                # A second cancellation must not lose the record of the first.
                await asyncio.shield(self._log.break_off(query_id, outcome, said))

    async def last_question(self, actor: Actor, chat_id: int) -> str | None:
        """Return what `actor` asked last in this chat, whether it was answered, stopped, interrupted or failed."""
        actor.require(Right.ASK)
        entry = await self._log.last_question(actor, chat_id)
        return entry.question if entry else None

    async def question(self, actor: Actor, query_id: int) -> str:
        """Return a question that `actor` asked before.

        Raises:
            QueryNotFoundError: the actor asked no such question.
        """
        actor.require(Right.ASK)
        return (await self._entry(actor, query_id)).question

    async def recorded(self, actor: Actor, query_id: int) -> Answer:
        """Return an answer that `actor` got before.

        Raises:
            QueryNotFoundError: the actor asked no such question, or may not read its passages.
        """
        actor.require(Right.ASK)
        return await self.with_cases(actor, recorded_answer(await self._entry(actor, query_id)))

    async def with_cases(self, actor: Actor, answer: Answer) -> Answer:
        """Return an answer of before with the repair cases that fit its question now."""
        machine = answer.sensors.machine if answer.sensors is not None else None
        return replace(answer, cases=await self._cases.find(actor, answer.question, machine))

    async def give_up_interrupted(self, older_than: timedelta = timedelta(), asked_again: Collection[str] = ()) -> int:
        """Tell those whose questions a killed bot left unanswered; return how many.

        `older_than` spares the questions that another bot is answering: none where no other bot is running. Those
        whose correlation ids are in `asked_again` are given up without a word.
        """
        return await self._log.give_up_interrupted(self._outbox, older_than, asked_again)

    async def new_conversation(self, actor: Actor, chat_id: int) -> None:
        """Forget what was said in this chat, and about which machine: the next question stands alone."""
        actor.require(Right.ASK)
        await self._log.end_conversation(actor, chat_id)
        await self._conversations.forget(actor, chat_id)

    async def feedback(self, actor: Actor, query_id: int, value: int, reason: FeedbackReason | None = None) -> None:
        """Rate an answer: +1, or -1 and perhaps why; then nobody gets it from the cache.

        Raises:
            QueryNotFoundError: the actor asked no such question.
        """
        actor.require(Right.ASK)
        await self._log.rate(actor, query_id, 1 if value > 0 else -1, reason if value < 0 else None)
        if value < 0:
            await self._orchestrator.disown(query_id)

    async def _entry(self, actor: Actor, query_id: int) -> QueryLogEntry:
        return await self._log.entry(actor, query_id, readership=await readership(self._sessions, actor))

    async def _keep(self, query_id: int, answer: Answer) -> None:
        try:
            await self._log.finish(query_id, answer)
        except (SQLAlchemyError, OSError) as error:
            # The reader gets the answer all the same; the question stays on record as pending.
            log.error("answer not recorded", query_id=query_id, error=repr(error))
