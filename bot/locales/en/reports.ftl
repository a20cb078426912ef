# Diagnostic reports

report-title = Report № { $number } · { $name }
report-usage = Write for example: /report press. Then tell what you found. /reports lists the reports there are.
report-ask-finding = { $name }: what did you find? The next message goes into the report; what the sensors show now goes with it.
report-ask-noted = Report № { $number }: what did you see or do?
report-ask-closed = Report № { $number }: what was it, and what mended it?
report-nothing-written = Nothing was written down.
report-words = That has to be a text of up to { $limit } characters. Please write it again.
report-not-found = There is no report № { $number }.
report-closed-already = Report № { $number } has changed meanwhile: it was closed, or opened again. /reports shows how it stands.
report-none = There are no reports yet. /report press opens one.
report-none-of = There are no reports on { $name } yet.
report-list = { $count ->
        [one] { $count } report
       *[other] { $count } reports
    }
report-severity-info = for information
report-severity-warning = warning
report-severity-critical = critical
report-status-open = open
report-status-in_work = at work
report-status-closed = closed
report-confidence = { $percent } % sure
report-evidence = Sensors
report-trend = { $arrow } { $slope } per day
report-evidence-none = No sensor shows anything unusual.
report-components = Parts concerned
report-sources = Sources
report-revision = revision { $number }
report-journal = Journal
report-opened = opened { $moment }
report-column-sensor = Sensor
report-column-value = Value; lowest / mean / highest
report-step-opened = opened
report-step-taken = takes it on
report-step-noted = note
report-step-closed = closed
report-step-reopened = opened again
report-button-taken = 🔧 Take it on
report-button-noted = ✍️ Note
report-button-closed = ☑️ Close
report-button-reopened = ↩ Open again
report-button-pdf = 📄 PDF
report-button-list = 📋 Reports
report-button-new = ➕ New report
report-button-cancel = ✖ Cancel
report-pdf-begun = The PDF is on its way
