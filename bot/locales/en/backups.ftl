error-backup-tool-missing = { $tool } is not installed on the server (Debian: postgresql-client).
error-backup-failed = { $tool } failed; the log says why.
error-backup-missing = There is no whole backup in { $folder }.
error-backup-damaged = The backup is damaged: { $file } is missing or has changed.
error-backup-folder = The folder { $folder } can't be written.
error-backup-timescale = The backup needs TimescaleDB { $backup }, here is { $here }.
error-backup-in-use = The database { $database } is in use: stop the bot and the workers first.
error-backup-rows = The restored table { $table } has { $found } rows instead of { $expected }.
