# Digests: the day, and what happened before a shift

digest-daily = 🗓 Your machines, { $since } – { $until }
digest-shift = 🕑 Before your shift: { $since } – { $until }
digest-quiet = { $count ->
        [one] ✅ All quiet since { $since }: nothing stands, nothing happened on your machine.
       *[other] ✅ All quiet since { $since }: nothing stands, nothing happened on your { $count } machines.
    }
digest-heading-open = Still wrong ({ $count })
digest-heading-over = Over ({ $count })
digest-heading-silences = Silenced ({ $count })
digest-heading-trends = Nearing a limit ({ $count })
digest-heading-notes = Handed over ({ $count })
digest-more = … and { $count } more
digest-since = since { $since }, { $span }
digest-nobody = nobody has it
digest-lasted = lasted { $span }
digest-times = { $count ->
        [one] { $count } time, { $span }
       *[other] { $count } times, { $span } together
    }
digest-until = until { $until }, by { $name }
digest-approach = { $slope } a day; at this rate at the limit of { $limit } in { $span }
digest-button-stop-daily = 🔕 No more daily digests
digest-button-start-daily = 🔔 Daily digests again
digest-button-stop-shift = 🔕 No digests before shifts
digest-button-start-shift = 🔔 Digests before shifts again
digest-button-note = 🤝 Read the handover
digest-stopped = No more of these. Alarms still come.
digest-started = They come again, from the next one on.
