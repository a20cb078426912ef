"""The server: its clock, disk, connections and locks; what failed on it."""

from sqlalchemy import text

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

RESET_LOCK_TIMEOUT, RESET_STATEMENT_TIMEOUT = text("RESET lock_timeout"), text("RESET statement_timeout")

# Who keeps everybody else away from a table or one of its chunks, and for how long.
LOCK_HOLDERS = text(
    """
    SELECT string_agg(DISTINCT l.pid::text, ', ') AS holders,
           COALESCE(max(extract(epoch FROM clock_timestamp() - a.xact_start)), 0)::float AS held_s
    FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.granted AND l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND a.datname = current_database()
      AND (l.relation = CAST(:table AS regclass)
        OR l.relation IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = CAST(:table AS regclass)))
    """
)

NOW = text("SELECT clock_timestamp()")

DISK = text(
    """
    SELECT (SELECT setting FROM pg_settings WHERE name = 'data_directory') AS directory,
           COALESCE(host(inet_server_addr()), '127.0.0.1') IN ('127.0.0.1', '::1') AS local
    """
)
