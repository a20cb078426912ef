"""Who gets which digest, and until when they have been told."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class DigestKind(StrEnum):
    """What a digest looks back on."""

    DAILY = "daily"
    SHIFT = "shift"  # the time since the reader's last shift


class DigestProfile(Base):
    """One kind of digest of one person. Without a row they want it, and have not had any."""

    __tablename__ = "digest_profiles"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    wanted: Mapped[bool] = mapped_column(default=True, server_default="true")
    covered_to: Mapped[datetime | None] = mapped_column(comment="end of the last digest")
