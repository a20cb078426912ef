# /oncall: кто дежурит, и графики дежурств
oncall-none = Графика дежурств пока нет. Тревоги, которые никто не взял, идут администраторам.
oncall-none-manage = Графика дежурств пока нет. Тревоги, которые никто не взял, идут администраторам. Создайте график, и первым будут звать дежурного.
oncall-empty = В графике пока никого.
oncall-now = Сейчас: { $name }, до { $until }
oncall-standing-in = По графику: { $name }
oncall-then = Дальше: { $name }
oncall-unable = ⚠️ { $name } (вызвать нельзя)
oncall-admins-instead = Пока это так, вместо дежурного зовут администраторов.
oncall-button-new = ➕ Новый график
oncall-button-change = ⚙️ Изменить график
oncall-button-take = ✋ Беру до { $until }
oncall-button-take-shift = ✋ На мою смену, до { $until }
oncall-button-hand = 🤝 Передать…
oncall-offer = Кому передать дежурство? Человек сразу узнает об этом.
oncall-offer-nobody = Больше нет никого, кто работает с тревогами.
oncall-taken = Вы дежурите до { $until }.
oncall-handed = Теперь дежурит { $name }, сообщение уже отправляется.
oncall-notice-on-call = 📟 Теперь дежурите вы ({ $rota }), до { $until }. Так решил: { $by }.
oncall-notice-turn-begins = 📟 Ваша очередь: вы дежурите ({ $rota }) до { $until }. Передать: /oncall
oncall-notice-off-call = 📟 Вместо вас теперь дежурит { $by } ({ $rota }), до { $until }.

rota-turn = Дежурство длится { $turn }
rota-start = Отсчёт с { $start }
rota-days = { $count ->
        [one] { $count } день
        [few] { $count } дня
       *[other] { $count } дней
    }
rota-hours = { $count ->
        [one] { $count } час
        [few] { $count } часа
       *[other] { $count } часов
    }
rota-button-members = 👥 Участники
rota-button-turn = ⏱ Длительность
rota-button-start = 📅 Начало
rota-button-delete = 🗑 Удалить график
rota-button-delete-yes = Да, удалить
rota-button-other = Другое…
rota-button-cancel = Отмена
rota-pick-members = Кто дежурит по очереди? Нажатие ставит человека в конец очереди или убирает из неё. Кто дежурит сейчас, тот и останется.
rota-pick-turn = { $name }: сейчас дежурство длится { $turn }. Сколько нужно?
rota-ask-name = Как назвать новый график? Например: Механики
rota-ask-turn = Сколько длится дежурство? Например: 36 ч, 3 дня
rota-ask-start = Когда начинает первый в списке? Дата и время, например: 30.11.2026 08:00
rota-delete-sure = Удалить график «{ $name }»? По нему больше никто не будет дежурить.
rota-deleted = Удалён.

error-oncall-person = Этого человека нельзя вызвать: он ушёл, заблокировал бота или не работает с тревогами.
error-oncall-rota = Этого графика больше нет.
error-oncall-changed = Дежурит уже кто-то другой. Посмотрите ещё раз: /oncall
error-oncall-not-yours = Передать дежурство может только сам дежурный. Но вы можете взять его на себя.
error-rota-name = В названии не больше { $most } букв, и у каждого графика оно своё. Попробуйте другое.
error-rota-turn = Дежурство длится от 1 часа до { $most } дней, в целых часах. Например: 12 ч, 7 дней
error-rota-start = Не понял дату, или до неё больше года. Например: 30.11.2026 08:00
error-rota-full = Больше сюда не поместится.
