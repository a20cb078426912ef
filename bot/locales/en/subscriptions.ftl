# /subscriptions: what a person or a group hears of alarms
subscription-on-own = 🔔 You hear alarms
subscription-on-group = 🔔 This group hears alarms
subscription-off-own = 🔕 You hear no alarms
subscription-off-own-means = You are only called when you are on call, or when nobody else takes an alarm.
subscription-off-group = 🔕 This group hears no alarms
subscription-off-group-means = Whoever looks after alarms can turn them on. They then come into the chat or topic where that was done.
subscription-hears = Alarms: { $level }
subscription-level-info = all, notes too
subscription-level-warning = warnings and critical ones
subscription-level-critical = critical ones only
subscription-of = Machines: { $places }
subscription-all = { $count ->
        [0] all (there are none yet)
        [one] all (now { $count })
       *[other] all (now { $count })
    }
subscription-none = { $places }. You see none of them.
subscription-site = site { $site }
subscription-more = and { $count } more
subscription-public = Only machines that are open to groups are told of here.
subscription-elsewhere = They come into another topic of this group.
subscription-quiet = Quiet hours: { $hours }. Then only critical ones come at once.
subscription-called = When you are on call, you are called whatever is chosen here.
subscription-pick = Which sites and machines should be heard? With none ticked it is all of them.
subscription-button-on = 🔔 Turn on
subscription-button-off = 🔕 Turn off
subscription-button-warning = Warnings and critical
subscription-button-critical = Critical only
subscription-button-places = 🏭 Sites and machines
subscription-button-here = 📌 Bring them here
subscription-button-all = All
subscription-button-site = Site { $site }
subscription-button-back = ‹ Back
subscription-saved = Saved.
error-subscription-group = What this group hears is decided by those who look after alarms.
