rag-index-busy = Индекс сейчас перестраивается или переключается. Повторите, когда закончится.
rag-index-changed = Ничего не изменено: тем временем начала работать v_{ NUMBER($version, useGrouping: 0) }. Посмотрите список ещё раз: /index
index-usage =
    /index – версии
    /index build – обновить
    /index use 12 – перейти на версию 12
    /index rollback – вернуться к предыдущей версии
index-none = Индекса ещё нет. Добавьте документы или начните: /index build
index-heading = Версии индекса
index-details = документов: { $documents }, фрагментов: { $passages }, { $megabytes } МБ
index-clustered = Большой: поиск по кластерам, а не по всем фрагментам
index-unfit = ⚠️ Построена моделью { $model } или с другими настройками: сейчас не подходит
index-button-build = ⟳ Обновить
index-button-use = Перейти на v_{ NUMBER($version, useGrouping: 0) }
index-button-back = ← Версии
index-button-cancel = Отменить
index-plan = Перейти с v_{ NUMBER($current, useGrouping: 0) } на v_{ NUMBER($version, useGrouping: 0) }?
index-plan-older = Она старше: документы, добавленные или изменённые позже, в ответы не попадут до следующей сборки, а удалённые могут найтись снова.
index-plan-unfit = Перейти нельзя: сейчас вопросы сравниваются иначе.
index-already = v_{ NUMBER($version, useGrouping: 0) } уже работает.
index-used = Работает v_{ NUMBER($version, useGrouping: 0) }. Через несколько секунд все ответы – по ней.
index-queued = ⏳ Ждём обработчика…
index-building = ⏳ Индекс строится. Пока ответы идут по прежнему.
index-step-documents = Чтение документов: { $done } из { $total }
index-step-passages = Обработка фрагментов: { $done } из { $total }
index-built = ✅ Работает v_{ NUMBER($version, useGrouping: 0) }. Документов: { $documents }, фрагментов: { $passages }.
index-built-failed = ⚠️ Не прочитаны: { $documents }
index-up-to-date = ✅ v_{ NUMBER($version, useGrouping: 0) } актуальна, обновлять нечего.
index-failed = ⚠️ Индекс не построен, работает прежний. { $reason }
index-cancelling = Отменяю…
index-cancelled = Отменено. Работает прежний индекс.
