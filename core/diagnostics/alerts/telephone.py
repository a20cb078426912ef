"""From a group's state to messages: decides who is told now, and leaves the outbox rows in the same transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.diagnostics.alerts.asking import ask_what_it_was
from core.diagnostics.alerts.audience import Listener, hearing, listeners
from core.diagnostics.alerts.book import Book
from core.diagnostics.alerts.inhibitions import INHIBITIONS
from core.diagnostics.alerts.matching import Labels, Matcher
from core.diagnostics.alerts.models import Alarm, AlarmGroup, AlarmMessage, Silence
from core.diagnostics.alerts.states import rank
from core.diagnostics.alerts.stories import beginning
from core.diagnostics.alerts.suppression import Quiet, Window, quiet_because
from core.diagnostics.alerts.telling import Member, Reason, Rhythm, next_telling
from core.diagnostics.models import Severity
from core.outbox import Letter, Notice, Outbox

Seen = tuple[tuple[object, ...], ...]


class Telephone:
    """Settles groups: what readers can see has changed, or it is time to tell them."""

    def __init__(self, outbox: Outbox, rhythm: Rhythm, zone: ZoneInfo) -> None:
        self._outbox = outbox
        self._rhythm = rhythm
        self._zone = zone

    async def settle(self, book: Book, now: datetime, before: dict[int, Seen]) -> int:
        """Bring the groups of `book` up to date; return how many messages were left. `before`: see `seen`."""
        windows = await _windows(book.session, now)
        _mark_quiet(book, windows, now)
        everybody: list[Listener] | None = None
        left = 0
        by_group = book.by_group()
        for group in book.groups.values():
            members = by_group[group.id]
            if _close(group, members, now):
                left += await ask_what_it_was(self._outbox, book, group, now)
            _go_on(members)
            loud = [alarm for alarm in members if alarm.active and alarm.quiet is None]
            due = self._due(group, members)
            changed = seen(members) != before.get(group.id, ())
            told = None
            if due is not None and due[0] <= now:
                everybody = everybody if everybody is not None else await listeners(book.session, self._zone)
                told = due[1]
            if changed or told:
                group.revision += 1
            if told:
                left += await self._tell(book, group, loud, told, everybody or [], now)
            elif changed:
                left += await self._update(book, group)
            group.due_at = self._next(book, group, members, windows, now)
        return left

    async def call(self, book: Book, group: AlarmGroup, chats: Sequence[int], now: datetime) -> int:
        """Call `chats` in, whatever they subscribed to; they hear of what comes later, too."""
        called = set(group.called)
        group.called = sorted(called | set(chats))
        group.revision += 1
        await self._send(book.session, group, Reason.ESCALATED, dict.fromkeys(chats))
        return len(chats)

    async def _tell(
        self,
        book: Book,
        group: AlarmGroup,
        loud: Sequence[Alarm],
        reason: Reason,
        everybody: Iterable[Listener],
        now: datetime,
    ) -> int:
        worst = max((Severity(alarm.severity) for alarm in loud), key=rank)
        place = book.systems[group.system_id]
        audience = hearing(everybody, place, [book.labels(alarm) for alarm in loud], group.called)
        group.told_at = now
        held = {listener.chat_id: listener.quiet_until(worst, now) for listener in audience}
        await self._send(book.session, group, reason, held)
        for alarm in loud:
            alarm.told = alarm.severity if alarm.told is None else max(alarm.told, alarm.severity, key=rank)
        return len(held) + await self._update(book, group, without=held)

    async def _update(self, book: Book, group: AlarmGroup, without: Iterable[int] = ()) -> int:
        """Have the message edited in every chat that has it, without a sound."""
        query = select(AlarmMessage.chat_id).where(AlarmMessage.group_id == group.id)
        chats = sorted(set(await book.session.scalars(query)) - set(without))
        letters = [Letter(chat, Notice.ALARM, {"group_id": group.id}, _key(group, chat)) for chat in chats]
        await self._outbox.enqueue_all(book.session, letters)
        return len(chats)

    async def _send(
        self, session: AsyncSession, group: AlarmGroup, reason: Reason, held: Mapping[int, datetime | None]
    ) -> None:
        """Tell chats of a group; `held`: until when each has to wait, None where it does not."""
        if not held:
            return
        rows = [{"group_id": group.id, "chat_id": chat_id} for chat_id in held]
        places = insert(AlarmMessage).on_conflict_do_nothing().returning(AlarmMessage.chat_id)
        new = set(await session.scalars(places, rows))
        letters = []
        for chat_id, after in held.items():
            payload = {"group_id": group.id, "reason": reason, "held": after is not None}
            letters.append(Letter(chat_id, Notice.ALARM, payload, _key(group, chat_id), after))
            if chat_id in new:
                letters.append(_look(group, chat_id, after))
        await self._outbox.enqueue_all(session, letters)

    def _next(
        self, book: Book, group: AlarmGroup, members: Sequence[Alarm], windows: Sequence[Window], now: datetime
    ) -> datetime | None:
        """Return when the group is to be looked at again: to tell, or because what kept it quiet ends."""
        due = self._due(group, members)
        moments = [] if due is None else [due[0]]
        hushed = [book.labels(alarm) for alarm in members if alarm.active and alarm.quiet is not None]
        moments += [w.ends_at for w in windows if any(w.covers(labels, now) for labels in hushed)]
        return min(moments, default=None)

    def _due(self, group: AlarmGroup, members: Sequence[Alarm]) -> tuple[datetime, Reason] | None:
        loud = [_member(alarm) for alarm in members if alarm.active and alarm.quiet is None]
        known = [Severity(alarm.told) for alarm in members if alarm.active and alarm.told is not None]
        return next_telling(group.opened_at, group.told_at, loud, known, self._rhythm)


def seen(members: Iterable[Alarm]) -> Seen:
    """Return what a group's message says of its alarms, to compare before with after."""
    return tuple(
        (a.id, a.severity, a.active, a.acknowledged, a.flapping, a.quiet, (a.details or {}).get("alone"))
        for a in members
    )


