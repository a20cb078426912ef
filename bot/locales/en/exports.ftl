# Readings as files

export-usage = Write for example: /export press 7d · /export press since Monday parquet. CSV opens in Excel, Parquet is for programs and takes more readings.
export-begun = Your file is being made
export-busy = Your last file is still being made. One moment, please.
export-too-large = Even by hours this comes to more than { $limit } MB. Choose a shorter stretch of time, or parquet.
export-nothing = There are no readings in this stretch of time.
export-not-sent = The file was made, but Telegram did not take it. Please try again.
export-readings = { $count ->
        [one] { $count } reading, as it came in
       *[other] { $count } readings, as they came in
    }
export-minutes = { $count ->
        [one] { $count } row: mean, lowest and highest of a minute
       *[other] { $count } rows: mean, lowest and highest of each minute
    }
export-hours = { $count ->
        [one] { $count } row: mean, lowest and highest of an hour
       *[other] { $count } rows: mean, lowest and highest of each hour
    }
export-why-coarser = All single readings would be more than Telegram takes. A shorter stretch of time has them.
export-button = ⬇ CSV
export-progress = ⏳ Your file is being made: { $percent } %, { $count } rows
export-sending = ⏫ Your file is made, and on its way
export-done = ✔ Your file is sent.
export-stopped = ✖ Stopped, no file was sent.
export-failed = ✖ No file came of it.
export-none-under-way = No file is being made.
export-button-stop = ✖ Stop
export-time-csv = The column “time” is in { $zone }, each with its offset from UTC.
export-time-parquet = The column “time” is in UTC.
