"""A plain table of readings becomes a hypertable."""

from sqlalchemy import text

ADOPT_EXTENSION = text("CREATE EXTENSION IF NOT EXISTS timescaledb")

ADOPT_TABLE = text(
    """
    SELECT create_hypertable('sensor_data', 'time',
        chunk_time_interval => INTERVAL '7 days', create_default_indexes => false, migrate_data => true)
    """
)

COUNT_READINGS = text("SELECT count(*) FROM sensor_data")

LOCK_READINGS = text("LOCK TABLE sensor_data IN ACCESS EXCLUSIVE MODE")
