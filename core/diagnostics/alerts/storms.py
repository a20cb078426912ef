"""What waits for a chat, taken together: one message per site where it is more than anybody reads, one sound a machine.

It may be a storm of alarms, or what came while the bot was down, or what waited for the end of quiet hours. What waits
is taken together in one transaction, so that nothing is told twice or forgotten, whoever dies.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import Names, SessionFactory
from core.diagnostics.alerts.models import Alarm, AlarmGroup, AlarmMessage
from core.diagnostics.alerts.states import rank
from core.diagnostics.alerts.telling import Reason
from core.diagnostics.models import Severity, System
from core.outbox import Letter, Notice, Outbox, OutboxMessage

MOST_SINGLE = 5
"""Machines that are told of one by one, with a message each."""
SOUND_AGAIN = timedelta(minutes=5)
"""A site whose storm was told of so lately is told of without a sound, unless it got worse: as a group's interval."""
_TELLING = (Reason.FIRST, Reason.REPEAT, Reason.JOINED, Reason.ESCALATED, Reason.WORSE)
"""Of several reasons the last is told."""


@dataclass(frozen=True, slots=True)
class Plight:
    """How a machine of a storm is. `active` counts its alarms, `severity` is the worst of them, None when all is over.

    `taken`: somebody has all of them. `since`: when the first of them came, over or not.
    """

    group_id: int
    revision: int
    code: str
    names: Names
    site: str
    public: bool
    active: int
    severity: Severity | None
    taken: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Storm:
    """A site's storm as a chat is told of it, worst machines first. `message_id`: where it stands already."""

    plights: tuple[Plight, ...]
    message_id: int | None


class _Letter(NamedTuple):
    id: int
    payload: dict[str, Any]


class Storms:
    """Takes together what waits for a chat, and remembers which machines a message tells of."""

    def __init__(self, sessions: SessionFactory, clock: Clock, outbox: Outbox) -> None:
        self._sessions = sessions
        self._clock = clock
        self._outbox = outbox

    async def gather(self, message: OutboxMessage) -> Reason | None:
        """Take what waits for the chat of `message` together, which is of an alarm and the first of it.

        Where few machines wait, return why that of `message` is told of: all that waits of it is told by that. None:
        one letter per site takes the place of all that waits.
        """
        now, chat_id = self._clock(), message.chat_id
        async with self._sessions.begin() as session:
            waiting = await _waiting(session, chat_id, now)
            group_ids = list(dict.fromkeys(int(letter.payload["group_id"]) for letter in waiting))
            if len(group_ids) <= MOST_SINGLE:
                mine = [letter for letter in waiting if letter.payload["group_id"] == message.payload["group_id"]]
                reasons = [Reason(payload["reason"]) for payload in (message.payload, *(one.payload for one in mine))]
                await _tell_together(session, [letter.id for letter in mine if letter.id != message.id], now)
                return max(reasons, key=_TELLING.index)
            held = {int(letter.payload["group_id"]) for letter in waiting if letter.payload.get("held")}
            plights = {plight.group_id: plight for plight in await _plights(session, AlarmGroup.id.in_(group_ids))}
            by_site: dict[str, list[Plight]] = {}
            for group_id in group_ids:
                if (plight := plights.get(group_id)) is not None and (plight.active or group_id not in held):
                    by_site.setdefault(plight.site, []).append(plight)
            for site, some in by_site.items():
                await self._leave(session, chat_id, site, some, now)
            await _tell_together(session, [letter.id for letter in waiting], now)
            await session.execute(delete(OutboxMessage).where(*_looks(chat_id, group_ids)))
        return None

    async def storm(self, chat_id: int, site: str, group_ids: Collection[int]) -> Storm:
        """Return a site's storm: the machines of `group_ids`, and those that the message tells of which stands."""
        async with self._sessions() as session:
            standing = await session.scalar(
                select(func.max(AlarmMessage.message_id))
                .join(AlarmGroup, AlarmGroup.id == AlarmMessage.group_id)
                .join(System, System.id == AlarmGroup.system_id)
                .where(AlarmMessage.chat_id == chat_id, AlarmMessage.shared)
                .where(System.site == site, AlarmGroup.closed_at.is_(None))
            )
            ids = {*group_ids, *await _told_of(session, chat_id, standing)}
            return Storm(tuple(await _plights(session, AlarmGroup.id.in_(ids))), standing)

    async def standing(self, chat_id: int, message_id: int) -> Storm:
        """Return what a message tells of."""
        async with self._sessions() as session:
            ids = await _told_of(session, chat_id, message_id)
            return Storm(tuple(await _plights(session, AlarmGroup.id.in_(ids))), message_id)

    async def placed(self, chat_id: int, message_id: int, plights: Sequence[Plight]) -> None:
        """Note that a message tells of these, as they are; those that have a message of their own keep it."""
        if not plights:
            return
        rows = [
            {
                "group_id": p.group_id,
                "chat_id": chat_id,
                "message_id": message_id,
                "revision": p.revision,
                "shared": True,
            }
            for p in plights
        ]
        new = insert(AlarmMessage)
        elsewhere = or_(AlarmMessage.message_id.is_(None), AlarmMessage.shared)
        known = {name: new.excluded[name] for name in ("message_id", "revision", "shared")}
        statement = new.on_conflict_do_update(index_elements=["group_id", "chat_id"], set_=known, where=elsewhere)
        async with self._sessions.begin() as session:
            await session.execute(statement, rows)

    async def _leave(
        self, session: AsyncSession, chat_id: int, site: str, some: Sequence[Plight], now: datetime
    ) -> None:
        worst = max((plight.severity for plight in some if plight.severity), key=rank, default=Severity.INFO)
        of_site = and_(
            OutboxMessage.chat_id == chat_id,
            OutboxMessage.kind == Notice.ALARM_STORM,
            OutboxMessage.payload["site"].astext == site,
        )
        unsent = (OutboxMessage.sent_at.is_(None), OutboxMessage.failed_at.is_(None), OutboxMessage.digest.is_(None))
        ids = [plight.group_id for plight in some]
        waiting = await session.scalar(select(OutboxMessage).where(of_site, *unsent).limit(1))
        if waiting is not None:
            known: list[int] = waiting.payload["group_ids"]
            worse = max(Severity(waiting.payload["severity"]), worst, key=rank)
            waiting.payload = waiting.payload | {"group_ids": list(dict.fromkeys([*known, *ids])), "severity": worse}
            return
        lately = select(OutboxMessage.payload["severity"].astext).where(
            of_site, OutboxMessage.sent_at > now - SOUND_AGAIN, OutboxMessage.payload["loud"].as_boolean()
        )
        loud = all(rank(worst) > rank(known) for known in await session.scalars(lately))
        payload = {"site": site, "group_ids": ids, "severity": worst, "loud": loud}
        await self._outbox.enqueue_all(session, [Letter(chat_id, Notice.ALARM_STORM, payload)])


