"""Messages that must reach a chat: written in the transaction that causes them, delivered later by the bot."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, String, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import Clock
from core.database import Base, SessionFactory

LEASE = timedelta(seconds=120)
"""How long a claimed message is nobody else's; a crashed sender's messages come back after it."""
MAX_ATTEMPTS = 20
"""With the pauses below a message is given up after six hours."""
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=30)


class Notice(StrEnum):
    """Kinds of messages; each has a view in `bot/views/notifications.py`. The comment lists the payload."""

    ACCESS_REQUEST = "access-request"  # user_id, name, username
    ACCESS_GRANTED = "access-granted"  # role
    ROLE_CHANGED = "role-changed"  # role
    DOCUMENT_INDEXED = "document-indexed"  # title, version
    DOCUMENT_FAILED = "document-failed"  # title, error (a message key)
    DOCUMENT_WANTED = "document-wanted"  # name, question, refusal
    HEALTH_WORSE = "health-worse"  # findings
    HEALTH_RECOVERED = "health-recovered"  # findings, left (how many faults remain)
    QUESTION_INTERRUPTED = "question-interrupted"  # query_id, question


class OutboxMessage(Base):
    """One message for one chat. `kind` names the view that words it, in the reader's language, when it is sent."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "due_at", postgresql_where=text("sent_at IS NULL AND failed_at IS NULL")),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    dedup_key: Mapped[str | None] = mapped_column(
        String(128), unique=True, comment="a second message with it is dropped"
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    due_at: Mapped[datetime] = mapped_column(server_default=func.now(), comment="not before; also the lease's end")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None] = mapped_column(comment="given up: blocked, chat gone, or attempts used up")
    error: Mapped[str | None]


class Outbox:
    """Takes messages in the caller's transaction and hands them to one sender at a time; delivers at least once."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    async def enqueue(
        self,
        session: AsyncSession,
        chat_id: int,
        kind: str,
        payload: dict[str, Any] | None = None,
        *,
        dedup_key: str | None = None,
        due_at: datetime | None = None,
    ) -> bool:
        """Add a message to the caller's transaction; False where one with `dedup_key` exists already."""
        now = self._clock()
        row = {
            "chat_id": chat_id,
            "kind": kind,
            "payload": payload or {},
            "dedup_key": dedup_key,
            "created_at": now,
            "due_at": due_at or now,
        }
        statement = insert(OutboxMessage).values(row).on_conflict_do_nothing(index_elements=["dedup_key"])
        added = await session.scalar(statement.returning(OutboxMessage.id))
        return added is not None

    async def claim(self, limit: int) -> list[OutboxMessage]:
        """Lease up to `limit` due messages, oldest first; whoever else asks meanwhile gets others."""
        now = self._clock()
        due = (
            select(OutboxMessage.id)
            .where(OutboxMessage.sent_at.is_(None), OutboxMessage.failed_at.is_(None), OutboxMessage.due_at <= now)
            .order_by(OutboxMessage.due_at, OutboxMessage.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        lease = (
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(due))
            .values(due_at=now + LEASE, attempts=OutboxMessage.attempts + 1)
            .returning(OutboxMessage)
        )
        async with self._sessions.begin() as session:
            return sorted(await session.scalars(lease), key=lambda message: message.id)

    async def sent(self, message: OutboxMessage) -> None:
        """Note that `message` arrived."""
        await self._set(message.id, sent_at=self._clock(), error=None)

    async def retry(self, message: OutboxMessage, error: str) -> None:
        """Try `message` again after a pause that doubles each time; give it up after `MAX_ATTEMPTS`."""
        if message.attempts >= MAX_ATTEMPTS:
            await self.failed(message, error)
            return
        pause = min(FIRST_RETRY * 2 ** (message.attempts - 1), LONGEST_RETRY)
        await self._set(message.id, due_at=self._clock() + pause, error=error)

    async def postpone(self, messages: Sequence[OutboxMessage], pause: timedelta) -> None:
        """Give `messages` back untried: the server asked for a pause, or an earlier one to their chat must go first."""
        async with self._sessions.begin() as session:
            await session.execute(
                update(OutboxMessage)
                .where(OutboxMessage.id.in_([message.id for message in messages]))
                .values(due_at=self._clock() + pause, attempts=OutboxMessage.attempts - 1)
            )

    async def failed(self, message: OutboxMessage, error: str) -> None:
        """Give `message` up."""
        await self._set(message.id, failed_at=self._clock(), error=error)

    async def move_chat(self, old: int, new: int) -> None:
        """Send what waits for chat `old` to `new`: a group became a supergroup."""
        async with self._sessions.begin() as session:
            await session.execute(
                update(OutboxMessage)
                .where(OutboxMessage.chat_id == old, OutboxMessage.sent_at.is_(None))
                .values(chat_id=new)
            )

    async def prune(self, older_than: timedelta) -> int:
        """Delete messages sent or given up longer ago than `older_than`; return how many."""
        limit = self._clock() - older_than
        async with self._sessions.begin() as session:
            gone = await session.scalars(
                delete(OutboxMessage)
                .where(or_(OutboxMessage.sent_at < limit, OutboxMessage.failed_at < limit))
                .returning(OutboxMessage.id)
            )
            return len(gone.all())

    async def _set(self, message_id: int, **values: datetime | str | None) -> None:
        async with self._sessions.begin() as session:
            await session.execute(update(OutboxMessage).where(OutboxMessage.id == message_id).values(**values))
