# Files of readings sent to the bot

imports-trying = Trying out { $name }
imports-taking = Taking in { $name }
imports-progress = { $percent } %, { $count ->
    [one] { $count } reading
   *[other] { $count } readings
}
imports-tried = { $name }: tried out
imports-dry = Nothing is written yet.
imports-nothing = There are no readings in this file.
imports-trusted = { $count ->
    [0] No reading can be trusted.
    [one] { $count } reading can be trusted.
   *[other] { $count } readings can be trusted.
}
imports-written = { $count ->
    [0] No reading could be trusted.
    [one] { $count } reading is in the table now, new or changed: { $written }.
   *[other] { $count } readings are in the table now, new or changed: { $written }.
}
imports-span = From { $first } to { $last }.
imports-zone = Times without an offset were read as { $zone }.
imports-would-refuse = { $count ->
    [one] { $count } reading would go into quarantine:
   *[other] { $count } readings would go into quarantine:
}
imports-refused = { $count ->
    [one] { $count } reading went into /quarantine:
   *[other] { $count } readings went into /quarantine:
}
imports-reason = • { $reason }: { $count }, for example { $example }
imports-done = { $name }: taken in
imports-stopped = { $name }: stopped
imports-stopped-at = { $count ->
    [0] Nothing was written.
    [one] { $count } reading is in the table already. Taking the file in again doubles nothing.
   *[other] { $count } readings are in the table already. Taking the file in again doubles nothing.
}
imports-dropped = { $name }: left alone
imports-failed = { $name }: not finished
imports-gone = The file is no longer in this chat. Please send it again.
imports-button-take = ✅ Take in
imports-button-no = ✖ Don't
imports-button-stop = ⏹ Stop
imports-error-too-large = Telegram lets bots have files of at most { $limit } MB. Send it packed (.csv.gz) or in parts.
imports-error-busy = This file is being worked on already.
