"""The SQL of this package. Values are parameters; identifiers are quoted by the database (`format('%I')`, regclass)."""

from sqlalchemy import text

EDITION = text(
    """
    SELECT (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS version,
           current_setting('timescaledb.license', true) AS licence,
           current_setting('server_version') AS postgres,
           EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') AS installable,
           EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.max_background_workers') AS preloaded
    """
)

RELATION = text(
    """
    SELECT format('%I.%I', n.nspname, c.relname) AS qualified,
           n.nspname AS schema, c.relname AS name, c.relkind::text AS kind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = to_regclass(:table)
    """
)

TIME_DIMENSION = text(
    """
    SELECT d.column_name AS column, d.column_type::text AS type, d.interval_length AS interval_us,
           (SELECT count(*) FROM _timescaledb_catalog.dimension o WHERE o.hypertable_id = h.id) AS dimensions
    FROM _timescaledb_catalog.hypertable h
    JOIN _timescaledb_catalog.dimension d ON d.hypertable_id = h.id AND d.interval_length IS NOT NULL
    WHERE h.schema_name = :schema AND h.table_name = :name
    """
)

CHUNKS = text(
    """
    SELECT format('%I.%I', chunk_schema, chunk_name) AS name, range_start, range_end, is_compressed AS compressed
    FROM timescaledb_information.chunks
    WHERE hypertable_schema = :schema AND hypertable_name = :name
    ORDER BY range_start
    """
)

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

CHUNK_SIZE = text(
    "SELECT pg_total_relation_size(CAST(:chunk AS regclass)) AS bytes, reltuples::bigint AS rows "
    "FROM pg_class WHERE oid = CAST(:chunk AS regclass)"
)

CHUNK_DETAILED_SIZE = text(
    """
    SELECT total_bytes FROM chunks_detailed_size(CAST(:table AS regclass))
    WHERE format('%I.%I', chunk_schema, chunk_name) = :chunk
    """
)

# Exactly one chunk: whole chunks with start >= newer_than and end <= older_than.
DROP_CHUNK = text(
    """
    SELECT drop_chunks(CAST(:table AS regclass),
        older_than => CAST(:range_end AS timestamptz), newer_than => CAST(:range_start AS timestamptz))
    """
)

CONTINUOUS_AGGREGATES = text(
    """
    SELECT format('%I.%I', c.user_view_schema, c.user_view_name)
    FROM _timescaledb_catalog.continuous_agg c
    JOIN _timescaledb_catalog.hypertable h ON h.id = c.raw_hypertable_id
    WHERE h.schema_name = :schema AND h.table_name = :name
    """
)

COMPRESSION_ENABLED = text(
    "SELECT compression_enabled FROM timescaledb_information.hypertables "
    "WHERE hypertable_schema = :schema AND hypertable_name = :name"
)
COMPRESS_CHUNK = text("SELECT compress_chunk(CAST(:chunk AS regclass), if_not_compressed => true)")

HYPERTABLE_SIZE = text(
    """
    SELECT table_bytes, index_bytes, toast_bytes, total_bytes, approximate_row_count(CAST(:table AS regclass)) AS rows
    FROM hypertable_detailed_size(CAST(:table AS regclass))
    """
)

TABLE_SIZE = text(
    """
    SELECT pg_relation_size(c.oid) AS table_bytes, pg_indexes_size(c.oid) AS index_bytes,
           COALESCE(pg_total_relation_size(NULLIF(c.reltoastrelid, 0)), 0) AS toast_bytes,
           pg_total_relation_size(c.oid) AS total_bytes,
           GREATEST(c.reltuples, 0)::bigint AS rows
    FROM pg_class c WHERE c.oid = CAST(:table AS regclass)
    """
)

# One index look-up a sensor: there is no index on time alone.
READINGS_SPAN = text(
    """
    SELECT min(first.time) AS oldest, max(last.time) AS newest
    FROM sensors s
    LEFT JOIN LATERAL (SELECT time FROM sensor_data WHERE sensor_id = s.id ORDER BY time LIMIT 1) first ON true
    LEFT JOIN LATERAL (SELECT time FROM sensor_data WHERE sensor_id = s.id ORDER BY time DESC LIMIT 1) last ON true
    """
)

SERVER = text(
    """
    SELECT clock_timestamp() AS now, pg_database_size(current_database()) AS database_bytes,
           (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
           current_setting('max_connections')::int AS max_connections,
           (SELECT count(*) FROM pg_locks WHERE NOT granted) AS waiting_locks
    """
)

FAILED_JOBS = text("SELECT count(*) FROM failed_jobs WHERE failed_at > :since")

BACKGROUND_JOBS_FAILING = text(
    """
    SELECT s.job_id, j.proc_name AS name, e.err_message AS error
    FROM timescaledb_information.job_stats s
    JOIN timescaledb_information.jobs j USING (job_id)
    LEFT JOIN LATERAL (
        SELECT err_message FROM timescaledb_information.job_errors
        WHERE job_id = s.job_id ORDER BY finish_time DESC LIMIT 1
    ) e ON true
    WHERE s.last_run_status = 'Failed'
    ORDER BY s.job_id
    """
)

TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended('hydrodiag maintenance ' || :table, 0))")
SET_TIMEOUTS = text(
    "SELECT set_config('lock_timeout', :lock, false), set_config('statement_timeout', :statement, false)"
)

ADOPT_EXTENSION = text("CREATE EXTENSION IF NOT EXISTS timescaledb")
ADOPT_TABLE = text(
    """
    SELECT create_hypertable('sensor_data', 'time',
        chunk_time_interval => INTERVAL '7 days', create_default_indexes => false, migrate_data => true)
    """
)
COUNT_READINGS = text("SELECT count(*) FROM sensor_data")
LOCK_READINGS = text("LOCK TABLE sensor_data IN ACCESS EXCLUSIVE MODE")
