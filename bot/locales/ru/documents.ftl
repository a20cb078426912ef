documents-title = { $count ->
    [one] Библиотека: { $count } документ
    [few] Библиотека: { $count } документа
   *[other] Библиотека: { $count } документов
}
documents-none = Библиотека пуста.
documents-hint = Пришлите файл, чтобы добавить его или заменить прежнюю редакцию с тем же именем.
documents-details = { $language }, редакция { $revision }
documents-indexed = ✅ «{ $title }» теперь в поиске (версия индекса { $version }).
documents-failed =
    ⚠️ Не удалось проиндексировать «{ $title }».
    { $reason }
documents-empty-pages = ⚠️ { $count ->
    [1] На странице { $pages }
   *[other] На страницах { $pages }
} нет текста (скан?): их содержимое не найти.
error-document-changed = Документ тем временем изменили. Откройте его ещё раз: /documents
error-document-name-taken = Документ с именем { $name } уже есть, и он о машинах, которые вам не видны. Назовите свой иначе.
documents-access-public = все участники
documents-access-engineer = инженеры
documents-access-admin = только хранители библиотеки
documents-all-machines = все машины
documents-card-file = { $name }, { $megabytes } МБ
documents-card-changed = Изменён { $moment }
documents-card-readers = Кому отвечать: { $readers }
documents-card-machines = О машинах: { $machines }
documents-state-indexed = ✅ В поиске, индекс v_{ NUMBER($version, useGrouping: 0) }
documents-state-pending = ⏳ Ждёт индексации. До неё ответы идут по прежнему индексу.
documents-changed = Сохранено. Подействует с новым индексом, через минуту.
documents-choose-machines = О каких машинах «{ $title }»? На вопросы о других машинах этот документ отвечать не будет.
documents-delete = Удалить «{ $title }» (редакция { $revision })? Ответов из него больше не будет.
documents-deleted = Удалено: «{ $title }»
documents-button-public = Все
documents-button-engineer = Инженеры
documents-button-admin = Хранители
documents-button-machines = Машины…
documents-button-delete = Удалить…
documents-button-sure = Да, удалить
documents-button-again = Индексировать
documents-button-refresh = ⟳ Обновить
documents-button-back = ← Библиотека
documents-button-card = ← Назад
