"""Readings in short: minute and hour buckets, what they have yet to learn, and the two names they are read by."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# Whatever changes a sensor's limits, here or by hand, what its buckets say of them must be counted again.
NOTE_LIMIT_CHANGE = """
    CREATE FUNCTION note_limit_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO rollup_limit_changes (sensor_id) VALUES (NEW.id);
        RETURN NULL;
    END
    $$
"""
ON_LIMIT_CHANGE = """
    CREATE TRIGGER on_limit_change AFTER UPDATE ON sensors FOR EACH ROW
    WHEN ((OLD.warning_low, OLD.warning_high, OLD.critical_low, OLD.critical_high)
        IS DISTINCT FROM (NEW.warning_low, NEW.warning_high, NEW.critical_low, NEW.critical_high))
    EXECUTE FUNCTION note_limit_change()
"""
MARK_EVERYTHING = """
    INSERT INTO rollup_marks (sensor_id, hour, since, until)
    SELECT sensor_id, date_bin('1 hour', time, 'epoch'), min(time), max(time) FROM sensor_data GROUP BY 1, 2
"""

AGGREGATES_CAN_BE_USED = """
    SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')
        AND current_setting('timescaledb.license', true) = 'timescale'
"""
# A database adopted after this migration keeps its tables.
HAS_AGGREGATES = """
    SELECT EXISTS (
        SELECT FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        WHERE r.ev_class = 'sensor_minutes'::regclass AND d.refobjid = 'rollup_minutes'::regclass
    ) IS FALSE
"""
# Materialised only: what is not refreshed yet stands in rollup_marks and is read from the readings themselves.
MINUTES_AGGREGATE = """
    CREATE MATERIALIZED VIEW sensor_minutes
    WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
    SELECT d.sensor_id, time_bucket(INTERVAL '1 minute', d.time) AS bucket,
        count(*) AS count,
        count(*) FILTER (
            WHERE d.value >= least(s.warning_high, s.critical_high)
            OR d.value <= greatest(s.warning_low, s.critical_low)
        ) AS outside,
        min(d.value) AS minimum, avg(d.value) AS mean, max(d.value) AS maximum, var_pop(d.value) AS variance,
        first(d.value, d.time) AS first, last(d.value, d.time) AS last
    FROM sensor_data AS d
    JOIN sensors AS s ON s.id = d.sensor_id
    WHERE d.quality < 2
    GROUP BY 1, 2
    WITH NO DATA
"""
HOURS_AGGREGATE = """
    CREATE MATERIALIZED VIEW sensor_hours
    WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
    SELECT d.sensor_id, time_bucket(INTERVAL '1 hour', d.time) AS bucket,
        count(*) AS count,
        count(*) FILTER (
            WHERE d.value >= least(s.warning_high, s.critical_high)
            OR d.value <= greatest(s.warning_low, s.critical_low)
        ) AS outside,
        min(d.value) AS minimum, avg(d.value) AS mean, max(d.value) AS maximum, var_pop(d.value) AS variance,
        first(d.value, d.time) AS first, last(d.value, d.time) AS last
    FROM sensor_data AS d
    JOIN sensors AS s ON s.id = d.sensor_id
    WHERE d.quality < 2
    GROUP BY 1, 2
    WITH NO DATA
"""
# A net under the worker, which refreshes every minute: should it be down, the database catches up by itself.
MINUTES_POLICY = """
    SELECT add_continuous_aggregate_policy('sensor_minutes', start_offset => INTERVAL '3 days',
        end_offset => INTERVAL '1 minute', schedule_interval => INTERVAL '30 minutes')
"""
HOURS_POLICY = """
    SELECT add_continuous_aggregate_policy('sensor_hours', start_offset => INTERVAL '30 days',
        end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '1 hour')
"""


def _buckets(name: str) -> None:
    op.create_table(
        name,
        sa.Column("sensor_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bucket", sa.DateTime(timezone=True), nullable=False, comment="its beginning"),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("outside", sa.BigInteger(), nullable=False, comment="readings at or beyond a limit"),
        *(
            sa.Column(column, sa.Double(), nullable=False)
            for column in ("minimum", "mean", "maximum", "variance", "first", "last")
        ),
        sa.PrimaryKeyConstraint("sensor_id", "bucket", name=op.f(f"pk_{name}")),
    )


def upgrade() -> None:
    _buckets("rollup_minutes")
    _buckets("rollup_hours")
    op.create_table(
        "rollup_marks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="the earliest of the readings"),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="the latest of the readings"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollup_marks")),
    )
    op.create_index("ix_rollup_marks_sensor_id_hour", "rollup_marks", ["sensor_id", "hour"])
    op.create_index("ix_rollup_marks_hour", "rollup_marks", ["hour"])
    op.create_table(
        "rollup_limit_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollup_limit_changes")),
    )
    op.execute(NOTE_LIMIT_CHANGE)
    op.execute(ON_LIMIT_CHANGE)
    op.execute(MARK_EVERYTHING)
    if op.get_bind().scalar(sa.text(AGGREGATES_CAN_BE_USED)):
        for statement in (MINUTES_AGGREGATE, HOURS_AGGREGATE, MINUTES_POLICY, HOURS_POLICY):
            op.execute(statement)
    else:
        op.execute("CREATE VIEW sensor_minutes AS SELECT * FROM rollup_minutes")
        op.execute("CREATE VIEW sensor_hours AS SELECT * FROM rollup_hours")


def downgrade() -> None:
    # A database may have been adopted, or its licence changed, since: look at what is there.
    if op.get_bind().scalar(sa.text(HAS_AGGREGATES)):
        op.execute("DROP MATERIALIZED VIEW sensor_hours")
        op.execute("DROP MATERIALIZED VIEW sensor_minutes")
    else:
        op.execute("DROP VIEW sensor_hours")
        op.execute("DROP VIEW sensor_minutes")
    op.execute("DROP TRIGGER on_limit_change ON sensors")
    op.execute("DROP FUNCTION note_limit_change()")
    for table in ("rollup_limit_changes", "rollup_marks", "rollup_hours", "rollup_minutes"):
        op.drop_table(table)
