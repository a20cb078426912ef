"""When an alarm is over: whoever took it on is asked what it was, once."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.diagnostics.alerts.audience import quiet_hours
from core.diagnostics.alerts.book import Book
from core.diagnostics.alerts.models import Alarm, AlarmEvent, AlarmGroup
from core.diagnostics.repairs.facts import Trouble, leading
from core.outbox import Notice, Outbox
from core.users.models import MEMBERS, User
from core.users.records import actor_of
from core.users.rights import Right


async def ask_what_it_was(outbox: Outbox, book: Book, group: AlarmGroup, now: datetime) -> int:
    """Leave the question for those who acknowledged alarms of `group`; return for how many. A second call adds none."""
    session, system = book.session, book.systems[group.system_id]
    taken = (
        select(AlarmEvent.actor_id)
        .join(Alarm, Alarm.id == AlarmEvent.alarm_id)
        .where(Alarm.group_id == group.id, AlarmEvent.event == "acknowledged")
    )
    takers = select(User).where(User.id.in_(taken), User.role.in_(MEMBERS), User.reachable).order_by(User.id)
    if not (people := (await session.scalars(takers)).all()):
        return 0
    alarms = (await session.scalars(select(Alarm).where(Alarm.group_id == group.id))).all()
    payload = Trouble.of(system, leading(alarms), group.closed_at or now).to_json()
    asked = 0
    for user in people:
        if not actor_of(user).may(Right.WORK_ON_REPORTS, machine=system):
            continue
        quiet = quiet_hours(user)
        after = quiet.until(now, ZoneInfo(user.time_zone)) if quiet is not None else None
        key = f"{Notice.REPAIR_ASKED}:{group.id}:{user.id}"
        asked += await outbox.enqueue(session, user.id, Notice.REPAIR_ASKED, payload, dedup_key=key, due_at=after)
    return asked
