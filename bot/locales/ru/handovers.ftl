# /handover: передача смены

handover-draft = { $count ->
        [one] 🤝 Ваша смена с { $since }, машина одна:
       *[other] 🤝 Ваша смена с { $since }, машин: { $count }
    }
handover-ask-note = ✍️ Что важно знать следующей смене? Напишите сейчас или передайте без заметки.
handover-heading = 🤝 Смену передаёт { $name }, { $at }
handover-no-note = Без заметки.
handover-quiet = ✅ Тревог нет, к пределам ничего не идёт.
handover-reports = Открытые отчёты ({ $count })
handover-given = { $count ->
        [0] 🤝 Смена передана. Сейчас никто не заступает: увидят перед своей сменой и по /handover.
       *[other] 🤝 Смена передана. Сейчас получат: { $count }. Остальные увидят перед своей сменой и по /handover.
    }
handover-cancelled = Смена не передана.
handover-note-too-long = Получилось знаков: { $length }, а в заметке может быть до { $limit }. Пришлите, пожалуйста, покороче.
handover-no-machines = Ваших машин там нет, передавать нечего.
handover-none = На ваших машинах смену ещё не передавали.
handover-over = Это уже передано или отменено. Заново: /handover.
handover-button-bare = 🤝 Передать без заметки
handover-button-last = 📜 Прошлая передача
handover-button-cancel = ✖ Отмена
handover-button-older = ◀ Предыдущая
handover-button-newer = Следующая ▶
