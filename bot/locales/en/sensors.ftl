# Machines and sensors

sensors-title = Machines
sensors-none = No machines are registered yet. hydrodiag init-data brings the demonstration plant.
sensors-all-well = { $count ->
        [one] { $count } sensor, within limits
       *[other] { $count } sensors, all within limits
    }
sensors-choose = Which machine?
sensors-legend = Now; then lowest / mean / highest of the period.

sensors-silent = no readings at all
sensors-stale = silent for { $age }
sensors-age = { $age } ago
sensors-last = last { $value }
sensors-limit = limit { $limit }
sensors-outside = { $share } % of the time beyond limits
sensors-rising = ↗ { $slope } per { $per } ({ $certainty } %)
sensors-falling = ↘ { $slope } per { $per } ({ $certainty } %)
sensors-per-hour = hour
sensors-per-day = day
sensors-no-data = no readings in this period

sensors-unknown-system = I don't know a machine called “{ $name }”. There are: { $machines }.
sensors-ambiguous-system = “{ $name }” fits several machines: { $machines }. Which one?
sensors-bad-period = I can't read “{ $period }” as a stretch of time. For example: 24h · since Monday · yesterday 8–12 · 3–7 November · 20.11 08:00 – 21.11 16:00

sensors-button-systems = ☰ Machines
sensors-button-refresh = ↻ Refresh

sensors-chart-no-data = no readings
sensors-chart-warning = warning limit
sensors-chart-critical = critical limit
sensors-chart-range = mean, lowest to highest
sensors-chart-gap = no readings
sensors-chart-alarm = alarm

sensors-minutes = { $count } min
sensors-hours = { $count } h
sensors-days = { $count } d

sensors-unit-bar = bar
sensors-unit-flow = l/min
sensors-unit-celsius = °C
sensors-unit-vibration = mm/s
sensors-unit-iso4406 = (ISO 4406)
sensors-unit-speed = rpm
sensors-unit-power = kW
sensors-unit-psi = psi
sensors-unit-fahrenheit = °F
sensors-unit-gallons = gal/min
sensors-unit-inches-per-second = in/s
sensors-unit-inch = in
sensors-unit-horsepower = hp

sensors-button-talk = 💬 Ask about this machine
sensors-talk = { $name }: your questions are about it now. What is happening? /new ends this.

sensors-usually = usually { $value }
sensors-legend-trend = ↗ ↘: its trend and how certain that is.
sensors-legend-usual = “Usually”: its mean at the same hours of the 28 days before.
sensors-button-range = 📅 Own range
sensors-ask-range = Which stretch of time? Pick one or type it: 3 days · since Monday · yesterday 8–12 · 3–7 November · 20.11 08:00 – 21.11 16:00

sensors-pick-today = Today
sensors-pick-yesterday = Yesterday
sensors-pick-this-shift = This shift
sensors-pick-last-shift = Last shift
sensors-pick-this-week = This week
sensors-pick-weekend = Weekend

sensors-no-such-date = There is no such date or time: “{ $period }”. For example: 20.11 08:00 – 21.11 16:00
sensors-future-window = “{ $period }” is still to come: there are no readings yet.
sensors-reversed-window = “{ $period }” ends before it begins. Swap the two.
sensors-too-short = “{ $period }” is too short: 10 minutes are the least.
sensors-too-long = “{ $period }” is too long: up to 366 days at once.
