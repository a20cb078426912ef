"""Faults that can be injected, and the story that the demonstration plant tells."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from demo.simulator.noise import Floats


class FaultKind(StrEnum):
    """What can go wrong. The last three befall a sensor, the others the machine."""

    PUMP_WEAR = "pump_wear"
    CAVITATION = "cavitation"
    COOLER_FOULING = "cooler_fouling"
    RELIEF_DRIFT = "relief_drift"
    FILTER_CLOGGING = "filter_clogging"
    PRECHARGE_LOSS = "precharge_loss"
    OIL_LEAK = "oil_leak"
    SENSOR_DRIFT = "sensor_drift"
    SENSOR_STUCK = "sensor_stuck"
    SENSOR_SILENT = "sensor_silent"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of one machine, in days from the plant's anchor (the moment of the first start).

    Its severity grows from 0 at `begins` to 1 at `full` as a power of time, `curve`, and stays until it is mended at
    `ends`. All of it comes again every `repeats` days, so the plant never runs out of story. A sensor that drifts
    is off by `offset`, in its unit, at full severity.
    """

    machine: str
    kind: FaultKind
    begins: float
    full: float
    ends: float
    repeats: float = 45.0
    curve: float = 1.0
    sensor: str | None = None
    offset: float = 0.0

    def severity(self, days: Floats) -> Floats:
        """Return the severity, 0 to 1, at `days` from the anchor."""
        since = np.mod(days - self.begins, self.repeats)
        grown = np.clip(since / max(self.full - self.begins, 1e-9), 0.0, 1.0) ** self.curve
        return np.where(since < self.ends - self.begins, grown, 0.0)

    def last_beginning(self, day: float) -> float:
        """Return when the fault last began, in days from the anchor, seen from `day`."""
        return day - (day - self.begins) % self.repeats


STORY = (
    # The press pump wears out: the case drain reaches its warning (7 l/min) about a day before the first start.
    Fault("press-2", FaultKind.PUMP_WEAR, begins=-9.0, full=5.0, ends=7.0, curve=1.6),
    # The return filter of the power unit has just passed 2.0 bar; by-pass soon after, new element on the fourth day.
    Fault("hpu-7", FaultKind.FILTER_CLOGGING, begins=-20.0, full=3.0, ends=4.0, repeats=30.0, curve=2.2),
    # The excavator is sound, but its vibration sensor has not been heard for some hours.
    Fault("excavator-1", FaultKind.SENSOR_SILENT, begins=-0.3, full=-0.3, ends=12.0, sensor="vibration"),
)
