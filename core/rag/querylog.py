"""The log of questions: what was asked, answered and shown, and the memory of conversations."""

from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from core.clock import Clock
from core.database import SessionFactory
from core.errors import NotFoundError
from core.observability import correlation_id
from core.outbox import Notice, Outbox
from core.rag.answers import Answer, AnswerMode, Passage, Refusal, ScoredPassage
from core.rag.evidence import from_record, to_record
from core.rag.models import QueryLogEntry
from core.rag.prompts import PROMPT_VERSION, Exchange
from core.rag.readership import Readership
from core.users.rights import Actor

_REMEMBERED = 3
"""Exchanges of a conversation that a follow-up knows of."""
_CONDENSED_CHARS = 600
"""What is kept of an earlier answer: its beginning, where the causes stand."""
_FORGOTTEN_AFTER = timedelta(hours=2)
_OPEN = 0
"""Number of the conversation under way; ending it numbers its questions from 1."""


class QueryNotFoundError(NotFoundError):
    """No such question of this person."""

    key = "error-question-not-found"


class Outcome(StrEnum):
    """How a question ended."""

    PENDING = "pending"
    ANSWERED = "answered"
    REFUSED = "refused"
    STOPPED = "stopped"
    FAILED = "failed"


class FeedbackReason(StrEnum):
    """Why a thumb went down."""

    WRONG = "wrong"
    OTHER_MACHINE = "other-machine"
    OUTDATED = "outdated"
    TOO_LONG = "too-long"
    UNCLEAR = "unclear"


class QueryLog:
    """Reads and writes `query_log`, each call in a transaction of its own."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    async def begin(
        self, actor: Actor, chat_id: int | None, question: str, language: str, machine: str | None = None
    ) -> int:
        """Record a question, and the code of its machine, that is about to be answered; return its id."""
        entry = QueryLogEntry(
            asked_at=self._clock(),
            user_id=actor.id,
            chat_id=chat_id,
            machine=machine,
            language=language,
            question=question,
            correlation_id=correlation_id(),
        )
        async with self._sessions.begin() as session:
            session.add(entry)
        return entry.id

    async def finish(self, query_id: int, answer: Answer) -> None:
        """Record the answer, with the passages as they were shown."""
        by_model = answer.mode is AnswerMode.MODEL
        await self._update(
            query_id,
            outcome=Outcome.REFUSED if answer.refused else Outcome.ANSWERED,
            answer=answer.text,
            refusal=asdict(answer.refusal) if answer.refusal else None,
            passages=[_record(n, scored, answer.citations) for n, scored in enumerate(answer.passages, 1)],
            evidence=to_record(answer.sensors) if answer.sensors else None,
            mode=answer.mode,
            model=answer.model,
            prompt_version=PROMPT_VERSION if by_model else None,
            index_version=answer.index_version,
            timings_ms=answer.timings_ms,
        )

    async def break_off(self, query_id: int, outcome: Outcome, said: str) -> None:
        """Record that no answer came about, and what had been said until then."""
        await self._update(query_id, outcome=outcome, answer=said or None)

    async def history(
        self,
        actor: Actor,
        chat_id: int | None,
        machine: str | None = None,
        *,
        readership: Readership,
        before: int | None = None,
    ) -> list[Exchange]:
        """Return the last exchanges of the conversation under way, oldest first, answers condensed.

        Only those about the same `machine` (its code) count, or about none, and with `before` only those earlier than
        that question. Those that rest on passages which the `readership` may no longer read are left out.
        """
        if chat_id is None:
            return []
        query = (
            select(QueryLogEntry)
            .where(
                *_conversation(actor, chat_id),
                QueryLogEntry.machine.is_not_distinct_from(machine),
                QueryLogEntry.outcome == Outcome.ANSWERED,
                QueryLogEntry.asked_at > self._clock() - _FORGOTTEN_AFTER,
                *([QueryLogEntry.id < before] if before is not None else []),
            )
            .order_by(QueryLogEntry.id.desc())
            .limit(_REMEMBERED)
        )
        async with self._sessions() as session:
            entries = [entry for entry in await session.scalars(query) if is_readable(entry, readership)]
        return [Exchange(entry.question, (entry.answer or "")[:_CONDENSED_CHARS]) for entry in reversed(entries)]

    async def last_question(self, actor: Actor, chat_id: int) -> QueryLogEntry | None:
        """Return what `actor` asked last in this chat, however it ended."""
        query = (
            select(QueryLogEntry)
            .where(QueryLogEntry.chat_id == chat_id, QueryLogEntry.user_id == actor.id)
            .order_by(QueryLogEntry.id.desc())
            .limit(1)
        )
        async with self._sessions() as session:
            found: QueryLogEntry | None = await session.scalar(query)
        return found

    async def last_answer(self, actor: Actor, chat_id: int, *, readership: Readership) -> Answer | None:
        """Return the conversation's last answer or refusal, unless the `readership` may no longer read what it says."""
        query = (
            select(QueryLogEntry)
            .where(*_conversation(actor, chat_id), QueryLogEntry.outcome.in_([Outcome.ANSWERED, Outcome.REFUSED]))
            .order_by(QueryLogEntry.id.desc())
            .limit(1)
        )
        async with self._sessions() as session:
            entry = await session.scalar(query)
        return recorded_answer(entry) if entry and is_readable(entry, readership) else None

    async def entry(self, actor: Actor, query_id: int, *, readership: Readership) -> QueryLogEntry:
        """Return a question that `actor` asked.

        Raises:
            QueryNotFoundError: no such question of this person, or the `readership` may no longer read what it says.
        """
        own = select(QueryLogEntry).where(QueryLogEntry.id == query_id, QueryLogEntry.user_id == actor.id)
        async with self._sessions() as session:
            entry = await session.scalar(own)
        if entry is None or not is_readable(entry, readership):
            raise QueryNotFoundError
        return entry

    async def give_up_interrupted(
        self, outbox: Outbox, older_than: timedelta, asked_again: Collection[str] = ()
    ) -> int:
        """Give up the questions that have been pending for that long and tell their chats; return how many.

        Nothing is told of those whose correlation ids are in `asked_again`: they are on their way once more.
        """
        pending = (
            QueryLogEntry.outcome == Outcome.PENDING,
            QueryLogEntry.chat_id.is_not(None),
            QueryLogEntry.asked_at <= self._clock() - older_than,
        )
        given_up = update(QueryLogEntry).where(*pending).values(outcome=Outcome.FAILED).returning(QueryLogEntry)
        async with self._sessions.begin() as session:
            entries = (await session.scalars(given_up)).all()
            for entry in entries:
                if entry.correlation_id in asked_again:
                    continue
                payload = {"query_id": entry.id, "question": entry.question}
                key = f"{Notice.QUESTION_INTERRUPTED}:{entry.id}"
                await outbox.enqueue(session, entry.chat_id or 0, Notice.QUESTION_INTERRUPTED, payload, dedup_key=key)
        return len(entries)

    async def end_conversation(self, actor: Actor, chat_id: int) -> None:
        """Number the questions of the conversation under way, so that the next one starts a new one."""
        ended = select(func.coalesce(func.max(QueryLogEntry.conversation), _OPEN) + 1).where(
            QueryLogEntry.chat_id == chat_id
        )
        async with self._sessions.begin() as session:
            number = (await session.scalars(ended)).one()
            await session.execute(
                update(QueryLogEntry).where(*_conversation(actor, chat_id)).values(conversation=number)
            )

    async def rate(self, actor: Actor, query_id: int, value: int, reason: FeedbackReason | None) -> None:
        """Record the asker's opinion, in place of an earlier one.

        Raises:
            QueryNotFoundError: no such question of this person.
        """
        own = update(QueryLogEntry).where(QueryLogEntry.id == query_id, QueryLogEntry.user_id == actor.id)
        rated = own.values(feedback=value, feedback_reason=reason).returning(QueryLogEntry.id)
        async with self._sessions.begin() as session:
            if await session.scalar(rated) is None:
                raise QueryNotFoundError

    async def _update(self, query_id: int, **values: Any) -> None:
        async with self._sessions.begin() as session:
            await session.execute(update(QueryLogEntry).where(QueryLogEntry.id == query_id).values(values))


