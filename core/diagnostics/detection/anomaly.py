"""Behaviour that a machine has not shown before: its sensors together against its own baseline, a row at a time."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from core.diagnostics.detection.baseline import MARGIN, SPAN, Array, Baseline
from core.diagnostics.detection.conditions import AlarmKind, Condition, Contribution, Sample
from core.diagnostics.detection.holding import Hold, Patience
from core.diagnostics.models import Severity

CONFIRMED_AFTER = 200
"""Rows without an anomaly after which a row counts as normal, and the level may follow it."""
AFTERMATH = 0.05
"""Share of an anomaly's largest (squared) distance below which it is over."""
_MOST_CONTRIBUTIONS = 3
_RISING, _FALLING = Patience(10), Patience(30)
"""Rows in a row: a single one is not yet an anomaly, nor its end."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """How far a row is from the baseline, in times of what is tolerated, and each sensor's part in that."""

    distance: float
    anomalous: bool
    contributions: tuple[Contribution, ...]


class Follower:
    """Keeps the level of a machine, and assesses rows against it."""

    def __init__(self, baseline: Baseline) -> None:
        self._baseline = baseline
        self._level = baseline.level
        self._doubt: Array = baseline.wander * (baseline.rows / 2)
        """Covariance of the level: it grows with each row, and shrinks where the level is confirmed."""
        self._average = baseline.level
        self._past: deque[Array] = deque(maxlen=CONFIRMED_AFTER + 1)
        self._quiet = 0
        self._peak = 0.0
        """The farthest that the anomaly of now has been."""

    def assess(self, values: Array) -> Assessment:
        """Take the next row, shape (sensors,), in the sensors' units."""
        learnt = self._baseline
        row = (values - learnt.mean) / learnt.scale
        self._average = self._average + 2 / (SPAN + 1) * (row - self._average)
        self._doubt = self._doubt + learnt.wander
        deviation, covariance = self._average - self._level, learnt.scatter + self._doubt
        weighted: Array = np.linalg.solve(covariance, deviation).astype(np.float64)
        distance = float(deviation @ weighted) / (MARGIN * learnt.reference)
        self._past.append(row)
        anomalous = self._is_anomalous(distance, deviation)
        self._quiet = 0 if anomalous else self._quiet + 1
        if self._quiet > CONFIRMED_AFTER:
            self._confirm(self._past[0])
        return Assessment(distance, anomalous, self._contributions(deviation, covariance, weighted))

    def _is_anomalous(self, distance: float, deviation: Array) -> bool:
        """Tell whether a distance is more than tolerated, and not only the aftermath of what is over.

        A machine comes back from a fault warm, and seldom quite as it was. Once most of the way back is done, what is
        left is taken into the doubt about the level: more of the same counts again, the rest wears off by confirmation.
        """
        if distance <= 1:
            self._peak = 0.0
            return False
        self._peak = max(self._peak, distance)
        if distance > AFTERMATH * self._peak:
            return True
        self._doubt = self._doubt + np.outer(deviation, deviation)
        self._peak = 0.0
        return False

    def _confirm(self, row: Array) -> None:
        """Let the level follow a row that nothing anomalous came after (a Kalman update, `CONFIRMED_AFTER` late)."""
        learnt = self._baseline
        uncertain = self._doubt + learnt.noise + CONFIRMED_AFTER * learnt.wander
        gain = np.linalg.solve(uncertain, self._doubt).T
        self._level = self._level + gain @ (row - self._level)
        doubt = self._doubt - gain @ self._doubt
        self._doubt = (doubt + doubt.T) / 2

    def _contributions(self, deviation: Array, covariance: Array, weighted: Array) -> tuple[Contribution, ...]:
        parts = np.maximum(deviation * weighted, 0)
        shares = parts / (parts.sum() or 1.0)
        deviations = deviation / np.sqrt(np.diag(covariance))
        largest = np.argsort(shares)[::-1][:_MOST_CONTRIBUTIONS]
        sensors = self._baseline.sensors
        return tuple(Contribution(sensors[i], float(shares[i]), float(deviations[i])) for i in largest if shares[i] > 0)


class AnomalyDetector:
    """Puts samples together into rows, one in every `step`, and tells where an anomaly begins and ends.

    A row holds the newest value of each sensor; none is made before all were heard, nor while one has been quiet for
    `_PATIENCE` steps: silence is another detector's.
    """

    _PATIENCE = 5

    def __init__(self, system_id: int, baseline: Baseline, step: timedelta) -> None:
        self._hold = Hold(_RISING, _FALLING)
        self._system_id = system_id
        self._follower = Follower(baseline)
        self._columns = {sensor: column for column, sensor in enumerate(baseline.sensors)}
        self._step_s = step.total_seconds()
        self._values = np.full(len(baseline.sensors), np.nan)
        self._slots = np.full(len(baseline.sensors), -np.inf)
        self._done = -np.inf
        """The last slot of time that a row was made of."""

    @property
    def active(self) -> bool:
        """Whether an anomaly has begun and not ended."""
        return self._hold.severity is not None

    def feed(self, sample: Sample) -> Iterator[Condition]:
        """See `Detector`."""
        column = self._columns.get(sample.sensor_id)
        if column is None:
            return
        slot = float(np.floor(sample.time.timestamp() / self._step_s))
        newest = self._slots.max()
        if slot > newest > self._done:  # a slot that not all sensors reported in is over
            yield from self._row(newest, sample.time)
        self._values[column], self._slots[column] = sample.value, slot
        if slot > self._done and (self._slots == slot).all():
            yield from self._row(slot, sample.time)

    def _row(self, slot: float, at: datetime) -> Iterator[Condition]:
        self._done = slot
        if (self._slots < slot - self._PATIENCE).any():
            return
        found = self._follower.assess(self._values)
        if self._hold.see(Severity.WARNING if found.anomalous else None, at):
            yield Condition(
                self._system_id,
                AlarmKind.ANOMALY,
                at,
                self._hold.severity,
                value=found.distance,
                limit=1.0,
                contributions=found.contributions,
            )
