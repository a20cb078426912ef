audit-title = Журнал действий, страница { $page }
audit-empty = Здесь пусто.
audit-system = система
audit-action = { $action ->
        [user-decide] решение о доступе
        [user-set_role] смена роли
        [user-enrol] открыт доступ
        [user-add_right] выдано право
        [user-take_right] отозвано право
        [user-set_scope] смена области
        [user-invite] создано приглашение
        [user-redeem] использовано приглашение
        [user-export] выгрузка личных данных
        [user-forget] удалён по просьбе
        [invites-void] отменены все приглашения
        [document-add] добавлен документ
        [document-change] доступ к документу или его машины
        [document-delete] удалён документ
        [index-build] запущена сборка индекса
        [index-use] переключён индекс
        [index-rollback] откат индекса
        [chat_log-purge] удалены старые вопросы
        [circuit-isolated] контур обезопашен
        [safety-point] пункт безопасности
        [machine-change] изменена машина
        [sensor-change] изменён датчик
        [readings-export] выгрузка показаний
        [readings-import] загрузка показаний
        [readings-map_sensor] сопоставлено имя датчика
        [readings-map_unit] сопоставлена единица
        [readings-replay] повторный приём из карантина
        [readings-discard] удаление из карантина
        [source-create] создан источник показаний
        [source-rotate] новый токен источника
        [source-revoke] отключён источник
        [alarms-subscribe] изменена подписка
        [oncall-take] дежурство взято на себя
        [oncall-hand_over] дежурство передано
        [rota-create] создан график дежурств
        [rota-members] участники графика
        [rota-turn] длительность дежурства
        [rota-start] начало графика
        [rota-delete] удалён график дежурств
        [escalation-create] создана цепочка вызовов
        [escalation-match] для чего цепочка
        [escalation-hours] часы цепочки
        [escalation-add_step] добавлен шаг цепочки
        [escalation-remove_step] убран шаг цепочки
        [escalation-raise] цепочка поднята выше
        [escalation-delete] удалена цепочка вызовов
        [handover-given] передана смена
        [report-opened] открыт отчёт
        [report-taken] отчёт взят в работу
        [report-noted] заметка в отчёте
        [report-closed] закрыт отчёт
        [report-reopened] отчёт открыт снова
        [repair-propose] рассказано о ремонте
        [repair-approve] случай подтверждён
        [repair-reject] случай отклонён
        [repair-withdraw] случай отозван
        [timescale-ensure] чанки наперёд
        [timescale-clean] удаление старых чанков
        [timescale-compress] сжатие чанков
        [timescale-interval] длина чанков
        [timescale-backfill] опоздавшие показания
        [timescale-apply] приведение к политике
        [timescale-declare] задана политика
        [timescale-hold] запрет на удаление
        [timescale-release] снят запрет на удаление
       *[other] { $action }
    }
