documents-title = { $count ->
    [one] The library: { $count } document
   *[other] The library: { $count } documents
}
documents-none = The library is empty.
documents-hint = Send me a file to add it or to replace an older revision of the same name.
documents-more = … and { $count } more
documents-details = { $language }, revision { $revision }
documents-admins-only = admins only
documents-accepted = “{ $title }” (revision { $revision }) is in the queue. I will tell you when it can be searched.
documents-unchanged = “{ $title }” is in the library already (revision { $revision }), with the very same content.
documents-indexed = ✅ “{ $title }” can be searched now (index version { $version }).
documents-failed =
    ⚠️ “{ $title }” could not be indexed.
    { $reason }
documents-empty-pages = ⚠️ { $count ->
    [1] Page { $pages } has
   *[other] Pages { $pages } have
} no text (a scan?): what is there can't be found.
