"""What a signal usually does by itself, learnt from its quiet history: range, rate of change, time at rest."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from core.diagnostics.detection.baseline import Array

WINDOW = timedelta(minutes=10)
"""Over which changes are measured."""
_REGIONS = 20
"""Parts of a signal's range: a stopped pump rests at 0 bar for a night, and never for long at 180."""
_OUTLIERS = 0.001
"""Share of the history at either end that does not count as usual."""
_RATE_MARGIN = 2.0
_REST_MARGIN = 3.0
"""Times of what history has seen before it counts as unusual."""
_LEAST_REST = timedelta(minutes=30)
_MISSED = 3.0
"""Times the usual pause between readings after which some are missing."""
_MOST_REST = timedelta(hours=4)
"""A signal that would have to rest longer to be noticed is not watched for that: it moves too seldom to tell."""


@dataclass(frozen=True, slots=True)
class Usual:
    """`low` and `high` in the sensor's unit; `fastest`: tolerated change over `WINDOW`, in the unit per minute.

    `rests`: seconds that the signal may stay at one value, for each of the regions from `low` to `high`; None: any.
    """

    low: float
    high: float
    fastest: float
    rests: tuple[float | None, ...]

    @classmethod
    def learn(cls, values: Array, seconds: Array) -> Self | None:
        """Learn from a sensor's readings, oldest first; `seconds` are their times. None where it never moved."""
        low, high = (float(edge) for edge in np.quantile(values, (_OUTLIERS, 1 - _OUTLIERS)))
        if high <= low:
            return None
        return cls(low, high, _RATE_MARGIN * _fastest(values, seconds), _rests(values, seconds, low, high))

    def patience(self, value: float) -> timedelta | None:
        """Return how long the signal may stay at `value`; None: for any time."""
        rest = self.rests[int(_region(np.array(value), self.low, self.high))]
        return None if rest is None else timedelta(seconds=rest)

    def leaving(self, value: float, rate: float) -> bool:
        """Tell whether a signal at `value` is outside its range and moves away from it: the way back is no news."""
        return (value > self.high and rate > 0) or (value < self.low and rate < 0)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(stored["low"], stored["high"], stored["fastest"], tuple(stored["rests"]))


def _region(values: Array, low: float, high: float) -> npt.NDArray[np.int64]:
    """Return which part of the range each value is in; what lies outside belongs to the nearest."""
    return np.asarray(np.clip((values - low) / (high - low) * _REGIONS, 0, _REGIONS - 1).astype(np.int64))


def _fastest(values: Array, seconds: Array) -> float:
    """Return the largest change between a reading and the first one at least `WINDOW` later, per minute."""
    later = np.searchsorted(seconds, seconds + WINDOW.total_seconds())
    earlier = np.flatnonzero(later < len(values))
    passed = (seconds[later[earlier]] - seconds[earlier]) / 60.0
    near = passed < 2 * WINDOW.total_seconds() / 60.0
    changes = np.abs(values[later[earlier]] - values[earlier])[near] / passed[near]
    return float(changes.max(initial=0.0))


def _rests(values: Array, seconds: Array, low: float, high: float) -> tuple[float | None, ...]:
    """Return per region how long the signal may rest there: some times the longest that it did.

    What was left out of the history, or never came, is no rest, though the value be the same before and after.
    """
    steps = np.diff(seconds)
    apart = steps > max(_LEAST_REST.total_seconds() / 2, _MISSED * float(np.median(steps)))
    begins = np.concatenate(([0], np.flatnonzero((np.diff(values) != 0) | apart) + 1))
    ends = np.concatenate((begins[1:], [len(values)])) - 1
    lasted = seconds[ends] - seconds[begins]
    regions = _region(values[begins], low, high)
    longest = np.full(_REGIONS, -1.0)
    np.maximum.at(longest, regions, lasted)
    longest[longest < 0] = longest.max()  # never there: as patient as anywhere
    allowed = np.maximum(_REST_MARGIN * longest, _LEAST_REST.total_seconds())
    return tuple(float(rest) if rest <= _MOST_REST.total_seconds() else None for rest in allowed)
