readings-error-heading = The first line must name the columns: sensor, time and value at least. Missing here: { $missing }.
readings-error-format = Readings come as .csv, .jsonl (both also as .gz) or .parquet.
readings-error-file = The file is damaged, or is not what its name says.
quarantine-error-gone = These readings are not in quarantine any more.
quarantine-error-sensor = There is no sensor { $sensor }. Please write machine/sensor, for example press-2/pressure.
quarantine-error-unit = { $unit } is no unit I know. Try bar, MPa, psi, degC, degF, l/min, mm/s...
quarantine-error-not-mappable = A new name does not mend this. Only unknown sensors and units can be mapped.
