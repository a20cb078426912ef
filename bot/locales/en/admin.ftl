admin-role-pending = waiting for access
admin-role-viewer = viewer
admin-role-engineer = engineer
admin-role-senior_engineer = senior engineer
admin-role-admin = admin
admin-role-blocked = blocked
admin-users = { $count ->
    [one] { $count } user
   *[other] { $count } users
}
admin-users-hint = Tap a user to change the role.
admin-user-id = Telegram id: { $id }
admin-user-role = Role: { $role }
admin-user-since = Known since: { $date }
admin-user-unreachable = Has blocked the bot: messages don't arrive.
admin-make-viewer = 👁 Make a viewer
admin-make-engineer = 🔧 Make an engineer
admin-make-senior_engineer = 🎓 Make a senior engineer
admin-make-admin = 🛡 Make an admin
admin-make-blocked = ⛔ Block
admin-back = ‹ All users
admin-role-set = { $name }: { $role }
admin-access-request =
    { $who } asks for access.
    Telegram id: { $id }
admin-button-approve = ✅ Let in: { $role }
admin-button-deny = ⛔ Turn away
admin-let-in = ✅ { $name } has access ({ $role }). Decided by { $admin }.
admin-turned-away = ⛔ { $name } was turned away. Decided by { $admin }.
admin-invite-role = For whom is the invitation?
admin-invitation =
    An invitation ({ $role }, { $scope }), good for { $uses ->
        [one] one person
       *[other] { $uses } people
    } until { $until }. Send one of these:

    { $link }

    { $command }
admin-user-scope = Sees: { $scope }
admin-user-extra = Also: { $rights }
admin-scope-all = all machines
