"""How far a machine is from its baseline now, a row at a time, while its level wanders."""

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.diagnostics.detection.baseline import MARGIN, SPAN, Array, Baseline
from core.diagnostics.detection.conditions import Contribution

CONFIRMED_AFTER = 200
"""Rows without an anomaly after which a row counts as normal, and the level may follow it."""
AFTERMATH = 0.05
"""Share of an anomaly's largest (squared) distance below which it is over."""
_MOST_CONTRIBUTIONS = 3
_FEWEST_TO_COMPARE = 3
"""Of two sensors that disagree, either may be wrong."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """How far a row is from the baseline, in times of what is tolerated, and each sensor's part in that.

    `alone`: without the first of them the row would be within what is tolerated.
    """

    distance: float
    anomalous: bool
    contributions: tuple[Contribution, ...]
    alone: bool


class Follower:
    """Keeps the level of a machine, and assesses rows against it. A sensor without a value has no part in either.

    One that is `learning` takes each row for quiet.
    """

    def __init__(self, baseline: Baseline, *, learning: bool = False) -> None:
        self._baseline = baseline
        self._learning = learning
        self._level = baseline.level
        self._doubt: Array = baseline.wander * (baseline.rows / 2)
        """Covariance of the level: it grows with each row, and shrinks where the level is confirmed."""
        self._average = baseline.level
        self._heard = np.full(len(baseline.sensors), SPAN)
        """For how many rows each sensor has had a value: an average of fewer than `SPAN` is not one yet."""
        self._past: deque[Array] = deque(maxlen=CONFIRMED_AFTER + 1)
        self._quiet = 0
        self._peak = 0.0
        """The farthest that the anomaly of now has been."""

    def resume(self) -> None:
        """Begin averaging anew from the level: what was wrong when the machine was last in this mode may be mended."""
        self._average = self._level

    def assess(self, values: Array) -> Assessment:
        """Take the next row, shape (sensors,), in the sensors' units; NaN where there is no value."""
        learnt = self._baseline
        row = (values - learnt.mean) / learnt.scale
        self._doubt = self._doubt + learnt.wander
        seen = self._take(row)
        self._past.append(row)
        deviation = np.where(seen, self._average - self._level, 0.0)
        covariance = learnt.scatter + self._doubt
        weighted = np.zeros_like(deviation)
        if seen.any():
            weighted[seen] = np.linalg.solve(covariance[np.ix_(seen, seen)], deviation[seen])
        distance = float(deviation @ weighted) / (MARGIN * learnt.reference)
        anomalous = not self._learning and self._is_anomalous(distance, deviation)
        # What comes right after an anomaly is seldom how the machine was before: it has to last twice as long.
        self._quiet = -CONFIRMED_AFTER if anomalous else self._quiet + 1
        if self._quiet > CONFIRMED_AFTER:
            self._confirm(self._past[0])
        alone = anomalous and self._is_alone(deviation, covariance, weighted, seen)
        return Assessment(distance, anomalous, self._contributions(deviation, covariance, weighted), alone)

    def _take(self, row: Array) -> npt.NDArray[np.bool_]:
        """Average the row in; tell which sensors' averages can be believed."""
        present = np.isfinite(row)
        value = np.where(present, row, self._average)
        again = present & (self._heard == 0)
        self._average = np.where(again, value, self._average + 2 / (SPAN + 1) * (value - self._average))
        self._heard = np.where(present, self._heard + 1, 0)
        return np.asarray(self._heard >= SPAN)

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

    def _is_alone(self, deviation: Array, covariance: Array, weighted: Array, seen: npt.NDArray[np.bool_]) -> bool:
        """Tell whether the rest is as usual without the sensor that contributes most.

        What is left of the distance without a sensor follows from the inverse covariance (Dunia and others 1996 tell
        sensor faults apart by reconstructing each sensor from the rest, which is the same).
        """
        if seen.sum() < _FEWEST_TO_COMPARE:
            return False
        precision = np.diag(np.linalg.inv(covariance[np.ix_(seen, seen)]))
        parts = (deviation * weighted)[seen]
        first = int(parts.argmax())
        rest = float(parts.sum() - weighted[seen][first] ** 2 / precision[first])
        return rest <= MARGIN * self._baseline.reference

    def _confirm(self, row: Array) -> None:
        """Let the level follow a row that nothing anomalous came after (a Kalman update, `CONFIRMED_AFTER` late)."""
        learnt, seen = self._baseline, np.isfinite(row)
        if not seen.any():
            return
        uncertain = (self._doubt + learnt.noise + CONFIRMED_AFTER * learnt.wander)[np.ix_(seen, seen)]
        gain = np.linalg.solve(uncertain, self._doubt[seen]).T
        self._level = self._level + gain @ (row - self._level)[seen]
        doubt = self._doubt - gain @ self._doubt[seen]
        self._doubt = (doubt + doubt.T) / 2

    def _contributions(self, deviation: Array, covariance: Array, weighted: Array) -> tuple[Contribution, ...]:
        parts = np.maximum(deviation * weighted, 0)
        shares = parts / (parts.sum() or 1.0)
        deviations = deviation / np.sqrt(np.diag(covariance))
        largest = np.argsort(shares)[::-1][:_MOST_CONTRIBUTIONS]
        sensors = self._baseline.sensors
        return tuple(Contribution(sensors[i], float(shares[i]), float(deviations[i])) for i in largest if shares[i] > 0)
