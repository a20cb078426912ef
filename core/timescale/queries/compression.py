"""Compression: how a table is set, and its chunks."""

from sqlalchemy import text

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

DECOMPRESS_CHUNK = text("SELECT decompress_chunk(CAST(:chunk AS regclass), if_compressed => true)")

COMPRESSION_STATS = text(
    """
    SELECT before_compression_total_bytes AS before, after_compression_total_bytes AS after
    FROM hypertable_compression_stats(CAST(:table AS regclass))
    """
)
