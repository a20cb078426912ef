audit-title = Audit log, page { $page }
audit-empty = Nothing here.
