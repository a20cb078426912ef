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

SET_CHUNK_INTERVAL = text("SELECT set_chunk_time_interval(CAST(:table AS regclass), CAST(:interval AS interval))")

# Chunks that no ANALYZE has seen count no rows.
BUILD_ANALYZE = text(
    """
    SELECT format('ANALYZE %s', c.oid::regclass)
    FROM unnest(CAST(:chunks AS text[])) AS wanted(name) JOIN pg_class c ON c.oid = to_regclass(wanted.name)
    WHERE c.reltuples < 0
    """
)

CHUNK_SIZES = text(
    """
    SELECT format('%I.%I', chunk_schema, chunk_name) AS name, total_bytes AS bytes,
           approximate_row_count(CAST(format('%I.%I', chunk_schema, chunk_name) AS regclass)) AS rows
    FROM chunks_detailed_size(CAST(:table AS regclass))
    WHERE format('%I.%I', chunk_schema, chunk_name) = ANY(CAST(:chunks AS text[]))
    """
)

# The chunk before its indexes, as whoever reads it does: drop_chunks by itself starts with an index, and whoever had
# just found the chunk and wants that index would be the victim of a deadlock. NULL where the chunk is gone.
BUILD_LOCK_CHUNK = text("SELECT 'LOCK TABLE ' || to_regclass(CAST(:chunk AS text)) || ' IN ACCESS EXCLUSIVE MODE'")
# Whoever reads waits behind us while we wait.
SHORT_LOCK_WAIT = text("SET LOCAL lock_timeout = '1s'")

# Exactly one chunk: whole chunks with start >= newer_than and end <= older_than.
DROP_CHUNK = text(
    """
    SELECT drop_chunks(CAST(:table AS regclass),
        older_than => CAST(:range_end AS timestamptz), newer_than => CAST(:range_start AS timestamptz))
    """
)

# Behind: not materialised so far, or changed since and not yet materialised again. The table's own log is young:
# a refresh moves it to the aggregates' logs.
AGGREGATES_BEHIND = text(
    """
    SELECT format('%I.%I', c.user_view_schema, c.user_view_name)
    FROM _timescaledb_catalog.continuous_agg c
    JOIN _timescaledb_catalog.hypertable h ON h.id = c.raw_hypertable_id
    WHERE h.schema_name = :schema AND h.table_name = :name
      AND (_timescaledb_functions.cagg_watermark(c.mat_hypertable_id) < :end_us
        OR EXISTS (SELECT FROM _timescaledb_catalog.continuous_aggs_materialization_invalidation_log l
                   WHERE l.materialization_id = c.mat_hypertable_id
                     AND l.lowest_modified_value < :end_us AND l.greatest_modified_value >= :start_us)
        OR EXISTS (SELECT FROM _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log l
                   WHERE l.hypertable_id = h.id
                     AND l.lowest_modified_value < :end_us AND l.greatest_modified_value >= :start_us))
    """
)

HAS_MATERIALIZATION_RANGES = text(
    "SELECT to_regclass('_timescaledb_catalog.continuous_aggs_materialization_ranges') IS NOT NULL"
)
AGGREGATES_REFRESHING = text(
    """
    SELECT format('%I.%I', c.user_view_schema, c.user_view_name)
    FROM _timescaledb_catalog.continuous_agg c
    JOIN _timescaledb_catalog.hypertable h ON h.id = c.raw_hypertable_id
    JOIN _timescaledb_catalog.continuous_aggs_materialization_ranges r ON r.materialization_id = c.mat_hypertable_id
    WHERE h.schema_name = :schema AND h.table_name = :name
      AND r.lowest_modified_value < :end_us AND r.greatest_modified_value >= :start_us
    """
)

COMPRESSION_SETTINGS = text(
    """
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY segmentby_column_index)
               FILTER (WHERE segmentby_column_index IS NOT NULL) AS segmentby,
           string_agg(quote_ident(attname) || CASE WHEN orderby_asc THEN '' ELSE ' DESC' END, ', '
                      ORDER BY orderby_column_index)
               FILTER (WHERE orderby_column_index IS NOT NULL) AS orderby
    FROM timescaledb_information.compression_settings
    WHERE hypertable_schema = :schema AND hypertable_name = :name
    """
)

# The first column of a unique index that is not time; distinct values as statistics know them, over all chunks.
SEGMENT_CANDIDATE = text(
    """
    SELECT a.attname AS column, quote_ident(a.attname) AS quoted, COALESCE(seen.segments, 0) AS segments,
           COALESCE(seen.rows_per_chunk, 0) AS rows_per_chunk
    FROM pg_class t
    JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_index i ON i.indrelid = t.oid AND i.indisunique
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(i.indkey) AND a.attname <> :column
    LEFT JOIN LATERAL (
        SELECT max(CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * c.reltuples ELSE s.n_distinct END) AS segments,
               avg(c.reltuples) AS rows_per_chunk
        FROM pg_inherits k
        JOIN pg_class c ON c.oid = k.inhrelid AND c.reltuples > 0
        JOIN pg_namespace m ON m.oid = c.relnamespace
        JOIN pg_stats s ON s.schemaname = m.nspname AND s.tablename = c.relname AND s.attname = a.attname
        WHERE k.inhparent = t.oid
    ) seen ON true
    WHERE n.nspname = :schema AND t.relname = :name
    ORDER BY i.indisprimary DESC, array_position(i.indkey::int2[], a.attnum) LIMIT 1
    """
)
NEWEST_FIRST = text(
    "SELECT concat_ws(', ', quote_ident(CAST(:first AS text)), quote_ident(CAST(:column AS text)) || ' DESC')"
)

