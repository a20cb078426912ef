timescale-health-title = { $worst ->
    [critical] The database needs help now
    [warning] The database needs attention
   *[other] The database is well
}
timescale-health-edition = { $edition ->
    [community] TimescaleDB { $version } (Community), PostgreSQL { $postgres }
    [apache] TimescaleDB { $version } (Apache), PostgreSQL { $postgres }
   *[none] PostgreSQL { $postgres }, no TimescaleDB
}
timescale-health-size = Database: { $size }
timescale-health-readings = Readings: about { $rows } rows, { $size }
timescale-health-chunks = Chunks: { $chunks }, compressed: { $compressed }, ahead of now: { $ahead }
timescale-health-span = From { $oldest } to { $newest }
timescale-health-connections = Connections: { $used } of { $limit }
timescale-health-redis = { $product } { $version }: { $size }
timescale-health-workers = Workers: { $states }
timescale-health-worker = { $queue } { $alive ->
    [true] ✓
   *[false] ✗
}{ $waiting ->
    [0] {""}
   *[other] {" "}({ $waiting } waiting)
}

timescale-finding-no-timescale = Plain PostgreSQL: readings lie in an ordinary table. Retention by chunks and compression need TimescaleDB.
timescale-finding-not-a-hypertable = TimescaleDB is here, but { $table } is an ordinary table.
timescale-finding-chunks-ahead = Chunks ready ahead of now: { $ahead }, wanted: { $wanted }. They would come with the first reading, only slower.
timescale-finding-no-readings = No sensor has sent a reading yet.
timescale-finding-readings-silent = No reading has arrived for { $hours } h.
timescale-finding-connections = { $used } of { $limit } connections are in use.
timescale-finding-clock = The database's clock is { $seconds } s off this server's.
timescale-finding-locks = Waiting for locks: { $waiting }, for up to { $seconds } s. In the way: process { $blockers }.
timescale-finding-locked = { $table } is locked: nobody can read or write it, for { $seconds } s now. In the way: process { $blockers }.
timescale-finding-redis = Redis does not answer: questions are not queued, jobs don't run.
timescale-finding-worker = No worker serves the queue { $queue } (waiting: { $waiting }).
timescale-finding-failed-jobs = Jobs that gave up in the last 24 h: { $count } (table failed_jobs).
timescale-finding-database-job = TimescaleDB's job { $id } ({ $name }) failed last time: { $error }
timescale-finding-portal-fault = TimescaleDB's jobs { $jobs } count as failed with “cannot drop portal”: a known fault with this PostgreSQL. Their work is done all the same.

timescale-size-b = { $value } B
timescale-size-kb = { $value } kB
timescale-size-mb = { $value } MB
timescale-size-gb = { $value } GB
timescale-size-tb = { $value } TB

