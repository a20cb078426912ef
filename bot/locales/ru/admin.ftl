admin-role-pending = ждёт доступа
admin-role-viewer = наблюдатель
admin-role-engineer = инженер
admin-role-senior_engineer = старший инженер
admin-role-admin = администратор
admin-role-blocked = заблокирован
admin-users = { $count ->
    [one] { $count } пользователь
    [few] { $count } пользователя
   *[other] { $count } пользователей
}
admin-users-hint = Нажмите на пользователя, чтобы изменить роль.
admin-user-id = Telegram id: { $id }
admin-user-role = Роль: { $role }
admin-user-since = Впервые написал(а): { $date }
admin-user-unreachable = Заблокировал(а) бота: сообщения не доходят.
admin-make-viewer = 👁 Сделать наблюдателем
admin-make-engineer = 🔧 Сделать инженером
admin-make-senior_engineer = 🎓 Сделать старшим инженером
admin-make-admin = 🛡 Сделать администратором
admin-make-blocked = ⛔ Заблокировать
admin-back = ‹ Все пользователи
admin-role-set = { $name }: { $role }
admin-access-request =
    { $who } просит доступ.
    Telegram id: { $id }
admin-button-approve = ✅ Впустить: { $role }
admin-button-deny = ⛔ Отказать
admin-let-in = ✅ { $name }: доступ открыт ({ $role }). Решение: { $admin }.
admin-turned-away = ⛔ { $name }: в доступе отказано. Решение: { $admin }.
admin-invite-role = Для кого приглашение?
admin-invitation =
    Приглашение ({ $role }, { $scope }): на { $uses ->
        [one] { $uses } человека
       *[other] { $uses } человек
    }, действует до { $until }. Перешлите одну из строк:

    { $link }

    { $command }
admin-user-scope = Видит: { $scope }
admin-user-extra = Дополнительно: { $rights }
admin-scope-all = все машины
