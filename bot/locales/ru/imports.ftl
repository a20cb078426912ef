# Файлы с показаниями, присланные боту

imports-trying = Проверяю { $name }
imports-taking = Загружаю { $name }
imports-progress = { $percent } %, { $count ->
    [one] { $count } показание
    [few] { $count } показания
   *[other] { $count } показаний
}
imports-tried = { $name }: проверен
imports-dry = Пока ничего не записано.
imports-nothing = В этом файле нет показаний.
imports-trusted = { $count ->
    [0] Ни одному показанию верить нельзя.
    [one] Можно верить { $count } показанию.
   *[other] Можно верить { $count } показаниям.
}
imports-written = { $count ->
    [0] Ни одному показанию верить нельзя.
    [one] { $count } показание теперь в таблице, новых или изменённых: { $written }.
    [few] { $count } показания теперь в таблице, новых или изменённых: { $written }.
   *[other] { $count } показаний теперь в таблице, новых или изменённых: { $written }.
}
imports-span = С { $first } по { $last }.
imports-zone = Время без смещения прочитано как { $zone }.
imports-would-refuse = { $count ->
    [one] { $count } показание попадёт в карантин:
    [few] { $count } показания попадут в карантин:
   *[other] { $count } показаний попадут в карантин:
}
imports-refused = { $count ->
    [one] { $count } показание попало в карантин, /quarantine:
    [few] { $count } показания попали в карантин, /quarantine:
   *[other] { $count } показаний попали в карантин, /quarantine:
}
imports-reason = • { $reason }: { $count }, например { $example }
imports-done = { $name }: загружен
imports-stopped = { $name }: остановлено
imports-stopped-at = { $count ->
    [0] Ничего не записано.
    [one] { $count } показание уже в таблице. Если загрузить файл снова, ничего не удвоится.
    [few] { $count } показания уже в таблице. Если загрузить файл снова, ничего не удвоится.
   *[other] { $count } показаний уже в таблице. Если загрузить файл снова, ничего не удвоится.
}
imports-dropped = { $name }: не загружаю
imports-failed = { $name }: не получилось до конца
imports-gone = Этого файла в чате больше нет. Пришлите его ещё раз.
imports-button-take = ✅ Загрузить
imports-button-no = ✖ Не надо
imports-button-stop = ⏹ Стоп
imports-error-too-large = Боту Telegram отдаёт файлы не больше { $limit } МБ. Пришлите сжатым (.csv.gz) или частями.
imports-error-busy = С этим файлом уже идёт работа.
