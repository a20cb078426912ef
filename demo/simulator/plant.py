"""The plant over time: any instant, asked for any number of times, has the same readings."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from demo.plant import MACHINES, SensorSpec
from demo.simulator.faults import STORY, Fault, FaultKind
from demo.simulator.machines import MODELS
from demo.simulator.noise import Booleans, Floats
from demo.simulator.timeline import MINUTES_PER_DAY, WARM_UP_MINUTES, Timeline

SensorKey = tuple[str, str]
"""Machine code, sensor code."""
Sample = tuple[datetime, float]

_CACHED_DAYS = 8


class PlantSimulator:
    """Readings as a function of time. `anchor` is the moment of the plant's first start: the faults count from it."""

    def __init__(self, anchor: datetime, zone: ZoneInfo, faults: tuple[Fault, ...] = STORY) -> None:
        self._anchor = anchor
        self._zone = zone
        self._faults = faults
        self._simulated = lru_cache(maxsize=_CACHED_DAYS)(self._simulate)

    def day(self, machine: str, day: date) -> dict[str, Floats]:
        """Return per sensor code the 1,440 values of a UTC day, one a minute; NaN where nothing is sent."""
        signals = self._simulated(machine, day)
        return {
            sensor.code: np.where(
                self._sends(machine, sensor, day),
                self._unless_stuck(machine, sensor, day, signals[sensor.code]),
                np.nan,
            )
            for sensor in MACHINES[machine].sensors
        }

    def samples(self, machine: str, begin: datetime, end: datetime) -> Iterator[tuple[str, list[Sample]]]:
        """Yield per sensor code what it sends from `begin` (included) to `end` (not included)."""
        for midnight, wanted in _days(begin, end):
            times = [midnight + timedelta(minutes=i) for i in range(wanted.start, wanted.stop)]
            for code, values in self.day(machine, midnight.date()).items():
                pairs = zip(times, values[wanted].tolist(), strict=True)
                yield code, [(time, value) for time, value in pairs if value == value]

    def count(self, machine: str, begin: datetime, end: datetime) -> int:
        """Return how many samples there are from `begin` (included) to `end` (not included), without simulating."""
        return sum(
            int(self._sends(machine, sensor, midnight.date())[wanted].sum())
            for midnight, wanted in _days(begin, end)
            for sensor in MACHINES[machine].sensors
        )

    def _simulate(self, machine: str, day: date) -> dict[str, Floats]:
        signals = MODELS[machine](Timeline(machine, day, self._anchor, self._zone, self._faults))
        return {
            sensor.code: _rounded(sensor, self._drifted(machine, sensor, day, signals[sensor.code][WARM_UP_MINUTES:]))
            for sensor in MACHINES[machine].sensors
        }

    def _sends(self, machine: str, sensor: SensorSpec, day: date) -> Booleans:
        sends = np.arange(MINUTES_PER_DAY) % (sensor.sampling_s // 60) == 0
        for fault in self._of_sensor(machine, sensor, FaultKind.SENSOR_SILENT):
            sends &= fault.severity(self._days_from_anchor(day)) == 0.0
        return np.asarray(sends)

    def _drifted(self, machine: str, sensor: SensorSpec, day: date, signal: Floats) -> Floats:
        for fault in self._of_sensor(machine, sensor, FaultKind.SENSOR_DRIFT):
            signal = signal + fault.offset * fault.severity(self._days_from_anchor(day))
        return signal

    def _unless_stuck(self, machine: str, sensor: SensorSpec, day: date, signal: Floats) -> Floats:
        for fault in self._of_sensor(machine, sensor, FaultKind.SENSOR_STUCK):
            days = self._days_from_anchor(day)
            stuck = fault.severity(days) > 0.0
            if stuck.any():
                since = self._anchor + timedelta(days=fault.last_beginning(float(days[stuck][0])))
                held = self._simulated(machine, since.date())[sensor.code][since.hour * 60 + since.minute]
                signal = np.where(stuck, held, signal)
        return signal

    def _of_sensor(self, machine: str, sensor: SensorSpec, kind: FaultKind) -> list[Fault]:
        return [f for f in self._faults if f.machine == machine and f.sensor == sensor.code and f.kind is kind]

    def _days_from_anchor(self, day: date) -> Floats:
        return (_midnight(day) - self._anchor) / timedelta(days=1) + np.arange(MINUTES_PER_DAY) / MINUTES_PER_DAY


def _rounded(sensor: SensorSpec, values: Floats) -> Floats:
    decimals = max(0, round(-np.log10(sensor.resolution)))
    return np.asarray(np.round(values / sensor.resolution) * sensor.resolution).round(decimals)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _days(begin: datetime, end: datetime) -> Iterator[tuple[datetime, slice]]:
    """Yield each UTC day that the span touches, with the minutes of it that lie inside."""
    minute = timedelta(minutes=1)
    midnight = _midnight(begin.astimezone(UTC).date())
    while midnight < end:
        first, last = (-((midnight - edge) // minute) for edge in (begin, end))
        yield midnight, slice(max(0, first), min(MINUTES_PER_DAY, last))
        midnight += timedelta(days=1)
