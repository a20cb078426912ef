sources-none = No sources to show: nothing was asked here yet, or the documents did not answer the last question.
sources-revision = { $document }, revision { $revision }
sources-replaced = ⚠️ The document has been replaced since: revision { $revision } applies now. Ask again to be answered from it.
sources-deleted = ⚠️ This document has been removed from the library since.
