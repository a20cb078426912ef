# Показания файлом

export-usage = Напишите, например: /export пресс 7 дней · /export пресс с понедельника parquet. CSV открывается в Excel, Parquet – для программ, в него входит больше показаний.
export-begun = Готовлю файл
export-busy = Прошлый файл ещё готовится. Одну минуту.
export-too-large = Даже по часам получается больше { $limit } МБ. Возьмите период короче или parquet.
export-nothing = За это время показаний нет.
export-not-sent = Файл готов, но Telegram его не принял. Попробуйте ещё раз.
export-readings = { $count ->
        [one] { $count } показание, как пришло
        [few] { $count } показания, как пришли
       *[other] { $count } показаний, как пришли
    }
export-minutes = { $count ->
        [one] { $count } строка: среднее, минимум и максимум за минуту
        [few] { $count } строки: среднее, минимум и максимум за каждую минуту
       *[other] { $count } строк: среднее, минимум и максимум за каждую минуту
    }
export-hours = { $count ->
        [one] { $count } строка: среднее, минимум и максимум за час
        [few] { $count } строки: среднее, минимум и максимум за каждый час
       *[other] { $count } строк: среднее, минимум и максимум за каждый час
    }
export-why-coarser = Все показания по одному в Telegram не поместятся. За период короче – поместятся.
export-button = ⬇ CSV
export-progress = ⏳ Готовлю файл: { $percent } %, строк: { $count }
export-sending = ⏫ Файл готов, отправляю
export-done = ✔ Файл отправлен.
export-stopped = ✖ Остановлено, файла не будет.
export-failed = ✖ Файл не получился.
export-none-under-way = Сейчас файл не готовится.
export-button-stop = ✖ Остановить
export-time-csv = Столбец time – по времени { $zone }, у каждой строки указано смещение от UTC.
export-time-parquet = Столбец time – в UTC.
