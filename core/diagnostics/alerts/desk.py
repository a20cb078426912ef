"""What people do with alarms: take one on, silence it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.alerts.book import Book, state_of, write_state
from core.diagnostics.alerts.matching import Matcher
from core.diagnostics.alerts.models import Alarm, AlarmGroup, Silence
from core.diagnostics.alerts.service import AlarmService
from core.diagnostics.alerts.states import acknowledge
from core.diagnostics.alerts.suppression import Quiet
from core.diagnostics.models import System
from core.diagnostics.named import SHIFT_STARTS
from core.errors import BadInputError, NotFoundError
from core.users.models import User
from core.users.rights import Actor, Right

LONGEST_SILENCE = timedelta(days=7)
_SAME = timedelta(minutes=1)


class UnknownAlarmError(NotFoundError):
    """The alarm is gone, or none of the actor's machines has it."""

    key = "error-alarm-unknown"


class SilenceTooLongError(BadInputError):
    """A silence ends within a week: what is longer is forgotten."""

    key = "error-silence-too-long"


class AlarmDesk:
    """Acts on alarms on behalf of people. What it means for readers is settled in the same transaction."""

    def __init__(self, sessions: SessionFactory, clock: Clock, alarms: AlarmService) -> None:
        self._sessions = sessions
        self._clock = clock
        self._alarms = alarms

    async def acknowledge(self, actor: Actor, group_id: int) -> int:
        """Take a group's alarms on; return how many nobody had taken yet.

        Raises:
            ForbiddenError: the actor may not handle alarms.
            UnknownAlarmError: no such alarm, or not on their machines.
        """
        system = await self._machine(actor, group_id)
        async with self._alarms.opened([system.id]) as book:
            waiting = [alarm for alarm in _active(book, group_id) if not alarm.acknowledged]
            for alarm in waiting:
                write_state(alarm, acknowledge(state_of(alarm)))
                book.journal(alarm, "acknowledged", self._clock(), actor_id=actor.id, name=actor.name)
        return len(waiting)

    async def acknowledge_all(self, actor: Actor, group_ids: Sequence[int]) -> int:
        """Take several groups' alarms on, as far as they are on the actor's machines; return how many were free.

        Raises:
            ForbiddenError: the actor may not handle alarms.
        """
        actor.require(Right.HANDLE_ALARMS)
        taken = 0
        for group_id in group_ids:
            with suppress(UnknownAlarmError):
                taken += await self.acknowledge(actor, group_id)
        return taken

    async def silence(self, actor: Actor, group_id: int, length: timedelta | None, reason: str = "") -> datetime:
        """Keep a group's alarms quiet for `length`, or to the end of the actor's shift; return until when.

        Who says so again lengthens their silence; in the same minute that changes nothing.

        Raises:
            ForbiddenError, UnknownAlarmError: as `acknowledge`.
            SilenceTooLongError: it would be forgotten.
        """
        system = await self._machine(actor, group_id)
        now = self._clock()
        until = now + length if length is not None else await self._end_of_shift(actor, now)
        if until - now > LONGEST_SILENCE:
            raise SilenceTooLongError(days=LONGEST_SILENCE.days)
        async with self._alarms.opened([system.id]) as book:
            for alarm in _active(book, group_id):
                labels = book.labels(alarm)
                matcher = Matcher(machines=(labels.machine,), kinds=(labels.kind,), sensors=(labels.sensor,))
                if await _silenced(book.session, _silence(actor, matcher, reason, now, until)):
                    book.journal(alarm, "silenced", now, actor_id=actor.id, name=actor.name, until=until.isoformat())
            await book.session.flush()
        return until

    async def _machine(self, actor: Actor, group_id: int) -> System:
        actor.require(Right.HANDLE_ALARMS)
        async with self._sessions() as session:
            group = await session.get(AlarmGroup, group_id)
            system = await session.get(System, group.system_id) if group is not None else None
        if system is None or not actor.sees(system):
            raise UnknownAlarmError
        return system

    async def _end_of_shift(self, actor: Actor, now: datetime) -> datetime:
        async with self._sessions() as session:
            return await end_of_shift(session, actor, now)


async def end_of_shift(session: AsyncSession, actor: Actor, now: datetime) -> datetime:
    """Return when the actor's shift ends; of whoever told none, the plant's usual one."""
    user = await session.get(User, actor.id) if actor.id is not None else None
    own = user.shift_to if user is not None else None
    return shift_end(now, actor.zone, (own,) if own is not None else SHIFT_STARTS)


def shift_end(now: datetime, zone: ZoneInfo, ends: tuple[time, ...]) -> datetime:
    """Return when the next of the daily `ends` comes, local time."""
    today = now.astimezone(zone).date()
    days = (today, today + timedelta(days=1))
    return min(at for day in days for end in ends if (at := datetime.combine(day, end, zone)) > now)


def _active(book: Book, group_id: int) -> list[Alarm]:
    return [alarm for alarm in book.alarms if alarm.group_id == group_id and alarm.active]


async def _silenced(session: AsyncSession, wanted: Silence) -> bool:
    """Add a silence, or lengthen the one that there is; False where that lasts as long."""
    last = (
        select(Silence)
        .where(
            Silence.kind == wanted.kind,
            Silence.matcher == wanted.matcher,
            Silence.author_id == wanted.author_id,
            Silence.reason == wanted.reason,
            Silence.ends_at > wanted.starts_at,
        )
        .order_by(Silence.ends_at.desc())
        .limit(1)
    )
    found = await session.scalar(last)
    if found is None:
        session.add(wanted)
    elif found.ends_at > wanted.ends_at - _SAME:
        return False
    else:
        found.ends_at = wanted.ends_at
    return True


def _silence(actor: Actor, matcher: Matcher, reason: str, now: datetime, until: datetime) -> Silence:
    return Silence(
        kind=Quiet.SILENCED,
        matcher=matcher.as_json(),
        author_id=actor.id,
        author_name=actor.name,
        reason=reason,
        created_at=now,
        starts_at=now,
        ends_at=until,
    )
