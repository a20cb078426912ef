"""The SQL that brings buckets up to date, and reads them."""

from sqlalchemy import text

LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('hydrodiag rollups', 0))")
TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended('hydrodiag rollups', 0))")

KNOWS_AGGREGATES = text("SELECT to_regclass('_timescaledb_catalog.continuous_agg') IS NOT NULL")
IS_AGGREGATE = text(
    "SELECT EXISTS (SELECT FROM _timescaledb_catalog.continuous_agg WHERE user_view_name = 'sensor_minutes')"
)

CREATE_WORK = text(
    """
    CREATE TEMPORARY TABLE rollup_work (
        sensor_id integer NOT NULL, hour timestamptz NOT NULL, since timestamptz NOT NULL, until timestamptz NOT NULL
    ) ON COMMIT DROP
    """
)
# The newest week that has marks: what people look at comes first, and a hypertable's scans stay within a chunk or two.
# Statements after this one see the readings of every mark taken here.
TAKE_MARKS = text(
    """
    WITH taken AS (
        DELETE FROM rollup_marks
        WHERE hour > (SELECT max(hour) FROM rollup_marks) - INTERVAL '7 days'
        RETURNING sensor_id, hour, since, until
    )
    INSERT INTO rollup_work (sensor_id, hour, since, until)
    SELECT sensor_id, hour, date_bin('1 minute', min(since), 'epoch'),
        date_bin('1 minute', max(until), 'epoch') + INTERVAL '1 minute'
    FROM taken
    GROUP BY sensor_id, hour
    """
)
ANALYZE_WORK = text("ANALYZE rollup_work")
WORK_SPAN = text("SELECT count(*) AS ranges, min(since) AS low, max(until) AS high FROM rollup_work")

CLEAR_MINUTES = text(
    """
    DELETE FROM rollup_minutes AS m USING rollup_work AS w
    WHERE m.sensor_id = w.sensor_id AND m.bucket >= w.since AND m.bucket < w.until
    """
)
FILL_MINUTES = text(
    """
    INSERT INTO rollup_minutes
        (sensor_id, bucket, count, outside, minimum, mean, maximum, variance, first, last)
    SELECT w.sensor_id, b.*
    FROM rollup_work AS w
    JOIN sensors AS s ON s.id = w.sensor_id
    CROSS JOIN LATERAL (
        SELECT
            date_bin('1 minute', time, 'epoch') AS bucket,
            count(*) AS count,
            count(*) FILTER (
                WHERE value >= least(s.warning_high, s.critical_high)
                OR value <= greatest(s.warning_low, s.critical_low)
            ) AS outside,
            min(value) AS minimum,
            avg(value) AS mean,
            max(value) AS maximum,
            var_pop(value) AS variance,
            (array_agg(value ORDER BY time))[1] AS first,
            (array_agg(value ORDER BY time))[count(*)] AS last
        FROM sensor_data
        WHERE sensor_id = w.sensor_id AND quality < 2
            AND time >= w.since AND time < w.until AND time >= :low AND time < :high
        GROUP BY 1
    ) AS b
    """
)
CLEAR_HOURS = text(
    "DELETE FROM rollup_hours AS h USING rollup_work AS w WHERE h.sensor_id = w.sensor_id AND h.bucket = w.hour"
)
# Variances of parts join by Chan, Golub and LeVeque (1979): within the parts, and of their means about the whole's.
FILL_HOURS = text(
    """
    INSERT INTO rollup_hours
        (sensor_id, bucket, count, outside, minimum, mean, maximum, variance, first, last)
    SELECT sensor_id, hour, sum(count), sum(outside), min(minimum), min(whole), max(maximum),
        sum(count * (variance + (mean - whole) * (mean - whole))) / sum(count),
        (array_agg(first ORDER BY bucket))[1],
        (array_agg(last ORDER BY bucket DESC))[1]
    FROM (
        SELECT w.hour, m.*, sum(m.mean * m.count) OVER an_hour / sum(m.count) OVER an_hour AS whole
        FROM rollup_work AS w
        CROSS JOIN LATERAL (
            SELECT * FROM rollup_minutes
            WHERE sensor_id = w.sensor_id AND bucket >= w.hour AND bucket < w.hour + INTERVAL '1 hour'
        ) AS m
        WINDOW an_hour AS (PARTITION BY w.sensor_id, w.hour)
    ) AS minutes
    GROUP BY sensor_id, hour
    """
)

