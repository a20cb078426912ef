# Диагностические отчёты

report-title = Отчёт № { $number } · { $name }
report-usage = Напишите, например: /report пресс, затем – что нашли. /reports покажет, какие отчёты есть.
report-ask-finding = { $name }: что вы нашли? Следующее сообщение войдёт в отчёт вместе с тем, что сейчас показывают датчики.
report-ask-noted = Отчёт № { $number }: что увидели или сделали?
report-ask-closed = Отчёт № { $number }: что это было и что помогло?
report-nothing-written = Ничего не записано.
report-words = Нужен текст до { $limit } знаков. Напишите, пожалуйста, ещё раз.
report-not-found = Отчёта № { $number } нет.
report-closed-already = Отчёт № { $number } уже изменили: закрыли или открыли снова. Как обстоят дела, покажет /reports.
report-none = Отчётов пока нет. Открыть: /report пресс.
report-none-of = { $name }: отчётов пока нет.
report-list = { $count ->
        [one] { $count } отчёт
        [few] { $count } отчёта
       *[other] { $count } отчётов
    }
report-severity-info = к сведению
report-severity-warning = предупреждение
report-severity-critical = авария
report-status-open = открыт
report-status-in_work = в работе
report-status-closed = закрыт
report-confidence = уверенность { $percent } %
report-evidence = Датчики
report-trend = { $arrow } { $slope } в сутки
report-evidence-none = Датчики ничего необычного не показывают.
report-components = Узлы
report-sources = Источники
report-revision = редакция { $number }
report-journal = Ход работ
report-opened = открыт { $moment }
report-column-sensor = Датчик
report-column-value = Значение; минимум / среднее / максимум
report-step-opened = отчёт открыт
report-step-taken = в работе
report-step-noted = заметка
report-step-closed = отчёт закрыт
report-step-reopened = отчёт открыт снова
report-button-taken = 🔧 В работу
report-button-noted = ✍️ Заметка
report-button-closed = ☑️ Закрыть
report-button-reopened = ↩ Открыть снова
report-button-pdf = 📄 PDF
report-button-list = 📋 Отчёты
report-button-new = ➕ Новый отчёт
report-button-cancel = ✖ Отмена
report-pdf-begun = Готовлю PDF
