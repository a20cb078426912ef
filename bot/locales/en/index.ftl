rag-index-busy = The index is being rebuilt or switched right now. Try again when that is done.
rag-index-changed = Nothing was changed: meanwhile v_{ NUMBER($version, useGrouping: 0) } has come into use. Look at the list again: /index
index-usage =
    /index – versions
    /index build – bring it up to date
    /index use 12 – use version 12
    /index rollback – back to the version before
index-none = There is no index yet. Add documents, or start: /index build
index-heading = Versions of the index
index-details = { $documents ->
    [one] 1 document
   *[other] { $documents } documents
}, { $passages ->
    [one] 1 passage
   *[other] { $passages } passages
}, { $megabytes } MB
index-clustered = Large: searched by clusters, not every passage
index-unfit = ⚠️ Built by { $model } or with other settings: can't be used now
index-button-build = ⟳ Bring up to date
index-button-use = Use v_{ NUMBER($version, useGrouping: 0) }
index-button-back = ← Versions
index-button-cancel = Cancel
index-plan = Use v_{ NUMBER($version, useGrouping: 0) } instead of v_{ NUMBER($current, useGrouping: 0) }?
index-plan-older = It is older: documents that were added or changed since are not answered from until the next build. Deleted ones may be found again.
index-plan-unfit = It can't be used: questions are compared in another way now.
index-already = v_{ NUMBER($version, useGrouping: 0) } is in use already.
index-used = v_{ NUMBER($version, useGrouping: 0) } is in use. All answers come from it within seconds.
index-queued = ⏳ Waiting for the worker…
index-building = ⏳ Building the index. Questions are answered from the present one meanwhile.
index-step-documents = Reading: { $done } of { $total } documents
index-step-passages = Embedding: { $done } of { $total } passages
index-built = ✅ v_{ NUMBER($version, useGrouping: 0) } is in use: { $documents } documents, { $passages } passages.
index-built-failed = ⚠️ Could not be read: { $documents }
index-up-to-date = ✅ v_{ NUMBER($version, useGrouping: 0) } is up to date: nothing to do.
index-failed = ⚠️ The index was not built, the present one stays in use. { $reason }
index-cancelling = Cancelling…
index-cancelled = Cancelled. The present index stays in use.
