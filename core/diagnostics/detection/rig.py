"""All detectors of one machine, built from what is known of its sensors."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.diagnostics.detection.anomaly import AnomalyDetector
from core.diagnostics.detection.conditions import AlarmKind, Condition, Sample
from core.diagnostics.detection.limits import LimitDetector, Limits
from core.diagnostics.detection.signals import SilenceDetector
from core.diagnostics.models import Sensor, System

Key = tuple[AlarmKind, int | None]


class Rig:
    """Watches one machine, and knows what is wrong with it now."""

    def __init__(self, system: System) -> None:
        self.system_id = system.id
        self.fingerprint = fingerprint(system)
        self.present: dict[Key, Condition] = {}
        """Conditions that have begun and not ended, as they were found last."""
        self.sensors = sorted(sensor.id for sensor in system.sensors)
        self.learnt_at: datetime | None = None
        """When the baseline was learnt last, or the history found too short."""
        self.anomaly: AnomalyDetector | None = None
        self._limits = {
            sensor.id: LimitDetector(system.id, sensor.unit, limits)
            for sensor in system.sensors
            if (limits := _limits(sensor)) != Limits()
        }
        self._silence = SilenceDetector(
            system.id, {sensor.id: timedelta(seconds=sensor.stale_after_s) for sensor in system.sensors}
        )

    def feed(self, sample: Sample) -> Iterator[Condition]:
        """Take the next sample of the machine, in order of time."""
        if (detector := self._limits.get(sample.sensor_id)) is not None:
            yield from self._noted(detector.feed(sample))
        yield from self._noted(self._silence.feed(sample))
        if self.anomaly is not None:
            yield from self._noted(self.anomaly.feed(sample))

    def know(self, anomaly: AnomalyDetector, current: Condition | None) -> None:
        """Take in a detector of anomalies, and the one that it sees now, if any."""
        self.anomaly = anomaly
        self.present.pop((AlarmKind.ANOMALY, None), None)
        if current is not None:
            self.present[AlarmKind.ANOMALY, None] = current

    def tick(self, now: datetime) -> Iterator[Condition]:
        """Take the time: what does not come is noticed by the clock."""
        yield from self._noted(self._silence.tick(now))

    def heard(self, sensor_id: int | None) -> datetime | None:
        """Return when the sensor, or the machine, was heard last."""
        last = self._silence.last
        return max(last.values(), default=None) if sensor_id is None else last.get(sensor_id)

    def _noted(self, conditions: Iterator[Condition]) -> Iterator[Condition]:
        for condition in conditions:
            key = (condition.kind, condition.sensor_id)
            if condition.severity is None:
                self.present.pop(key, None)
            else:
                self.present[key] = condition
            yield condition


def fingerprint(system: System) -> tuple[object, ...]:
    """Return what a rig is built from; where it has changed, a new one is due."""
    return tuple((s.id, s.unit, s.stale_after_s, _limits(s)) for s in sorted(system.sensors, key=lambda s: s.id))


def _limits(sensor: Sensor) -> Limits:
    return Limits(sensor.warning_low, sensor.warning_high, sensor.critical_low, sensor.critical_high)