timescale-error-needs-timescale = This needs TimescaleDB; this database is plain PostgreSQL.
timescale-error-needs-community = This needs TimescaleDB's Community edition.
timescale-error-no-table = There is no such table: { $table }
timescale-error-not-a-table = { $kind ->
    [view] { $table } is a view. Only tables have chunks.
   *[other] { $table } is not a table.
}
timescale-error-no-table-no-age = There is no table “{ $words }”, and it is no span of time either. Write, for example: 30d, or with a table: sensor_data 30d.
timescale-error-no-table-no-count = There is no table “{ $words }”. Write how many chunks, for example: 4, or two dates: 2026-01-01 2026-03-31.
timescale-error-no-hypertable = { $table } is not a hypertable: it is not divided into chunks by time.
timescale-error-busy = Maintenance of { $table } is already under way. Try again when it is done.
timescale-error-locked = A lock that somebody else holds on the table is in the way. /health says whose.
timescale-error-bad-range = This range of time makes no sense: the end must come after the start, the cut-off must lie in the past.
timescale-error-too-many-chunks = This range needs more than { $limit } chunks. Take a shorter one.
timescale-error-no-create-chunk = TimescaleDB's Apache edition creates chunks ahead for the table of readings only.
timescale-error-drops-everything = All rows are in the { $chunks } chunks to be dropped: nothing would be left. If you mean it, name the table and add “everything”.
timescale-error-aggregate-lags = { $aggregates ->
    [roll-ups] Minute and hour roll-ups
   *[other] { $aggregates }
}: not caught up with the chunks to be dropped. What they have not read yet would be lost. Try again when they have.
timescale-error-chunks-failed = Not all chunks could be compressed.
timescale-error-bad-interval = New chunks must be at least 1 hour and at most 366 days long.
timescale-error-no-hold = There is no such hold, or it was released already.
timescale-error-no-operation = There is no such operation.
timescale-error-stale-plan = Nothing was done: this plan was confirmed, cancelled or has grown too old (15 minutes). Ask for a new one.
timescale-error-already-ordered = Nothing was done: #{ NUMBER($number, useGrouping: 0) } does the same and has not ended yet, see /jobs.
timescale-error-ended = It has ended already.
timescale-error-timeout = It took too long and was ended. What was done stays done; the rest waits for the next run.
timescale-error-cancelled = Cancelled.
timescale-error-refused = The database refused: { $reason }
timescale-error-interrupted = It was interrupted three times and is given up.
timescale-error-bad-policy = That policy makes no sense: readings must be kept longer than until they are compressed, and no span may be negative or over 100 years.
timescale-error-nothing-to-do = Nothing to do: everything is as it should be.
timescale-error-chunks-there = Nothing to do: those chunks are there already ({ $count }). To make more, say how many: /partitions 8
timescale-error-none-that-old = Nothing to do: no chunk is that old.
timescale-error-none-to-compress = Nothing to do: no chunk of that age is left uncompressed.
timescale-error-backfill-table = Only the table of readings takes late readings.
timescale-error-bad-reading = Line { NUMBER($line, useGrouping: 0) } is no reading. Wanted: sensor_id,time,value[,quality], time with its offset from UTC.
timescale-error-not-installed = TimescaleDB is not installed on the database server, or not in shared_preload_libraries. Install it, add it there, restart PostgreSQL, and try again.
timescale-error-adoption-failed = The database refused; nothing has changed.
timescale-error-bad-span = “{ $span }” is no span of time. Write, for example: 12h, 30d, 6 weeks.
timescale-finding-unsupported = TimescaleDB { $timescale } is not made for PostgreSQL { $postgres }.
timescale-finding-retention-overdue = { $table }: { $count ->
    [one] 1 chunk is
   *[other] { $count } chunks are
} past { $days } days and still here, the oldest ended { $until }.
timescale-finding-compression-overdue = { $table }: { $count ->
    [one] 1 chunk is
   *[other] { $count } chunks are
} older than { $days } days and not compressed, the oldest ended { $until }.
timescale-finding-aggregate-lags = { $name ->
    [roll-ups] Readings have waited { $hours } h to be read into the minute and hour roll-ups.
   *[other] { $name } is { $hours } h behind the readings.
}
timescale-finding-bloat = { $table }: { $dead } dead rows, { $percent } % of all. Vacuum does not keep up.
timescale-finding-disk = At this growth the disk is full in { $days } days ({ $free_gb } GB free).
timescale-finding-operation-failed = Maintenance #{ NUMBER($id, useGrouping: 0) } ({ $kind ->
    [ensure] chunks ahead
    [clean] retention
    [compress] compression
    [interval] chunk length
    [backfill] late readings
   *[apply] policy
}) of { $table } failed; nothing of its kind has succeeded since.
timescale-alert-worse = The database needs you:
timescale-alert-recovered = Well again:
timescale-alert-left = { $count ->
    [0] Nothing else is wrong.
    [one] One more fault is left: /health
   *[other] { $count } more faults are left: /health
}
