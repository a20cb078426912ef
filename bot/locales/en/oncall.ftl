# /oncall: who is on call, and the rotas behind it
oncall-none = There is no rota yet. Alarms that nobody takes go to the admins.
oncall-none-manage = There is no rota yet. Alarms that nobody takes go to the admins. Make one, and the one on call is asked first.
oncall-empty = Nobody is on it yet.
oncall-now = Now: { $name }, until { $until }
oncall-standing-in = In place of { $name }
oncall-then = Next: { $name }
oncall-unable = ⚠️ { $name } (can't be called)
oncall-admins-instead = As long as this is so, the admins are called instead.
oncall-button-new = ➕ New rota
oncall-button-change = ⚙️ Change the rota
oncall-button-take = ✋ I take it until { $until }
oncall-button-take-shift = ✋ For my shift, until { $until }
oncall-button-hand = 🤝 Hand over…
oncall-offer = Whom do you hand the call to? They are told at once.
oncall-offer-nobody = There is nobody else who may handle alarms.
oncall-taken = You are on call until { $until }.
oncall-handed = { $name } is on call now and is being told.
oncall-notice-on-call = 📟 You are on call now ({ $rota }) until { $until }. Decided by: { $by }.
oncall-notice-turn-begins = 📟 Your turn: you are on call ({ $rota }) until { $until }. To hand it over: /oncall
oncall-notice-off-call = 📟 { $by } is on call in your place ({ $rota }) until { $until }.

rota-turn = A turn lasts { $turn }
rota-start = Counted from { $start }
rota-days = { $count ->
        [one] { $count } day
       *[other] { $count } days
    }
rota-hours = { $count ->
        [one] { $count } hour
       *[other] { $count } hours
    }
rota-button-members = 👥 Members
rota-button-turn = ⏱ Turn
rota-button-start = 📅 Start
rota-button-delete = 🗑 Delete the rota
rota-button-delete-yes = Yes, delete it
rota-button-other = Other…
rota-button-cancel = Cancel
rota-pick-members = Who takes turns? A tap puts somebody at the end, or takes them off. Whoever is on call now stays so.
rota-pick-turn = { $name }: a turn lasts { $turn } now. How long should it be?
rota-ask-name = What is the new rota called? For example: Mechanics
rota-ask-turn = How long is a turn? For example: 36 h, 3 days
rota-ask-start = When does the first of the list start? Date and time, for example: 30.11.2026 08:00
rota-delete-sure = Delete the rota { $name }? Nobody is on call by it any more then.
rota-deleted = Deleted.

error-oncall-person = This person can't be called: they are gone, have blocked the bot, or may not handle alarms.
error-oncall-rota = This rota no longer exists.
error-oncall-changed = Somebody else is on call by now. Please look again: /oncall
error-oncall-not-yours = Only the one on call can hand over. You can take the call yourself.
error-rota-name = A name has { $most } letters at most, and no other rota may have it. Please try another.
error-rota-turn = A turn lasts from 1 hour to { $most } days, in whole hours. For example: 12 h, 7 days
error-rota-start = I can't read this as a date within a year. For example: 30.11.2026 08:00
error-rota-full = There is no room for more here.
