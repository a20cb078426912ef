"""The caretaker's memory: operations, policies, legal holds, sizes over time, known faults, late readings."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def _moment(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[object]:
    server_default = sa.text(default) if default else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=server_default, nullable=nullable)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), server_default="{}", nullable=False)


def _bytes(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    _create_operations()
    op.create_table(
        "table_policies",
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("chunk_interval", sa.Interval(), nullable=True),
        sa.Column("compress_after", sa.Interval(), nullable=True, comment="zero: never"),
        sa.Column("retain_for", sa.Interval(), nullable=True, comment="zero: for ever"),
        _moment("updated_at", default="now()"),
        sa.Column("updated_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("table_name", name=op.f("pk_table_policies")),
    )
    _create_holds()
    op.create_table(
        "stats_snapshots",
        sa.Column("table_name", sa.String(), nullable=False),
        _moment("taken_at"),
        *(_bytes(f"{part}_bytes") for part in ("table", "index", "toast", "total")),
        sa.Column("rows", sa.BigInteger(), nullable=False, comment="estimated"),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("compressed", sa.Integer(), nullable=False),
        sa.Column("disk_free_bytes", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("table_name", "taken_at", name=op.f("pk_stats_snapshots")),
    )
    op.create_table(
        "health_incidents",
        sa.Column("key", sa.String(), nullable=False, comment="check, and what it is about"),
        sa.Column("severity", sa.String(length=16), nullable=False),
        _moment("since"),
        _json("evidence"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_health_incidents")),
    )
    op.create_table(
        "backfill_readings",
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("sensor_id", sa.Integer(), autoincrement=False, nullable=False),
        _moment("time"),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("quality", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column(
            "recompress",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="its chunk was opened for it",
        ),
        sa.PrimaryKeyConstraint("batch", "sensor_id", "time", name=op.f("pk_backfill_readings")),
    )


def _create_operations() -> None:
    op.create_table(
        "maintenance_operations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("table_name", sa.String(), nullable=False, comment="qualified and quoted, as regclass reads it"),
        _json("arguments"),
        sa.Column("state", sa.String(length=16), nullable=False),
        _moment("planned_at", default="now()"),
        sa.Column("planned_by", sa.BigInteger(), nullable=True, comment="Telegram user id; null: the system itself"),
        sa.Column("confirmed_by", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_by", sa.BigInteger(), nullable=True, comment="who asked for an early end"),
        sa.Column("cancel_asked", sa.Boolean(), server_default="false", nullable=False),
        _moment("started_at", nullable=True),
        _moment("ended_at", nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        _json("result"),
        sa.Column("error", sa.String(), nullable=True, comment="message key of what went wrong"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_operations")),
    )
    op.create_index("ix_maintenance_operations_state", "maintenance_operations", ["state"])
    op.create_index(
        "ix_maintenance_operations_table_name_kind_ended_at",
        "maintenance_operations",
        ["table_name", "kind", "ended_at"],
    )


def _create_holds() -> None:
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        _moment("begins_at"),
        _moment("ends_at"),
        sa.Column("reason", sa.String(), nullable=False),
        _moment("created_at", default="now()"),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        _moment("released_at", nullable=True),
        sa.Column("released_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    op.create_index(
        "ix_legal_holds_table_name", "legal_holds", ["table_name"], postgresql_where=sa.text("released_at IS NULL")
    )


def downgrade() -> None:
    for table in (
        "backfill_readings",
        "health_incidents",
        "stats_snapshots",
        "legal_holds",
        "table_policies",
        "maintenance_operations",
    ):
        op.drop_table(table)
