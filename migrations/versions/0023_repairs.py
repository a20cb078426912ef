"""Repair cases: what was behind alarms that are over."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "repair_cases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("system_id", sa.Integer(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=True),
        sa.Column("alarm_group_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(64), nullable=False, comment="of the alarm"),
        sa.Column("above", sa.Boolean(), nullable=True, comment="beyond an upper limit, or a lower one; null: neither"),
        sa.Column("cause", sa.String(200), server_default="", nullable=False),
        sa.Column("part", sa.String(200), server_default="", nullable=False, comment="replaced, mended"),
        sa.Column("minutes", sa.Integer(), nullable=True, comment="of work"),
        sa.Column("state", sa.String(16), server_default="proposed", nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True, comment="Telegram user id; null: the operator"),
        sa.Column("author_name", sa.String(200), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("reviewer_id", sa.BigInteger(), nullable=True, comment="Telegram user id"),
        sa.Column("reviewer_name", sa.String(200), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair_cases")),
        sa.ForeignKeyConstraint(
            ["system_id"], ["systems.id"], name=op.f("fk_repair_cases_system_id_systems"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensors.id"], name=op.f("fk_repair_cases_sensor_id_sensors"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["alarm_group_id"],
            ["alarm_groups.id"],
            name=op.f("fk_repair_cases_alarm_group_id_alarm_groups"),
            ondelete="SET NULL",
        ),
    )
    op.create_index(
        "uq_repair_cases_alarm_group_id",
        "repair_cases",
        ["alarm_group_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'rejected'"),
    )
    op.create_index("ix_repair_cases_system_id", "repair_cases", ["system_id"])
    op.create_index("ix_repair_cases_kind_state", "repair_cases", ["kind", "state"])


def downgrade() -> None:
    op.drop_table("repair_cases")
