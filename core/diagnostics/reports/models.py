"""The journal of a report."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Step(StrEnum):
    """What can happen to a report."""

    OPENED = "opened"
    TAKEN = "taken"
    NOTED = "noted"
    CLOSED = "closed"
    REOPENED = "reopened"


class ReportEvent(Base):
    """One step of the work on a report: when, by whom, and in their words."""

    __tablename__ = "report_events"
    __table_args__ = (Index("ix_report_events_report_id", "report_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("diagnostic_reports.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    step: Mapped[str] = mapped_column(String(16))
    author_id: Mapped[int | None] = mapped_column(BigInteger, comment="Telegram user id; null: the system itself")
    author_name: Mapped[str] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(default="", server_default="")
