"""One day of one machine, minute by minute, with the hours before it that its oil still remembers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from demo.simulator import noise
from demo.simulator.faults import Fault, FaultKind
from demo.simulator.noise import Booleans, Floats, Minutes

MINUTES_PER_DAY = 1440
WARM_UP_MINUTES = 2160
"""Simulated and thrown away before each day: long enough for tank and steel to forget how they started."""


@dataclass(frozen=True)
class Timeline:
    """The minutes of a UTC day, the warm-up before it included: the grid that all signals of a machine share."""

    machine: str
    day: date
    anchor: datetime
    zone: ZoneInfo
    faults: tuple[Fault, ...]

    @cached_property
    def minutes(self) -> Minutes:
        """Minutes since 1970."""
        first = int(datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC).timestamp()) // 60
        return np.arange(first - WARM_UP_MINUTES, first + MINUTES_PER_DAY, dtype=np.int64)

    @cached_property
    def days(self) -> Floats:
        """Days from the plant's anchor."""
        return (self.minutes.astype(np.float64) - self.anchor.timestamp() / 60.0) / MINUTES_PER_DAY

    @cached_property
    def hour(self) -> Floats:
        """The plant's hour of day, 0 to 24; its clock keeps the offset it had at the anchor."""
        offset = self.anchor.astimezone(self.zone).utcoffset() or timedelta()
        local = self.minutes + int(offset.total_seconds()) // 60
        return np.asarray((local % MINUTES_PER_DAY) / 60.0)

    def severity(self, kind: FaultKind) -> Floats:
        """How bad the machine's fault of this kind is, 0 to 1."""
        result = np.zeros(len(self.minutes))
        for fault in self.faults:
            if fault.machine == self.machine and fault.kind is kind:
                result = np.maximum(result, fault.severity(self.days))
        return result

    def white(self, name: str) -> Floats:
        """Standard normal noise of this machine, new every minute."""
        return noise.white(f"{self.machine}/{name}", self.minutes)

    def smooth(self, name: str, period: int) -> Floats:
        """Slow noise of this machine, about unit variance, knots `period` minutes apart."""
        return noise.smooth(f"{self.machine}/{name}", self.minutes, period)

    def pause(self, breaks: Iterable[tuple[float, float]]) -> Booleans:
        """Tell where the plant's clock is inside one of the breaks (hours from, hours to)."""
        result = np.zeros(len(self.minutes), dtype=np.bool_)
        for begins, ends in breaks:
            result |= (self.hour >= begins) & (self.hour < ends)
        return result

    def daily_wave(self, peak_hour: float) -> Floats:
        """A day's wave, 1 at `peak_hour` and -1 twelve hours off."""
        return np.asarray(np.cos(2.0 * np.pi * (self.hour - peak_hour) / 24.0))

    def averaged(self, values: Floats, minutes: int) -> Floats:
        """The mean over the last `minutes`, as a slow meter shows it."""
        sums = np.cumsum(np.concatenate((np.repeat(values[:1], minutes), values)))
        return np.asarray((sums[minutes:] - sums[:-minutes]) / minutes)
