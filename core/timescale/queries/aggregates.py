"""Continuous aggregates: how far they have read."""

from sqlalchemy import text

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

# Behind: not materialised so far, or changed since and not yet materialised again. The table's own log is young:
# a refresh moves it to the aggregates' logs. A chunk that is dropped is a change there too, up to the first moment of
# the one after it: `just_dropped` says that this is ours.
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
                     AND l.lowest_modified_value < :end_us AND l.greatest_modified_value >= :start_us
                     AND NOT (CAST(:just_dropped AS boolean)
                              AND l.lowest_modified_value < :start_us AND l.greatest_modified_value = :start_us)))
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

REFRESH = text(
    """
    CALL refresh_continuous_aggregate(CAST(:name AS regclass), CAST(:start AS timestamptz), CAST(:end AS timestamptz))
    """
)
