"""The register of machines: what is kept about them and their sensors, seen and changed by admins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from core.database import SessionFactory
from core.diagnostics.lookup import UnknownSystemError
from core.diagnostics.models import Criticality, OperatingStatus, Sensor, System
from core.errors import BadInputError, NotFoundError
from core.users.audit import record
from core.users.rights import Actor, Right

LIMITS = ("critical_low", "warning_low", "warning_high", "critical_high")
"""In the order in which their values must rise."""


class BadLimitsError(BadInputError):
    """Limits must rise from critical low over warning low and warning high to critical high."""

    key = "machines-error-limits"


class BadSamplingError(BadInputError):
    """The expected period must be positive, and a sensor can't be stale before the next reading is due."""

    key = "machines-error-sampling"


class UnknownSensorError(NotFoundError):
    """The machine has no such sensor."""

    key = "machines-error-sensor"


@dataclass(frozen=True, slots=True)
class MachineChange:
    """What to change about a machine; None: leave it. `location` holds a name per language."""

    status: OperatingStatus | None = None
    criticality: Criticality | None = None
    location: dict[str, str] | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class SensorChange:
    """What to change about a sensor: `limits` by name in its unit, None: not watched; seconds, None: leave them."""

    limits: Mapping[str, float | None]
    sampling_s: float | None = None
    stale_after_s: float | None = None


class MachineRegister:
    """Needs the right to manage readings; who changed what is in the audit log."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions

    async def list(self, actor: Actor) -> Sequence[System]:
        """Return all machines with their sensors, by code."""
        actor.require(Right.MANAGE_READINGS)
        query = select(System).options(selectinload(System.sensors)).order_by(System.code)
        async with self._sessions() as session:
            return (await session.scalars(query)).all()

    async def machine(self, actor: Actor, code: str) -> System:
        """Return a machine with its sensors.

        Raises:
            ForbiddenError, UnknownSystemError.
        """
        actor.require(Right.MANAGE_READINGS)
        async with self._sessions() as session:
            return await _machine(session, code)

    async def change_machine(self, actor: Actor, code: str, change: MachineChange) -> System:
        """Change what is kept about a machine, and return it.

        Raises:
            ForbiddenError, UnknownSystemError.
        """
        actor.require(Right.MANAGE_READINGS)
        async with self._sessions.begin() as session:
            system = await _machine(session, code)
            system.status = change.status or system.status
            system.criticality = change.criticality or system.criticality
            system.location = system.location | (change.location or {})
            system.site = change.site or system.site
            details = {"status": system.status, "criticality": system.criticality, "site": system.site}
            record(session, actor, "machine.change", target=code, details=details)
        return system

    async def change_sensor(self, actor: Actor, code: str, change: SensorChange) -> Sensor:
        """Change a sensor, written machine/sensor. Time in limits is counted again by the limits that then hold.

        Raises:
            ForbiddenError, UnknownSystemError, UnknownSensorError, BadLimitsError, BadSamplingError.
        """
        actor.require(Right.MANAGE_READINGS)
        machine, _, name = code.partition("/")
        async with self._sessions.begin() as session:
            system = await _machine(session, machine)
            sensor = next((one for one in system.sensors if one.code == name), None)
            if sensor is None:
                raise UnknownSensorError(f"{machine} has no sensor {name!r}", machine=machine, sensor=name)
            for limit, value in change.limits.items():
                setattr(sensor, limit, value)
            sensor.sampling_s = sensor.sampling_s if change.sampling_s is None else change.sampling_s
            sensor.stale_after_s = sensor.stale_after_s if change.stale_after_s is None else change.stale_after_s
            _check(sensor)
            details = {limit: getattr(sensor, limit) for limit in LIMITS}
            times = {"sampling_s": sensor.sampling_s, "stale_after_s": sensor.stale_after_s}
            record(session, actor, "sensor.change", target=code, details=details | times)
        return sensor


async def _machine(session: AsyncSession, code: str) -> System:
    found = await session.scalar(select(System).where(System.code == code).options(selectinload(System.sensors)))
    if found is None:
        codes = await session.scalars(select(System.code).order_by(System.code))
        raise UnknownSystemError(name=code, machines=", ".join(codes))
    return found


def _check(sensor: Sensor) -> None:
    limits = [value for name in LIMITS if (value := getattr(sensor, name)) is not None]
    if not all(map(isfinite, limits)) or sorted(set(limits)) != limits:
        raise BadLimitsError
    if not (0 < sensor.sampling_s < sensor.stale_after_s and isfinite(sensor.stale_after_s)):
        raise BadSamplingError
