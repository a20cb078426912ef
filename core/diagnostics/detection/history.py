"""A machine's past as a table: evenly spaced rows, a column a sensor."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

import numpy as np
import numpy.typing as npt

from core.diagnostics.detection.baseline import Array
from core.diagnostics.detection.conditions import Sample

Reading = tuple[int, datetime, float]
"""Sensor, time (aware UTC), value in the sensor's unit."""


_USUALLY = 0.9
_OVERDUE = 1.5
"""Times its rhythm after which a sensor's next value is overdue."""


def patience(rhythm: timedelta, step: timedelta) -> float:
    """Return for how many rows after its own a sensor's value stands."""
    return _OVERDUE * (rhythm / step) - 1.0


@dataclass(frozen=True, slots=True)
class History:
    """`values`, shape (rows, sensors), in the sensors' units, oldest first; NaN where a sensor did not report.

    `times`, shape (rows,), are seconds since 1970; a row is `step` after the one before, unless rows were taken out.
    `rhythms`: how often each sensor reports, of ten times at least nine so soon after the last.
    """

    rhythms: Mapping[int, timedelta]
    step: timedelta
    times: Array
    values: Array

    @classmethod
    def of(cls, sensors: Sequence[int], readings: Sequence[Reading]) -> Self | None:
        """Arrange readings in the rhythm of the sensor that reports most often.

        Sensors that did not report twice are left out; None where that is all of them.
        """
        seconds = np.array([at.timestamp() for _, at, _ in readings], dtype=np.float64)
        owners = np.array([sensor for sensor, _, _ in readings], dtype=np.int64)
        values = np.array([value for _, _, value in readings], dtype=np.float64)
        own = {s: mine for s in sensors if len(mine := np.flatnonzero(owners == s)) > 1}
        if not own:
            return None
        pauses = {sensor: np.diff(seconds[mine]) for sensor, mine in own.items()}
        step = min(float(np.median(pause)) for pause in pauses.values())
        rhythms = {s: timedelta(seconds=max(float(np.quantile(p, _USUALLY)), step)) for s, p in pauses.items()}
        slots = np.floor(seconds / step).astype(np.int64)
        first = int(slots.min())
        table: Array = np.full((int(slots.max()) - first + 1, len(own)), np.nan)
        for column, mine in enumerate(own.values()):
            table[slots[mine] - first, column] = values[mine]
        times = (first + np.arange(len(table), dtype=np.float64)) * step
        return cls(rhythms, timedelta(seconds=step), times, table)

    @property
    def sensors(self) -> tuple[int, ...]:
        """The sensors (ids) in the order of columns."""
        return tuple(self.rhythms)

    def carried(self) -> Self:
        """Return the table with a sensor's newest value in the rows without one, until another is overdue."""
        values = self.values.copy()
        rows = np.arange(len(values))
        for column, rhythm in enumerate(self.rhythms.values()):
            newest = np.maximum.accumulate(np.where(np.isfinite(values[:, column]), rows, -1))
            fresh = (newest >= 0) & (rows - newest <= patience(rhythm, self.step))
            values[:, column] = np.where(fresh, values[newest, column], np.nan)
        return replace(self, values=values)

    def rows(self, wanted: npt.NDArray[np.bool_]) -> Self:
        """Return only some of the rows."""
        return replace(self, times=self.times[wanted], values=self.values[wanted])

    def columns(self, wanted: Sequence[int]) -> Self:
        """Return only some of the sensors."""
        numbers = [self.sensors.index(sensor) for sensor in wanted]
        return replace(self, rhythms={s: self.rhythms[s] for s in wanted}, values=self.values[:, numbers])

    def before(self, moment: datetime) -> npt.NDArray[np.bool_]:
        """Tell which rows are older than `moment`."""
        return np.asarray(self.times < moment.timestamp())

    def outside(self, spans: Sequence[tuple[datetime, datetime]]) -> npt.NDArray[np.bool_]:
        """Tell which rows lie in none of the spans, ends included."""
        result = np.ones(len(self.times), dtype=np.bool_)
        for begin, end in spans:
            result &= (self.times < begin.timestamp()) | (self.times > end.timestamp())
        return result

    def of_sensor(self, sensor: int) -> tuple[Array, Array]:
        """Return a sensor's values and their times, both of shape (its readings,)."""
        column = self.values[:, self.sensors.index(sensor)]
        heard = np.isfinite(column)
        return column[heard], self.times[heard]

    def samples(self) -> Iterator[Sample]:
        """Yield what the sensors sent, in order of time."""
        for seconds, row in zip(self.times, self.values, strict=True):
            at = datetime.fromtimestamp(float(seconds), UTC)
            for sensor, value in zip(self.sensors, row, strict=True):
                if np.isfinite(value):
                    yield Sample(sensor, at, float(value))

    @property
    def whole(self) -> npt.NDArray[np.bool_]:
        """Which rows have a value of every sensor."""
        return np.asarray(np.isfinite(self.values).all(axis=1))

    @property
    def begins(self) -> datetime:
        """The first row's time, aware UTC."""
        return datetime.fromtimestamp(float(self.times[0]), UTC)

    @property
    def length(self) -> timedelta:
        """From the first row to the last."""
        return timedelta(seconds=float(self.times[-1] - self.times[0])) if len(self.times) else timedelta(0)
