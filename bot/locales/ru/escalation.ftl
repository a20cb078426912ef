# /escalation: кого звать, если тревогу никто не взял
chain-intro = Если тревогу никто не взял, по очереди зовём других. Действует первая подходящая цепочка.
chain-title = Цепочка { $number }
chain-default = Цепочка по умолчанию
chain-for = Для: { $level }; машины: { $places }
chain-everywhere = все
chain-hours = Зовёт только { $hours } ({ $zone }); остальное ждёт
chain-step = { $number }. { $wait }: { $whom }
chain-after = через { $span }
chain-at-once = сразу
chain-calls-nobody = Никого не зовёт.
chain-whom-oncall = дежурный
chain-whom-admin = все администраторы
chain-whom-senior_engineer = все старшие инженеры
chain-whom-engineer = все инженеры
chain-button-new = ➕ Новая цепочка
chain-button-places = 🏭 Машины
chain-button-hours = 🕘 Часы
chain-button-add = ➕ Добавить шаг
chain-button-drop = 🗑 Шаг { $number }: { $whom }
chain-button-raise = ⬆️ Поднять выше
chain-button-delete = 🗑 Удалить цепочку
chain-button-delete-yes = Да, удалить
chain-button-always = Всегда
chain-button-person = 👤 Один человек…
chain-pick-hours = В какие часы можно звать (время завода, { $zone })?
chain-ask-hours = С какого до какого времени? Например: 07:30-16:00
chain-pick-whom = Кого зовёт новый последний шаг?
chain-pick-wait = Сколько ждать после предыдущего шага, не возьмёт ли кто тревогу?
chain-delete-sure = Удалить цепочку { $number }? Тогда будет действовать следующая подходящая.

error-chain-unknown = Этой цепочки больше нет. Какие есть: /escalation
error-chain-changed = Цепочку тем временем изменили. Посмотрите ещё раз: /escalation
error-chain-full = В цепочке не больше 10 шагов, а цепочек не больше 20.
error-chain-call = Такого шага быть не может. Он зовёт дежурного, роль, которая работает с тревогами, или человека, не позже чем через сутки.
error-chain-hours = Не понял часы. Например: 08:00-17:00, или через полночь 22-6

# /test_alert
rehearsal-critical = Если бы сейчас случилась критическая тревога: { $machine }
rehearsal-warning = Если бы сейчас случилось предупреждение: { $machine }
rehearsal-info = Если бы сейчас случилась заметка: { $machine }
rehearsal-at-once = Сразу узнают: { $names }
rehearsal-later = Узнают после тихих часов: { $names }
rehearsal-groups = { $count ->
        [one] { $count } группа
        [few] { $count } группы
       *[other] { $count } групп
    }
rehearsal-nobody = ⚠️ никто
rehearsal-chain = Если никто не возьмёт ({ $chain }):
rehearsal-call = { $at }: { $whom } ({ $names })
rehearsal-call-person = { $at }: { $names }
rehearsal-no-chain = Если никто не возьмёт, больше никого не зовём: подходящей цепочки нет. Будем напоминать.
rehearsal-pick = Кого позовёт тревога? Выберите машину.
rehearsal-button-critical = Если критическая
rehearsal-button-warning = Если предупреждение
rehearsal-button-machine = 🏭 Другая машина
