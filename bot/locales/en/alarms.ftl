# Alarms

alarms-limit-high = { $sensor }: { $value }, above the limit of { $limit }
alarms-limit-low = { $sensor }: { $value }, below the limit of { $limit }
alarms-rate = { $sensor } changes too fast: { $value }, limit { $limit }
alarms-per-minute = { $value } per min
alarms-stuck = { $sensor } has not moved for { $span }: check the sensor
alarms-silence = { $sensor }: no data for { $span }
alarms-machine-silence = No data from the whole machine for { $span }
alarms-anomaly = The machine does not behave as it usually does
alarms-anomaly-of = The machine does not behave as it usually does. Most of all: { $sensors }
alarms-anomaly-alone = { $sensor } does not fit the other sensors. So far only it differs: check the sensor, then what it alone measures
alarms-unknown = { $sensor }: something is wrong
alarms-more = { $count ->
        [one] and { $count } more alarm
       *[other] and { $count } more alarms
    }

alarms-since = Since { $since }
alarms-over = { $since } – { $until }, lasted { $span }
alarms-flapping = Comes and goes; counted as one alarm
alarms-acknowledged = 👤 { $name } has it since { $at }
alarms-silenced = 🔕 Silenced until { $until } by { $name }
alarms-maintenance = 🔧 Under maintenance
alarms-inhibited = Explained by another alarm

alarms-ping-worse = { $machine }: it got worse
alarms-ping-joined = { $machine }: another alarm joined
alarms-ping-repeat = { $machine }: still waiting for somebody
alarms-ping-escalated = { $machine }: nobody has acknowledged this, please look

alarms-button-acknowledge = ✋ I have it
alarms-button-silence = 🔕 { $hours } h
alarms-button-shift = 🔕 Shift
alarms-button-ask = 💬 Ask about this
alarms-button-chart = 📈 Last hour
alarms-button-report = 📋 Open report

alarms-taken = It is yours. Everybody sees that.
alarms-taken-before = Somebody has it already.
alarms-silenced-until = Quiet until { $until }.
error-alarm-unknown = This alarm no longer exists, or it is not on one of your machines.
error-silence-too-long = A silence lasts { $days } days at most: longer ones are forgotten.

# The first look that follows a new alarm
look-heading = 🔎 First look
look-usual = { $sensor }: now { $now }, usually { $usual }
look-seen = { $count ->
        [one] 🧰 Seen once on this machine: { $causes }
       *[other] 🧰 Seen { $count } times on this machine: { $causes }
    }
look-seen-elsewhere = { $count ->
        [one] 🧰 Seen once on other machines of this type: { $causes }
       *[other] 🧰 Seen { $count } times on other machines of this type: { $causes }
    }
look-documents = What your documents say:
look-nothing = Your documents say nothing about this.
look-question-high = { $sensor } is too high: likely causes
look-question-low = { $sensor } is too low: likely causes
look-question-changing = { $sensor } changes too fast: likely causes
look-question-signal = No plausible signal from the sensor { $sensor }: likely causes
look-question-anomaly = Unusual { $sensors }: likely causes

# /alerts, /silences, /test_alert
alarms-list-active = What is wrong now
alarms-list-past = What was wrong in the last 30 days
alarms-list-none-active = ✅ No active alarms on your machines.
alarms-list-none-past = No alarms in the last 30 days.
alarms-button-past = 🕘 Past alarms
alarms-button-active = 🔔 Active alarms
alarms-silences = Kept quiet
alarms-silences-none = No alarm is silenced.
alarms-silences-all = everything
alarms-button-unsilence = 🔔 End: { $what }
alarms-unsilenced = Ended. What is still wrong will be heard again.
alarms-test = 🔔 This is a test alarm. Real ones arrive here, in the same way.
error-silence-unknown = This silence is over already.

# A storm: many machines of a site at once
storm-heading = { $count ->
        [one] Site { $site }: alarms on { $count } machine
       *[other] Site { $site }: alarms on { $count } machines
    }
storm-heading-over = { $count ->
        [one] Site { $site }: alarms on { $count } machine, all over
       *[other] Site { $site }: alarms on { $count } machines, all over
    }
storm-critical = { $count } critical
storm-taken = { $count } taken
storm-over = { $count } over
storm-more = { $count ->
        [one] and { $count } more machine: /alerts
       *[other] and { $count } more machines: /alerts
    }
storm-button-acknowledge = ✋ I have all of them
