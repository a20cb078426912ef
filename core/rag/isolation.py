"""The checklist in front of steps that open a pressurised circuit: ticked by the asker, point by point, on record."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import exists, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.errors import ConflictError, ForbiddenError
from core.rag.answers import Answer
from core.rag.conversations import Machine
from core.rag.models import QueryLogEntry
from core.rag.querylog import QueryNotFoundError, is_readable, recorded_answer
from core.rag.readership import readership_in
from core.rag.safety import Point
from core.users import audit
from core.users.rights import Actor, Right

log = structlog.get_logger(__name__)

STAYS_ISOLATED = timedelta(hours=1)
"""How long after a whole checklist one tap is enough for the next steps on the same machine."""
_ALL = frozenset(Point)


class NotYourChecklistError(ForbiddenError):
    """Somebody else asked, works on the machine, and answers for the checklist."""

    key = "safety-not-yours"


class NotIsolatedError(ConflictError):
    """The last checklist for this machine is too old, or there is none."""

    key = "safety-too-old"


@dataclass(frozen=True, slots=True)
class Checklist:
    """How far a checklist is; `done_at` is when it was completed.

    `recent`: the same person went through all of it here, for the same machine, lately.
    """

    query_id: int
    machine: Machine | None = None
    ticked: frozenset[Point] = field(default_factory=frozenset)
    recent: bool = False
    done_at: datetime | None = None


class Isolation:
    """Keeps checklists with their questions in `query_log`; every tap is in the audit log too."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    async def offer(self, answer: Answer) -> Checklist:
        """Return the checklist to put in front of `answer`, a whole one where the log can't be read."""
        machine = answer.sensors.machine if answer.sensors else None
        fresh = Checklist(answer.query_id or 0, machine)
        try:
            async with self._sessions() as session:
                entry = await session.get(QueryLogEntry, fresh.query_id)
                return await self._checklist(session, entry) if entry else fresh
        except (SQLAlchemyError, OSError) as error:
            log.error("checklist not read", query_id=answer.query_id, error=repr(error))
            return fresh

    async def tick(self, actor: Actor, query_id: int, point: Point, *, on: bool) -> Checklist:
        """Confirm a point, or take it back; the last one completes the checklist, and nothing takes that back.

        Raises:
            QueryNotFoundError, NotYourChecklistError
        """
        async with self._sessions.begin() as session:
            entry = await _own(session, actor, query_id)
            before = _ticked(entry)
            after = before if entry.isolated_at else before | {point} if on else before - {point}
            if after != before:
                entry.ticked = [p for p in Point if p in after]
                audit.record(session, actor, "safety-point", target=query_id, details={"point": point, "ticked": on})
                if after == _ALL:
                    self._complete(session, actor, entry, "checklist")
            return await self._checklist(session, entry)

    async def still_isolated(self, actor: Actor, query_id: int) -> Checklist:
        """Confirm that nothing has changed since the last whole checklist.

        Raises:
            QueryNotFoundError, NotYourChecklistError
            NotIsolatedError: that is too long ago by now.
        """
        async with self._sessions.begin() as session:
            entry = await _own(session, actor, query_id)
            if entry.isolated_at is None:
                if not await self._recent(session, entry):
                    raise NotIsolatedError
                self._complete(session, actor, entry, "still isolated")
            return await self._checklist(session, entry)

    async def answer(self, actor: Actor, query_id: int) -> Answer:
        """Return the answer that the checklist stood in front of.

        Raises:
            QueryNotFoundError, NotYourChecklistError
            NotIsolatedError: the checklist is not complete.
        """
        async with self._sessions() as session:
            entry = await _own(session, actor, query_id)
        if entry.isolated_at is None:
            raise NotIsolatedError
        return recorded_answer(entry)

    def _complete(self, session: AsyncSession, actor: Actor, entry: QueryLogEntry, how: str) -> None:
        entry.isolated_at = self._clock()
        audit.record(
            session, actor, "circuit-isolated", target=entry.id, details={"machine": entry.machine, "how": how}
        )

    async def _checklist(self, session: AsyncSession, entry: QueryLogEntry) -> Checklist:
        machine = entry.evidence["machine"] if entry.evidence else None
        return Checklist(
            entry.id,
            Machine(**machine) if machine else None,
            _ticked(entry),
            recent=await self._recent(session, entry),
            done_at=entry.isolated_at,
        )

    async def _recent(self, session: AsyncSession, entry: QueryLogEntry) -> bool:
        """Tell whether the same person completed a whole checklist in this chat, for this machine, lately."""
        earlier = exists().where(
            QueryLogEntry.id != entry.id,
            QueryLogEntry.chat_id == entry.chat_id,
            QueryLogEntry.user_id == entry.user_id,
            QueryLogEntry.machine.is_not_distinct_from(entry.machine),
            QueryLogEntry.isolated_at > self._clock() - STAYS_ISOLATED,
            func.jsonb_array_length(QueryLogEntry.ticked) == len(Point),
        )
        return bool(await session.scalar(select(earlier)))


async def _own(session: AsyncSession, actor: Actor, query_id: int) -> QueryLogEntry:
    actor.require(Right.ASK)
    entry = await session.get(QueryLogEntry, query_id, with_for_update=True)
    if entry is None or entry.answer is None:
        raise QueryNotFoundError
    if entry.user_id != actor.id:
        raise NotYourChecklistError
    if not is_readable(entry, await readership_in(session, actor)):
        raise QueryNotFoundError
    return entry


def _ticked(entry: QueryLogEntry) -> frozenset[Point]:
    return frozenset(Point(code) for code in entry.ticked)
