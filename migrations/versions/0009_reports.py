"""The work on diagnostic reports: who has it, its journal, and the alarm it came from."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TAKEN_BY = "fk_diagnostic_reports_taken_by_users"
_ALARM_GROUP = "uq_diagnostic_reports_alarm_group_id"


def upgrade() -> None:
    op.add_column("diagnostic_reports", sa.Column("taken_by", sa.BigInteger(), nullable=True))
    op.add_column("diagnostic_reports", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "diagnostic_reports",
        sa.Column("alarm_group_id", sa.BigInteger(), nullable=True, comment="group of alarms it was opened from"),
    )
    op.create_foreign_key(_TAKEN_BY, "diagnostic_reports", "users", ["taken_by"], ["id"], ondelete="SET NULL")
    op.create_unique_constraint(_ALARM_GROUP, "diagnostic_reports", ["alarm_group_id"])
    op.create_table(
        "report_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True, comment="Telegram user id; null: the system itself"),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("words", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["diagnostic_reports.id"],
            name=op.f("fk_report_events_report_id_diagnostic_reports"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_events")),
    )
    op.create_index("ix_report_events_report_id", "report_events", ["report_id"])


def downgrade() -> None:
    op.drop_table("report_events")
    op.drop_constraint(_ALARM_GROUP, "diagnostic_reports", type_="unique")
    op.drop_constraint(_TAKEN_BY, "diagnostic_reports", type_="foreignkey")
    for column in ("alarm_group_id", "closed_at", "taken_by"):
        op.drop_column("diagnostic_reports", column)
