feedback-thanks = Спасибо, учту.
feedback-why = Что не так с ответом?
feedback-wrong = Неверно
feedback-other-machine = Не про мою машину
feedback-outdated = Устаревший документ
feedback-too-long = Слишком длинно
feedback-unclear = Непонятно
