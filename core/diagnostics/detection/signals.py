"""What a signal does by itself: changes too fast, or not at all."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.diagnostics.detection.conditions import AlarmKind, Condition, Sample
from core.diagnostics.detection.holding import Hold, Patience
from core.diagnostics.detection.usual import WINDOW, Usual
from core.diagnostics.models import Severity

_SECONDS = "s"
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class RateDetector:
    """Notices a signal that leaves its usual range faster than it ever changed, in its unit per minute."""

    system_id: int
    unit: str
    usual: Usual
    hold: Hold = field(default_factory=lambda: Hold(Patience(3), Patience(15)))
    _recent: deque[Sample] = field(default_factory=deque)

    def feed(self, sample: Sample) -> Iterator[Condition]:
        """See `Detector`. Nothing is said before a whole window has been seen without a gap of its length."""
        if self._recent and sample.time - self._recent[-1].time >= WINDOW:
            self._recent.clear()
        self._recent.append(sample)
        while len(self._recent) > 1 and sample.time - self._recent[1].time >= WINDOW:
            self._recent.popleft()
        first = self._recent[0]
        passed = sample.time - first.time
        if passed < WINDOW:
            return
        rate = (sample.value - first.value) / (passed.total_seconds() / 60.0)
        fast = abs(rate) > self.usual.fastest and self.usual.leaving(sample.value, rate)
        if self.hold.see(Severity.WARNING if fast else None, sample.time):
            yield Condition(
                self.system_id,
                AlarmKind.RATE,
                sample.time,
                self.hold.severity,
                sample.sensor_id,
                rate,
                self.usual.fastest,
                f"{self.unit}/min",
            )


@dataclass(slots=True)
class StuckDetector:
    """Notices a signal that stays at one value for longer than it ever did there."""

    system_id: int
    usual: Usual
    _anchor: Sample | None = None
    _last: datetime | None = None
    _stuck: timedelta | None = None
    """How long it was tolerated, while it is stuck."""

    def feed(self, sample: Sample) -> Iterator[Condition]:
        """See `Detector`. Silence is not rest: after a gap of half of the patience it counts anew."""
        patience = self.usual.patience(sample.value)
        gap = self._last is not None and patience is not None and sample.time - self._last > patience / 2
        self._last = sample.time
        if self._anchor is None or sample.value != self._anchor.value or (gap and self._stuck is None):
            self._anchor = sample
            if self._stuck is not None:
                tolerated, self._stuck = self._stuck, None
                yield self._condition(sample, None, timedelta(0), tolerated)
            return
        lasted = sample.time - self._anchor.time
        if self._stuck is None and patience is not None and lasted >= patience:
            self._stuck = patience
            yield self._condition(sample, Severity.WARNING, lasted, patience)

    def _condition(
        self, sample: Sample, severity: Severity | None, lasted: timedelta, tolerated: timedelta
    ) -> Condition:
        return Condition(
            self.system_id,
            AlarmKind.STUCK,
            sample.time,
            severity,
            sample.sensor_id,
            lasted.total_seconds(),
            tolerated.total_seconds(),
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
    _newest: datetime = _NEVER
    _judged: datetime = _NEVER
    """The newest sample's time, and the last that was asked about."""
    _silent: set[int | None] = field(default_factory=set)

    def feed(self, sample: Sample) -> Iterator[Condition]:
        """See `Detector`. Who is silent at a time is asked once all samples of that time are in."""
        if self._newest < sample.time:
            if self._judged < self._newest:
                yield from self.tick(self._newest)
            self._newest = sample.time
        self.last[sample.sensor_id] = max(sample.time, self.last.get(sample.sensor_id, sample.time))
        if self._silent:
            yield from self.tick(sample.time)

    def tick(self, now: datetime) -> Iterator[Condition]:
        """Take the time; a sensor that was never heard is not silent: it has not been connected yet."""
        self._judged = max(self._judged, now)
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
