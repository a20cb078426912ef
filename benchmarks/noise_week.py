"""A week of the demonstration plant with thirty faults, drawn at random: for benchmarks/alert_noise.py."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import numpy as np

from demo.plant import MACHINES
from demo.simulator.faults import Fault, FaultKind
from demo.simulator.machines import EXCAVATOR_SHIFT
from demo.simulator.plant import PlantSimulator, SensorKey

HISTORY = timedelta(days=14)
DAYS = 7
_LASTS = 0.12, 0.2
"""Days."""
LOST = 0.03
"""Share of the readings that never arrive."""
DROPOUTS_PER_DAY = 2.0
LONGEST_DROPOUT_MINUTES = 3
"""Shorter than any sensor's time to be stale, a lost reading beside it included."""

_EVERYWHERE = (
    FaultKind.PUMP_WEAR,
    FaultKind.CAVITATION,
    FaultKind.COOLER_FOULING,
    FaultKind.RELIEF_DRIFT,
    FaultKind.OIL_LEAK,
    FaultKind.SENSOR_DRIFT,
    FaultKind.SENSOR_STUCK,
    FaultKind.SENSOR_SILENT,
)
_KINDS = {
    "press-2": (*_EVERYWHERE, FaultKind.FILTER_CLOGGING, *3 * (FaultKind.PRECHARGE_LOSS,)),
    "excavator-1": _EVERYWHERE,
    "hpu-7": (*_EVERYWHERE, *2 * (FaultKind.FILTER_CLOGGING,)),
}
_DRIFTS = {
    "press-2": {"pressure": 20.0, "flow": 12.0, "oil-temperature": 15.0, "accumulator-pressure": 40.0},
    "excavator-1": {"pilot-pressure": 5.0, "oil-level": 8.0},
    "hpu-7": {"pressure": 8.0, "flow": 6.0, "oil-temperature": 15.0},
}
"""Sensors that drift, and by how much at least, in their units; up to one and a half times that, up or down."""
_MOVING = {
    "press-2": ("pressure", "flow", "vibration"),
    "excavator-1": ("pilot-pressure", "pump-1-flow", "vibration"),
    "hpu-7": ("pressure", "flow", "vibration"),
}
"""Sensors that never rest while the machine works."""
_OF_SENSORS = (FaultKind.SENSOR_DRIFT, FaultKind.SENSOR_STUCK, FaultKind.SENSOR_SILENT)
_AT_ONCE = (FaultKind.SENSOR_STUCK, FaultKind.SENSOR_SILENT)


class Week:
    """What happens, drawn from `random`, after two weeks without a fault."""

    zone = ZoneInfo("Europe/Moscow")

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        # Moscow's midnight, so that the excavator's shift lies within a day of ours.
        self.history_from = datetime(2025, 12, 31, 21, tzinfo=UTC) + timedelta(days=int(random.integers(365)))
        self.begins = self.history_from + HISTORY
        self.ends = self.begins + timedelta(days=DAYS)
        self.faults = tuple(fault for machine in MACHINES for fault in self._of_machine(machine))
        self._plant = PlantSimulator(self.history_from, self.zone, self.faults)

    def moment(self, day: float) -> datetime:
        """Return the time that is `day` days after the history begins."""
        return self.history_from + timedelta(days=day)

    def readings(self, begin: datetime, end: datetime) -> Iterator[tuple[SensorKey, datetime, float]]:
        """Yield what arrives of what the plant sends from `begin` (included) to `end` (not included)."""
        for machine in MACHINES:
            for sensor, samples in self._plant.samples(machine, begin, end):
                arrives = self._random.random(len(samples)) >= LOST
                for _ in range(self._random.poisson(DROPOUTS_PER_DAY * ((end - begin) / timedelta(days=1)))):
                    first = begin + float(self._random.random()) * (end - begin)
                    last = first + float(self._random.uniform(1, LONGEST_DROPOUT_MINUTES)) * timedelta(minutes=1)
                    arrives &= np.array([not first <= at <= last for at, _ in samples], dtype=bool)  # of none too
                for (at, value), here in zip(samples, arrives, strict=True):
                    if here:
                        yield (machine, sensor), at, value

    def _of_machine(self, machine: str) -> Iterator[Fault]:
        kinds = [_KINDS[machine][number] for number in self._random.permutation(len(_KINDS[machine]))]
        for kind, begins in zip(kinds, self._beginnings(machine, kinds), strict=True):
            lasts = float(self._random.uniform(*_LASTS))
            grows = 0.0 if kind in _AT_ONCE else float(self._random.uniform(0.1, 0.5)) * lasts
            sensor, offset = self._sensor(machine, kind)
            yield Fault(machine, kind, begins, begins + grows, begins + lasts, 1000.0, 1.0, sensor, offset)

    def _beginnings(self, machine: str, kinds: Sequence[FaultKind]) -> Iterator[float]:
        """Yield when each fault begins, in days of the history.

        The excavator has one a shift, since on a cold machine nothing shows, and a silent sensor in one of the nights.
        """
        shifts, night = count(HISTORY.days), HISTORY.days + int(self._random.integers(DAYS))
        slot = DAYS / len(kinds)
        for number, kind in enumerate(kinds):
            if machine != "excavator-1":
                yield HISTORY.days + slot * number + float(self._random.uniform(0.05, 0.1))
            elif kind is FaultKind.SENSOR_SILENT:
                yield night + float(self._random.uniform(20, 22)) / 24
            else:
                yield next(shifts) + float(self._random.uniform(EXCAVATOR_SHIFT[0] + 1, EXCAVATOR_SHIFT[1] - 5)) / 24

    def _sensor(self, machine: str, kind: FaultKind) -> tuple[str | None, float]:
        if kind not in _OF_SENSORS:
            return None, 0.0
        if kind is FaultKind.SENSOR_DRIFT:
            sensor, least = list(_DRIFTS[machine].items())[int(self._random.integers(len(_DRIFTS[machine])))]
            return sensor, float(self._random.choice([-1.0, 1.0]) * self._random.uniform(1.0, 1.5) * least)
        return str(self._random.choice(_MOVING[machine])), 0.0
