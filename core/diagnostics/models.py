"""Systems (machines), components, sensors, readings and diagnostic reports."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, SmallInteger, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base, Names


class Quantity(StrEnum):
    """What a sensor measures."""

    PRESSURE = "pressure"
    FLOW = "flow"
    TEMPERATURE = "temperature"
    VIBRATION = "vibration"
    LEVEL = "level"
    CLEANLINESS = "cleanliness"
    SPEED = "speed"
    POWER = "power"


class Criticality(StrEnum):
    """How much hangs on a machine."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class OperatingStatus(StrEnum):
    """Whether a machine is to work."""

    IN_SERVICE = "in_service"
    MAINTENANCE = "maintenance"
    DECOMMISSIONED = "decommissioned"


class Severity(StrEnum):
    """How bad a finding is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class ReportStatus(StrEnum):
    """Where the work on a report stands."""

    OPEN = "open"
    IN_WORK = "in_work"
    CLOSED = "closed"


class System(Base):
    """A hydraulic machine."""

    __tablename__ = "systems"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    names: Mapped[Names]
    kind: Mapped[str] = mapped_column(String(64), comment="press, excavator, power_unit...")
    status: Mapped[str] = mapped_column(String(16), default=OperatingStatus.IN_SERVICE, server_default="in_service")
    criticality: Mapped[str] = mapped_column(String(16), default=Criticality.MEDIUM, server_default="medium")
    location: Mapped[Names] = mapped_column(default=dict, server_default="{}")
    site: Mapped[str] = mapped_column(String(64), default="main", server_default="main", comment="code of the site")
    public: Mapped[bool] = mapped_column(default=False, server_default="false", comment="group chats may see it")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    components: Mapped[list["Component"]] = relationship(back_populates="system", cascade="all, delete-orphan")
    sensors: Mapped[list["Sensor"]] = relationship(back_populates="system", cascade="all, delete-orphan")


class Component(Base):
    """A part of a machine: pump, relief valve, cylinder, accumulator..."""

    __tablename__ = "components"
    __table_args__ = (UniqueConstraint("system_id", "code"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    system_id: Mapped[int] = mapped_column(ForeignKey("systems.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(64))
    names: Mapped[Names]
    kind: Mapped[str] = mapped_column(String(64))

    system: Mapped[System] = relationship(back_populates="components")


class Sensor(Base):
    """A measuring point. Limits are in the sensor's unit; a missing limit is not watched."""

    __tablename__ = "sensors"
    __table_args__ = (UniqueConstraint("system_id", "code"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    system_id: Mapped[int] = mapped_column(ForeignKey("systems.id", ondelete="CASCADE"))
    component_id: Mapped[int | None] = mapped_column(ForeignKey("components.id", ondelete="SET NULL"))
    code: Mapped[str] = mapped_column(String(64))
    names: Mapped[Names]
    quantity: Mapped[str] = mapped_column(String(32))
    unit: Mapped[str] = mapped_column(String(16), comment="bar, l/min, degC, mm/s, %, ISO 4406 code, rpm, kW")
    warning_low: Mapped[float | None]
    warning_high: Mapped[float | None]
    critical_low: Mapped[float | None]
    critical_high: Mapped[float | None]
    sampling_s: Mapped[float] = mapped_column(default=60.0, server_default="60", comment="expected period, seconds")
    stale_after_s: Mapped[float] = mapped_column(default=300.0, server_default="300", comment="seconds")

    system: Mapped[System] = relationship(back_populates="sensors")
    component: Mapped[Component | None] = relationship()


class Reading(Base):
    """One value at one time, in the sensor's unit; a hypertable by `time` wherever TimescaleDB is.

    No foreign key: `drop_chunks` would have to lock the sensors table.
    """

    __tablename__ = "sensor_data"

    sensor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[float]
    quality: Mapped[int] = mapped_column(
        SmallInteger, default=0, server_default="0", comment="0 good, 1 uncertain, 2 bad (after OPC UA's three classes)"
    )


class DiagnosticReport(Base):
    """What was found on a machine, how sure we are and on what evidence."""

    __tablename__ = "diagnostic_reports"
    __table_args__ = (Index("ix_diagnostic_reports_system_id_created_at", "system_id", "created_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    system_id: Mapped[int] = mapped_column(ForeignKey("systems.id", ondelete="CASCADE"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    severity: Mapped[str] = mapped_column(String(16), default=Severity.INFO, server_default="info")
    status: Mapped[str] = mapped_column(String(16), default=ReportStatus.OPEN, server_default="open")
    confidence: Mapped[float | None] = mapped_column(comment="0 to 1")
    summary: Mapped[str]
    affected_components: Mapped[list[int]] = mapped_column(default=list, server_default="[]", comment="component ids")
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    closed_at: Mapped[datetime | None]
    alarm_group_id: Mapped[int | None] = mapped_column(
        BigInteger, unique=True, comment="group of alarms it was opened from"
    )
