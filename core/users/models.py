"""Users, invitations and the audit log."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Role(StrEnum):
    """What a user may do; nobody may do anything until an admin says so."""

    PENDING = "pending"
    VIEWER = "viewer"
    ENGINEER = "engineer"
    SENIOR_ENGINEER = "senior_engineer"
    ADMIN = "admin"
    BLOCKED = "blocked"


class Units(StrEnum):
    """Which units a person reads values in."""

    METRIC = "metric"  # bar, degC, l/min
    IMPERIAL = "imperial"  # psi, degF, gal/min


MEMBERS = (Role.VIEWER, Role.ENGINEER, Role.SENIOR_ENGINEER, Role.ADMIN)
"""Roles of those who are let in, the least first."""


class User(Base):
    """A person known by their Telegram id."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, comment="Telegram user id")
    name: Mapped[str] = mapped_column(String(200))
    username: Mapped[str | None] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16), default=Role.PENDING, server_default=Role.PENDING.value)
    language: Mapped[str] = mapped_column(String(2), default="en", server_default="en")
    language_chosen: Mapped[bool] = mapped_column(
        default=False, server_default="false", comment="false: follows the language of the Telegram app"
    )
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC", server_default="UTC", comment="IANA name")
    extra_rights: Mapped[list[str]] = mapped_column(
        default=list, server_default="[]", comment="granted on top of the role's"
    )
    scope: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True), comment="sites and machines by code; null: all"
    )
    asked_at: Mapped[datetime | None] = mapped_column(comment="when they asked to be let in")
    units: Mapped[str] = mapped_column(String(8), default=Units.METRIC, server_default="metric")
    quiet_from: Mapped[time | None] = mapped_column(comment="no messages that can wait from here, local time")
    quiet_to: Mapped[time | None] = mapped_column(comment="to here; before quiet_from: over midnight")
    shift_from: Mapped[time | None] = mapped_column(comment="on shift from here, local time")
    shift_to: Mapped[time | None] = mapped_column(comment="to here; before shift_from: over midnight")
    poor_signal: Mapped[bool] = mapped_column(
        default=False, server_default="false", comment="answers begin with under 1 KB of text, the rest on a tap"
    )
    reachable: Mapped[bool] = mapped_column(default=True, server_default="true", comment="false: blocked the bot")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Invite(Base):
    """A code that grants a role within a scope; only its SHA-256 is stored. `used_by` is who used it last."""

    __tablename__ = "invites"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    scope: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True), comment="sites and machines by code; null: all"
    )
    max_uses: Mapped[int] = mapped_column(default=1, server_default="1")
    uses: Mapped[int] = mapped_column(default=0, server_default="0")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    used_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Who did what to what, and how it ended."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_at", "at"), Index("ix_audit_log_actor_id", "actor_id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor_id: Mapped[int | None] = mapped_column(
        BigInteger, comment="Telegram user id; null: the system itself; negative: somebody who is forgotten"
    )
    action: Mapped[str] = mapped_column(String(64))
    target: Mapped[str | None] = mapped_column(String(200))
    outcome: Mapped[str] = mapped_column(String(16), default="ok", server_default="ok")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    correlation_id: Mapped[str | None] = mapped_column(String(32))


class Departure(Base):
    """Somebody who had themselves forgotten. Their number stands, negative, where records must say who did what."""

    __tablename__ = "departures"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    left_at: Mapped[datetime] = mapped_column(server_default=func.now())
