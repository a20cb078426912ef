operations-kind-ensure = чанки наперёд
operations-kind-clean = удаление старого
operations-kind-compress = сжатие
operations-kind-interval = длина чанков
operations-kind-backfill = опоздавшие показания
operations-kind-apply = политика
operations-title = №{ NUMBER($number, useGrouping: 0) } { $what }: { $table }
operations-button-ensure = Создать
operations-button-clean = Удалить
operations-button-compress = Сжать
operations-button-interval = Изменить
operations-button-backfill = Записать
operations-button-apply = Привести к политике
operations-button-drop = Не надо
operations-button-cancel = Отменить
operations-opening = …
operations-cancelling = Отменяю: остановится не позже чем после текущего чанка…
operations-state-planned = 📝 Запланировано, ничего ещё не сделано.
operations-state-queued = ⏳ Ждёт воркера…
operations-state-running = ⏳ Выполняется…
operations-state-interrupted = ⏸ Прервано. Продолжится в течение пяти минут с того же места.
operations-state-done = ✅ Готово.
operations-state-failed = ⚠️ Сделано не всё.
operations-state-cancelled = ✖ Отменено. Сделанное остаётся.
operations-progress = ⏳ { $what }: { $done } из { $total }
operations-heading = Обслуживание
operations-none = Ещё ничего не запускали.
operations-more = … и ещё { $count }
operations-plan-ensure = Создать { $count ->
    [one] { $count } чанк
    [few] { $count } чанка
   *[other] { $count } чанков
} таблицы { $table }?
operations-plan-there = Уже есть: { $count }
operations-plan-interval = Новые чанки { $table }: { $after } вместо { $before }?
operations-plan-interval-kept = Существующие чанки свою длину сохранят: { $kept }, до { $until }. Показания после этого пойдут в новые.
operations-refused = { $what }: { $why }
operations-plan-clean = Удалить { $count ->
    [one] { $count } чанк
    [few] { $count } чанка
   *[other] { $count } чанков
} таблицы { $table } старше { $before }: { $size }, примерно { $rows ->
    [one] { $rows } строка
    [few] { $rows } строки
   *[other] { $rows } строк
}? Вернуть их будет нельзя.
operations-plan-held = Под запретом на удаление, остаются: { $count }
operations-plan-all-held = Удалять нечего: все чанки таблицы { $table } старше { $before } ({ $count }) под запретом на удаление: /retention holds
operations-plan-left = Чанков останется: { $count }
operations-plan-compress = Сжать { $count ->
    [one] { $count } чанк
    [few] { $count } чанка
   *[other] { $count } чанков
} таблицы { $table } старше { $before } (сейчас { $size })?
operations-how-by-key = Группировка по { $segmentby }, порядок по { $orderby }: групп { $segments }, примерно по { $rows } строк в чанке.
operations-how-no-key = Порядок по { $orderby }, без группировки: ни один уникальный индекс не подсказывает столбец.
operations-how-too-thin = Порядок по { $orderby }, без группировки: в группе было бы только { $rows } строк на чанк, а меньше 100 – скорее убыток.
operations-how-kept = Как уже настроено у таблицы: группировка по { $segmentby }, порядок по { $orderby }.
operations-plan-backfill = Записать опоздавшие показания в { $table }? Сжатые чанки для этого распаковываются и сжимаются снова.
operations-plan-apply = Привести { $table } к политике?
operations-result-nothing = Делать было уже нечего.
operations-result-created = Создано чанков: { $count }
operations-result-dropped = Удалено чанков: { $count }. Освобождено: { $size }, строк примерно { $rows }
operations-result-compressed = Сжато чанков: { $count }. { $before } → { $after } (степень сжатия { $ratio })
operations-entry-dropped = { $range } · { $size }, { $rows ->
    [one] { $rows } строка
    [few] { $rows } строки
   *[other] { $rows } строк
} · { $chunk }
operations-entry-compressed = { $range } · { $before } → { $after }
operations-entry-failed = { $range } · { $chunk }
operations-result-failed = Не удалось сжать чанков: { $count }. { $error }
operations-result-interval = Новые чанки: { $after } вместо { $before }. Существующие свою длину сохранят: { $kept }
operations-result-written = Записано опоздавших показаний: { $rows }, чанков: { $count }
operations-compress-usage =
    Сжатие в политике выключено. Укажите, с какого возраста сжимать:
    /compress 30д
    /compress таблица 30д
operations-retention-usage =
    /retention 90д – удалить всё, что старше
    /retention таблица 90д
    /retention таблица 90д всё – даже если ничего не останется
    /retention hold 2026-01-01 2026-02-28 причина – запретить удаление
    /retention holds – запреты
    /retention release 3 – снять запрет
policies-heading = Политика таблицы { $table }
policies-chunk-interval = Новые чанки: { $span }
policies-compress-after = Сжимать через: { $span }
policies-retain-for = Хранить: { $span }
policies-not-compressible = {" "}(но не здесь: нужен TimescaleDB Community)
policies-own = {" "}(задано для этой таблицы)
policies-default = как есть
policies-compress-after-never = Не сжимать
policies-retain-for-never = Хранить бессрочно
policies-drift = Не так, как задано
policies-as-declared = ✅ Всё так, как задано.
policies-drift-ensure = Готово чанков: { $actual } из { $declared }
policies-drift-clean = Старше { $declared }, пора удалить: { $count ->
    [one] { $count } чанк
    [few] { $count } чанка
   *[other] { $count } чанков
}
policies-drift-compress = Старше { $declared }, не сжато: { $count ->
    [one] { $count } чанк
    [few] { $count } чанка
   *[other] { $count } чанков
}
policies-drift-interval = Новые чанки: { $actual }, задано: { $declared }. Существующие свою длину сохранят
policies-usage =
    /policies chunk 7д – длина чанков
    /policies compress 30д – сжимать через
    /policies retain 365д – хранить
    /policies retain default – как в настройках
policies-holds = Запреты на удаление
policies-no-holds = Запретов на удаление нет.
policies-hold = { NUMBER($number, useGrouping: 0) }. { $table }, { $begins } – { $ends }: { $reason }
stats-total = { $size }, примерно { $rows ->
    [one] { $rows } строка
    [few] { $rows } строки
   *[other] { $rows } строк
}
stats-parts = Таблица { $table }, индексы { $index }, TOAST { $toast }
stats-chunks = Чанков: { $count }, сжато: { $compressed }, новые – по { $interval }
stats-covered = Следующий новый чанк – с { $until }
stats-plain = Обычная таблица, без чанков
stats-span = Показания с { $oldest } по { $newest }
chunks-heading = { $table }: { $count ->
    [one] { $count } чанк
    [few] { $count } чанка
   *[other] { $count } чанков
}, { $size }
chunks-compressed = Сжато: { $count }, { $size }
chunks-span = С { $begin } по { $end }
chunks-picture-per-day = размер за день
chunks-picture-open = не сжато
chunks-picture-compressed = сжато
chunks-picture-now = сейчас
stats-ratio = Степень сжатия: { $ratio }
stats-grows = Растёт на { $size } в день
stats-shrinks = Уменьшается на { $size } в день
stats-rate = Показаний в секунду: { $rate }
stats-free = Свободно на диске: { $size }
stats-full = При таком росте диска хватит на { $days } дн.
chunks-none = Чанков ещё нет.
operations-confirm = Сделать?
