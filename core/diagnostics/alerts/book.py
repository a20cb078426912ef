"""The open alarms of some machines, locked and in hand: loaded, changed in memory, written with the transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from core.diagnostics.alerts.matching import Labels
from core.diagnostics.alerts.models import Alarm, AlarmEvent, AlarmGroup
from core.diagnostics.alerts.states import AlarmState
from core.diagnostics.alerts.stories import beginning
from core.diagnostics.alerts.telling import Rhythm, joins
from core.diagnostics.models import Severity, System

_LOCK = text("SELECT pg_advisory_xact_lock(:space, system_id) FROM unnest(CAST(:systems AS int[])) AS s (system_id)")
_LOCK_SPACE = 0x616C726D
"""Advisory locks of alarms, one a machine ("alrm")."""


_Key = tuple[int, str, int | None]


class Book:
    """Open alarms and groups of a few machines. Whoever opens the book of a machine has it alone until commit.

    What is new is written all at once, by `write`: thousands of alarms may come together.
    """

    def __init__(self, session: AsyncSession, systems: dict[int, System]) -> None:
        self.session = session
        self.systems = systems
        self.groups: dict[int, AlarmGroup] = {}
        self._alarms: dict[_Key, Alarm] = {}
        self._told: dict[int, list[Alarm]] = {}
        """By machine, the alarms that people knew of when the book was opened: thousands may come to a few of them."""
        self._events: list[tuple[Alarm, AlarmEvent]] = []
        self._sensors = {sensor.id: sensor.code for system in systems.values() for sensor in system.sensors}

    @classmethod
    async def open(cls, session: AsyncSession, system_ids: Sequence[int]) -> "Book":
        """Lock and load the machines' open alarms; ids that are no machine's are left out."""
        wanted = sorted(set(system_ids))
        await session.execute(_LOCK, {"space": _LOCK_SPACE, "systems": wanted})
        systems = select(System).where(System.id.in_(wanted)).options(selectinload(System.sensors))
        book = cls(session, {system.id: system for system in await session.scalars(systems)})
        alarms = select(Alarm).where(Alarm.system_id.in_(wanted), Alarm.closed_at.is_(None)).order_by(Alarm.id)
        book._alarms = {_key(alarm): alarm for alarm in await session.scalars(alarms)}
        for alarm in book.alarms:
            if alarm.told is not None:
                book._told.setdefault(alarm.system_id, []).append(alarm)
        held = {alarm.group_id for alarm in book.alarms}
        groups = select(AlarmGroup).where(
            or_(
                AlarmGroup.id.in_(held),
                AlarmGroup.system_id.in_(wanted) & AlarmGroup.closed_at.is_(None),
            )
        )
        book.groups = {group.id: group for group in await session.scalars(groups)}
        return book

    @property
    def alarms(self) -> list[Alarm]:
        """All open alarms, oldest first."""
        return list(self._alarms.values())

    def find(self, system_id: int, kind: str, sensor_id: int | None) -> Alarm | None:
        """Return the open alarm of that kind."""
        return self._alarms.get((system_id, kind, sensor_id))

    def by_group(self) -> dict[int, list[Alarm]]:
        """Return the open alarms of each group, oldest first."""
        members: dict[int, list[Alarm]] = {group_id: [] for group_id in self.groups}
        for alarm in self._alarms.values():
            members[alarm.group_id].append(alarm)
        return members

    def labels(self, alarm: Alarm) -> Labels:
        """Return what an alarm can be recognised by."""
        system = self.systems[alarm.system_id]
        sensor = self._sensors.get(alarm.sensor_id, "") if alarm.sensor_id is not None else ""
        return Labels(system.site, system.code, alarm.kind, sensor, Severity(alarm.severity))

    def knows_sensor(self, sensor_id: int | None) -> bool:
        """Tell whether the sensor still exists (None: the whole machine)."""
        return sensor_id is None or sensor_id in self._sensors

    async def group_for(self, alarm: Alarm, now: datetime, rhythm: Rhythm) -> AlarmGroup:
        """Return the machine's group that a new alarm belongs to, opening one where needed.

        However old a group is, what goes on with an alarm in it belongs to it.
        """
        told = [one for one in self._told.get(alarm.system_id, ()) if one.active]
        if (first := beginning(alarm, told)) is not None:
            return self.groups[first.group_id]
        for group in self.groups.values():
            if group.system_id == alarm.system_id and group.closed_at is None and joins(group.opened_at, now, rhythm):
                return group
        group = AlarmGroup(system_id=alarm.system_id, opened_at=now, called=[], revision=0, escalation_step=0)
        self.session.add(group)
        await self.session.flush()
        self.groups[group.id] = group
        return group

    def add(self, alarm: Alarm) -> None:
        """Take a new alarm in."""
        self.session.add(alarm)
        self._alarms[_key(alarm)] = alarm

    async def remove(self, alarm: Alarm) -> None:
        """Let go of an alarm that is closed, and make room for the next of its kind."""
        await self.session.flush()
        del self._alarms[_key(alarm)]

    async def write(self) -> None:
        """Write what is new; new alarms have their ids from then on."""
        await self.session.flush()
        for alarm, event in self._events:
            event.alarm_id = alarm.id
            self.session.add(event)
        self._events.clear()

    def journal(
        self, alarm: Alarm, event: str, at: datetime, *, actor_id: int | None = None, **details: object
    ) -> None:
        """Note what happened, for `write`."""
        self._events.append((alarm, AlarmEvent(at=at, event=event, actor_id=actor_id, details=details)))


def _key(alarm: Alarm) -> _Key:
    return alarm.system_id, alarm.kind, alarm.sensor_id


def state_of(alarm: Alarm) -> AlarmState:
    """Read the pure state from its row."""
    return AlarmState(
        severity=Severity(alarm.severity),
        peak=Severity(alarm.peak),
        raised_at=alarm.raised_at,
        seen_at=alarm.seen_at,
        raises=tuple(datetime.fromisoformat(moment) for moment in alarm.raises),
        active=alarm.active,
        acknowledged=alarm.acknowledged,
        normal_since=alarm.normal_since,
        cleared_at=alarm.cleared_at,
        flapping=alarm.flapping,
    )


def write_state(alarm: Alarm, state: AlarmState) -> None:
    """Write the pure state into its row."""
    alarm.severity, alarm.peak = state.severity, state.peak
    alarm.raised_at, alarm.seen_at = state.raised_at, state.seen_at
    alarm.raises = [moment.isoformat() for moment in state.raises]
    alarm.active, alarm.acknowledged, alarm.flapping = state.active, state.acknowledged, state.flapping
    alarm.normal_since, alarm.cleared_at = state.normal_since, state.cleared_at
