"""What is remembered of alarms: the book itself, its journal, who was told where, silences, and whom to call."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, SmallInteger, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Alarm(Base):
    """One alarm: of one machine, one kind and (where it is about one) one sensor, from coming to closing.

    There is one open alarm of a kind; a closed one can't come again.
    """

    __tablename__ = "alarms"
    __table_args__ = (
        Index(
            "uq_alarms_open",
            "system_id",
            "kind",
            "sensor_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_alarms_raised_at", "raised_at"),
        Index("ix_alarms_group_id", "group_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    system_id: Mapped[int] = mapped_column(ForeignKey("systems.id", ondelete="CASCADE"))
    sensor_id: Mapped[int | None] = mapped_column(ForeignKey("sensors.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(64))
    group_id: Mapped[int] = mapped_column(ForeignKey("alarm_groups.id", ondelete="CASCADE"))
    severity: Mapped[str] = mapped_column(String(16))
    peak: Mapped[str] = mapped_column(String(16), comment="the worst severity it had")
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    flapping: Mapped[bool] = mapped_column(default=False, server_default="false")
    acknowledged: Mapped[bool] = mapped_column(default=False, server_default="false")
    raised_at: Mapped[datetime] = mapped_column(comment="time of the reading, as all of its own times")
    seen_at: Mapped[datetime]
    normal_since: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None] = mapped_column(comment="over for so long that it can't come again")
    raises: Mapped[list[str]] = mapped_column(default=list, server_default="[]", comment="moments it came, ISO 8601")
    value: Mapped[float | None] = mapped_column(comment="in `unit`")
    limit: Mapped[float | None]
    unit: Mapped[str | None] = mapped_column(String(24), comment="the sensor's, or the detector's")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}", comment="contributions")
    told: Mapped[str | None] = mapped_column(String(16), comment="the severity that people know; null: nobody knows")
    quiet: Mapped[str | None] = mapped_column(String(16), comment="silenced, maintenance, inhibited")


class AlarmGroup(Base):
    """Alarms of one machine that came together: one message in each chat. `revision` counts what readers can see."""

    __tablename__ = "alarm_groups"
    __table_args__ = (
        Index("ix_alarm_groups_system_id", "system_id"),
        Index("ix_alarm_groups_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_alarm_groups_escalate_at", "escalate_at", postgresql_where=text("escalate_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    system_id: Mapped[int] = mapped_column(ForeignKey("systems.id", ondelete="CASCADE"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column(comment="when people are to be told next, or a silence ends")
    escalate_at: Mapped[datetime | None] = mapped_column(comment="when the next of the escalation chain is called")
    escalation_step: Mapped[int] = mapped_column(default=0, server_default="0", comment="steps taken")
    called: Mapped[list[int]] = mapped_column(default=list, server_default="[]", comment="chats added by escalation")
    revision: Mapped[int] = mapped_column(default=0, server_default="0")


class AlarmMessage(Base):
    """Where a group's message stands in a chat; in a storm, groups share one."""

    __tablename__ = "alarm_messages"
    __table_args__ = (Index("ix_alarm_messages_shared", "chat_id", "message_id", postgresql_where=text("shared")),)

    group_id: Mapped[int] = mapped_column(ForeignKey("alarm_groups.id", ondelete="CASCADE"), primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    message_id: Mapped[int | None] = mapped_column(BigInteger, comment="null: on its way")
    revision: Mapped[int] = mapped_column(default=0, server_default="0", comment="of the group, as shown")
    shared: Mapped[bool] = mapped_column(default=False, server_default="false", comment="it tells of a storm")


class AlarmEvent(Base):
    """The journal of an alarm: what happened, when, by whom (null: by itself)."""

    __tablename__ = "alarm_events"
    __table_args__ = (Index("ix_alarm_events_alarm_id", "alarm_id"), Index("ix_alarm_events_at", "at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    alarm_id: Mapped[int] = mapped_column(ForeignKey("alarms.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")


class Silence(Base):
    """Matching alarms are quiet from `starts_at` to `ends_at`; who said so, and why."""

    __tablename__ = "silences"
    __table_args__ = (Index("ix_silences_ends_at", "ends_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), comment="silenced or maintenance")
    matcher: Mapped[dict[str, Any]]
    author_id: Mapped[int | None] = mapped_column(BigInteger)
    author_name: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class AlertProfile(Base):
    """What one chat wants to hear. A person without a profile hears of warnings of all their machines, a group of none.

    Quiet hours are the person's own (`core/users`).
    """

    __tablename__ = "alert_profiles"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, comment="a person, or a group (negative)")
    thread_id: Mapped[int | None] = mapped_column(comment="the group's topic")
    wanted: Mapped[bool] = mapped_column(default=True, server_default="true")
    matcher: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")


class Rota(Base):
    """Who is on call: `members` take turns of `turn_h` hours from `anchor` on."""

    __tablename__ = "rotas"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    members: Mapped[list[int]] = mapped_column(default=list, server_default="[]", comment="Telegram user ids")
    anchor: Mapped[datetime]
    turn_h: Mapped[int] = mapped_column(default=168, server_default="168")
    stand_in: Mapped[int | None] = mapped_column(BigInteger, comment="took the call over, until stand_in_until")
    stand_in_until: Mapped[datetime | None]


class EscalationChain(Base):
    """Whom to call, in turn, while nobody acknowledges; the first chain that matches counts."""

    __tablename__ = "escalation_chains"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    matcher: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    steps: Mapped[list[dict[str, Any]]] = mapped_column(comment="[{wait_min, call: oncall, role:admin or a user id}]")
    hours_from: Mapped[int | None] = mapped_column(SmallInteger, comment="working hours, minutes of the local day")
    hours_to: Mapped[int | None] = mapped_column(SmallInteger)
