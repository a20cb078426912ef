audit-title = Audit log, page { $page }
audit-empty = Nothing here.
audit-system = the system
audit-action = { $action ->
        [user-decide] answered a request for access
        [user-set_role] changed a role
        [user-enrol] let somebody in
        [user-add_right] gave a right
        [user-take_right] took a right away
        [user-set_scope] changed a scope
        [user-invite] made an invitation
        [user-redeem] used an invitation
        [user-export] sent somebody their data
        [user-forget] forgot somebody
        [invites-void] voided all invitations
        [document-add] added a document
        [document-change] changed readers or machines of a document
        [document-delete] deleted a document
        [index-build] had the index built
        [index-use] switched the index
        [index-rollback] rolled the index back
        [chat_log-purge] dropped old questions
        [circuit-isolated] confirmed that a circuit is safe
        [safety-point] ticked a point of the safety checklist
        [machine-change] changed a machine
        [sensor-change] changed a sensor
        [readings-export] exported readings
        [readings-import] imported readings
        [readings-map_sensor] mapped a sensor's name
        [readings-map_unit] mapped a unit's name
        [readings-replay] replayed readings from quarantine
        [readings-discard] deleted readings from quarantine
        [source-create] created a source of readings
        [source-rotate] renewed a source's token
        [source-revoke] revoked a source
        [alarms-subscribe] changed a subscription
        [oncall-take] took a duty
        [oncall-hand_over] handed a duty over
        [rota-create] created a rota
        [rota-members] changed who is in a rota
        [rota-turn] changed a rota's turn
        [rota-start] changed a rota's start
        [rota-delete] deleted a rota
        [escalation-create] created an escalation chain
        [escalation-match] changed what a chain is for
        [escalation-hours] changed a chain's hours
        [escalation-add_step] added a step to a chain
        [escalation-remove_step] removed a step of a chain
        [escalation-raise] moved a chain up
        [escalation-delete] deleted an escalation chain
        [handover-given] handed a shift over
        [report-opened] opened a report
        [report-taken] took a report on
        [report-noted] noted in a report
        [report-closed] closed a report
        [report-reopened] reopened a report
        [repair-propose] told of a repair
        [repair-approve] approved a repair
        [repair-reject] rejected a repair
        [repair-withdraw] withdrew a repair
        [timescale-ensure] chunks ahead of time
        [timescale-clean] dropping old chunks
        [timescale-compress] compression
        [timescale-interval] length of chunks
        [timescale-backfill] late readings
        [timescale-apply] policy applied
        [timescale-declare] declared a policy
        [timescale-hold] put a legal hold
        [timescale-release] released a legal hold
       *[other] { $action }
    }
