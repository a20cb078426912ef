uploads-fetching = ⏳ { $name }: получаю…
uploads-not-fetched = { $name }: Telegram не отдаёт этот файл. Пришлите его ещё раз.
uploads-adding = ⏳ «{ $title }» в библиотеке.
uploads-replacing = ⏳ «{ $title }» в библиотеке, редакция { $revision }.
uploads-queued = Ждёт индексации. Пока ответы идут по прежнему индексу.
uploads-indexed = ✅ «{ $title }», редакция { $revision }: в индексе v_{ NUMBER($version, useGrouping: 0) }
uploads-pages = { $count ->
    [one] { $count } страница
    [few] { $count } страницы
   *[other] { $count } страниц
}
uploads-unchanged = «{ $title }» уже есть в библиотеке (редакция { $revision }), содержание то же.
uploads-unchanged-renamed = То же содержание уже есть в библиотеке: «{ $title }» ({ $name }, редакция { $revision }).
uploads-superseded = «{ $title }» тем временем изменили: новейшая редакция – { $revision }.
uploads-gone = Документа «{ $title }» в библиотеке больше нет.
uploads-halted =
    ⚠️ «{ $title }» сохранён, но индекс не построен.
    { $reason }
uploads-stopped = Остановлено. «{ $title }» сохранён, но эта редакция не попадёт в поиск до следующей сборки индекса.
uploads-button-open = Доступ и машины
