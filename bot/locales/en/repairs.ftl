# /fixed: what was behind an alarm

repair-not-over = This alarm is still active. Tell me once it is over: then we know that it helped.
repair-told-already = { $name } has told what this was already.
repair-nothing-told = Neither cause nor part: there is nothing to remember, so nothing was written.
repair-words = That is too long: { $limit } characters at most. Please say it shorter.
repair-work = I can't take that for the time it took. Send minutes, say 45, or 2 h. From 1 minute to { $days } days.
repair-not-found = Case № { $number } does not exist, or it is not on one of your machines.
repair-own = You told this case yourself. Somebody else has to review it.
repair-over = This was answered or cancelled already. /fixed begins anew.
repair-words-only = Please press a button, or send it in words. ✖ cancels.
repair-list = 🔧 What was it? These alarms are over, and nobody has told yet.
repair-list-none = ✅ No alarm of the last 30 days is left to be told of.
repair-waiting = { $count ->
        [one] ⏳ { $count } case waits for your review.
       *[other] ⏳ { $count } cases wait for your review.
    }
repair-asked = ✅ { $machine } is back to normal ({ $signs }). What was it? Three taps, and the next one who gets this alarm will know.
repair-ask-cause = What was the cause? Pick one, or write it.
repair-ask-part = Which part did you replace or mend? Pick one, or write it.
repair-ask-minutes = How long did it take? Pick, or write it: 45, or 2 h.
repair-cancelled = Nothing was written down.
repair-told = Thank you. A reviewer looks at it; then everybody who gets this alarm sees it.
repair-cases = 🧰 Repair cases, approved:
repair-case = Case № { $number }
repair-cause = Cause: { $words }
repair-part = Part: { $words }
repair-work-took = Work: { $span }
repair-hours = { $hours } h
repair-author = Told by { $name }
repair-state-proposed = Waits for a review
repair-state-approved = Approved by { $name }
repair-state-rejected = Rejected by { $name }
repair-review = 🔎 Please review: is this what it was? Once approved, others are told.
repair-decided-approved = ✅ Case № { $number } is approved ({ $name }).
repair-decided-proposed = ⏳ Case № { $number } waits for a review: it was not approved yet.
repair-decided-rejected = ❌ Case № { $number } is rejected ({ $name }).
repair-button-tell = 🔧 What was it?
repair-button-skip = Skip ▶
repair-button-cancel = ✖ Cancel
repair-button-approve = ✅ Approve
repair-button-reject = ❌ Reject
repair-button-withdraw = ↩ Withdraw it
repair-button-withdraw-sure = ↩ Withdraw: others are told no more
repair-button-keep = Keep it

repair-signs-high = { $sensor } too high
repair-signs-low = { $sensor } too low
repair-signs-rate = { $sensor } changes too fast
repair-signs-stuck = { $sensor } does not move
repair-signs-silence = no data: { $sensor }
repair-signs-anomaly = unusual: { $sensor }
repair-signs-other = { $sensor }
repair-signs-machine-rate = changes too fast
repair-signs-machine-stuck = does not move
repair-signs-machine-silence = no data from the machine
repair-signs-machine-anomaly = unusual behaviour
repair-signs-machine-other = alarm
