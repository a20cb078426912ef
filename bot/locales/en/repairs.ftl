# /fixed: what was behind an alarm

repair-not-over = This alarm is still active. Tell me once it is over: then we know that it helped.
repair-told-already = { $name } has told what this was already.
repair-nothing-told = Neither cause nor part: there is nothing to remember, so nothing was written.
repair-words = That is too long: { $limit } characters at most. Please say it shorter.
repair-work = I can't take that for the time it took. Send minutes, say 45, or 2 h. From 1 minute to { $days } days.
repair-not-found = Case № { $number } does not exist, or it is not on one of your machines.
repair-own = You told this case yourself. Somebody else has to review it.
