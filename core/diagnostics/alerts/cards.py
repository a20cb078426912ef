"""What a group's message shows: read in one go, so that its words can be chosen without the database."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from core.clock import Clock
from core.database import Names, SessionFactory
from core.diagnostics.alerts.matching import Labels, Matcher
from core.diagnostics.alerts.models import Alarm, AlarmEvent, AlarmGroup, AlarmMessage, AlertProfile, Silence
from core.diagnostics.models import Sensor, Severity, System

_KEPT = 256
"""Cards kept for chats that get them a moment later."""


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody's act: their name, and when, or until when."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """One alarm as readers see it. `sensor` is None where it is about the whole machine."""

    id: int
    kind: str
    severity: Severity
    active: bool
    flapping: bool
    quiet: str | None
    raised_at: datetime
    cleared_at: datetime | None
    sensor: Names | None
    sensor_id: int | None
    value: float | None
    limit: float | None
    unit: str | None
    contributors: tuple[Names, ...] = ()
    alone: bool = False
    acknowledged: Who | None = None
    silenced: Who | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A group of alarms of one machine, oldest first."""

    group_id: int
    revision: int
    system: System
    alarms: tuple[AlarmLine, ...]

    @property
    def active(self) -> tuple[AlarmLine, ...]:
        """Those that are not over."""
        return tuple(alarm for alarm in self.alarms if alarm.active)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a group's message stands in a chat, and in which of the chat's topics alarms belong."""

    message_id: int | None
    revision: int
    thread_id: int | None
    shared: bool = False
    """It tells of a storm: of other machines, too."""


class AlarmCards:
    """Reads cards, and remembers where they stand."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._lately: OrderedDict[int, Card] = OrderedDict()

    async def card(self, group_id: int) -> Card | None:
        """Return a group's card; None where it is gone with its machine."""
        async with self._sessions() as session:
            group = await session.get(AlarmGroup, group_id)
            return None if group is None else await self._read(session, group)

    async def place(self, group_id: int, chat_id: int) -> Place:
        """Return where the message stands in a chat."""
        async with self._sessions() as session:
            return await _place(session, group_id, chat_id)

    async def standing(self, group_id: int, chat_id: int) -> tuple[Card | None, Place]:
        """Return a card and where it stands in a chat. A card that many chats get is read once for each revision."""
        query = (
            select(
                AlarmGroup.revision,
                AlarmMessage.message_id,
                func.coalesce(AlarmMessage.revision, 0),
                AlertProfile.thread_id,
                func.coalesce(AlarmMessage.shared, False),
            )
            .outerjoin(AlarmMessage, and_(AlarmMessage.group_id == AlarmGroup.id, AlarmMessage.chat_id == chat_id))
            .outerjoin(AlertProfile, AlertProfile.chat_id == chat_id)
            .where(AlarmGroup.id == group_id)
        )
        async with self._sessions() as session:
            row = (await session.execute(query)).one_or_none()
        if row is None:
            return None, Place(None, 0, None)
        revision, message_id, shown, thread_id, shared = row
        return await self.as_of(group_id, revision), Place(message_id, shown, thread_id, shared)

    async def as_of(self, group_id: int, revision: int) -> Card | None:
        """Return a card that is no older than `revision`; None where it is gone with its machine."""
        known = self._lately.get(group_id)
        if known is not None and known.revision >= revision:
            return known
        async with self._sessions() as session:
            group = await session.get(AlarmGroup, group_id)
            return None if group is None else await self._remembered(session, group)

    async def _remembered(self, session: AsyncSession, group: AlarmGroup) -> Card:
        card = self._lately.get(group.id)
        if card is None or card.revision != group.revision:
            card = self._lately[group.id] = await self._read(session, group)
            if len(self._lately) > _KEPT:
                self._lately.popitem(last=False)
        return card

    async def _read(self, session: AsyncSession, group: AlarmGroup) -> Card:
        system = await session.get_one(System, group.system_id, options=[selectinload(System.sensors)])
        query = select(Alarm).where(Alarm.group_id == group.id).order_by(Alarm.id)
        alarms = (await session.scalars(query)).all()
        lines = await read_lines(session, system, alarms, self._clock())
        return Card(group.id, group.revision, system, lines)

    async def placed(self, group_id: int, chat_id: int, message_id: int, revision: int) -> None:
        """Note that the message stands there, and what it shows."""
        where = (AlarmMessage.group_id == group_id, AlarmMessage.chat_id == chat_id)
        here = {"message_id": message_id, "revision": revision, "shared": False}
        async with self._sessions.begin() as session:
            await session.execute(update(AlarmMessage).where(*where).values(here))

    async def topic(self, chat_id: int) -> int | None:
        """Return in which of a group's topics alarms belong."""
        async with self._sessions() as session:
            profile = await session.get(AlertProfile, chat_id)
            return profile.thread_id if profile is not None else None

    async def topic_gone(self, chat_id: int) -> None:
        """Note that a group's topic was closed or deleted: alarms go to the group itself, rather than nowhere."""
        async with self._sessions.begin() as session:
            await session.execute(update(AlertProfile).where(AlertProfile.chat_id == chat_id).values(thread_id=None))

    async def chat_gone(self, chat_id: int) -> None:
        """Note that a group threw the bot out: it hears nothing until somebody turns alarms on again."""
        async with self._sessions.begin() as session:
            gone = (AlertProfile.chat_id == chat_id, AlertProfile.chat_id < 0)
            await session.execute(update(AlertProfile).where(*gone).values(wanted=False))

    async def chat_moved(self, old: int, new: int) -> None:
        """Note that a group became a supergroup: it hears what it heard, and its old messages can't be edited."""
        async with self._sessions.begin() as session:
            known = select(AlertProfile.chat_id).where(AlertProfile.chat_id == new)
            if await session.scalar(known) is None:
                await session.execute(update(AlertProfile).where(AlertProfile.chat_id == old).values(chat_id=new))
            moved = update(AlarmMessage).where(AlarmMessage.chat_id == old)
            there = select(AlarmMessage.group_id).where(AlarmMessage.chat_id == new)
            fresh = moved.where(AlarmMessage.group_id.not_in(there))
            await session.execute(fresh.values(chat_id=new, message_id=None, revision=0, shared=False))


