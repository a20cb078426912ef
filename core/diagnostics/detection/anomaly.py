"""Behaviour that a machine has not shown before: its sensors together against its own baseline, a row at a time."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import numpy as np

from core.diagnostics.detection.baseline import SPAN
from core.diagnostics.detection.conditions import AlarmKind, Condition, Sample
from core.diagnostics.detection.following import Assessment, Follower
from core.diagnostics.detection.history import patience
from core.diagnostics.detection.holding import Hold, Patience
from core.diagnostics.detection.modes import RISING, Behaviour
from core.diagnostics.models import Severity

_RISING, _FALLING = Patience(RISING), Patience(30)
"""Rows in a row: a single one is not yet an anomaly, nor its end."""
_FORGOTTEN = 120
"""Rows without an anomaly in any mode after which one in a mode that did not come back is over: longer than a break of
the shift, shorter than a night, after which what is wrong still is told to the next shift."""


class AnomalyDetector:
    """Puts samples together into rows, one in every `step`, and tells where an anomaly begins, spreads and ends.

    A row holds the newest value of each sensor. None is made while one is overdue by its rhythm, as values from before
    and after a change of load make no row; what is older than `stale_after` is silent, which is another detector's, and
    the rest of the machine is watched without it. Each mode of the machine has an anomaly of its own, which pauses
    while the machine is in another mode for a while; the machine has one while any mode has.
    """

    def __init__(
        self,
        system_id: int,
        behaviour: Behaviour,
        step: timedelta,
        rhythms: Mapping[int, timedelta],
        stale_after: Mapping[int, timedelta],
    ) -> None:
        self._system_id = system_id
        self._behaviour = behaviour
        self._followers = [Follower(baseline) for baseline in behaviour.modes]
        self._holds = [Hold(_RISING, _FALLING) for _ in behaviour.modes]
        sensors = behaviour.sensors
        self._columns = {sensor: column for column, sensor in enumerate(sensors)}
        self._step_s = step.total_seconds()
        self._stands = np.array([patience(rhythms[sensor], step) for sensor in sensors])
        self._silent = np.array([stale_after[sensor] / step for sensor in sensors])
        """Rows after which a sensor's value is overdue, and after which it is silent."""
        self._wrong = np.zeros(len(sensors), dtype=bool)
        self._values = np.full(len(sensors), np.nan)
        self._slots = np.full(len(sensors), -np.inf)
        self._done = -np.inf
        """The last slot of time that a row was made of."""
        self._calm = 0
        self._rows = 0
        self._visits = [0] * len(self._followers)
        """Rows so far, and the last one in each mode."""
        self._alone = False
        self._spread = 0
        """Whether one sensor alone is unusual, so far as was told, and for how many rows others were, too."""
        self.active = False
        """Whether an anomaly has begun and not ended."""

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

    def distrust(self, sensor_id: int, wrong: bool) -> None:
        """Leave a sensor that is known to stand still out of the rows, or take it in again."""
        if (column := self._columns.get(sensor_id)) is not None:
            self._wrong[column] = wrong

    def _row(self, slot: float, at: datetime) -> Iterator[Condition]:
        self._done = slot
        age = slot - self._slots
        silent = self._wrong | (age > np.maximum(self._silent, self._stands))
        if ((age > self._stands) & ~silent).any():
            return
        row = np.where(silent, np.nan, self._values)
        mode = self._behaviour.mode(row)
        if mode is None:
            return
        follower = self._followers[mode]
        self._rows += 1
        if self._rows - self._visits[mode] > SPAN:
            follower.resume()
        self._visits[mode] = self._rows
        found = follower.assess(row)
        self._holds[mode].see(Severity.WARNING if found.anomalous else None, at)
        self._calm = 0 if found.anomalous else self._calm + 1
        if self._calm >= _FORGOTTEN:
            self._holds = [Hold(_RISING, _FALLING) for _ in self._holds]
        active = any(hold.severity is not None for hold in self._holds)
        self._spread = self._spread + 1 if found.anomalous and not found.alone else 0
        if active != self.active:
            self.active, self._alone = active, active and found.alone
            yield self._condition(found, at)
        elif self._alone and self._spread >= RISING:
            self._alone = False
            yield self._condition(found, at)

    def _condition(self, found: Assessment, at: datetime) -> Condition:
        return Condition(
            self._system_id,
            AlarmKind.ANOMALY,
            at,
            Severity.WARNING if self.active else None,
            value=found.distance,
            limit=1.0,
            contributions=found.contributions,
            alone=self._alone,
        )
