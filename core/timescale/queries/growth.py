"""Sizes over time."""

from sqlalchemy import text

# Of the table and its chunks, since the server's statistics were last reset.
INSERTED = text(
    """
    SELECT COALESCE(sum(pg_stat_get_tuples_inserted(r.oid)), 0)::bigint
    FROM (SELECT CAST(:table AS regclass)::oid AS oid
          UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = CAST(:table AS regclass)) r
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
    SELECT taken_at, inserted, chunks, disk_free_bytes FROM stats_snapshots
    WHERE table_name = :table AND taken_at > :since ORDER BY taken_at
    """
)
