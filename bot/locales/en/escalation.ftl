# /escalation: whom alarms call that nobody takes
chain-intro = If nobody takes an alarm, others are called in turn. The first chain that fits counts.
chain-title = Chain { $number }
chain-default = Default chain
chain-for = For: { $level }; machines: { $places }
chain-everywhere = all
chain-hours = Calls from { $hours } only ({ $zone }); what falls between waits
chain-step = { $number }. { $wait }: { $whom }
chain-after = after { $span }
chain-at-once = at once
chain-calls-nobody = Calls nobody.
chain-whom-oncall = who is on call
chain-whom-admin = all admins
chain-whom-senior_engineer = all senior engineers
chain-whom-engineer = all engineers
chain-button-new = ➕ New chain
chain-button-places = 🏭 Machines
chain-button-hours = 🕘 Hours
chain-button-add = ➕ Add a step
chain-button-drop = 🗑 Step { $number }: { $whom }
chain-button-raise = ⬆️ Look at it earlier
chain-button-delete = 🗑 Delete the chain
chain-button-delete-yes = Yes, delete it
chain-button-always = Always
chain-button-person = 👤 One person…
chain-pick-hours = In which hours may it call (plant time, { $zone })?
chain-ask-hours = From when to when? For example: 07:30-16:00
chain-pick-whom = Whom does the new last step call?
chain-pick-wait = How long does it wait after the step before, for somebody to take the alarm?
chain-delete-sure = Delete chain { $number }? Then the next one that fits counts.

error-chain-unknown = This chain no longer exists. /escalation shows those that do.
error-chain-changed = The chain has changed in the meantime. Please look again: /escalation
error-chain-full = A chain has 10 steps at most, and there are 20 chains at most.
error-chain-call = Such a step can't be made. It calls who is on call, a role that handles alarms, or a person, after a day at most.
error-chain-hours = I can't read these hours. For example: 08:00-17:00, or over midnight 22-6

# /test_alert
rehearsal-critical = If { $machine } had a critical alarm now
rehearsal-warning = If { $machine } had a warning now
rehearsal-info = If { $machine } had a note now
rehearsal-at-once = Told at once: { $names }
rehearsal-later = Told after their quiet hours: { $names }
rehearsal-groups = { $count ->
        [one] { $count } group
       *[other] { $count } groups
    }
rehearsal-nobody = ⚠️ nobody
rehearsal-chain = If nobody takes it ({ $chain }):
rehearsal-call = { $at }: { $whom } ({ $names })
rehearsal-call-person = { $at }: { $names }
rehearsal-no-chain = If nobody takes it: nobody else is called, no chain is for it. People are reminded.
rehearsal-pick = Whom would an alarm call? Choose a machine.
rehearsal-button-critical = If it were critical
rehearsal-button-warning = If it were a warning
rehearsal-button-machine = 🏭 Another machine
