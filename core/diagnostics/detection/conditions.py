"""What detectors find, and what a detector is: the door between detection and alarms."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from core.diagnostics.models import Severity


class AlarmKind(StrEnum):
    """What kind of condition: with machine and sensor, the identity of an alarm."""

    LIMIT = "limit"
    RATE = "rate"
    STUCK = "stuck"
    SILENCE = "silence"
    ANOMALY = "anomaly"


@dataclass(frozen=True, slots=True)
class Contribution:
    """A sensor's part in an anomaly: its share of the distance (0 to 1) and its deviation in standard deviations."""

    sensor_id: int
    share: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a machine or one of its sensors has begun, changed or ended at `at` (aware UTC).

    `severity` is None when all is normal again. `value` and `limit` are in `unit`: the sensor's for limits, per minute
    for rates, seconds for silence and stuck signals, none for an anomaly's distance. `sensor_id` is None for the
    machine as a whole; `contributions` come with anomalies, the largest first. `alone`: without the first of them
    nothing would be unusual, so it is that sensor which drifts, or what it alone measures. That is how a sensor that
    drifts is told from a machine at fault; it is no kind of its own, as the same anomaly may spread later.
    """

    system_id: int
    kind: AlarmKind
    at: datetime
    severity: Severity | None
    sensor_id: int | None = None
    value: float | None = None
    limit: float | None = None
    unit: str | None = None
    contributions: tuple[Contribution, ...] = ()
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """A reading of a sensor in its own unit; `time` is aware UTC."""

    sensor_id: int
    time: datetime
    value: float


class Detector(Protocol):
    """Watches one thing, a sample at a time, and never looks ahead."""

    def feed(self, sample: Sample) -> Iterator[Condition]:
        """Take the next sample, in order of time; yield a condition only where it begins, changes or ends."""
        ...
