# /subscriptions: о каких тревогах узнаёт человек или группа
subscription-on-own = 🔔 Тревоги включены
subscription-on-group = 🔔 Тревоги приходят в эту группу
subscription-off-own = 🔕 Тревоги выключены
subscription-off-own-means = Вас вызовут, только если вы дежурите или тревогу больше никто не взял.
subscription-off-group = 🔕 В эту группу тревоги не приходят
subscription-off-group-means = Включить их может тот, кто отвечает за тревоги. Приходить они будут в тот чат или ту тему, где их включили.
subscription-hears = Тревоги: { $level }
subscription-level-info = все, и заметки тоже
subscription-level-warning = предупреждения и критические
subscription-level-critical = только критические
subscription-of = Машины: { $places }
subscription-all = { $count ->
        [0] все (пока нет ни одной)
       *[other] все (сейчас { $count })
    }
subscription-none = { $places }. Из них вам не видно ни одной.
subscription-site = площадка { $site }
subscription-more = и ещё { $count }
subscription-public = Сюда приходит только о машинах, открытых для групп.
subscription-elsewhere = Приходят они в другую тему этой группы.
subscription-quiet = Тихие часы: { $hours }. В это время сразу приходят только критические.
subscription-called = Дежурного вызывают всегда, что бы здесь ни было выбрано.
subscription-pick = О каких площадках и машинах сообщать? Если не отмечено ничего, то обо всех.
subscription-button-on = 🔔 Включить
subscription-button-off = 🔕 Выключить
subscription-button-warning = Предупреждения и выше
subscription-button-critical = Только критические
subscription-button-places = 🏭 Площадки и машины
subscription-button-here = 📌 Присылать сюда
subscription-button-all = Все
subscription-button-site = Площадка { $site }
subscription-button-back = ‹ Назад
subscription-saved = Сохранено.
error-subscription-group = Что приходит в эту группу, решают те, кто отвечает за тревоги.
