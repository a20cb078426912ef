"""All detectors of one machine, built from what is known of its sensors."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from core.diagnostics.detection.anomaly import AnomalyDetector
from core.diagnostics.detection.conditions import AlarmKind, Condition, Detector, Sample
from core.diagnostics.detection.history import History
from core.diagnostics.detection.learning import Learnt
from core.diagnostics.detection.limits import LimitDetector, Limits
from core.diagnostics.detection.signals import RateDetector, SilenceDetector, StuckDetector
from core.diagnostics.detection.usual import Usual
from core.diagnostics.models import Sensor, System

Key = tuple[AlarmKind, int | None]
LEARNT_KINDS = frozenset({AlarmKind.ANOMALY, AlarmKind.RATE, AlarmKind.STUCK})
"""What is found by comparing with the machine's own past."""


class Rig:
    """Watches one machine, and knows what is wrong with it now."""

    def __init__(self, system: System) -> None:
        self.system_id = system.id
        self.fingerprint = fingerprint(system)
        self.present: dict[Key, Condition] = {}
        """Conditions that have begun and not ended, as they were found last."""
        self.learnt_at: datetime | None = None
        """When it was learnt last how the machine usually is, or the history found too short."""
        self.knows = False
        """Whether it was ever learnt."""
        self._limits = {
            sensor.id: LimitDetector(system.id, sensor.unit, limits)
            for sensor in system.sensors
            if (limits := _limits(sensor)) != Limits()
        }
        self.sensors = sorted(sensor.id for sensor in system.sensors)
        self._stale_after = {sensor.id: timedelta(seconds=sensor.stale_after_s) for sensor in system.sensors}
        self._silence = SilenceDetector(system.id, self._stale_after)
        self.patience = max(self._stale_after.values(), default=timedelta(0))
        """When every sensor that lives must have been heard."""
        self._heard: dict[int, datetime] = {}
        self._units = {sensor.id: sensor.unit for sensor in system.sensors}
        self._unusual: dict[int, list[Detector]] = {}
        """Detectors of what was learnt, by the sensors that they listen to."""
        self._anomaly: AnomalyDetector | None = None

    def feed(self, sample: Sample) -> Iterator[Condition]:
        """Take the next sample of the machine, in order of time."""
        self._heard[sample.sensor_id] = max(sample.time, self._heard.get(sample.sensor_id, sample.time))
        if (limits := self._limits.get(sample.sensor_id)) is not None:
            yield from self._noted(limits.feed(sample))
        yield from self._noted(self._silence.feed(sample))
        yield from self._compared(sample)

    def know(self, learnt: Learnt, past: History) -> None:
        """Build the detectors of what is unusual, and run them through the newest past: they know how things are."""
        self.knows = True
        self._unusual = {s: self._detectors(s, usual) for s, usual in learnt.usual.items()}
        self._anomaly = None
        if (known := learnt.behaviour) is not None:
            self._anomaly = AnomalyDetector(self.system_id, known, learnt.step, learnt.rhythms, self._stale_after)
            for sensor in known.sensors:
                self._unusual.setdefault(sensor, []).append(self._anomaly)
        self.present = {key: found for key, found in self.present.items() if key[0] not in LEARNT_KINDS}
        for sample in past.samples():
            list(self._compared(sample))

    def _compared(self, sample: Sample) -> Iterator[Condition]:
        """Compare with the machine's own past. A sensor that stands still says nothing of the machine any more."""
        for detector in self._unusual.get(sample.sensor_id, ()):
            for condition in self._noted(detector.feed(sample)):
                if condition.kind == AlarmKind.STUCK and self._anomaly is not None:
                    self._anomaly.distrust(sample.sensor_id, condition.severity is not None)
                yield condition

    def _detectors(self, sensor: int, usual: Usual) -> list[Detector]:
        return [RateDetector(self.system_id, self._units[sensor], usual), StuckDetector(self.system_id, usual)]

    def unusual(self, since: datetime) -> bool:
        """Tell whether something is there now, begun after `since`, that only what was learnt tells."""
        return any(kind in LEARNT_KINDS and found.at > since for (kind, _), found in self.present.items())

    def tick(self, now: datetime) -> Iterator[Condition]:
        """Take the time: what does not come is noticed by the clock."""
        yield from self._noted(self._silence.tick(now))

    def recall(self, last: Mapping[int, datetime]) -> None:
        """Take in when sensors that were not heard here had spoken last: they fell silent while nobody watched."""
        self._silence.last = {**last, **self._silence.last}

    def heard(self, sensor_id: int | None) -> datetime | None:
        """Return when the sensor, or the machine, was heard here last."""
        return max(self._heard.values(), default=None) if sensor_id is None else self._heard.get(sensor_id)

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