async def _place(session: AsyncSession, group_id: int, chat_id: int) -> Place:
    row = await session.get(AlarmMessage, (group_id, chat_id))
    profile = await session.get(AlertProfile, chat_id)
    thread = profile.thread_id if profile is not None else None
    return Place(row.message_id, row.revision, thread, row.shared) if row is not None else Place(None, 0, thread)


async def read_lines(
    session: AsyncSession, system: System, alarms: Sequence[Alarm], now: datetime
) -> tuple[AlarmLine, ...]:
    """Return alarms of one machine as readers see them."""
    ids = [alarm.id for alarm in alarms]
    query = select(AlarmEvent).where(AlarmEvent.alarm_id.in_(ids), AlarmEvent.event == "acknowledged")
    events = {event.alarm_id: event for event in await session.scalars(query.order_by(AlarmEvent.id))}
    windows = select(Silence).where(Silence.starts_at <= now, Silence.ends_at > now).order_by(Silence.ends_at)
    silences = (await session.scalars(windows)).all()
    sensors = {sensor.id: sensor for sensor in system.sensors}
    return tuple(_line(system, sensors, alarm, events.get(alarm.id), silences) for alarm in alarms)


def _line(
    system: System,
    sensors: Mapping[int, Sensor],
    alarm: Alarm,
    taken: AlarmEvent | None,
    silences: Sequence[Silence],
) -> AlarmLine:
    sensor = sensors.get(alarm.sensor_id) if alarm.sensor_id is not None else None
    labels = Labels(system.site, system.code, alarm.kind, sensor.code if sensor else "", Severity(alarm.severity))
    silence = next((s for s in reversed(silences) if Matcher.from_json(s.matcher).matches(labels)), None)
    parts = alarm.details.get("contributions", [])
    return AlarmLine(
        id=alarm.id,
        kind=alarm.kind,
        severity=Severity(alarm.severity),
        active=alarm.active,
        flapping=alarm.flapping,
        quiet=alarm.quiet,
        raised_at=alarm.raised_at,
        cleared_at=alarm.cleared_at,
        sensor=sensor.names if sensor else None,
        sensor_id=alarm.sensor_id,
        value=alarm.value,
        limit=alarm.limit,
        unit=alarm.unit,
        contributors=tuple(sensors[part["sensor_id"]].names for part in parts if part["sensor_id"] in sensors),
        alone=alarm.details.get("alone", False),
        acknowledged=Who(taken.details["name"], taken.at) if taken is not None and alarm.acknowledged else None,
        silenced=Who(silence.author_name, silence.ends_at) if silence is not None and alarm.quiet else None,
    )
