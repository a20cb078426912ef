"""Late readings that wait, and their way in."""

from sqlalchemy import text

STAGED_SPAN = text("SELECT min(time) AS oldest, max(time) AS newest FROM backfill_readings WHERE batch = :batch")

STAGED_WITHOUT_CHUNK = text(
    """
    SELECT min(b.time) FROM backfill_readings b
    WHERE b.batch = :batch AND NOT EXISTS (
        SELECT FROM timescaledb_information.chunks c
        WHERE c.hypertable_schema = :schema AND c.hypertable_name = :name
          AND b.time >= c.range_start AND b.time < c.range_end)
    """
)

STAGED_CHUNKS = text(
    """
    SELECT format('%I.%I', c.chunk_schema, c.chunk_name) AS name, bool_or(b.recompress) AS recompress
    FROM timescaledb_information.chunks c
    JOIN backfill_readings b ON b.batch = :batch AND b.time >= c.range_start AND b.time < c.range_end
    WHERE c.hypertable_schema = :schema AND c.hypertable_name = :name
    GROUP BY 1
    """
)

MARK_STAGED = text(
    "UPDATE backfill_readings SET recompress = true WHERE batch = :batch AND time >= :range_start AND time < :range_end"
)

# Under the name that the roll-ups know.
STAGE_AGAIN = text(
    """
    CREATE TEMPORARY TABLE staged_readings ON COMMIT DROP AS
    SELECT sensor_id, time, value, quality FROM backfill_readings
    WHERE batch = :batch AND time >= :range_start AND time < :range_end
    """
)

WRITE_STAGED = text(
    """
    INSERT INTO sensor_data (sensor_id, time, value, quality)
    SELECT sensor_id, time, value, quality FROM staged_readings
    ON CONFLICT (sensor_id, time) DO UPDATE SET value = excluded.value, quality = excluded.quality
    WHERE (sensor_data.value, sensor_data.quality) IS DISTINCT FROM (excluded.value, excluded.quality)
    """
)

# What a plan that nobody confirmed, or an operation that has ended, has left.
FORGET = text(
    """
    DELETE FROM backfill_readings b USING maintenance_operations o
    WHERE o.kind = 'backfill' AND o.arguments->'steps'->0->>'batch' = b.batch
      AND (o.state IN ('done', 'failed', 'cancelled') OR (o.state = 'planned' AND o.planned_at < :before))
    """
)

UNSTAGE = text("DELETE FROM backfill_readings WHERE batch = :batch AND time >= :range_start AND time < :range_end")
