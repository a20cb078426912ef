"""The quarantine, and the names that plants use for what we know under another one."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, String, func
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class QuarantinedReading(Base):
    """A reading that can't be trusted, word for word, with the reason. The parts are as they came; none: unparsable."""

    __tablename__ = "quarantined_readings"
    __table_args__ = (
        Index("ix_quarantined_readings_reason_sensor_unit", "reason", "sensor", "unit"),
        Index("ix_quarantined_readings_received_at", "received_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    source: Mapped[str] = mapped_column(String(200), comment="file, token or topic")
    reason: Mapped[str] = mapped_column(String(32))
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    sensor: Mapped[str | None] = mapped_column(String(200))
    time: Mapped[str | None]
    value: Mapped[str | None]
    unit: Mapped[str | None] = mapped_column(String(200))
    quality: Mapped[str | None]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True, comment="what comes twice is kept once")


class SensorAlias(Base):
    """What a plant calls one of our sensors."""

    __tablename__ = "sensor_aliases"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensors.id", ondelete="CASCADE"))


class UnitAlias(Base):
    """What a plant calls a unit that we know."""

    __tablename__ = "unit_aliases"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    unit: Mapped[str] = mapped_column(String(40))


class IngestSource(Base):
    """Who may send readings over HTTP."""

    __tablename__ = "ingest_sources"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, comment="SHA-256")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]


class IngestRequest(Base):
    """A request with an idempotency key, and what it was answered."""

    __tablename__ = "ingest_requests"
    __table_args__ = (Index("ix_ingest_requests_answered_at", "answered_at"),)

    source_id: Mapped[int] = mapped_column(ForeignKey("ingest_sources.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, comment="of the body")
    answer: Mapped[dict[str, Any]]
    answered_at: Mapped[datetime] = mapped_column(server_default=func.now())
