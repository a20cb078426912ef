"""The book of alarms, its journal, where its messages stand, silences, and whom to call."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def _moment(
    name: str, *, nullable: bool = True, default: str | None = None, comment: str | None = None
) -> sa.Column[Any]:
    server_default = sa.text(default) if default else None
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=server_default, nullable=nullable, comment=comment
    )


def _json(name: str, default: str | None = "{}", comment: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, postgresql.JSONB(), server_default=default, nullable=False, comment=comment)


def _flag(name: str, default: str = "false") -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), server_default=default, nullable=False)


def _id(kind: type[sa.Integer] = sa.BigInteger) -> sa.Column[Any]:
    return sa.Column("id", kind(), sa.Identity(always=False), nullable=False)


def _number(name: str, default: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), server_default=default, nullable=False)


def upgrade() -> None:
    _create_groups()
    _create_alarms()
    op.create_table(
        "alarm_messages",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True, comment="null: on its way"),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False, comment="of the group, as shown"),
        sa.PrimaryKeyConstraint("group_id", "chat_id", name=op.f("pk_alarm_messages")),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["alarm_groups.id"],
            name=op.f("fk_alarm_messages_group_id_alarm_groups"),
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "alarm_events",
        _id(),
        sa.Column("alarm_id", sa.BigInteger(), nullable=False),
        _moment("at", nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        _json("details"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_events")),
        sa.ForeignKeyConstraint(
            ["alarm_id"], ["alarms.id"], name=op.f("fk_alarm_events_alarm_id_alarms"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_alarm_events_alarm_id", "alarm_events", ["alarm_id"])
    op.create_index("ix_alarm_events_at", "alarm_events", ["at"])
    _create_silences()
    _create_people()


def _create_groups() -> None:
    op.create_table(
        "alarm_groups",
        _id(),
        sa.Column("system_id", sa.Integer(), nullable=False),
        _moment("opened_at", nullable=False),
        _moment("closed_at"),
        _moment("told_at"),
        _moment("due_at", comment="when people are to be told next, or a silence ends"),
        _moment("escalate_at", comment="when the next of the escalation chain is called"),
        sa.Column("escalation_step", sa.Integer(), server_default="0", nullable=False, comment="steps taken"),
        _json("called", "[]", "chats added by escalation"),
        _number("revision", "0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_groups")),
        sa.ForeignKeyConstraint(
            ["system_id"], ["systems.id"], name=op.f("fk_alarm_groups_system_id_systems"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_alarm_groups_system_id", "alarm_groups", ["system_id"])
    for column in ("due_at", "escalate_at"):
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_alarm_groups_{column}", "alarm_groups", [column], postgresql_where=where)


def _create_alarms() -> None:
    op.create_table(
        "alarms",
        _id(),
        sa.Column("system_id", sa.Integer(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("peak", sa.String(16), nullable=False, comment="the worst severity it had"),
        _flag("active", "true"),
        _flag("flapping"),
        _flag("acknowledged"),
        _moment("raised_at", nullable=False, comment="time of the reading, as all of its own times"),
        _moment("seen_at", nullable=False),
        _moment("normal_since"),
        _moment("cleared_at"),
        _moment("closed_at", comment="over for so long that it can't come again"),
        _json("raises", "[]", "moments it came, ISO 8601"),
        sa.Column("value", sa.Double(), nullable=True, comment="in `unit`"),
        sa.Column("limit", sa.Double(), nullable=True),
        sa.Column("unit", sa.String(24), nullable=True, comment="the sensor's, or the detector's"),
        _json("details", "{}", "contributions"),
        sa.Column("told", sa.String(16), nullable=True, comment="the severity that people know; null: nobody knows"),
        sa.Column("quiet", sa.String(16), nullable=True, comment="silenced, maintenance, inhibited"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
        *(
            sa.ForeignKeyConstraint(
                [f"{one}_id"], [f"{table}.id"], name=op.f(f"fk_alarms_{one}_id_{table}"), ondelete="CASCADE"
            )
            for one, table in (("system", "systems"), ("sensor", "sensors"), ("group", "alarm_groups"))
        ),
    )
    op.create_index(
        "uq_alarms_open",
        "alarms",
        ["system_id", "kind", "sensor_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_alarms_raised_at", "alarms", ["raised_at"])
    op.create_index("ix_alarms_group_id", "alarms", ["group_id"])


def _create_silences() -> None:
    op.create_table(
        "silences",
        _id(),
        sa.Column("kind", sa.String(16), nullable=False, comment="silenced or maintenance"),
        _json("matcher", None),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("author_name", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        _moment("created_at", nullable=False, default="now()"),
        _moment("starts_at", nullable=False),
        _moment("ends_at", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silences")),
    )
    op.create_index("ix_silences_ends_at", "silences", ["ends_at"])


def _create_people() -> None:
    op.create_table(
        "alert_profiles",
        sa.Column(
            "chat_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="a person, or a group (negative)",
        ),
        sa.Column("thread_id", sa.Integer(), nullable=True, comment="the group's topic"),
        _flag("wanted", "true"),
        _json("matcher"),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_alert_profiles")),
    )
    op.create_table(
        "rotas",
        _id(sa.Integer),
        sa.Column("name", sa.String(64), nullable=False),
        _json("members", "[]", "Telegram user ids"),
        _moment("anchor", nullable=False),
        _number("turn_h", "168"),
        sa.Column("stand_in", sa.BigInteger(), nullable=True, comment="took the call over, until stand_in_until"),
        _moment("stand_in_until"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rotas")),
        sa.UniqueConstraint("name", name=op.f("uq_rotas_name")),
    )
    op.create_table(
        "escalation_chains",
        _id(sa.Integer),
        _number("position", "0"),
        _json("matcher"),
        _json("steps", None, "[{wait_min, call: oncall, role:admin or a user id}]"),
        sa.Column("hours_from", sa.SmallInteger(), nullable=True, comment="working hours, minutes of the local day"),
        sa.Column("hours_to", sa.SmallInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_chains")),
    )


def downgrade() -> None:
    for table in (
        "escalation_chains",
        "rotas",
        "alert_profiles",
        "silences",
        "alarm_events",
        "alarm_messages",
        "alarms",
        "alarm_groups",
    ):
        op.drop_table(table)
