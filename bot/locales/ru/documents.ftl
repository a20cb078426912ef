documents-title = { $count ->
    [one] Библиотека: { $count } документ
    [few] Библиотека: { $count } документа
   *[other] Библиотека: { $count } документов
}
documents-none = Библиотека пуста.
documents-hint = Пришлите файл, чтобы добавить его или заменить прежнюю редакцию с тем же именем.
documents-more = … и ещё { $count }
documents-details = { $language }, редакция { $revision }
documents-admins-only = только для администраторов
documents-accepted = «{ $title }» (редакция { $revision }) в очереди. Сообщу, когда документ появится в поиске.
documents-unchanged = «{ $title }» уже есть в библиотеке (редакция { $revision }), содержание то же.
documents-indexed = ✅ «{ $title }» теперь в поиске (версия индекса { $version }).
documents-failed =
    ⚠️ Не удалось проиндексировать «{ $title }».
    { $reason }
documents-empty-pages = ⚠️ { $count ->
    [1] На странице { $pages }
   *[other] На страницах { $pages }
} нет текста (скан?): их содержимое не найти.
