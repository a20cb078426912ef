"""What a machine's sensors say: values against limits, and a period in numbers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from math import inf

import numpy as np

from core.diagnostics.baseline import Baseline
from core.diagnostics.models import Sensor, System
from core.diagnostics.trend import Trend, find_trend

MOST_BUCKETS = 300
"""Points of a series: more can't be told apart on a phone."""
_BUCKETS = tuple(timedelta(minutes=m) for m in (1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880))
_DAY = timedelta(days=1)
_DAILY_FROM = timedelta(days=3)
_TREND_STEPS = 24


class State(StrEnum):
    """How a sensor, or a machine, is."""

    HEALTHY = "healthy"
    WARNING = "warning"
    CRITICAL = "critical"
    STALE = "stale"
    SILENT = "silent"


_NEWS_FIRST = (State.SILENT, State.STALE, State.CRITICAL, State.WARNING, State.HEALTHY)
_WORST_FIRST = (State.CRITICAL, State.WARNING, State.SILENT, State.STALE, State.HEALTHY)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits in the sensor's unit; reaching one counts. None is not watched."""

    warning_low: float | None = None
    warning_high: float | None = None
    critical_low: float | None = None
    critical_high: float | None = None

    def state(self, value: float) -> State:
        """Return where `value` stands."""
        if _beyond(value, self.critical_low, self.critical_high):
            return State.CRITICAL
        if _beyond(value, self.warning_low, self.warning_high):
            return State.WARNING
        return State.HEALTHY

    def reached(self, value: float) -> float | None:
        """Return the limit that `value` has reached, the worst of several; None inside the limits."""
        for low, high in ((self.critical_low, self.critical_high), (self.warning_low, self.warning_high)):
            if _beyond(value, low, high):
                return low if low is not None and value <= low else high
        return None


def _beyond(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value <= low) or (high is not None and value >= high)


@dataclass(frozen=True, slots=True)
class LastReading:
    """The newest good reading and how old it is."""

    time: datetime
    value: float
    age: timedelta


@dataclass(frozen=True, slots=True)
class SensorStatus:
    """A sensor now. Silent: never heard; stale: not heard for longer than its `stale_after_s`."""

    sensor: Sensor
    last: LastReading | None

    @property
    def limits(self) -> Limits:
        """The sensor's limits."""
        s = self.sensor
        return Limits(s.warning_low, s.warning_high, s.critical_low, s.critical_high)

    @property
    def state(self) -> State:
        """Where the sensor stands: its age first, since an old value proves nothing."""
        if self.last is None:
            return State.SILENT
        if self.last.age.total_seconds() > self.sensor.stale_after_s:
            return State.STALE
        return self.limits.state(self.last.value)


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """A machine now. `sensors` are in their order on the machine."""

    system: System
    sensors: tuple[SensorStatus, ...]

    @property
    def state(self) -> State:
        """The worst that a sensor reports; a machine without sensors is silent."""
        return min((s.state for s in self.sensors), key=_WORST_FIRST.index, default=State.SILENT)

    def in_state(self, *states: State) -> list[SensorStatus]:
        """Return the sensors in one of `states`."""
        return [sensor for sensor in self.sensors if sensor.state in states]


@dataclass(slots=True)
class Bucket:
    """The good readings of one stretch of time; `outside` of `count` were at or beyond a limit.

    Not frozen: a summary has thousands, and making a frozen one takes four times as long.
    """

    start: datetime
    count: int
    outside: int
    minimum: float
    mean: float
    maximum: float


@dataclass(frozen=True, slots=True)
class Statistics:
    """A period in numbers; `outside` is the share, 0 to 1, of readings at or beyond a limit."""

    count: int
    minimum: float
    mean: float
    maximum: float
    outside: float


@dataclass(frozen=True, slots=True)
class AlarmSpan:
    """When an alarm of the sensor stood; `until` None: it still does."""

    since: datetime
    until: datetime | None
    critical: bool


@dataclass(frozen=True, slots=True)
class SensorSummary:
    """A sensor now and over a period; no statistics where the period is empty, no baseline where there is no past."""

    status: SensorStatus
    series: tuple[Bucket, ...]
    statistics: Statistics | None
    trend: Trend | None
    baseline: Baseline | None = None
    alarms: tuple[AlarmSpan, ...] = ()

    @property
    def outside(self) -> float:
        """The share of the period at or beyond a limit, 0 to 1; 0 where there are no readings."""
        return self.statistics.outside if self.statistics else 0.0


@dataclass(frozen=True, slots=True)
class SystemSummary:
    """A machine over the period from `begin` to `end`; series are cut into stretches of `bucket`.

    `past`: it is over, and its machine is as it was then.
    """

    status: SystemStatus
    begin: datetime
    end: datetime
    bucket: timedelta
    sensors: tuple[SensorSummary, ...]
    past: bool = False

    @property
    def state(self) -> State:
        """The worst that a sensor of the summary reports."""
        return SystemStatus(self.status.system, tuple(s.status for s in self.sensors)).state

    def only(self, sensors: Collection[int]) -> "SystemSummary":
        """Return the summary of some sensors, by their ids; of all where there are none among them."""
        chosen = tuple(s for s in self.sensors if s.status.sensor.id in sensors)
        return replace(self, sensors=chosen) if chosen else self

    def news_first(self) -> list[SensorSummary]:
        """Return the sensors, those not heard first, then those beyond limits, then those that were for long."""
        return sorted(self.sensors, key=lambda s: (_NEWS_FIRST.index(s.status.state), -s.outside))


def bucket_for(period: timedelta) -> timedelta:
    """Return the width that cuts `period` into at most 300 stretches."""
    return next((width for width in _BUCKETS if period / width <= MOST_BUCKETS), _BUCKETS[-1])


def summarise(
    status: SensorStatus,
    series: Sequence[Bucket],
    begin: datetime,
    period: timedelta,
    baseline: Baseline | None = None,
    alarms: Sequence[AlarmSpan] = (),
) -> SensorSummary:
    """Put a sensor's period into numbers."""
    trend = trend_of(series, begin, period)
    return SensorSummary(status, tuple(series), statistics_of(series), trend, baseline, tuple(alarms))


def statistics_of(series: Sequence[Bucket]) -> Statistics | None:
    """Return the numbers of all buckets together, equal to those of the readings themselves."""
    count, outside, total = 0, 0, 0.0
    minimum, maximum = inf, -inf
    for bucket in series:
        count += bucket.count
        outside += bucket.outside
        total += bucket.mean * bucket.count
        minimum, maximum = min(minimum, bucket.minimum), max(maximum, bucket.maximum)
    return Statistics(count, minimum, total / count, maximum, outside / count) if count else None


def trend_of(series: Sequence[Bucket], begin: datetime, period: timedelta) -> Trend | None:
    """Return the trend of the means of whole days, or of a 24th of a period under three days.

    Days, because a machine's day repeats: shifts, breaks and the weather would pass for a trend. Steps with less than
    half of the usual readings are left out.
    """
    step = _DAY if period >= _DAILY_FROM else period / _TREND_STEPS
    days, means, counts = [], [], []
    for number, group in groupby(series, key=lambda bucket: (bucket.start - begin) // step):
        if (part := statistics_of(list(group))) is not None:
            days.append((number + 0.5) * (step / _DAY))
            means.append(part.mean)
            counts.append(part.count)
    usual = float(np.median(counts)) if counts else 0.0
    kept = [i for i, count in enumerate(counts) if count >= usual / 2]
    return find_trend([days[i] for i in kept], [means[i] for i in kept])