BUILD_COMPRESSION_SETTINGS = text(
    """
    SELECT format('ALTER TABLE %s SET (timescaledb.compress, timescaledb.compress_segmentby = %L, '
                  'timescaledb.compress_orderby = %L)',
                  CAST(:table AS regclass), CAST(:segmentby AS text), CAST(:orderby AS text))
    """
)

# Took rows since it was compressed (bit 8 of the status).
PARTIAL_CHUNKS = text(
    """
    SELECT name FROM (
        SELECT format('%I.%I', chunk_schema, chunk_name) AS name FROM timescaledb_information.chunks
        WHERE hypertable_schema = :schema AND hypertable_name = :name AND is_compressed
    ) compressed
    WHERE _timescaledb_functions.chunk_status(CAST(name AS regclass)) & 8 <> 0
    """
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
           (SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock') AS waiting_locks,
           (SELECT COALESCE(extract(epoch FROM clock_timestamp() - min(l.waitstart)), 0)::float
            FROM pg_locks l WHERE NOT l.granted) AS longest_wait_s,
           (SELECT string_agg(DISTINCT blocker::text, ', ')
            FROM pg_stat_activity a, unnest(pg_blocking_pids(a.pid)) blocker
            WHERE a.wait_event_type = 'Lock' AND cardinality(pg_blocking_pids(blocker)) = 0) AS blockers
    """
)

# Tables, chunks among them, where dead rows are many and a good part of all: vacuum does not keep up.
BLOATED = text(
    """
    SELECT format('%I.%I', schemaname, relname) AS name, n_dead_tup AS dead, n_live_tup AS live
    FROM pg_stat_user_tables
    WHERE n_dead_tup > :least AND n_dead_tup > :share * (n_live_tup + n_dead_tup)
    ORDER BY n_dead_tup DESC LIMIT 3
    """
)

# The watermark is NULL where nothing was ever materialised.
AGGREGATES = text(
    """
    SELECT format('%I.%I', c.user_view_schema, c.user_view_name) AS name,
           format('%I.%I', h.schema_name, h.table_name) AS qualified,
           h.schema_name AS schema, h.table_name AS table, d.column_name AS column,
           CAST(f.bucket_width AS interval) AS bucket,
           CASE WHEN w.mark > '1900-01-01' THEN w.mark END AS watermark
    FROM _timescaledb_catalog.continuous_agg c
    JOIN _timescaledb_catalog.hypertable h ON h.id = c.raw_hypertable_id
    JOIN _timescaledb_catalog.dimension d
      ON d.hypertable_id = h.id AND d.column_type = 'timestamptz'::regtype AND d.interval_length IS NOT NULL
    JOIN _timescaledb_catalog.continuous_aggs_bucket_function f ON f.mat_hypertable_id = c.mat_hypertable_id
    CROSS JOIN LATERAL (
        SELECT _timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(c.mat_hypertable_id)) AS mark
    ) w
    """
)
BUILD_NEWEST = text("SELECT format('SELECT max(%I) FROM %s', CAST(:column AS text), CAST(:table AS regclass))")

COMPRESSION_STATS = text(
    """
    SELECT before_compression_total_bytes AS before, after_compression_total_bytes AS after
    FROM hypertable_compression_stats(CAST(:table AS regclass))
    """
)

# Of the table and its chunks, since the server's statistics were last reset.
INSERTED = text(
    """
    SELECT COALESCE(sum(pg_stat_get_tuples_inserted(r.oid)), 0)::bigint
    FROM (SELECT CAST(:table AS regclass)::oid AS oid
          UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = CAST(:table AS regclass)) r
    """
)

NOW = text("SELECT clock_timestamp()")

DISK = text(
    """
    SELECT (SELECT setting FROM pg_settings WHERE name = 'data_directory') AS directory,
           COALESCE(host(inet_server_addr()), '127.0.0.1') IN ('127.0.0.1', '::1') AS local
    """
)

# By least squares over the days before now, so that one purge or one late batch does not decide.
GROWTH = text(
    """
    SELECT regr_slope(total_bytes, extract(epoch FROM taken_at)) * 86400 AS bytes_per_day,
           extract(epoch FROM max(taken_at) - min(taken_at))::float AS covered_s
    FROM stats_snapshots WHERE table_name = :table AND taken_at > :since
    """
)
LAST_SNAPSHOTS = text(
    """
    SELECT taken_at, inserted, disk_free_bytes FROM stats_snapshots
    WHERE table_name = :table AND taken_at > :since ORDER BY taken_at
    """
)

FAILED_OPERATIONS = text(
    """
    SELECT last.id, last.kind, last.table_name, last.state
    FROM (SELECT DISTINCT ON (table_name, kind) id, kind, table_name, state, ended_at
          FROM maintenance_operations WHERE state IN ('done', 'failed') ORDER BY table_name, kind, ended_at DESC) last
    WHERE last.state = 'failed' AND last.ended_at > :since
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
    "SELECT set_config('lock_timeout', :lock, false), set_config('statement_timeout', :statement, false), "
    "set_config('client_connection_check_interval', '2s', false)"
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

DECOMPRESS_CHUNK = text("SELECT decompress_chunk(CAST(:chunk AS regclass), if_compressed => true)")
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
UNSTAGE = text("DELETE FROM backfill_readings WHERE batch = :batch AND time >= :range_start AND time < :range_end")
