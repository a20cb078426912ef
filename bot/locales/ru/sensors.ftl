# Машины и датчики

sensors-title = Машины
sensors-none = Машин пока нет. Демонстрационный участок создаёт команда hydrodiag init-data.
sensors-all-well = { $count ->
        [one] { $count } датчик, в норме
        [few] { $count } датчика, все в норме
       *[other] { $count } датчиков, все в норме
    }
sensors-choose = Какая машина?
sensors-legend = Сейчас; затем минимум / среднее / максимум за период.

sensors-silent = показаний нет
sensors-stale = молчит { $age }
sensors-age = { $age } назад
sensors-last = было { $value }
sensors-limit = предел { $limit }
sensors-outside = вне нормы { $share } % времени
sensors-rising = ↗ { $slope } в { $per } ({ $certainty } %)
sensors-falling = ↘ { $slope } в { $per } ({ $certainty } %)
sensors-per-hour = час
sensors-per-day = сутки
sensors-no-data = за период показаний нет

sensors-unknown-system = Машины «{ $name }» я не знаю. Есть: { $machines }.
sensors-ambiguous-system = «{ $name }» подходит к нескольким машинам: { $machines }. Уточните, пожалуйста.
sensors-bad-period = Период «{ $period }» прочесть не получается. Например: 24ч · с понедельника · вчера с 8 до 12 · 3–7 ноября · 20.11 08:00 – 21.11 16:00

sensors-button-systems = ☰ Машины
sensors-button-refresh = ↻ Обновить

sensors-chart-no-data = нет показаний
sensors-chart-warning = предупреждение
sensors-chart-critical = авария
sensors-chart-range = среднее, от мин. до макс.
sensors-chart-gap = нет показаний
sensors-chart-alarm = тревога

sensors-minutes = { $count } мин
sensors-hours = { $count } ч
sensors-days = { $count } дн

sensors-unit-bar = бар
sensors-unit-flow = л/мин
sensors-unit-celsius = °C
sensors-unit-vibration = мм/с
sensors-unit-iso4406 = (ISO 4406)
sensors-unit-speed = об/мин
sensors-unit-power = кВт
sensors-unit-psi = psi
sensors-unit-fahrenheit = °F
sensors-unit-gallons = гал/мин
sensors-unit-inches-per-second = дюйм/с
sensors-unit-inch = дюйм
sensors-unit-horsepower = hp

sensors-button-talk = 💬 Спросить о машине
sensors-talk = { $name }: теперь вопросы – о ней. Что происходит? /new – сменить тему.

sensors-usually = обычно { $value }
sensors-legend-trend = ↗ ↘ – тренд и уверенность в нём.
sensors-legend-usual = «Обычно» – среднее в те же часы за 28 дней до периода.
sensors-button-range = 📅 Свой период
sensors-ask-range = За какое время? Выберите или напишите: 3 дня · с понедельника · вчера с 8 до 12 · 3–7 ноября · 20.11 08:00 – 21.11 16:00

sensors-pick-today = Сегодня
sensors-pick-yesterday = Вчера
sensors-pick-this-shift = Эта смена
sensors-pick-last-shift = Прошлая смена
sensors-pick-this-week = Эта неделя
sensors-pick-weekend = Выходные

sensors-no-such-date = Такой даты или времени нет: «{ $period }». Например: 20.11 08:00 – 21.11 16:00
sensors-future-window = «{ $period }» ещё впереди: показаний пока нет.
sensors-reversed-window = «{ $period }»: конец раньше начала. Поменяйте их местами.
sensors-too-short = «{ $period }» – слишком мало: можно от 10 минут.
sensors-too-long = «{ $period }» – слишком много: можно до 366 дней за раз.
