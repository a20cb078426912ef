"""Chat logs end: questions, answers and what conversations were about are deleted after a while."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from core.clock import Clock
from core.database import SessionFactory
from core.rag.models import Conversation, QueryLogEntry
from core.rag.querylog import Outcome
from core.users.audit import record
from core.users.rights import OPERATOR

_BATCH = 2_000
"""Rows of one transaction: nobody who asks waits for a purge."""


class ChatLogRetention:
    """Deletes what is older than the plant wants it kept."""

    def __init__(self, sessions: SessionFactory, clock: Clock, keep: timedelta) -> None:
        self._sessions = sessions
        self._clock = clock
        self._keep = keep

    async def purge(self) -> int:
        """Delete old questions, with answers and ratings, and old conversations; return how many questions.

        What is being answered stays; a period of zero keeps everything.
        """
        if not self._keep:
            return 0
        until, questions = self._clock() - self._keep, 0
        while purged := await self._purge_some(until):
            questions += purged
        async with self._sessions.begin() as session:
            await session.execute(delete(Conversation).where(Conversation.updated_at < until))
            if questions:
                details = {"questions": questions, "until": until.isoformat()}
                record(session, OPERATOR, "chat_log.purge", details=details)
        return questions

    async def _purge_some(self, until: datetime) -> int:
        old = (
            select(QueryLogEntry.id)
            .where(QueryLogEntry.asked_at < until, QueryLogEntry.outcome != Outcome.PENDING)
            .order_by(QueryLogEntry.asked_at)
            .limit(_BATCH)
        )
        purged = delete(QueryLogEntry).where(QueryLogEntry.id.in_(old)).returning(QueryLogEntry.id)
        async with self._sessions.begin() as session:
            return len((await session.scalars(purged)).all())
