# /handover: from one shift to the next

handover-draft = { $count ->
        [one] 🤝 Your shift since { $since }, on your machine:
       *[other] 🤝 Your shift since { $since }, on { $count } machines:
    }
handover-ask-note = ✍️ What should the next shift know? Write it now, or hand over without a note.
handover-heading = 🤝 { $name } hands over, { $at }
handover-no-note = No note.
handover-quiet = ✅ No alarms, nothing nears a limit.
handover-reports = Open reports ({ $count })
handover-given = { $count ->
        [0] 🤝 Handed over. Nobody comes on shift just now: it is shown before their shift and by /handover.
        [one] 🤝 Handed over. { $count } colleague gets it now; others see it before their shift and by /handover.
       *[other] 🤝 Handed over. { $count } colleagues get it now; others see it before their shift and by /handover.
    }
handover-cancelled = Nothing was handed over.
handover-note-too-long = That is { $length } characters; a note has { $limit } at most. Please send a shorter one.
handover-no-machines = None of your machines is there, so there is nothing to hand over.
handover-none = Nobody has handed over yet on the machines that you see.
handover-over = This was handed over, or cancelled, already. /handover begins anew.
handover-button-bare = 🤝 Hand over without a note
handover-button-last = 📜 The last one
handover-button-cancel = ✖ Cancel
handover-button-older = ◀ The one before
handover-button-newer = The one after ▶