TAKE_LIMIT_CHANGES = text("DELETE FROM rollup_limit_changes RETURNING sensor_id")
# Buckets whose readings retention has dropped keep what was counted with the limits of their time.
RECOUNT_MINUTES = text(
    """
    UPDATE rollup_minutes AS m
    SET outside = r.outside
    FROM sensors AS s
    CROSS JOIN LATERAL (
        SELECT date_bin('1 minute', time, 'epoch') AS bucket, count(*) FILTER (
            WHERE value >= least(s.warning_high, s.critical_high)
            OR value <= greatest(s.warning_low, s.critical_low)
        ) AS outside
        FROM sensor_data
        WHERE sensor_id = s.id AND quality < 2
        GROUP BY 1
    ) AS r
    WHERE s.id = ANY(:sensors) AND m.sensor_id = s.id AND m.bucket = r.bucket AND m.outside <> r.outside
    """
)
RECOUNT_HOURS = text(
    """
    UPDATE rollup_hours AS h
    SET outside = r.outside
    FROM (
        SELECT sensor_id, date_bin('1 hour', bucket, 'epoch') AS hour, sum(outside) AS outside
        FROM rollup_minutes
        WHERE sensor_id = ANY(:sensors)
        GROUP BY 1, 2
    ) AS r
    WHERE h.sensor_id = r.sensor_id AND h.bucket = r.hour AND h.outside <> r.outside
    """
)

# Continuous aggregates know by themselves which buckets are out of date, for as long as somebody refreshes them.
NEWEST_MARKS = text(
    """
    SELECT array_agg(id) AS ids, min(hour) AS low, max(hour) + INTERVAL '1 hour' AS high
    FROM rollup_marks
    WHERE hour > (SELECT max(hour) FROM rollup_marks) - INTERVAL '7 days'
    """
)
REFRESH_MINUTES = text(
    "CALL refresh_continuous_aggregate('sensor_minutes', CAST(:low AS timestamptz), CAST(:high AS timestamptz))"
)
REFRESH_HOURS = text(
    "CALL refresh_continuous_aggregate('sensor_hours', CAST(:low AS timestamptz), CAST(:high AS timestamptz))"
)
REMOVE_MARKS = text("DELETE FROM rollup_marks WHERE id = ANY(:ids)")
# What they can't know is that limits changed: those stand in another table.
LIMIT_CHANGES = text(
    """
    SELECT array_agg(c.id) AS ids, min(first.time) AS low, max(last.time) + INTERVAL '1 hour' AS high
    FROM rollup_limit_changes AS c
    LEFT JOIN LATERAL (
        SELECT time FROM sensor_data WHERE sensor_id = c.sensor_id ORDER BY time LIMIT 1
    ) AS first ON true
    LEFT JOIN LATERAL (
        SELECT time FROM sensor_data WHERE sensor_id = c.sensor_id ORDER BY time DESC LIMIT 1
    ) AS last ON true
    """
)
FORCE_MINUTES = text(
    "CALL refresh_continuous_aggregate('sensor_minutes', date_bin('1 hour', CAST(:low AS timestamptz), 'epoch'), "
    "CAST(:high AS timestamptz), force => true)"
)
FORCE_HOURS = text(
    "CALL refresh_continuous_aggregate('sensor_hours', date_bin('1 hour', CAST(:low AS timestamptz), 'epoch'), "
    "CAST(:high AS timestamptz), force => true)"
)
REMOVE_LIMIT_CHANGES = text("DELETE FROM rollup_limit_changes WHERE id = ANY(:ids)")

