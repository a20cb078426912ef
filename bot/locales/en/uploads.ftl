uploads-fetching = ⏳ { $name }: receiving…
uploads-not-fetched = { $name }: Telegram does not hand this file over. Send it again.
uploads-adding = ⏳ “{ $title }” is in the library.
uploads-replacing = ⏳ “{ $title }” is in the library as revision { $revision }.
uploads-queued = Waiting for the index. Until then answers come from the present one.
uploads-indexed = ✅ “{ $title }”, revision { $revision }: indexed in v_{ NUMBER($version, useGrouping: 0) }
uploads-pages = { $count ->
    [one] 1 page
   *[other] { $count } pages
}
uploads-unchanged = “{ $title }” is in the library already (revision { $revision }), with the very same content.
uploads-unchanged-renamed = The very same content is in the library already: “{ $title }” ({ $name }, revision { $revision }).
uploads-superseded = “{ $title }” has been changed meanwhile: revision { $revision } is the newest.
uploads-gone = “{ $title }” is no longer in the library.
uploads-halted =
    ⚠️ “{ $title }” is kept, but the index was not built.
    { $reason }
uploads-stopped = Stopped. “{ $title }” is kept, but this revision is not searched until the next index is built.
uploads-button-open = Readers and machines
