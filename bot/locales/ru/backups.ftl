error-backup-tool-missing = На сервере не установлена программа { $tool } (Debian: postgresql-client).
error-backup-failed = Программа { $tool } завершилась с ошибкой, причина – в журнале.
error-backup-missing = В папке { $folder } нет целой резервной копии.
error-backup-damaged = Резервная копия повреждена: файл { $file } отсутствует или изменён.
error-backup-folder = В папку { $folder } не удаётся записать.
error-backup-timescale = Для копии нужен TimescaleDB { $backup }, а здесь { $here }.
error-backup-in-use = База { $database } занята: сначала остановите бота и исполнителей.
error-backup-rows = В восстановленной таблице { $table } строк: { $found } вместо { $expected }.
