"""What was learnt of machines, kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class MachineModel(Base):
    """How a machine usually is, as learnt at one time: a version. `learnt` is `Learnt.to_json`."""

    __tablename__ = "machine_models"
    __table_args__ = (Index("ix_machine_models_system_id", "system_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    system_id: Mapped[int] = mapped_column(ForeignKey("systems.id", ondelete="CASCADE"))
    learnt_at: Mapped[datetime]
    since: Mapped[datetime] = mapped_column(comment="the history learnt from begins")
    until: Mapped[datetime] = mapped_column(comment="... and ends")
    rows: Mapped[int] = mapped_column(comment="of that history without alarms")
    learnt: Mapped[dict[str, Any]]
