"""What was told of alarms that are over."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base

LONGEST_WORDS = 200
"""Characters of a cause or a part."""


class CaseState(StrEnum):
    """What a reviewer made of a case; only approved ones are told to others."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


class RepairCase(Base):
    """What was behind the alarms of one group, and what it took. A group has one case; a rejected one gives way.

    `kind`, `sensor_id` and `above` are of the worst of the alarms: what the same trouble shows next time.
    """

    __tablename__ = "repair_cases"
    __table_args__ = (
        Index(
            "uq_repair_cases_alarm_group_id",
            "alarm_group_id",
            unique=True,
            postgresql_where=text("state <> 'rejected'"),
        ),
        Index("ix_repair_cases_system_id", "system_id"),
        Index("ix_repair_cases_kind_state", "kind", "state"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    system_id: Mapped[int] = mapped_column(ForeignKey("systems.id", ondelete="CASCADE"))
    sensor_id: Mapped[int | None] = mapped_column(ForeignKey("sensors.id", ondelete="CASCADE"))
    alarm_group_id: Mapped[int | None] = mapped_column(ForeignKey("alarm_groups.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(64), comment="of the alarm")
    above: Mapped[bool | None] = mapped_column(comment="beyond an upper limit, or a lower one; null: neither")
    cause: Mapped[str] = mapped_column(String(LONGEST_WORDS), default="", server_default="")
    part: Mapped[str] = mapped_column(String(LONGEST_WORDS), default="", server_default="", comment="replaced, mended")
    minutes: Mapped[int | None] = mapped_column(comment="of work")
    state: Mapped[str] = mapped_column(String(16), default=CaseState.PROPOSED, server_default="proposed")
    author_id: Mapped[int | None] = mapped_column(BigInteger, comment="Telegram user id; null: the operator")
    author_name: Mapped[str] = mapped_column(String(200))
    proposed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    reviewer_id: Mapped[int | None] = mapped_column(BigInteger, comment="Telegram user id")
    reviewer_name: Mapped[str | None] = mapped_column(String(200))
    reviewed_at: Mapped[datetime | None]