async def _tell_together(session: AsyncSession, letters: Sequence[int], now: datetime) -> None:
    """Note that letters are told by another."""
    together = OutboxMessage.payload.op("||")({"gathered": True})
    told = update(OutboxMessage).where(OutboxMessage.id.in_(letters)).values(sent_at=now, payload=together)
    if letters:
        await session.execute(told)


async def _waiting(session: AsyncSession, chat_id: int, now: datetime) -> Sequence[_Letter]:
    query = select(OutboxMessage.id, OutboxMessage.payload).where(
        OutboxMessage.chat_id == chat_id,
        OutboxMessage.kind == Notice.ALARM,
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.failed_at.is_(None),
        OutboxMessage.digest.is_(None),
        or_(OutboxMessage.due_at.is_(None), OutboxMessage.due_at <= now),
        OutboxMessage.payload.has_key("reason"),
    )
    return [_Letter(*row) for row in await session.execute(query.order_by(OutboxMessage.id))]


def _looks(chat_id: int, group_ids: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    """First looks at machines of a storm: nobody reads them."""
    return (
        OutboxMessage.chat_id == chat_id,
        OutboxMessage.kind == Notice.FIRST_LOOK,
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.failed_at.is_(None),
        OutboxMessage.lease_until.is_(None),
        OutboxMessage.payload["group_id"].as_integer().in_(group_ids),
    )


async def _told_of(session: AsyncSession, chat_id: int, message_id: int | None) -> set[int]:
    here = (AlarmMessage.chat_id == chat_id, AlarmMessage.message_id == message_id, AlarmMessage.shared)
    return set(await session.scalars(select(AlarmMessage.group_id).where(*here)))


async def _plights(session: AsyncSession, which: ColumnElement[bool]) -> list[Plight]:
    active = and_(Alarm.active, Alarm.closed_at.is_(None))
    ranks = case({severity.value: rank(severity) for severity in Severity}, value=Alarm.severity)
    query = (
        select(
            AlarmGroup.id,
            AlarmGroup.revision,
            System.code,
            System.names,
            System.site,
            System.public,
            func.count(Alarm.id).filter(active),
            func.max(ranks).filter(active),
            func.coalesce(func.bool_and(Alarm.acknowledged).filter(active), False),
            func.coalesce(func.min(Alarm.raised_at), AlarmGroup.opened_at),
        )
        .join(System, System.id == AlarmGroup.system_id)
        .outerjoin(Alarm, Alarm.group_id == AlarmGroup.id)
        .where(which)
        .group_by(AlarmGroup.id, System.id)
    )
    by_rank = {rank(severity): severity for severity in Severity}
    found = [
        Plight(group_id, revision, code, names, site, public, count, by_rank.get(worst), taken, since)
        for group_id, revision, code, names, site, public, count, worst, taken, since in await session.execute(query)
    ]
    return sorted(found, key=lambda p: (-1 if p.severity is None else rank(p.severity), p.active), reverse=True)
