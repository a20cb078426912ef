timescale-health-title = { $worst ->
    [critical] Базе данных срочно нужна помощь
    [warning] База данных требует внимания
   *[other] База данных в порядке
}
timescale-health-edition = { $edition ->
    [community] TimescaleDB { $version } (Community), PostgreSQL { $postgres }
    [apache] TimescaleDB { $version } (Apache), PostgreSQL { $postgres }
   *[none] PostgreSQL { $postgres }, без TimescaleDB
}
timescale-health-size = База данных: { $size }
timescale-health-readings = Показания: примерно { $rows ->
    [one] { $rows } строка
    [few] { $rows } строки
   *[other] { $rows } строк
}, { $size }
timescale-health-chunks = Чанков: { $chunks }, сжато: { $compressed }, создано наперёд: { $ahead }
timescale-health-span = С { $oldest } по { $newest }
timescale-health-connections = Соединения: { $used } из { $limit }
timescale-health-redis = { $product } { $version }: { $size }
timescale-health-workers = Воркеры: { $states }
timescale-health-worker = { $queue } { $alive ->
    [true] ✓
   *[false] ✗
}{ $waiting ->
    [0] {""}
   *[other] {" "}(в очереди: { $waiting })
}

timescale-finding-no-timescale = Обычный PostgreSQL: показания лежат в простой таблице. Для удаления по чанкам и сжатия нужен TimescaleDB.
timescale-finding-not-a-hypertable = TimescaleDB есть, но { $table } – простая таблица.
timescale-finding-chunks-ahead = Чанков создано наперёд: { $ahead }, нужно: { $wanted }. Они появятся и с первым показанием, но медленнее.
timescale-finding-no-readings = Ни один датчик ещё не прислал показаний.
timescale-finding-readings-silent = Показаний нет уже { $hours } ч.
timescale-finding-connections = Занято соединений: { $used } из { $limit }.
timescale-finding-clock = Часы базы данных расходятся с часами этого сервера на { $seconds } с.
timescale-finding-locks = Ждут блокировки: { $waiting }, до { $seconds } с. Мешает процесс { $blockers }.
timescale-finding-locked = { $table } заблокирована уже { $seconds } с: никто не может ни читать, ни писать. Мешает процесс { $blockers }.
timescale-finding-redis = Redis не отвечает: вопросы не встают в очередь, задачи не выполняются.
timescale-finding-worker = Очередь { $queue } никто не обслуживает (ждут: { $waiting }).
timescale-finding-failed-jobs = Задач, не выполненных за последние 24 ч: { $count } (таблица failed_jobs).
timescale-finding-database-job = Задача TimescaleDB { $id } ({ $name }) в последний раз завершилась ошибкой: { $error }
timescale-finding-portal-fault = Задачи TimescaleDB { $jobs } числятся неудачными с «cannot drop portal»: известная ошибка с этой версией PostgreSQL. Свою работу они всё же делают.

timescale-size-b = { $value } Б
timescale-size-kb = { $value } КБ
timescale-size-mb = { $value } МБ
timescale-size-gb = { $value } ГБ
timescale-size-tb = { $value } ТБ

