sources-none = No sources to show: the last question was not answered from the documents.
sources-revision = { $document }, revision { $revision }
sources-replaced = ⚠️ The document has been replaced since: revision { $revision } applies now. Ask again to be answered from it.
sources-deleted = ⚠️ This document has been removed from the library since.