def _mark_quiet(book: Book, windows: Sequence[Window], now: datetime) -> None:
    active: dict[int, list[Labels]] = {}
    for alarm in book.alarms:
        if alarm.active:
            active.setdefault(alarm.system_id, []).append(book.labels(alarm))
    for alarm in book.alarms:
        quiet = None
        if alarm.active:
            quiet = quiet_because(book.labels(alarm), now, windows, active[alarm.system_id], INHIBITIONS)
        alarm.quiet = quiet


def _go_on(members: Sequence[Alarm]) -> None:
    """Take alarms that only go on with what was told for told, and for acknowledged where that was."""
    told = [alarm for alarm in members if alarm.told is not None]
    for alarm in members:
        if alarm.active and alarm.told is None and (first := beginning(alarm, told)) is not None:
            alarm.told, alarm.acknowledged = alarm.severity, first.acknowledged


def _close(group: AlarmGroup, members: Sequence[Alarm], now: datetime) -> bool:
    """Note whether the group is over; return whether it is since now."""
    if any(alarm.active for alarm in members):
        group.closed_at = None
    elif group.closed_at is None:
        group.closed_at = now
        return True
    return False


def _member(alarm: Alarm) -> Member:
    return Member(Severity(alarm.severity), alarm.acknowledged, Severity(alarm.told) if alarm.told else None)


async def _windows(session: AsyncSession, now: datetime) -> list[Window]:
    query = select(Silence).where(Silence.starts_at <= now, Silence.ends_at > now)
    return [
        Window(Matcher.from_json(row.matcher), Quiet(row.kind), row.starts_at, row.ends_at)
        for row in await session.scalars(query)
    ]


def _look(group: AlarmGroup, chat_id: int, after: datetime | None) -> Letter:
    """Have a first look at the machine follow, one a minute in a chat: in a storm of alarms nobody reads more."""
    minute = int((group.told_at or group.opened_at).timestamp() // 60)
    return Letter(chat_id, Notice.FIRST_LOOK, {"group_id": group.id}, f"look:{chat_id}:{minute}", after)


def _key(group: AlarmGroup, chat_id: int) -> str:
    return f"alarm:{group.id}:{chat_id}:{group.revision}"