def recorded_answer(entry: QueryLogEntry) -> Answer:
    """Return the answer as it was shown."""
    return Answer(
        question=entry.question,
        language=entry.language,
        mode=AnswerMode(entry.mode or AnswerMode.REFUSAL),
        text=entry.answer or "",
        passages=tuple(_scored(record) for record in entry.passages),
        citations=tuple(n for n, record in enumerate(entry.passages, 1) if record["cited"]),
        refusal=recorded_refusal(entry),
        model=entry.model,
        index_version=entry.index_version,
        query_id=entry.id,
        sensors=from_record(entry.evidence) if entry.evidence else None,
        timings_ms=entry.timings_ms,
    )


def _conversation(actor: Actor, chat_id: int) -> tuple[ColumnElement[bool], ...]:
    """Return what makes up the conversation under way: in a group everybody has their own, for rights differ."""
    return (
        QueryLogEntry.chat_id == chat_id,
        QueryLogEntry.user_id == actor.id,
        QueryLogEntry.conversation == _OPEN,
    )


def _record(number: int, scored: ScoredPassage, citations: Collection[int]) -> dict[str, Any]:
    scores = {"score": scored.score, "dense": scored.dense, "lexical": scored.lexical}
    return {**asdict(scored.passage), **scores, "cited": number in citations}


def is_readable(entry: QueryLogEntry, readership: Readership) -> bool:
    """Tell whether all that an answer shows may be read: its passages, and the readings of its machine."""
    passages = all(readership.covers(record["access"], record.get("machines", ())) for record in entry.passages)
    return passages and readership.sees(entry.machine)


def recorded_refusal(entry: QueryLogEntry) -> Refusal | None:
    """Return what the documents lacked."""
    if entry.refusal is None:  # refusals from before these were kept had nothing more to say
        return Refusal() if entry.outcome == Outcome.REFUSED else None
    return Refusal(**entry.refusal)


def _scored(record: dict[str, Any]) -> ScoredPassage:
    passage = Passage(**{field.name: record[field.name] for field in fields(Passage)})
    return ScoredPassage(passage, record["score"], record["dense"], record["lexical"])
