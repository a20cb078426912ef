"""Chunks made and dropped."""

from sqlalchemy import text

CREATE_CHUNK = text(
    """
    SELECT created FROM _timescaledb_functions.create_chunk(
        CAST(:table AS regclass),
        jsonb_build_object(
            CAST(:column AS text), jsonb_build_array(CAST(:start_us AS bigint), CAST(:end_us AS bigint))))
    """
)

# The Apache edition refuses create_chunk; there a chunk comes with a row, and stays when the row goes again.
PLACE_READING = text("INSERT INTO sensor_data (sensor_id, time, value) VALUES (0, :time, 0)")

TAKE_READING = text("DELETE FROM sensor_data WHERE sensor_id = 0 AND time = :time")

SET_CHUNK_INTERVAL = text("SELECT set_chunk_time_interval(CAST(:table AS regclass), CAST(:interval AS interval))")

# The chunk before its indexes, as whoever reads it does: drop_chunks by itself starts with an index, and whoever had
# just found the chunk and wants that index would be the victim of a deadlock. NULL where the chunk is gone.
BUILD_LOCK_CHUNK = text("SELECT 'LOCK TABLE ' || to_regclass(CAST(:chunk AS text)) || ' IN ACCESS EXCLUSIVE MODE'")

# Whoever reads waits behind us while we wait.
SHORT_LOCK_WAIT = text("SET LOCAL lock_timeout = '1s'")

# A hold that is placed at this moment is there before the chunk goes, or is told that it is gone.
LOCK_HOLDS = text("LOCK TABLE legal_holds IN SHARE MODE")
IS_HELD = text(
    """
    SELECT EXISTS (SELECT FROM legal_holds WHERE table_name = :table AND released_at IS NULL
                   AND begins_at < :range_end AND ends_at > :range_start)
    """
)

# Exactly one chunk: whole chunks with start >= newer_than and end <= older_than.
DROP_CHUNK = text(
    """
    SELECT drop_chunks(CAST(:table AS regclass),
        older_than => CAST(:range_end AS timestamptz), newer_than => CAST(:range_start AS timestamptz))
    """
)
