error-unknown = Something went wrong on my side. If it happens again, tell an admin this number: { $reference }
error-bad-input = I can't use this. Please check it and try again.
error-not-found = There is no such thing any more.
error-forbidden = You don't have the right to do this: it takes another role, or this is a group, where everybody may do less. /help shows what you may do.
error-unavailable = A part I need is not available right now. Please try again in a minute.
error-conflict = Somebody has changed this in the meantime. Please look again.
error-invite = This invitation does not work: it is unknown, used up or has expired. Ask an admin for a new one.
error-last-admin = This is the last admin. Make somebody else an admin first.
error-already-decided = Another admin has already decided this.
error-line-full = { $count } questions are waiting here already. Wait for the answers, or /stop.
error-restarting = I am being restarted. Please ask again in a minute.
error-too-fast = That is a lot at once. Please wait { $seconds } s.
error-embedded-missing = A built-in server is not installed: pip install 'hydrodiag[embedded]'.
error-embedded-start = A built-in server does not start; its log says why.
error-scope = A scope is all, or sites and machines: site:north machine:press-2.
error-invite-terms = Invitations let in viewers, engineers, senior engineers and admins, for up to 30 days and 100 people; an admin one person at a time.
error-invite-words = Please write: /invite engineer site:north 7d x5. Roles: viewer, engineer, senior, admin. Without a site or a machine: all machines; without the rest: one person, one day.
error-grant =
    Please write, for instance:
    /grant @anna engineer – another role
    /grant @anna engineer site:north machine:press-2 – only there
    /grant @anna +export_readings – one right on top

    A Telegram id does for @anna, too. Roles: viewer, engineer, senior, admin.
error-right = There is no such right. There are: { $rights }.
error-revoke =
    Please write, for instance:
    /revoke @anna – all access
    /revoke @anna +export_readings – only a right given on top

    A Telegram id does for @anna, too.
error-block = Please write whom: /block @anna, or the Telegram id. /grant lets them in again.
error-person-unknown = I don't know { $who }. I know people once they have written to me: /users shows them.
error-scope-unknown = Not there: { $places }. There are: { $known }.
error-quota = { $count ->
        [one] That was the one question of your day.
       *[other] Those were the { $count } questions of your day.
    } You can ask again in { $hours } h.
error-busy = Very many people write at the moment. Please try again in a few seconds.
error-not-your-button = This button is for whoever asked. Send the command yourself, please.
error-characters = There are characters in this that can't be stored. Please write it without them.
