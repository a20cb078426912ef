"""Tables and chunks: which there are, how big, and what is in them."""

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

# Chunks that no ANALYZE has seen count no rows. One that is being compressed would have us wait for its end.
BUILD_ANALYZE = text(
    """
    SELECT format('ANALYZE (SKIP_LOCKED) %s', c.oid::regclass)
    FROM unnest(CAST(:chunks AS text[])) AS wanted(name) JOIN pg_class c ON c.oid = to_regclass(wanted.name)
    WHERE c.reltuples < 0
    """
)

# Of two estimates the larger: the planner's is none before the first ANALYZE, the server's statistics end with a crash.
CHUNK_SIZES = text(
    """
    SELECT format('%I.%I', chunk_schema, chunk_name) AS name, total_bytes AS bytes,
           GREATEST(approximate_row_count(CAST(format('%I.%I', chunk_schema, chunk_name) AS regclass)),
                    pg_stat_get_live_tuples(CAST(format('%I.%I', chunk_schema, chunk_name) AS regclass))) AS rows
    FROM chunks_detailed_size(CAST(:table AS regclass))
    WHERE format('%I.%I', chunk_schema, chunk_name) = ANY(CAST(:chunks AS text[]))
    """
)

HYPERTABLE_SIZE = text(
    """
    SELECT table_bytes, index_bytes, toast_bytes, total_bytes,
           (SELECT COALESCE(sum(GREATEST(
                approximate_row_count(inhrelid::regclass), pg_stat_get_live_tuples(inhrelid))), 0)::bigint
            FROM pg_inherits WHERE inhparent = CAST(:table AS regclass)) AS rows
    FROM hypertable_detailed_size(CAST(:table AS regclass))
    """
)

TABLE_SIZE = text(
    """
    SELECT pg_relation_size(c.oid) AS table_bytes, pg_indexes_size(c.oid) AS index_bytes,
           COALESCE(pg_total_relation_size(NULLIF(c.reltoastrelid, 0)), 0) AS toast_bytes,
           pg_total_relation_size(c.oid) AS total_bytes,
           GREATEST(c.reltuples, pg_stat_get_live_tuples(c.oid), 0)::bigint AS rows
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

BUILD_SPAN = text(
    """
    SELECT format('SELECT min(%1$I) AS oldest, max(%1$I) AS newest FROM %2$s',
                  CAST(:column AS text), CAST(:chunk AS regclass))
    """
)
BUILD_HAS_ROWS = text("SELECT format('SELECT EXISTS (SELECT FROM %s)', CAST(:chunk AS regclass))")
BUILD_NEWEST = text("SELECT format('SELECT max(%I) FROM %s', CAST(:column AS text), CAST(:table AS regclass))")
