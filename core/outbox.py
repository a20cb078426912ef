"""Messages that must reach a chat: written in the transaction that causes them, delivered later by the bot."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


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
