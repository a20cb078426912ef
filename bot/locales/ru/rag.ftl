rag-unsafe-name = Имя файла не подходит: { $name }. Нужно простое имя без «..» и без косой черты в начале.
rag-unsupported-document = { $name }: такие файлы не читаются. Пришлите PDF, Word (.docx), HTML, Markdown (.md) или текст (.txt).
rag-misnamed-document = { $name }: внутри не { $kind }. Файл обрезан или переименован?
rag-encrypted-document = { $name } открывается только с паролем. Сохраните без пароля и пришлите снова.
rag-damaged-document = { $name } повреждён и не читается. Откройте его на компьютере, сохраните заново и пришлите снова.
rag-scanned-document = { $name }: { $pages ->
    [one] { $pages } страница
    [few] { $pages } страницы
   *[many] { $pages } страниц
} без текста, одни картинки. Распознайте текст (OCR) и пришлите снова.
rag-document-bomb = { $name } распаковывается более чем в { $limit_mb } МБ. Файл не открыт.
rag-too-many-pages = { $name }: больше { NUMBER($limit, useGrouping: 0) } страниц. Разделите документ.
rag-parsing-timeout = { $name }: чтение занимает больше { $seconds } с. Разделите или упростите документ.
rag-parsing-memory = { $name }: для чтения нужно больше { NUMBER($limit_mb, useGrouping: 0) } МБ памяти. Разделите или упростите документ.
rag-empty-document = { $name }: в документе нет текста.
rag-document-too-large = { $name }: { $size_mb } МБ, предел — { $limit_mb } МБ. Разделите документ на части.
rag-document-encoding = { $name }: это не текст в UTF-8. Сохраните файл в UTF-8 и пришлите снова.
rag-embeddings-unavailable = Модель поиска недоступна, искать по документам сейчас нельзя. Причина — в журнале у администратора.
rag-index-not-found = Такой версии индекса нет.
rag-index-corrupt = Версия индекса { NUMBER($version, useGrouping: 0) } повреждена на диске. Вернитесь к прежней версии или перестройте индекс.
rag-index-mismatch = Версия индекса { NUMBER($version, useGrouping: 0) } построена иначе: { $built_by }. Сейчас вопросы сравнивает { $wanted }. Перестройте индекс.
rag-storage-failed = Индекс не записывается на диск. Работает прежний индекс.
rag-storage-full = На диске нет места для индекса. Работает прежний индекс; освободите место и перестройте.
