"""Messages that must reach a chat: written in the transaction that causes them, delivered later by the bot.

In order: of a chat's messages whose time has come, only the oldest can be claimed; first looks take time to prepare,
and let all others past. Once: Telegram has no idempotency
key, so a message is marked, with a digest of its words, before it is sent; one found marked and unfinished may have
arrived, and its sender looks for it in the chat before sending again (`bot/reconcile.py`).
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, String, bindparam, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import Clock
from core.database import Base, SessionFactory
from core.observability import correlation_id

LEASE = timedelta(seconds=120)
"""How long a claimed message is nobody else's; the next sender takes a crashed one's messages over at once."""
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
    DOCUMENT_WANTED = "document-wanted"  # user_id, name, question, refusal
    HEALTH_WORSE = "health-worse"  # findings
    HEALTH_RECOVERED = "health-recovered"  # findings, left (how many faults remain)
    ALARM = "alarm"  # group_id, reason (absent: only an edit), held; worded by bot/alarms.py
    ALARM_STORM = "alarm-storm"  # site, group_ids, severity, loud; worded by bot/storms.py
    TEST_ALERT = "test-alert"
    ON_CALL = "on-call"  # rota, by (who decided), until (ISO 8601), time_zone
    TURN_BEGINS = "turn-begins"  # rota, until (ISO 8601), time_zone
    OFF_CALL = "off-call"  # rota, by (who has it now), until, time_zone
    FIRST_LOOK = "first-look"  # group_id; worded by bot/first_look.py
    DIGEST = "digest"  # core/diagnostics/digests/news.py: Digest
    HANDOVER = "handover"  # id, author, at, note, facts, time_zone
    REPAIR_ASKED = "repair-asked"  # core/diagnostics/repairs/facts.py: Trouble
    REPAIR_PROPOSED = "repair-proposed"  # ...: Case
    REPAIR_REVIEWED = "repair-reviewed"  # ...: Case
    QUESTION_INTERRUPTED = "question-interrupted"  # query_id, question


class OutboxMessage(Base):
    """One message for one chat. `kind` names the view that words it, in the reader's language, when it is sent."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_waiting", "chat_id", "id", postgresql_where=text("sent_at IS NULL AND failed_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    dedup_key: Mapped[str | None] = mapped_column(
        String(128), unique=True, comment="a second message with it is dropped"
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    due_at: Mapped[datetime | None] = mapped_column(comment="not before; null: at once")
    retry_at: Mapped[datetime | None] = mapped_column(comment="a try failed; its chat waits until then")
    lease_until: Mapped[datetime | None] = mapped_column(comment="claimed by a sender until then")
    digest: Mapped[str | None] = mapped_column(
        String(64), comment="of the words on their way: with it set, the message may have arrived"
    )
    watermark: Mapped[int | None] = mapped_column(BigInteger, comment="Telegram's newest message id before it")
    message_id: Mapped[int | None] = mapped_column(BigInteger, comment="Telegram's id of what arrived")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None] = mapped_column(comment="given up: blocked, chat gone, or attempts used up")
    error: Mapped[str | None]
    correlation_id: Mapped[str | None] = mapped_column(String(32), comment="of the request or job that caused it")


_CLAIM = text(
    """
    WITH heads AS (
        SELECT DISTINCT ON (chat_id) id
        FROM outbox
        WHERE sent_at IS NULL AND failed_at IS NULL AND (due_at IS NULL OR due_at <= :now)
          AND chat_id <> ALL(CAST(:busy AS bigint[]))
        ORDER BY chat_id, kind = :last, id
    )
    SELECT o.id FROM outbox AS o JOIN heads USING (id)
    WHERE (o.retry_at IS NULL OR o.retry_at <= :now OR o.retry_at > :far)
      AND (o.lease_until IS NULL OR o.lease_until <= :now OR o.lease_until > :far)
      AND o.sent_at IS NULL AND o.failed_at IS NULL
    ORDER BY o.id
    LIMIT :limit
    FOR UPDATE OF o SKIP LOCKED
    """
).bindparams(bindparam("busy"))
_FAR = LONGEST_RETRY * 2
"""No pause is as long: a time beyond it was written before the clock was set back."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to be left in the outbox; `dedup_key` and `due_at` as in its row."""

    chat_id: int
    kind: str
    payload: dict[str, Any]
    dedup_key: str | None = None
    due_at: datetime | None = None


