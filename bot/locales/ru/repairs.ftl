# /fixed: что стояло за тревогой

repair-not-over = Эта тревога ещё не кончилась. Расскажите, когда закончится: тогда видно, что помогло.
repair-told-already = Об этом уже рассказали: { $name }.
repair-nothing-told = Ни причины, ни детали: запоминать нечего, ничего не записано.
repair-words = Слишком длинно: можно до { $limit } знаков. Напишите, пожалуйста, короче.
repair-work = Не понимаю, сколько это заняло. Пришлите минуты, например 45, или «2 ч». От 1 минуты до { $days } дней.
repair-not-found = Случая № { $number } нет, или он не на ваших машинах.
repair-own = Этот случай рассказали вы. Проверить его должен кто-то другой.
repair-over = На это уже ответили, или всё отменено. Начать заново: /fixed.
repair-words-only = Нажмите кнопку или напишите словами. ✖ – отмена.
repair-list = 🔧 Что это было? Эти тревоги закончились, но о них ещё никто не рассказал.
repair-list-none = ✅ За последние 30 дней нет тревог, о которых не рассказали.
repair-waiting = { $count ->
        [one] ⏳ Ждёт вашей проверки: { $count } случай.
        [few] ⏳ Ждут вашей проверки: { $count } случая.
       *[other] ⏳ Ждут вашей проверки: { $count } случаев.
    }
repair-asked = ✅ { $machine }: снова в норме ({ $signs }). Что это было? Три нажатия – и следующий, к кому придёт такая тревога, будет знать.
repair-ask-cause = В чём была причина? Выберите или напишите.
repair-ask-part = Какую деталь заменили или починили? Выберите или напишите.
repair-ask-minutes = Сколько времени заняло? Выберите или напишите: 45 или «2 ч».
repair-cancelled = Ничего не записано.
repair-told = Спасибо. Случай проверят, и тогда его увидят все, к кому придёт такая тревога.
repair-cases = 🧰 Случаи ремонта, подтверждённые:
repair-case = Случай № { $number }
repair-cause = Причина: { $words }
repair-part = Деталь: { $words }
repair-work-took = Работа: { $span }
repair-hours = { $hours } ч
repair-author = Рассказывает { $name }
repair-state-proposed = Ждёт проверки
repair-state-approved = Подтверждает { $name }
repair-state-rejected = Отклоняет { $name }
repair-review = 🔎 Проверьте, пожалуйста: так и было? После подтверждения это увидят другие.
repair-decided-approved = ✅ Случай № { $number } подтверждён ({ $name }).
repair-decided-proposed = ⏳ Случай № { $number } ждёт проверки: его ещё не подтвердили.
repair-decided-rejected = ❌ Случай № { $number } отклонён ({ $name }).
repair-button-tell = 🔧 Что это было?
repair-button-skip = Пропустить ▶
repair-button-cancel = ✖ Отмена
repair-button-approve = ✅ Подтвердить
repair-button-reject = ❌ Отклонить
repair-button-withdraw = ↩ Отозвать
repair-button-withdraw-sure = ↩ Отозвать: другим больше не показывать
repair-button-keep = Оставить

repair-signs-high = { $sensor }: слишком высоко
repair-signs-low = { $sensor }: слишком низко
repair-signs-rate = { $sensor }: слишком быстро меняется
repair-signs-stuck = { $sensor }: не меняется
repair-signs-silence = { $sensor }: нет данных
repair-signs-anomaly = { $sensor }: не как обычно
repair-signs-other = { $sensor }
repair-signs-machine-rate = слишком быстрые изменения
repair-signs-machine-stuck = показания не меняются
repair-signs-machine-silence = нет данных со всей машины
repair-signs-machine-anomaly = ведёт себя не как обычно
repair-signs-machine-other = тревога