timescale-error-needs-timescale = Для этого нужен TimescaleDB, а здесь обычный PostgreSQL.
timescale-error-needs-community = Для этого нужен TimescaleDB в редакции Community.
timescale-error-no-table = Нет такой таблицы: { $table }
timescale-error-not-a-table = { $kind ->
    [view] { $table } – представление, а чанки бывают только у таблиц.
   *[other] { $table } – не таблица.
}
timescale-error-no-table-no-age = Таблицы «{ $words }» нет, и на срок это не похоже. Пишите, например: 30д или, с таблицей, sensor_data 30д.
timescale-error-no-table-no-count = Таблицы «{ $words }» нет. Укажите, сколько чанков создать, например: 4, или две даты: 2026-01-01 2026-03-31.
timescale-error-no-hypertable = { $table } – не гипертаблица: по времени на чанки не разбита.
timescale-error-busy = Таблицу { $table } уже обслуживают. Повторите, когда закончится.
timescale-error-locked = Мешает чужая блокировка таблицы. Чья – покажет /health.
timescale-error-bad-range = Такой промежуток времени невозможен: конец должен быть позже начала, а граница – в прошлом.
timescale-error-too-many-chunks = Для этого промежутка нужно больше { $limit } чанков. Возьмите короче.
timescale-error-no-create-chunk = В редакции Apache чанки создаются наперёд только для таблицы показаний.
timescale-error-drops-everything = Все строки лежат в удаляемых чанках ({ $chunks }): не осталось бы ничего. Если так и нужно, укажите таблицу и добавьте «всё».
timescale-error-aggregate-lags = { $aggregates ->
    [roll-ups] Минутные и часовые сводки
   *[other] { $aggregates }
}: ещё не дочитали удаляемые чанки. Непрочитанное пропало бы. Повторите, когда дочитают.
timescale-error-chunks-failed = Сжать удалось не все чанки.
timescale-error-bad-interval = Новые чанки могут быть длиной от 1 часа до 366 дней.
timescale-error-no-hold = Такого запрета на удаление нет, или он уже снят.
timescale-error-no-operation = Такой операции нет.
timescale-error-stale-plan = Ничего не сделано: этот план уже подтверждён, отменён или устарел (15 минут). Запросите новый.
timescale-error-already-ordered = Ничего не сделано: то же самое уже выполняет №{ NUMBER($number, useGrouping: 0) }, см. /jobs.
timescale-error-ended = Она уже завершена.
timescale-error-timeout = Это длилось слишком долго и остановлено. Сделанное остаётся, остальное – при следующем запуске.
timescale-error-cancelled = Отменено.
timescale-error-refused = База данных отказала: { $reason }
timescale-error-interrupted = Операция прервалась трижды, больше не повторяется.
timescale-error-bad-policy = Такая политика невозможна: хранить нужно дольше, чем до сжатия, а срок не бывает отрицательным или больше 100 лет.
timescale-error-nothing-to-do = Делать нечего: всё как надо.
timescale-error-chunks-there = Делать нечего: эти чанки уже есть ({ $count }). Чтобы создать больше, укажите, сколько: /partitions 8
timescale-error-none-that-old = Делать нечего: таких старых чанков нет.
timescale-error-none-to-compress = Делать нечего: несжатых чанков такого возраста нет.
timescale-error-backfill-table = Опоздавшие показания принимает только таблица показаний.
timescale-error-bad-reading = Строка { NUMBER($line, useGrouping: 0) } – не показание. Нужно: sensor_id,time,value[,quality], время со сдвигом от UTC.
timescale-error-not-installed = На сервере базы данных TimescaleDB не установлен или не указан в shared_preload_libraries. Установите, укажите его там, перезапустите PostgreSQL и повторите.
timescale-error-adoption-failed = База данных отказала; ничего не изменилось.
timescale-error-bad-span = «{ $span }» – не промежуток времени. Пишите, например: 12ч, 30д, 6 недель.
timescale-finding-unsupported = TimescaleDB { $timescale } не рассчитан на PostgreSQL { $postgres }.
timescale-finding-retention-overdue = { $table }: чанков старше { $days } дн. не удалено: { $count }, самый старый – до { $until }.
timescale-finding-compression-overdue = { $table }: чанков старше { $days } дн. не сжато: { $count }, самый старый – до { $until }.
timescale-finding-aggregate-lags = { $name ->
    [roll-ups] Показания уже { $hours } ч ждут, когда попадут в минутные и часовые сводки.
   *[other] { $name } отстаёт от показаний на { $hours } ч.
}
timescale-finding-bloat = { $table }: мёртвых строк { $dead }, это { $percent } %. Очистка не успевает.
timescale-finding-disk = При таком росте диск заполнится через { $days } дн. (свободно { $free_gb } ГБ).
timescale-finding-operation-failed = Обслуживание №{ NUMBER($id, useGrouping: 0) } ({ $kind ->
    [ensure] чанки наперёд
    [clean] удаление старого
    [compress] сжатие
    [interval] длина чанков
    [backfill] опоздавшие показания
   *[apply] политика
}) таблицы { $table } не удалось, и с тех пор удачных не было.
timescale-alert-worse = База данных требует внимания:
timescale-alert-recovered = Снова в порядке:
timescale-alert-left = { $count ->
    [0] Других неполадок нет.
    [one] Осталась { $count } неполадка: /health
    [few] Осталось { $count } неполадки: /health
   *[other] Осталось { $count } неполадок: /health
}
