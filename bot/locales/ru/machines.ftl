machines-status-in_service = В работе
machines-status-maintenance = 🔧 На обслуживании
machines-status-decommissioned = Выведена из эксплуатации
machines-error-limits = Пределы должны идти по возрастанию: нижний аварийный, нижний предупредительный, верхний предупредительный, верхний аварийный.
machines-error-sampling = Ожидаемый период должен быть больше нуля и меньше срока, после которого датчик считается молчащим.
machines-error-sensor = У машины { $machine } нет датчика { $sensor }.
