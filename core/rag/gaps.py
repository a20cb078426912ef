"""What people ask and the documents lack: the gap report, and asking the admins for a document."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from core.clock import Clock
from core.database import SessionFactory
from core.outbox import Notice, Outbox
from core.rag.answers import Refusal
from core.rag.models import QueryLogEntry
from core.rag.querylog import Outcome, QueryLog, is_readable, recorded_refusal
from core.rag.readership import readership
from core.rag.tokens import terms
from core.users.models import Role, User
from core.users.rights import Actor, Right

PERIOD = timedelta(days=30)
"""How far back the report looks."""
_QUESTIONS = 3
"""Wordings kept of one gap, the latest first."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions about one thing that were not, or only in part, answered, or whose answer got a thumb down.

    Nobody's name is in it. `missing` are words that no document has, as they were typed; `values` kinds of values that
    the passages lacked (`core.rag.wanted.Quantity`); `nearest` are titles of documents; `reasons` say why thumbs went
    down. `askers` counts people, `last_asked` is the latest time.
    """

    missing: tuple[str, ...]
    values: tuple[str, ...]
    questions: tuple[str, ...]
    nearest: tuple[str, ...]
    reasons: tuple[str, ...]
    asked: int
    refused: int
    disliked: int
    askers: int
    last_asked: datetime


class GapService:
    """Reports gaps to those who manage documents, and passes on to them who misses one."""

    def __init__(self, sessions: SessionFactory, clock: Clock, outbox: Outbox) -> None:
        self._sessions = sessions
        self._clock = clock
        self._outbox = outbox
        self._log = QueryLog(sessions, clock)

    async def report(self, actor: Actor) -> list[Gap]:
        """Return the gaps of the last 30 days that `actor` may know of: what most people met first, then the latest.

        Raises:
            ForbiddenError
        """
        actor.require(Right.MANAGE_DOCUMENTS)
        query = (
            select(QueryLogEntry)
            .where(
                QueryLogEntry.asked_at > self._clock() - PERIOD,
                or_(
                    QueryLogEntry.outcome == Outcome.REFUSED,
                    QueryLogEntry.refusal.is_not(None),
                    QueryLogEntry.feedback == -1,
                ),
            )
            .order_by(QueryLogEntry.id.desc())
        )
        reads = await readership(self._sessions, actor)
        grouped: dict[frozenset[str], list[QueryLogEntry]] = defaultdict(list)
        async with self._sessions() as session:
            for entry in await session.scalars(query):
                if is_readable(entry, reads):
                    grouped[_topic(entry)].append(entry)
        gaps = [_gap(entries) for entries in grouped.values()]
        return sorted(gaps, key=lambda gap: (gap.askers, gap.asked, gap.last_asked), reverse=True)

    async def ask_for_document(self, actor: Actor, query_id: int) -> None:
        """Tell the admins, once, that `actor` misses a document for a question of theirs, and who that is.

        Raises:
            QueryNotFoundError: the actor asked no such question.
        """
        actor.require(Right.ASK)
        entry = await self._log.entry(actor, query_id, readership=await readership(self._sessions, actor))
        lacks = recorded_refusal(entry) or Refusal()
        payload = {"user_id": actor.id, "name": actor.name, "question": entry.question, "refusal": asdict(lacks)}
        async with self._sessions.begin() as session:
            for admin in await session.scalars(select(User.id).where(User.role == Role.ADMIN)):
                key = f"{Notice.DOCUMENT_WANTED}:{entry.id}:{admin}"
                await self._outbox.enqueue(session, admin, Notice.DOCUMENT_WANTED, payload, dedup_key=key)


def _topic(entry: QueryLogEntry) -> frozenset[str]:
    """Return what a question is about: the stems that no document has, else all of its own."""
    lacks = recorded_refusal(entry) or Refusal()
    missing = frozenset(terms(" ".join(lacks.missing)))
    return missing or frozenset(terms(entry.question)) or frozenset({entry.question.casefold()})


def _gap(entries: Collection[QueryLogEntry]) -> Gap:
    """Sum up entries about one thing, the latest first."""
    refusals = [refusal for entry in entries if (refusal := recorded_refusal(entry))]
    return Gap(
        missing=_distinct(word for refusal in refusals for word in refusal.missing),
        values=_distinct(value for refusal in refusals for value in refusal.values),
        questions=_distinct(entry.question for entry in entries)[:_QUESTIONS],
        nearest=_distinct(title for refusal in refusals for title in refusal.nearest),
        reasons=_distinct(entry.feedback_reason for entry in entries if entry.feedback_reason),
        asked=len(entries),
        refused=sum(entry.outcome == Outcome.REFUSED for entry in entries),
        disliked=sum(entry.feedback == -1 for entry in entries),
        askers=len({entry.user_id for entry in entries}),
        last_asked=max(entry.asked_at for entry in entries),
    )


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    """Return `words` in their order, those that differ by case only once."""
    return tuple({word.casefold(): word for word in reversed(list(words))}.values())[::-1]