# One row a sensor, with a list for each part of a bucket: thousands of rows would take longer to fetch than to count.
# Whole hours from hours, the edges from minutes, and what is marked, hour by hour and to the minute, from readings.
SERIES = text(
    """
    WITH marked AS MATERIALIZED (
        SELECT sensor_id, hour, date_bin('1 minute', min(since), 'epoch') AS since,
            date_bin('1 minute', max(until), 'epoch') + INTERVAL '1 minute' AS until
        FROM rollup_marks
        WHERE sensor_id = ANY(:sensors) AND hour > CAST(:begin AS timestamptz) - INTERVAL '1 hour' AND hour <= :end
        GROUP BY 1, 2
    ), parts AS (
        SELECT h.sensor_id, h.bucket, h.count, h.outside, h.minimum, h.mean, h.maximum
        FROM sensor_hours AS h
        WHERE h.sensor_id = ANY(:sensors) AND h.bucket >= :first_hour AND h.bucket < :last_hour
            AND NOT EXISTS (SELECT FROM marked AS k WHERE k.sensor_id = h.sensor_id AND k.hour = h.bucket)
        UNION ALL
        SELECT m.sensor_id, m.bucket, m.count, m.outside, m.minimum, m.mean, m.maximum
        FROM sensor_minutes AS m
        WHERE m.sensor_id = ANY(:sensors) AND m.bucket >= :begin AND m.bucket < :first_hour
            AND NOT EXISTS (
                SELECT FROM marked AS k WHERE k.sensor_id = m.sensor_id AND m.bucket >= k.since AND m.bucket < k.until)
        UNION ALL
        SELECT m.sensor_id, m.bucket, m.count, m.outside, m.minimum, m.mean, m.maximum
        FROM sensor_minutes AS m
        WHERE m.sensor_id = ANY(:sensors) AND m.bucket >= :last_hour AND m.bucket <= :end
            AND NOT EXISTS (
                SELECT FROM marked AS k WHERE k.sensor_id = m.sensor_id AND m.bucket >= k.since AND m.bucket < k.until)
        UNION ALL
        SELECT m.sensor_id, m.bucket, m.count, m.outside, m.minimum, m.mean, m.maximum
        FROM marked AS k
        CROSS JOIN LATERAL (
            SELECT * FROM sensor_minutes
            WHERE sensor_id = k.sensor_id AND bucket >= k.hour AND bucket < k.hour + INTERVAL '1 hour'
                AND (bucket < k.since OR bucket >= k.until)
        ) AS m
        WHERE k.hour >= :first_hour AND k.hour < :last_hour
        UNION ALL
        SELECT k.sensor_id, r.*
        FROM marked AS k
        JOIN sensors AS s ON s.id = k.sensor_id
        CROSS JOIN LATERAL (
            SELECT
                date_bin('1 minute', time, 'epoch') AS bucket,
                count(*) AS count,
                count(*) FILTER (
                    WHERE value >= least(s.warning_high, s.critical_high)
                    OR value <= greatest(s.warning_low, s.critical_low)
                ) AS outside,
                min(value) AS minimum,
                avg(value) AS mean,
                max(value) AS maximum
            FROM sensor_data
            WHERE sensor_id = k.sensor_id AND quality < 2
                AND time >= k.since AND time < k.until AND time >= :begin AND time <= :end
            GROUP BY 1
        ) AS r
    )
    SELECT sensor_id, array_agg(start), array_agg(count), array_agg(outside),
        array_agg(minimum), array_agg(mean), array_agg(maximum)
    FROM (
        SELECT sensor_id,
            greatest(date_bin(CAST(:width AS interval), bucket, CAST(:origin AS timestamptz)), :begin) AS start,
            CAST(sum(count) AS bigint) AS count,
            CAST(sum(outside) AS bigint) AS outside,
            min(minimum) AS minimum,
            sum(mean * count) / CAST(sum(count) AS double precision) AS mean,
            max(maximum) AS maximum
        FROM parts
        GROUP BY 1, 2
        ORDER BY 1, 2
    ) AS buckets
    GROUP BY 1
    """
)
