"""Readings that can't be trusted, and what plants call our sensors and units."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "quarantined_readings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False, comment="file, token or topic"),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("sensor", sa.String(length=200), nullable=True),
        sa.Column("time", sa.String(), nullable=True),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("unit", sa.String(length=200), nullable=True),
        sa.Column("quality", sa.String(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="what comes twice is kept once"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined_readings")),
        sa.UniqueConstraint("digest", name=op.f("uq_quarantined_readings_digest")),
    )
    op.create_index("ix_quarantined_readings_reason_sensor_unit", "quarantined_readings", ["reason", "sensor", "unit"])
    op.create_index("ix_quarantined_readings_received_at", "quarantined_readings", ["received_at"])
    op.create_table(
        "sensor_aliases",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensors.id"], name=op.f("fk_sensor_aliases_sensor_id_sensors"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sensor_aliases")),
    )
    op.create_table(
        "unit_aliases",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_unit_aliases")),
    )


def downgrade() -> None:
    for table in ("unit_aliases", "sensor_aliases", "quarantined_readings"):
        op.drop_table(table)
