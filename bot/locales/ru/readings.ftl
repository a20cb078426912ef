readings-error-heading = Первая строка должна называть столбцы: хотя бы датчик, время и значение. Не хватает: { $missing }.
readings-error-format = Показания принимаются в файлах .csv, .jsonl (в том числе .gz) и .parquet.
readings-error-file = Файл повреждён или это не то, что сказано в его имени.
quarantine-error-gone = Этих показаний в карантине уже нет.
quarantine-error-sensor = Датчика { $sensor } нет. Напишите машина/датчик, например press-2/pressure.
quarantine-error-unit = Единица { $unit } мне незнакома. Попробуйте bar, MPa, psi, degC, degF, l/min, mm/s...
quarantine-error-not-mappable = Другое имя тут не поможет: сопоставить можно только незнакомый датчик или единицу.
