answers-how-to-ask = Напишите вопрос после команды или совсем без неё: «Почему воет насос?»
answers-queue-position = { $position ->
    [1] Модель занята, вы следующий…
   *[other] Модель занята, ваш номер в очереди: { $position }…
}
answers-in-line = { $before ->
    [1] Вопрос принят, отвечу сразу после текущего. /stop – остановить всё.
   *[other] Вопрос принят, перед ним в очереди: { $before }. /stop – остановить всё.
}
answers-button-stop = ⏹ Стоп
answers-button-again = Спросить снова
answers-stopped = Остановлено.
answers-cut-short = Ответ прерван: меня перезапускают. Повторите вопрос через минуту.
answers-interrupted =
    Меня перезапустили раньше, чем я ответил на вопрос:
    «{ $question }»
answers-nothing-to-stop = Сейчас я ничего не пишу.
answers-nothing-to-retry = В этом чате вы ещё ничего не спрашивали.
answers-new = Начнём сначала. Что происходит с машиной?
answers-sources = Источники
answers-page = с. { $page }
answers-refusal = В документах нет ответа на этот вопрос, а гадать я не буду.
answers-refusal-missing = Не встречается ни в одном документе: { $words }.
answers-refusal-nearest = Ближе всего по теме:
answers-refusal-advice = Уточните машину, узел и что вы видите или измеряете – или попросите администратора добавить недостающий документ.
answers-refusal-values = Ни в одном из найденных фрагментов нет значения: { $values }.
answers-partial = Прямого ответа в документах может не быть. Ближайшие фрагменты, дословно:
quantity-torque = момент затяжки
quantity-price = цена
quantity-part-number = номер по каталогу или заводской номер
quantity-phone = номер телефона
quantity-interval = периодичность или срок службы
quantity-pressure = давление
quantity-temperature = температура
quantity-flow = расход
quantity-viscosity = вязкость
quantity-length = размер
quantity-speed = скорость или частота вращения
quantity-voltage = напряжение
quantity-current = ток
quantity-content = содержание в ppm или процентах
quantity-weight = масса
quantity-volume = объём
quantity-vibration = вибрация
quantity-frequency = частота
quantity-power = мощность
quantity-force = сила
quantity-colour = цвет
quantity-record = запись о том, кто и когда это делал
quantity-noise = уровень шума
quantity-resistance = электрическое сопротивление
