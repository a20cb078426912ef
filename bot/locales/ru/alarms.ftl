# Тревоги

alarms-limit-high = { $sensor }: { $value }, выше предела { $limit }
alarms-limit-low = { $sensor }: { $value }, ниже предела { $limit }
alarms-rate = { $sensor }: меняется слишком быстро, { $value } при пределе { $limit }
alarms-per-minute = { $value } за мин
alarms-stuck = { $sensor }: не меняется { $span }, проверьте датчик
alarms-silence = { $sensor }: нет данных { $span }
alarms-machine-silence = Нет данных со всей машины { $span }
alarms-anomaly = Машина ведёт себя не как обычно
alarms-anomaly-of = Машина ведёт себя не как обычно. Сильнее всего: { $sensors }
alarms-anomaly-alone = { $sensor }: не сходится с остальными датчиками. Пока отличается только это показание: проверьте датчик, затем то, что видит только он
alarms-unknown = { $sensor }: что-то не так
alarms-more = { $count ->
        [one] и ещё { $count } тревога
        [few] и ещё { $count } тревоги
       *[other] и ещё { $count } тревог
    }

alarms-since = С { $since }
alarms-over = { $since } – { $until }, длилось { $span }
alarms-flapping = То есть, то нет; считаем одной тревогой
alarms-acknowledged = 👤 { $name } занимается с { $at }
alarms-silenced = 🔕 Без звука до { $until }, { $name }
alarms-maintenance = 🔧 Идёт обслуживание
alarms-inhibited = Следствие другой тревоги

alarms-ping-worse = { $machine }: стало хуже
alarms-ping-joined = { $machine }: добавилась ещё одна тревога
alarms-ping-repeat = { $machine }: тревогу пока никто не взял
alarms-ping-escalated = { $machine }: тревогу никто не взял, посмотрите, пожалуйста

alarms-button-acknowledge = ✋ Беру на себя
alarms-button-silence = 🔕 { $hours } ч
alarms-button-shift = 🔕 Смена
alarms-button-ask = 💬 Спросить об этом
alarms-button-chart = 📈 За час
alarms-button-report = 📋 Открыть отчёт

alarms-taken = Тревога ваша, все это видят.
alarms-taken-before = Тревогу уже взяли.
alarms-silenced-until = Без звука до { $until }.
error-alarm-unknown = Этой тревоги больше нет, или она не на ваших машинах.
error-silence-too-long = Тишина длится не больше { $days } дней: о более долгой забывают.

# Первый взгляд вслед за новой тревогой
look-heading = 🔎 Первый взгляд
look-usual = { $sensor }: сейчас { $now }, обычно { $usual }
look-seen = { $count ->
        [one] 🧰 На этой машине уже было, { $count } раз: { $causes }
        [few] 🧰 На этой машине уже было, { $count } раза: { $causes }
       *[other] 🧰 На этой машине уже было, { $count } раз: { $causes }
    }
look-seen-elsewhere = { $count ->
        [one] 🧰 На других таких машинах было, { $count } раз: { $causes }
        [few] 🧰 На других таких машинах было, { $count } раза: { $causes }
       *[other] 🧰 На других таких машинах было, { $count } раз: { $causes }
    }
look-documents = Что об этом в документах:
look-nothing = В документах об этом ничего нет.
look-question-high = { $sensor }: слишком высокое значение, вероятные причины
look-question-low = { $sensor }: слишком низкое значение, вероятные причины
look-question-changing = { $sensor } меняется слишком быстро: вероятные причины
look-question-signal = Нет достоверного сигнала датчика { $sensor }: вероятные причины
look-question-anomaly = Необычные показания { $sensors }: вероятные причины

# /alerts, /silences, /test_alert
alarms-list-active = Что не так сейчас
alarms-list-past = Что было за 30 дней
alarms-list-none-active = ✅ На ваших машинах тревог нет.
alarms-list-none-past = За 30 дней тревог не было.
alarms-button-past = 🕘 Прошлые тревоги
alarms-button-active = 🔔 Тревоги сейчас
alarms-silences = Без звука
alarms-silences-none = Ни одна тревога не заглушена.
alarms-silences-all = всё
alarms-button-unsilence = 🔔 Вернуть звук: { $what }
alarms-unsilenced = Звук вернулся. О том, что ещё не так, напомню снова.
alarms-test = 🔔 Это проверка. Настоящие тревоги приходят сюда же и точно так же.
error-silence-unknown = Этот режим без звука уже закончился.

# Шквал: много машин площадки сразу
storm-heading = { $count ->
        [one] Площадка { $site }: тревоги на { $count } машине
       *[other] Площадка { $site }: тревоги на { $count } машинах
    }
storm-heading-over = { $count ->
        [one] Площадка { $site }: тревоги на { $count } машине закончились
       *[other] Площадка { $site }: тревоги на { $count } машинах закончились
    }
storm-critical = критических: { $count }
storm-taken = уже взяли: { $count }
storm-over = закончились: { $count }
storm-more = { $count ->
        [one] и ещё { $count } машина: /alerts
        [few] и ещё { $count } машины: /alerts
       *[other] и ещё { $count } машин: /alerts
    }
storm-button-acknowledge = ✋ Беру все на себя
