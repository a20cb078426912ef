audit-title = Журнал действий, страница { $page }
audit-empty = Здесь пусто.
