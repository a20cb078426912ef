"""A sensor's own limits, with hysteresis and patience."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.diagnostics.detection.conditions import AlarmKind, Condition, Sample
from core.diagnostics.detection.holding import Hold, worse
from core.diagnostics.models import Severity

HYSTERESIS = 0.02
"""Share of a limit that a value must come back by before the limit counts as left (ISA-18.2 suggests 1 to 5 %)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """A sensor's limits in its unit; None is not watched."""

    warning_low: float | None = None
    warning_high: float | None = None
    critical_low: float | None = None
    critical_high: float | None = None

    def crossed(self, value: float, slack: float = 0.0) -> tuple[Severity | None, float | None]:
        """Return the worst severity at `value` and the limit that gives it; limits are drawn in by `slack` of each."""
        pairs = (
            (Severity.CRITICAL, self.critical_low, self.critical_high),
            (Severity.WARNING, self.warning_low, self.warning_high),
        )
        for severity, low, high in pairs:
            if high is not None and value > high - slack * abs(high):
                return severity, high
            if low is not None and value < low + slack * abs(low):
                return severity, low
        return None, None


@dataclass(slots=True)
class LimitDetector:
    """Compares a sensor's samples with its limits."""

    system_id: int
    unit: str
    limits: Limits
    hold: Hold = field(default_factory=Hold)

    def feed(self, sample: Sample) -> Iterator[Condition]:
        """See `Detector`."""
        severity, limit = self.limits.crossed(sample.value)
        if worse(self.hold.severity, severity):  # on the way back the limit is drawn in
            kept, kept_limit = self.limits.crossed(sample.value, HYSTERESIS)
            if worse(kept, self.hold.severity):
                kept = self.hold.severity
            severity, limit = kept, kept_limit
        if self.hold.see(severity, sample.time):
            yield Condition(
                self.system_id,
                AlarmKind.LIMIT,
                sample.time,
                self.hold.severity,
                sample.sensor_id,
                sample.value,
                limit,
                self.unit,
            )
