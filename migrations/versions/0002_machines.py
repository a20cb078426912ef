"""Machines, sensors, readings (a hypertable where TimescaleDB is) and reports."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# Without preloading, CREATE EXTENSION would end the whole connection; the loader's settings tell whether it was.
TIMESCALE_CAN_BE_USED = """
    SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')
        OR (EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
            AND EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.max_background_workers')
            AND has_database_privilege(current_database(), 'CREATE'))
"""
# No index on time alone: readings are asked for by sensor, and retention drops whole chunks.
CREATE_HYPERTABLE = """
    SELECT create_hypertable('sensor_data', 'time',
        chunk_time_interval => INTERVAL '7 days', create_default_indexes => false)
"""


def upgrade() -> None:
    op.create_table(
        "systems",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False, comment="press, excavator, power_unit..."),
        sa.Column("criticality", sa.String(length=16), server_default="medium", nullable=False),
        sa.Column("location", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_systems")),
        sa.UniqueConstraint("code", name=op.f("uq_systems_code")),
    )
    op.create_table(
        "components",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("system_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["system_id"], ["systems.id"], name=op.f("fk_components_system_id_systems"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_components")),
        sa.UniqueConstraint("system_id", "code", name=op.f("uq_components_system_id_code")),
    )
    op.create_table(
        "sensors",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("system_id", sa.Integer(), nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        sa.Column("quantity", sa.String(length=32), nullable=False),
        sa.Column(
            "unit", sa.String(length=16), nullable=False, comment="bar, l/min, degC, mm/s, %, ISO 4406 code, rpm, kW"
        ),
        sa.Column("warning_low", sa.Double(), nullable=True),
        sa.Column("warning_high", sa.Double(), nullable=True),
        sa.Column("critical_low", sa.Double(), nullable=True),
        sa.Column("critical_high", sa.Double(), nullable=True),
        sa.Column("sampling_s", sa.Double(), server_default="60", nullable=False, comment="expected period, seconds"),
        sa.Column("stale_after_s", sa.Double(), server_default="300", nullable=False, comment="seconds"),
        sa.ForeignKeyConstraint(
            ["component_id"], ["components.id"], name=op.f("fk_sensors_component_id_components"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["system_id"], ["systems.id"], name=op.f("fk_sensors_system_id_systems"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sensors")),
        sa.UniqueConstraint("system_id", "code", name=op.f("uq_sensors_system_id_code")),
    )
    op.create_table(
        "sensor_data",
        sa.Column("sensor_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column(
            "quality",
            sa.SmallInteger(),
            server_default="0",
            nullable=False,
            comment="0 good, 1 uncertain, 2 bad (after OPC UA's three classes)",
        ),
        sa.PrimaryKeyConstraint("sensor_id", "time", name=op.f("pk_sensor_data")),
    )
    if op.get_bind().scalar(sa.text(TIMESCALE_CAN_BE_USED)):
        op.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        op.execute(CREATE_HYPERTABLE)
    op.create_table(
        "diagnostic_reports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("system_id", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("severity", sa.String(length=16), server_default="info", nullable=False),
        sa.Column("status", sa.String(length=16), server_default="open", nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True, comment="0 to 1"),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column(
            "affected_components", postgresql.JSONB(), server_default="[]", nullable=False, comment="component ids"
        ),
        sa.Column("evidence", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_diagnostic_reports_created_by_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["system_id"], ["systems.id"], name=op.f("fk_diagnostic_reports_system_id_systems"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnostic_reports")),
    )
    op.create_index(
        "ix_diagnostic_reports_system_id_created_at", "diagnostic_reports", ["system_id", "created_at"], unique=False
    )


def downgrade() -> None:
    op.drop_table("diagnostic_reports")
    op.drop_table("sensor_data")
    op.drop_table("sensors")
    op.drop_table("components")
    op.drop_table("systems")