class Outbox:
    """Takes messages in the caller's transaction and hands them to one sender at a time, each chat's in order."""

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
        return await self.enqueue_all(session, [Letter(chat_id, kind, payload or {}, dedup_key, due_at)]) == 1

    async def enqueue_all(self, session: AsyncSession, letters: Sequence[Letter]) -> int:
        """Add messages in this order, by one statement; return how many there were not already."""
        now, correlation = self._clock(), correlation_id()
        rows = [asdict(letter) | {"created_at": now, "correlation_id": correlation} for letter in letters]
        if not rows:
            return 0
        statement = insert(OutboxMessage).on_conflict_do_nothing(index_elements=["dedup_key"])
        return len((await session.scalars(statement.returning(OutboxMessage.id), rows)).all())

    async def withdraw(self, dedup_keys: Collection[str]) -> None:
        """Drop messages whose news has been told in another way, unless somebody has begun to send them."""
        waiting = (OutboxMessage.sent_at.is_(None), OutboxMessage.digest.is_(None), OutboxMessage.lease_until.is_(None))
        async with self._sessions.begin() as session:
            await session.execute(delete(OutboxMessage).where(OutboxMessage.dedup_key.in_(dedup_keys), *waiting))

    async def send(self, chat_id: int, kind: str) -> None:
        """Leave a message without a payload, in a transaction of its own."""
        async with self._sessions.begin() as session:
            await self.enqueue(session, chat_id, kind)

    async def take_over(self) -> int:
        """Free what a sender that is no more had claimed; return how many. Only the one sender may ask for that."""
        async with self._sessions.begin() as session:
            freed = await session.scalars(
                update(OutboxMessage)
                .where(OutboxMessage.lease_until.is_not(None), OutboxMessage.sent_at.is_(None))
                .values(lease_until=None)
                .returning(OutboxMessage.id)
            )
            return len(freed.all())

    async def claim(self, limit: int, busy: Collection[int] = ()) -> list[OutboxMessage]:
        """Lease the oldest waiting message of up to `limit` chats, but of none in `busy`, oldest first."""
        now = self._clock()
        async with self._sessions.begin() as session:
            values = {"now": now, "far": now + _FAR, "busy": list(busy), "last": Notice.FIRST_LOOK, "limit": limit}
            ids = list(await session.scalars(_CLAIM, values))
            if not ids:
                return []
            lease = (
                update(OutboxMessage)
                .where(OutboxMessage.id.in_(ids))
                .values(lease_until=now + LEASE, attempts=OutboxMessage.attempts + 1)
                .returning(OutboxMessage)
            )
            return sorted(await session.scalars(lease), key=lambda message: message.id)

    async def sending(self, message: OutboxMessage, digest: str, watermark: int | None) -> None:
        """Note, before it is sent, that `message` may arrive: as what words, and after which message of the chat."""
        await self._set(message.id, digest=digest, watermark=watermark)

    async def sent(self, message: OutboxMessage, message_id: int | None = None) -> None:
        """Note that `message` arrived."""
        await self._set(message.id, sent_at=self._clock(), message_id=message_id, error=None)

    async def retry(self, message: OutboxMessage, error: str, *, unsure: bool = False) -> None:
        """Try `message` again after a pause that doubles each time; give it up after `MAX_ATTEMPTS`.

        `unsure`: it may have arrived all the same.
        """
        if message.attempts >= MAX_ATTEMPTS:
            await self.failed(message, error)
            return
        pause = min(FIRST_RETRY * 2 ** (message.attempts - 1), LONGEST_RETRY)
        known = {} if unsure else {"digest": None}
        await self._set(message.id, retry_at=self._clock() + pause, lease_until=None, error=error, **known)

    async def postpone(self, message: OutboxMessage, pause: timedelta, *, unsure: bool = False) -> None:
        """Give `message` back untried: the server asked for a pause.

        `unsure`: it may have arrived before, and has still to be looked for.
        """
        known = {} if unsure else {"digest": None}
        await self._set(
            message.id,
            retry_at=self._clock() + pause,
            lease_until=None,
            attempts=max(message.attempts - 1, 0),
            **known,
        )

    async def failed(self, message: OutboxMessage, error: str) -> None:
        """Give `message` up."""
        await self._set(message.id, failed_at=self._clock(), error=error)

    async def delivered(self, chat_id: int, message_ids: Collection[int]) -> set[int]:
        """Return which of a chat's messages are known to be ours and finished."""
        query = select(OutboxMessage.message_id).where(
            OutboxMessage.chat_id == chat_id, OutboxMessage.message_id.in_(message_ids)
        )
        async with self._sessions() as session:
            return {found for found in await session.scalars(query) if found is not None}

    async def newest_message(self, group: int | None = None) -> int | None:
        """Return Telegram's newest message id that we know of: in that group, or in all private chats together."""
        where = OutboxMessage.chat_id == group if group is not None else OutboxMessage.chat_id > 0
        async with self._sessions() as session:
            newest: int | None = await session.scalar(select(func.max(OutboxMessage.message_id)).where(where))
            return newest

    async def waiting(self, kind: str, at_most: int) -> int:
        """Count messages of a kind that are due and not delivered, as far as `at_most`."""
        due = or_(OutboxMessage.due_at.is_(None), OutboxMessage.due_at <= self._clock())
        unsent = (OutboxMessage.kind == kind, OutboxMessage.sent_at.is_(None), OutboxMessage.failed_at.is_(None), due)
        async with self._sessions() as session:
            some = select(OutboxMessage.id).where(*unsent).limit(at_most).subquery()
            return await session.scalar(select(func.count()).select_from(some)) or 0

    async def backlog(self) -> tuple[int, timedelta]:
        """Return how many messages are due and not delivered, and for how long the oldest has been due."""
        now = self._clock()
        since = func.coalesce(OutboxMessage.due_at, OutboxMessage.created_at)
        waiting = OutboxMessage.sent_at.is_(None) & OutboxMessage.failed_at.is_(None) & (since <= now)
        async with self._sessions() as session:
            count, oldest = (await session.execute(select(func.count(), func.min(since)).where(waiting))).one()
        return count, now - oldest if oldest else timedelta()

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

    async def _set(self, which: int, **values: datetime | str | int | None) -> None:
        async with self._sessions.begin() as session:
            await session.execute(update(OutboxMessage).where(OutboxMessage.id == which).values(**values))
