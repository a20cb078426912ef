evidence-heading = 🔧 { $name }: датчики за { $period }
evidence-unreadable = Показания сейчас не получить, ответ – только по документам.
evidence-well = Остальные в норме: { $count }
evidence-changed = Разговор теперь об этой машине. /new – сменить тему.
evidence-disagreement = ⚠️ Расходится: в документе [{ $passage }] – { $stated }, датчик [S{ $sensor }] показывает { $value }.
