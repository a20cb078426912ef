rag-unsafe-name = This file name can't be used: { $name }. Give a plain name without “..” or a leading slash.
rag-unsupported-document = { $name }: this kind of file can't be read. Send PDF, Word (.docx), HTML, Markdown (.md) or text (.txt).
rag-misnamed-document = { $name }: inside, this is not a { $kind } file. Was it cut short or renamed?
rag-encrypted-document = { $name } opens with a password only. Save it without one and send it again.
rag-damaged-document = { $name } is damaged and can't be read. Open it on a computer, save it anew and send it again.
rag-scanned-document = { $name }: { $pages ->
    [one] 1 page
   *[other] { $pages } pages
} without text, only pictures. Run text recognition (OCR) over it and send it again.
rag-document-bomb = { $name } unpacks to more than { $limit_mb } MB. It was not opened.
rag-too-many-pages = { $name } has more than { NUMBER($limit, useGrouping: 0) } pages. Split the document.
rag-parsing-timeout = { $name } takes longer than { $seconds } s to read. Split or simplify the document.
rag-parsing-memory = { $name } needs more than { NUMBER($limit_mb, useGrouping: 0) } MB of memory to read. Split or simplify the document.
rag-empty-document = { $name }: there is no text in this document.
rag-document-too-large = { $name }: { $size_mb } MB is over the limit of { $limit_mb } MB. Split the document.
rag-document-encoding = { $name }: this is not text in UTF-8. Save it as UTF-8 and send it again.
rag-embeddings-unavailable = The search model is not available, so documents can't be searched now. The administrator can see why in the log.
rag-index-not-found = There is no such index version.
rag-index-corrupt = Index version { NUMBER($version, useGrouping: 0) } is damaged on disk. Return to an earlier version or rebuild the index.
rag-index-mismatch = Index version { NUMBER($version, useGrouping: 0) } was built differently: { $built_by }. Questions are asked by { $wanted }. Rebuild the index.
rag-storage-failed = The index can't be written to disk. The current index stays in use.
rag-storage-full = No space left on disk for the index. The current index stays in use; free some space and rebuild.
