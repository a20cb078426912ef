"""What machines there are, how they are now, and how they were over a period."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.alerts.spans import read_alarm_spans
from core.diagnostics.baseline import read_baselines
from core.diagnostics.lookup import UnknownSystemError, find_system
from core.diagnostics.models import Sensor, System
from core.diagnostics.periods import BadPeriodError, is_mistyped, split_request
from core.diagnostics.requests import ReadingsRequest, machine_meant, read_request
from core.diagnostics.rollups.reading import read_series, whole_minute
from core.diagnostics.scope import in_scope
from core.diagnostics.summary import (
    LastReading,
    SensorStatus,
    SystemStatus,
    SystemSummary,
    bucket_for,
    summarise,
)
from core.diagnostics.windows import Window, read_window
from core.errors import BadInputError
from core.shared import Shared
from core.users.rights import Actor, Right
from core.users.scope import WHOLE_PLANT, Scope

_LAST_READINGS = text(
    """
    SELECT s.id, r.time, r.value
    FROM sensors AS s
    CROSS JOIN LATERAL (
        SELECT time, value FROM sensor_data
        WHERE sensor_id = s.id AND time <= :now AND quality < 2
        ORDER BY time DESC
        LIMIT 1
    ) AS r
    WHERE s.system_id = ANY(:systems)
    """
)

_SENSORS = selectinload(System.sensors).joinedload(Sensor.component)
_SUMMARIES_AT_ONCE = 3
"""More take one another's time: in a crowd, who waits for a place is joined by others who want the same."""
_SAME_S = 10
"""Ends that are no farther apart are one moment to those who ask together: "24 h" of two people never end at once."""
_PAST = timedelta(minutes=2)
"""A summary that ends as long ago as this tells of a past that was asked for; others follow the clock."""
_PLACES_NAMED = 12


class UnknownPlaceError(BadInputError):
    """A scope names a site or a machine that is not there."""

    key = "error-scope-unknown"


