"""What a signal does by itself: changes too fast, or not at all."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.diagnostics.detection.conditions import AlarmKind, Condition, Sample
from core.diagnostics.detection.holding import Hold
from core.diagnostics.models import Severity

_SECONDS = "s"


@dataclass(slots=True)
class RateDetector:
    """Compares the change over a window with a limit, per minute in the sensor's unit, in either direction."""

    system_id: int
    unit: str
    limit: float
    window: timedelta = timedelta(minutes=10)
    hold: Hold = field(default_factory=Hold)
    _recent: deque[Sample] = field(default_factory=deque)

    def feed(self, sample: Sample) -> Iterator[Condition]:
        """See `Detector`. Nothing is said before a whole window has been seen without a gap of its length."""
        if self._recent and sample.time - self._recent[-1].time >= self.window:
            self._recent.clear()
        self._recent.append(sample)
        while len(self._recent) > 1 and sample.time - self._recent[1].time >= self.window:
            self._recent.popleft()
        first = self._recent[0]
        passed = sample.time - first.time
        if passed < self.window:
            return
        rate = (sample.value - first.value) / (passed.total_seconds() / 60.0)
        if self.hold.see(Severity.WARNING if abs(rate) > self.limit else None, sample.time):
            yield Condition(
                self.system_id,
                AlarmKind.RATE,
                sample.time,
                self.hold.severity,
                sample.sensor_id,
                rate,
                self.limit,
                f"{self.unit}/min",
            )


@dataclass(slots=True)
class StuckDetector:
    """Notices a signal that moves by no more than `tolerance` for `lasting`, though it should."""

    system_id: int
    tolerance: float
    lasting: timedelta
    _anchor: Sample | None = None
    _stuck: bool = False

    def feed(self, sample: Sample) -> Iterator[Condition]:
        """See `Detector`."""
        if self._anchor is None or abs(sample.value - self._anchor.value) > self.tolerance:
            self._anchor = sample
            if self._stuck:
                self._stuck = False
                yield self._condition(sample, None, timedelta(0))
            return
        lasted = sample.time - self._anchor.time
        if not self._stuck and lasted >= self.lasting:
            self._stuck = True
            yield self._condition(sample, Severity.WARNING, lasted)

    def _condition(self, sample: Sample, severity: Severity | None, lasted: timedelta) -> Condition:
        return Condition(
            self.system_id,
            AlarmKind.STUCK,
            sample.time,
            severity,
            sample.sensor_id,
            lasted.total_seconds(),
            self.lasting.total_seconds(),
            _SECONDS,
        )


@dataclass(slots=True)
class SilenceDetector:
    """Watches a machine's sensors for data that stops coming; the clock drives it as well as samples.

    Sensors that fell silent together, all of the machine's, are one condition of the machine and not one of each.
    """

    system_id: int
    patience: dict[int, timedelta]
    last: dict[int, datetime] = field(default_factory=dict)
    _silent: set[int | None] = field(default_factory=set)

    def feed(self, sample: Sample) -> Iterator[Condition]:
        """See `Detector`."""
        self.last[sample.sensor_id] = max(sample.time, self.last.get(sample.sensor_id, sample.time))
        yield from self.tick(sample.time)

    def tick(self, now: datetime) -> Iterator[Condition]:
        """Take the time; a sensor that was never heard is not silent: it has not been connected yet."""
        late = {s for s, at in self.last.items() if s in self.patience and now - at > self.patience[s]}
        whole = len(late) > 1 and len(late) == len(self.last)
        silent: set[int | None] = {None} if whole else set(late)
        for sensor in sorted(self._silent - silent, key=_order):
            yield self._condition(sensor, now, None)
        for sensor in sorted(silent - self._silent, key=_order):
            yield self._condition(sensor, now, Severity.WARNING)
        self._silent = silent

    def _condition(self, sensor: int | None, now: datetime, severity: Severity | None) -> Condition:
        heard = max(self.last.values()) if sensor is None else self.last[sensor]
        patience = max(self.patience.values()) if sensor is None else self.patience[sensor]
        return Condition(
            self.system_id,
            AlarmKind.SILENCE,
            now,
            severity,
            sensor,
            (now - heard).total_seconds(),
            patience.total_seconds(),
            _SECONDS,
        )


def _order(sensor: int | None) -> int:
    return -1 if sensor is None else sensor
