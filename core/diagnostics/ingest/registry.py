"""Which sensors there are and what they are called: looked up by the million, so kept in memory for some seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import repeat
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.ingest.blocks import Reason
from core.diagnostics.ingest.models import SensorAlias, UnitAlias
from core.diagnostics.ingest.plausibility import possible
from core.diagnostics.ingest.units import UnknownUnitError, WrongUnitError, conversion
from core.diagnostics.models import Sensor, System

FRESH_FOR = timedelta(seconds=5)
"""A new sensor or mapping is known after this; what came before it waits in quarantine."""

_NOT_KNOWN = -1
Named = tuple[str, str]
"""A sensor and a unit, as a reading names them."""


class KnownSensor(NamedTuple):
    """What ingest must know of a sensor."""

    id: int
    unit: str
    quantity: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """For each reading: its sensor, how its value becomes one in the sensor's unit, and between what it is possible.

    `faults` is empty where sensor and unit are known.
    """

    sensors: NDArray[np.int32]
    factors: NDArray[np.float64]
    offsets: NDArray[np.float64]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]
    faults: Mapping[int, Reason]


class Registry:
    """The sensors and mappings of one moment."""

    def __init__(self, sensors: Mapping[str, KnownSensor], units: Mapping[str, str]) -> None:
        self._sensors = sensors
        self._units = units
        self._adding = Lock()
        self._slots: dict[Named, int] = {}
        self._ids = [0]
        self._numbers: list[tuple[float, float, float, float]] = [(1.0, 0.0, 0.0, 0.0)]

    def resolve(self, sensors: Sequence[str], units: Sequence[str]) -> Resolved:
        """Resolve every reading's sensor and unit. Threads may do so at the same time."""
        rows = self._known_slots(sensors, units)
        faults = dict[int, Reason]()
        if (unknown := np.flatnonzero(rows == _NOT_KNOWN).tolist()) != []:
            with self._adding:
                found = {(sensors[row], units[row]) for row in unknown}
                reasons = {name: reason for name in found if (reason := self._add(name)) is not None}
            rows = np.maximum(self._known_slots(sensors, units), 0)
            faults = {row: reasons[name] for row in unknown if (name := (sensors[row], units[row])) in reasons}
        factors, offsets, lows, highs = np.array(self._numbers, np.float64)[rows].T
        return Resolved(np.array(self._ids, np.int32)[rows], factors, offsets, lows, highs, faults)

    def _known_slots(self, sensors: Sequence[str], units: Sequence[str]) -> NDArray[np.intp]:
        names = zip(sensors, units, strict=True)
        return np.fromiter(map(self._slots.get, names, repeat(_NOT_KNOWN)), np.intp, len(sensors))

    def _add(self, name: Named) -> Reason | None:
        """Give a name its place, or say what is wrong. Only what is known is kept: others may be endless."""
        if name in self._slots:  # another thread was faster
            return None
        sensor = self._sensors.get(name[0].strip())
        if sensor is None:
            return Reason.UNKNOWN_SENSOR
        unit = name[1].strip()
        try:
            factor, offset = conversion(self._units.get(unit, unit), sensor.unit)
        except UnknownUnitError:
            return Reason.UNKNOWN_UNIT
        except WrongUnitError:
            return Reason.WRONG_UNIT
        self._ids.append(sensor.id)
        self._numbers.append((factor, offset, *possible(sensor.quantity, sensor.unit)))
        self._slots[name] = len(self._ids) - 1
        return None


class RegistryKeeper:
    """Hands out the registry, read again after `FRESH_FOR`."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._known: tuple[Registry, datetime] | None = None

    async def current(self) -> Registry:
        """Return the registry as it is, or was some seconds ago."""
        now = self._clock()
        if self._known is None or not timedelta(0) <= now - self._known[1] < FRESH_FOR:
            self._known = (await self._read(), now)
        return self._known[0]

    def forget(self) -> None:
        """Read it again next time."""
        self._known = None

    async def _read(self) -> Registry:
        sensors: dict[str, KnownSensor] = {}
        async with self._sessions() as session:
            query = select(System.code, Sensor.code, Sensor.id, Sensor.unit, Sensor.quantity).join(Sensor.system)
            for machine, code, *known_parts in await session.execute(query):
                known = KnownSensor._make(known_parts)
                sensors[f"{machine}/{code}"] = sensors[str(known.id)] = known
            by_id = {known.id: known for known in sensors.values()}
            for alias, sensor_id in await session.execute(select(SensorAlias.name, SensorAlias.sensor_id)):
                sensors[alias] = by_id[sensor_id]
            units = {alias.name: alias.unit for alias in await session.scalars(select(UnitAlias))}
        return Registry(sensors, units)
