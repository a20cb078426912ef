operations-kind-ensure = chunks ahead
operations-kind-clean = retention
operations-kind-compress = compression
operations-kind-interval = chunk length
operations-kind-backfill = late readings
operations-kind-apply = policy
operations-title = #{ NUMBER($number, useGrouping: 0) } { $what }: { $table }
operations-button-ensure = Create them
operations-button-clean = Drop them
operations-button-compress = Compress them
operations-button-interval = Change it
operations-button-backfill = Write them
operations-button-apply = Bring it to the policy
operations-button-drop = Leave it
operations-button-cancel = Cancel
operations-opening = …
operations-cancelling = Cancelling: it ends after the present chunk at the latest…
operations-state-planned = 📝 Planned; nothing has been done yet.
operations-state-queued = ⏳ Waiting for the worker…
operations-state-running = ⏳ Running…
operations-state-interrupted = ⏸ Interrupted. It goes on within five minutes, where it stopped.
operations-state-done = ✅ Done.
operations-state-failed = ⚠️ Not all of it was done.
operations-state-cancelled = ✖ Cancelled. What was done stays done.
operations-progress = ⏳ { $what }: { $done } of { $total }
operations-heading = Maintenance
operations-none = Nothing has been run yet.
operations-more = … and { $count } more
operations-plan-ensure = Create { $count ->
    [one] 1 chunk
   *[other] { $count } chunks
} of { $table }?
operations-plan-there = There already: { $count }
operations-plan-interval = New chunks of { $table }: { $after } instead of { $before }?
operations-plan-interval-kept = Chunks that exist keep their length: { $kept }, up to { $until }. Readings after that go into new ones.
operations-refused = { $what }: { $why }
operations-plan-clean = Drop { $count ->
    [one] 1 chunk
   *[other] { $count } chunks
} of { $table } that ended before { $before }: { $size }, about { $rows ->
    [one] 1 row
   *[other] { $rows } rows
}? This can't be undone.
operations-plan-held = On legal hold, stays: { $count }
operations-plan-all-held = Nothing to drop: all chunks of { $table } that ended before { $before } ({ $count }) are held. On legal hold: /retention holds
operations-plan-left = Chunks that stay: { $count }
operations-plan-compress = Compress { $count ->
    [one] 1 chunk
   *[other] { $count } chunks
} of { $table } that ended before { $before } ({ $size } now)?
operations-how-by-key = Grouped by { $segmentby }, sorted by { $orderby }: about { $rows } rows of each of { $segments } groups in a chunk.
operations-how-no-key = Sorted by { $orderby }, not grouped: no unique index names a column to group by.
operations-how-too-thin = Sorted by { $orderby }, not grouped: only { $rows } rows would share a group in a chunk, under 100 that costs more than it saves.
operations-how-kept = As the table is set already: grouped by { $segmentby }, sorted by { $orderby }.
operations-plan-backfill = Write the late readings into { $table }? Compressed chunks are opened for them and compressed again.
operations-plan-apply = Bring { $table } to its policy?
operations-result-nothing = Nothing was left to do.
operations-result-created = Chunks created: { $count }
operations-result-dropped = Chunks dropped: { $count }. Freed: { $size }, about { $rows } rows
operations-result-compressed = Chunks compressed: { $count }. { $before } → { $after } ({ $ratio } times smaller)
operations-entry-dropped = { $range } · { $size }, { $rows ->
    [one] 1 row
   *[other] { $rows } rows
} · { $chunk }
operations-entry-compressed = { $range } · { $before } → { $after }
operations-entry-failed = { $range } · { $chunk }
operations-result-failed = Chunks that could not be compressed: { $count }. { $error }
operations-result-interval = New chunks: { $after } instead of { $before }. Those that exist keep their length: { $kept }
operations-result-written = Late readings written: { $rows }, into { $count ->
    [one] 1 chunk
   *[other] { $count } chunks
}
operations-compress-usage =
    Compression is off in the policy. Say how old chunks must be:
    /compress 30d
    /compress table 30d
operations-retention-usage =
    /retention 90d – drop what is older
    /retention table 90d
    /retention table 90d everything – even if nothing is left
    /retention hold 2026-01-01 2026-02-28 reason
    /retention holds
    /retention release 3
policies-heading = Policy of { $table }
policies-chunk-interval = New chunks: { $span }
policies-compress-after = Compressed after: { $span }
policies-retain-for = Kept for: { $span }
policies-not-compressible = {" "}(but not here: that needs TimescaleDB Community)
policies-own = {" "}(declared for this table)
policies-default = as they are
policies-compress-after-never = Compressed: never
policies-retain-for-never = Kept: for ever
policies-drift = Not as declared
policies-as-declared = ✅ Everything is as declared.
policies-drift-ensure = Chunks ready: { $actual } of { $declared }
policies-drift-clean = Older than { $declared }, to be dropped: { $count ->
    [one] 1 chunk
   *[other] { $count } chunks
}
policies-drift-compress = Older than { $declared }, not compressed: { $count ->
    [one] 1 chunk
   *[other] { $count } chunks
}
policies-drift-interval = New chunks: { $actual }, declared: { $declared }. Those that exist keep their length
policies-usage =
    /policies chunk 7d – length of chunks
    /policies compress 30d – compress after
    /policies retain 365d – keep for
    /policies retain default – as the settings say
policies-holds = Legal holds
policies-no-holds = There are no legal holds.
policies-hold = { NUMBER($number, useGrouping: 0) }. { $table }, { $begins } – { $ends }: { $reason }
stats-total = { $size }, about { $rows ->
    [one] 1 row
   *[other] { $rows } rows
}
stats-parts = Table { $table }, indexes { $index }, TOAST { $toast }
stats-chunks = Chunks: { $count }, compressed: { $compressed }, new ones: { $interval }
stats-covered = Next new chunk from { $until }
stats-plain = An ordinary table, no chunks
stats-span = Readings from { $oldest } to { $newest }
chunks-heading = { $table }: { $count ->
    [one] 1 chunk
   *[other] { $count } chunks
}, { $size }
chunks-compressed = Compressed: { $count }, { $size }
chunks-span = From { $begin } to { $end }
chunks-picture-per-day = size per day
chunks-picture-open = not compressed
chunks-picture-compressed = compressed
chunks-picture-now = now
stats-ratio = Compressed chunks are { $ratio } times smaller
stats-grows = Grows by { $size } a day
stats-shrinks = Shrinks by { $size } a day
stats-rate = Readings: { $rate } a second
stats-free = Free on the disk: { $size }
stats-full = The disk is full in { $days } d at this growth
chunks-none = No chunks yet.
operations-confirm = Do it?