class DiagnosticsService:
    """Machines and their sensors, for whoever may see them."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._machines = Shared[Sequence[System]]()
        self._states = Shared[list[SystemStatus]]()
        self._summaries = Shared[SystemSummary]()
        self._places = asyncio.Semaphore(_SUMMARIES_AT_ONCE)

    async def systems(self, actor: Actor) -> list[SystemStatus]:
        """Return the actor's machines, as they are now, in the order of their codes.

        Raises:
            ForbiddenError: the actor may not see machines.
        """
        actor.require(Right.SEE_MACHINES)
        return list(await self._states.get(actor.scope, lambda: self._read_states(actor.scope)))

    async def _read_states(self, scope: Scope) -> list[SystemStatus]:
        async with self._sessions() as session:
            query = _systems(scope).options(_SENSORS)
            return await _statuses(session, (await session.scalars(query)).all(), self._clock())

    async def machines(self, actor: Actor) -> Sequence[System]:
        """Return the actor's machines, without sensors and readings, in the order of their codes.

        Raises:
            ForbiddenError: the actor may not see machines.
        """
        actor.require(Right.SEE_MACHINES)
        return await self._read_machines(actor.scope)

    async def _read_machines(self, scope: Scope) -> Sequence[System]:
        async with self._sessions() as session:
            return (await session.scalars(_systems(scope))).all()

    async def check_scope(self, actor: Actor, scope: Scope) -> None:
        """Refuse a scope that names a site or a machine that is not there: whoever got it would see nothing.

        Raises:
            ForbiddenError, UnknownPlaceError
        """
        actor.require(Right.MANAGE_USERS)
        systems = await self._read_machines(WHOLE_PLANT)
        if not systems:
            return  # people may be there before machines
        machines, sites = {system.code for system in systems}, {system.site for system in systems}
        unknown = Scope.of(sites=scope.sites - sites, machines=scope.machines - machines)
        if unknown != Scope.of():
            there = [*(f"site:{site}" for site in sorted(sites)), *(f"machine:{code}" for code in sorted(machines))]
            raise UnknownPlaceError(places=str(unknown), known=", ".join(there[:_PLACES_NAMED]))

    async def machine(self, actor: Actor, wanted: str | int) -> System:
        """Return the one of the actor's machines that has that id, or is called that, with its sensors.

        Raises:
            ForbiddenError: the actor may not see machines.
            UnknownSystemError, AmbiguousSystemError: none of the actor's machines, or several, are called that.
        """
        actor.require(Right.SEE_MACHINES)
        async with self._sessions() as session:
            return await _machine(session, actor.scope, wanted)

    async def request(self, actor: Actor, sentence: str, *, about: str | None = None) -> ReadingsRequest | None:
        """Return what readings a sentence asks for; None where it asks for none, or the actor may not see any.

        `about` is the code of the machine talked about.
        """
        if not actor.may(Right.SEE_MACHINES):
            return None
        systems = await self.machines(actor)
        current = next((system for system in systems if system.code == about), None)
        now = self._clock()
        meant = machine_meant(sentence, systems, now, actor.zone, about=current)
        if meant is None:
            return None
        async with self._sessions() as session:
            whole = await _whole(session, meant)
        known = [whole if system.id == whole.id else system for system in systems]
        return read_request(sentence, known, now, actor.zone, about=whole if meant is current else current)

    def window(self, actor: Actor, written: str) -> tuple[Window | None, str]:
        """Return the stretch of time that is written, in the actor's time zone, None for none, and what else is.

        Raises:
            BadPeriodError: it can't be used.
        """
        now = self._clock()
        if found := read_window(written, now, actor.zone):
            return found
        rest, period = split_request(written)
        return (Window(now - period, now) if period else None), rest

    def own_range(self, actor: Actor, written: str) -> Window | None:
        """Return the stretch of time that is all of what is written; None where it says something else.

        Raises:
            BadPeriodError: it can't be used, or is meant as one but can't be read.
        """
        window, rest = self.window(actor, written)
        if window is not None and not rest:
            return window
        if is_mistyped(written):
            raise BadPeriodError(f"not a stretch of time: {written[:40]!r}", period=written.strip()[:40])
        return None

    def last(self, period: timedelta, *, until: datetime | None = None) -> Window:
        """Return the stretch of time that ends now, or as given."""
        end = until or self._clock()
        return Window(end - period, end)

    async def summary(
        self, actor: Actor, system: str | int, period: timedelta, *, until: datetime | None = None
    ) -> SystemSummary:
        """Return one machine (its id, or what a person calls it) over the `period` that ends now, or as it was `until`.

        Several people who want the same at the same moment get the same, each after their own right was looked at.

        Raises:
            ForbiddenError: the actor may not see machines.
            UnknownSystemError, AmbiguousSystemError: none of the actor's machines, or several, are called that.
        """
        actor.require(Right.SEE_MACHINES)
        found = pick(await self._machines.get(actor.scope, lambda: self._read_machines(actor.scope)), system)
        moment = until and until.timestamp() // _SAME_S
        return await self._summaries.get((found.id, period, moment), lambda: self._summarise(found, period, until))

    async def _summarise(self, machine: System, period: timedelta, until: datetime | None) -> SystemSummary:
        async with self._places, self._sessions() as session:
            now = self._clock()
            end = until or now
            since, bucket = whole_minute(end - period), bucket_for(period)
            found = await _whole(session, machine)
            (status,) = await _statuses(session, [found], end)
            sensors = [s.sensor for s in status.sensors]
            series = await read_series(session, [s.id for s in sensors], since, end, bucket)
            baselines = await read_baselines(session, sensors, since, end)
            alarms = await read_alarm_spans(session, found.id, [s.id for s in sensors], since, end)
        summaries = tuple(
            summarise(s, series[s.sensor.id], since, period, baselines.get(s.sensor.id), alarms.get(s.sensor.id, ()))
            for s in status.sensors
        )
        past = now - end >= _PAST
        return SystemSummary(status, end - period, end, bucket, summaries, past)


def pick(systems: Sequence[System], wanted: str | int) -> System:
    """Return the machine with that id, or called that.

    Raises:
        UnknownSystemError, AmbiguousSystemError: no machine, or several.
    """
    if isinstance(wanted, str):
        return find_system(systems, wanted)
    for system in systems:
        if system.id == wanted:
            return system
    raise UnknownSystemError(name=str(wanted), machines=", ".join(s.code for s in systems))


def _systems(scope: Scope) -> Select[System]:
    return select(System).where(in_scope(scope)).order_by(System.code)


async def _machine(session: AsyncSession, scope: Scope, wanted: str | int) -> System:
    return await _whole(session, pick((await session.scalars(_systems(scope))).all(), wanted))


async def _whole(session: AsyncSession, system: System) -> System:
    """Return the machine with its sensors: of one machine, for a plant may have thousands of them."""
    query = select(System).where(System.id == system.id).options(_SENSORS)
    return (await session.scalars(query, execution_options={"populate_existing": True})).one()


async def _statuses(session: AsyncSession, systems: Sequence[System], now: datetime) -> list[SystemStatus]:
    rows = await session.execute(_LAST_READINGS, {"now": now, "systems": [system.id for system in systems]})
    last = {sensor_id: LastReading(time, value, now - time) for sensor_id, time, value in rows}
    return [
        SystemStatus(
            system,
            tuple(SensorStatus(s, last.get(s.id)) for s in sorted(system.sensors, key=lambda sensor: sensor.id)),
        )
        for system in systems
    ]
