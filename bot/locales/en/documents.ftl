documents-title = { $count ->
    [one] The library: { $count } document
   *[other] The library: { $count } documents
}
documents-none = The library is empty.
documents-hint = Send me a file to add it or to replace an older revision of the same name.
documents-details = { $language }, revision { $revision }
documents-indexed = ✅ “{ $title }” can be searched now (index version { $version }).
documents-failed =
    ⚠️ “{ $title }” could not be indexed.
    { $reason }
documents-empty-pages = ⚠️ { $count ->
    [1] Page { $pages } has
   *[other] Pages { $pages } have
} no text (a scan?): what is there can't be found.
error-document-changed = Somebody changed this document meanwhile. Open it again: /documents
error-document-name-taken = A document called { $name } exists already and is about machines that you do not see. Give yours another name.
documents-access-public = all members
documents-access-engineer = engineers
documents-access-admin = keepers of the library only
documents-all-machines = all machines
documents-card-file = { $name }, { $megabytes } MB
documents-card-changed = Changed { $moment }
documents-card-readers = Answers for: { $readers }
documents-card-machines = About: { $machines }
documents-state-indexed = ✅ Searched, index v_{ NUMBER($version, useGrouping: 0) }
documents-state-pending = ⏳ Waits for the index. Until then answers come from what was indexed before.
documents-changed = Saved. It applies with the next index, in a moment.
documents-choose-machines = Which machines is “{ $title }” about? Questions about other machines won't be answered from it.
documents-delete = Delete “{ $title }” (revision { $revision })? Answers won't come from it any more.
documents-deleted = Deleted: “{ $title }”
documents-button-public = All
documents-button-engineer = Engineers
documents-button-admin = Keepers
documents-button-machines = Machines…
documents-button-delete = Delete…
documents-button-sure = Yes, delete
documents-button-again = Index now
documents-button-refresh = ⟳ Refresh
documents-button-back = ← Library
documents-button-card = ← Back
