"""What the caretaker remembers: operations and how they ended, policies, legal holds, sizes over time, known faults."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, Integer, Interval, SmallInteger, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Kind(StrEnum):
    """What can be done to a table."""

    ENSURE = "ensure"
    CLEAN = "clean"
    COMPRESS = "compress"
    INTERVAL = "interval"
    BACKFILL = "backfill"
    APPLY = "apply"


class State(StrEnum):
    """Where an operation stands. PLANNED waits for a person, QUEUED for a worker, INTERRUPTED for its next run."""

    PLANNED = "planned"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class Operation(Base):
    """One change to a table, from its plan to its end: what a confirm button, a worker and the audit log share."""

    __tablename__ = "maintenance_operations"
    __table_args__ = (
        Index("ix_maintenance_operations_state", "state"),
        Index("ix_maintenance_operations_table_name_kind_ended_at", "table_name", "kind", "ended_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    table_name: Mapped[str] = mapped_column(comment="qualified and quoted, as regclass reads it")
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    state: Mapped[str] = mapped_column(String(16))
    planned_at: Mapped[datetime] = mapped_column(server_default=func.now())
    planned_by: Mapped[int | None] = mapped_column(BigInteger, comment="Telegram user id; null: the system itself")
    confirmed_by: Mapped[int | None] = mapped_column(BigInteger)
    cancelled_by: Mapped[int | None] = mapped_column(BigInteger, comment="who asked for an early end")
    cancel_asked: Mapped[bool] = mapped_column(default=False, server_default="false")
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    result: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    error: Mapped[str | None] = mapped_column(comment="message key of what went wrong")


class TablePolicy(Base):
    """What is declared for one table instead of the settings; null: as the settings say."""

    __tablename__ = "table_policies"

    table_name: Mapped[str] = mapped_column(primary_key=True)
    chunk_interval: Mapped[timedelta | None] = mapped_column(Interval)
    compress_after: Mapped[timedelta | None] = mapped_column(Interval, comment="zero: never")
    retain_for: Mapped[timedelta | None] = mapped_column(Interval, comment="zero: for ever")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_by: Mapped[int | None] = mapped_column(BigInteger)


class LegalHold(Base):
    """A range of a table that nobody may drop until the hold is released."""

    __tablename__ = "legal_holds"
    __table_args__ = (Index("ix_legal_holds_table_name", "table_name", postgresql_where=text("released_at IS NULL")),)

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    table_name: Mapped[str]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    released_at: Mapped[datetime | None]
    released_by: Mapped[int | None] = mapped_column(BigInteger)


class StatsSnapshot(Base):
    """How big a table was: a time series of its own, for growth and ingest rate."""

    __tablename__ = "stats_snapshots"

    table_name: Mapped[str] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(primary_key=True)
    table_bytes: Mapped[int] = mapped_column(BigInteger)
    index_bytes: Mapped[int] = mapped_column(BigInteger)
    toast_bytes: Mapped[int] = mapped_column(BigInteger)
    total_bytes: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int] = mapped_column(BigInteger, comment="estimated")
    chunks: Mapped[int]
    compressed: Mapped[int]
    disk_free_bytes: Mapped[int | None] = mapped_column(BigInteger)
    inserted: Mapped[int | None] = mapped_column(BigInteger, comment="rows, since the server's statistics began")


class HealthIncident(Base):
    """A fault that the last health check found; gone with the fault. Who was told compares against it."""

    __tablename__ = "health_incidents"

    key: Mapped[str] = mapped_column(primary_key=True, comment="check, and what it is about")
    severity: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime]
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")


class StagedReading(Base):
    """A late reading that waits for its backfill: compressed chunks refuse large changes."""

    __tablename__ = "backfill_readings"

    batch: Mapped[str] = mapped_column(String(32), primary_key=True)
    sensor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[float]
    quality: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    recompress: Mapped[bool] = mapped_column(
        default=False, server_default="false", comment="its chunk was opened for it"
    )
