readings-error-heading = Первая строка должна называть столбцы: хотя бы датчик, время и значение. Не хватает: { $missing }.
readings-error-format = Показания принимаются в файлах .csv, .jsonl (в том числе .gz) и .parquet.
readings-error-file = Файл повреждён или это не то, что сказано в его имени.
quarantine-error-gone = Этих показаний в карантине уже нет.
quarantine-error-sensor = Датчика { $sensor } нет. Напишите машина/датчик, например press-2/pressure.
quarantine-error-unit = Единица { $unit } мне незнакома. Попробуйте bar, MPa, psi, degC, degF, l/min, mm/s...
quarantine-error-not-mappable = Другое имя тут не поможет: сопоставить можно только незнакомый датчик или единицу.
source-error-taken = Источник с таким именем уже есть.
source-error-none = Такого источника нет.
quarantine-error-words = Напишите: /quarantine НОМЕР ИМЯ, например /quarantine 17 press-2/pressure.
quarantine-error-changed = За это время пришли ещё показания. Посмотрите снова.
quarantine-empty = Карантин пуст: всем показаниям можно верить.
quarantine-heading = Показания, которым нельзя верить
quarantine-line = { $reason }: { $name }, { $count ->
    [one] { $count } показание
    [few] { $count } показания
   *[other] { $count } показаний
}
quarantine-when = Получены с { $first } по { $last }, источник: { $source }.
quarantine-example = Например: { $example }
quarantine-how-sensor = Если знаете, что это за датчик: /quarantine { $number } машина/датчик
quarantine-how-unit = Если знаете, что это за единица: /quarantine { $number } единица
quarantine-button-replay = 🔁 Ещё раз
quarantine-button-replay-all = 🔁 Все ещё раз
quarantine-button-discard = 🗑 Удалить
quarantine-button-discard-yes = 🗑 Да, удалить навсегда
quarantine-button-back = ↩ Назад
quarantine-discard-really = Удалить навсегда? { $what }
quarantine-discarded = Удалено: { $count }
quarantine-replayed = Принято: { $accepted }. Осталось в карантине: { $left }.
quarantine-reason-unparsable = Не читается
quarantine-reason-unknown-sensor = Неизвестный датчик
quarantine-reason-unknown-unit = Неизвестная единица
quarantine-reason-wrong-unit = Единица другой величины
quarantine-reason-bad-time = Нет пригодного времени
quarantine-reason-future = Время в будущем
quarantine-reason-ancient = Время до 2000 года
quarantine-reason-bad-value = Не число
quarantine-reason-not-finite = NaN или бесконечность
quarantine-reason-impossible = Невозможное значение
quarantine-reason-bad-quality = Неизвестное качество
