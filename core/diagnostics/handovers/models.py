"""What was handed over."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Handover(Base):
    """One shift's word to the next, about `machines`: only who sees all of them may read it."""

    __tablename__ = "handovers"
    __table_args__ = (Index("ix_handovers_at", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    author_id: Mapped[int | None] = mapped_column(BigInteger, comment="Telegram user id")
    author_name: Mapped[str] = mapped_column(String(200))
    machines: Mapped[list[str]] = mapped_column(comment="codes of the machines it is about")
    note: Mapped[str] = mapped_column(default="", server_default="")
    facts: Mapped[dict[str, Any]] = mapped_column(comment="as they were then: core/diagnostics/handovers/facts.py")
