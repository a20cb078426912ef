# Сводки: за сутки и перед сменой

digest-daily = 🗓 Ваши машины, { $since } – { $until }
digest-shift = 🕑 Перед вашей сменой: { $since } – { $until }
digest-quiet = { $count ->
        [one] ✅ С { $since } всё спокойно: на вашей машине тревог нет и не было.
       *[other] ✅ С { $since } всё спокойно: на ваших машинах ({ $count }) тревог нет и не было.
    }
digest-heading-open = Ещё не в порядке ({ $count })
digest-heading-over = Закончилось ({ $count })
digest-heading-silences = Без звука ({ $count })
digest-heading-trends = Идёт к пределу ({ $count })
digest-heading-notes = Передали смену ({ $count })
digest-more = … и ещё { $count }
digest-since = с { $since }, { $span }
digest-nobody = никто не взял
digest-lasted = длилось { $span }
digest-times = { $count ->
        [one] { $count } раз, { $span }
        [few] { $count } раза, всего { $span }
       *[other] { $count } раз, всего { $span }
    }
digest-until = до { $until }, { $name }
digest-approach = { $slope } в сутки; при таком темпе предел { $limit } через { $span }
digest-button-stop-daily = 🔕 Не присылать за сутки
digest-button-start-daily = 🔔 Снова присылать за сутки
digest-button-stop-shift = 🔕 Не присылать перед сменой
digest-button-start-shift = 🔔 Снова присылать перед сменой
digest-button-note = 🤝 Что передали
digest-stopped = Больше не пришлю. Тревоги приходят, как раньше.
digest-started = Снова присылаю, начиная со следующей.
