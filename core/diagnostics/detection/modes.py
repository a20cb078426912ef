"""A machine's modes of operation, found in its own history: standing, idling, working, each with its own baseline.

A press that idles at 9 bar and works at 250 has no mean and no scatter that mean anything. Where one sensor tells two
modes apart without doubt, the history is split there, and each side again. How far apart: Ashman's D (Ashman, Bird and
Zepf 1994), above 2 for two separate normal distributions, 3.5 for the halves of a uniform one.

Each baseline's tolerance is proved on the history that it was learnt from: run through once more, row by row as the
machine gave them, cold starts, changes of load and all, it raises no alarm.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from core.diagnostics.detection.baseline import FEWEST_ROWS, Array, Baseline, last_digit
from core.diagnostics.detection.following import Follower

SEPARATE = 6.0
"""Ashman's D from which two parts of a sensor's values are two modes."""
SMALLEST = 0.05
"""Share of the history that a mode has at least: what is rarer is a transition."""
RISING = 10
"""Rows in a row beyond what is tolerated that make an anomaly."""
_SPARE = 1.25
"""Times the farthest that history went for so long."""


@dataclass(frozen=True, slots=True)
class Split:
    """Tells two sides apart by a sensor (a column); `below` and `above` are a further split, or a mode's number."""

    column: int
    threshold: float
    below: "Split | int"
    above: "Split | int"

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        sides = {name: side if isinstance(side, int) else side.to_json() for name, side in self._sides().items()}
        return {"column": self.column, "threshold": self.threshold} | sides

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        below, above = (side if isinstance(side := stored[n], int) else cls.from_json(side) for n in ("below", "above"))
        return cls(stored["column"], stored["threshold"], below, above)

    def _sides(self) -> dict[str, "Split | int"]:
        return {"below": self.below, "above": self.above}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the machine behaves in each of its modes."""

    split: Split | int
    modes: tuple[Baseline, ...]

    @classmethod
    def learn(cls, sensors: Sequence[int], history: Array) -> Self:
        """Learn from quiet rows, oldest first, shape (rows, sensors), evenly spaced, none missing.

        Raises:
            TooLittleHistoryError: fewer than `FEWEST_ROWS`.
        """
        parts: list[Array] = []
        split = _divided(history, max(FEWEST_ROWS, int(SMALLEST * len(history))), parts)
        return cls(split, tuple(_proved(Baseline.learn(sensors, part), part) for part in parts))

    @property
    def sensors(self) -> tuple[int, ...]:
        """The sensors (ids) in the order of columns."""
        return self.modes[0].sensors

    def mode(self, row: Array) -> int | None:
        """Return the mode that a row, shape (sensors,), is of; None where the sensor that tells has no value."""
        here = self.split
        while isinstance(here, Split):
            value = row[here.column]
            if not np.isfinite(value):
                return None
            here = here.above if value > here.threshold else here.below
        return here

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        split = self.split if isinstance(self.split, int) else self.split.to_json()
        return {"split": split, "modes": [mode.to_json() for mode in self.modes]}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        split = stored["split"]
        modes = tuple(Baseline.from_json(mode) for mode in stored["modes"])
        return cls(split if isinstance(split, int) else Split.from_json(split), modes)


def _divided(rows: Array, least: int, parts: list[Array]) -> Split | int:
    """Split `rows` for as long as they part, add the parts to `parts`; neither side gets fewer than `least` rows."""
    found = [(*_best_split(column, least), number) for number, column in enumerate(rows.T)]
    separation, threshold, column = max(found, key=lambda one: one[0])
    if separation < SEPARATE:
        parts.append(rows)
        return len(parts) - 1
    above = rows[:, column] > threshold
    return Split(column, threshold, _divided(rows[~above], least, parts), _divided(rows[above], least, parts))


def _best_split(values: Array, least: int) -> tuple[float, float]:
    """Return Ashman's D of the split with the largest variance between its sides (Otsu 1979), and where it is.

    No side's values count as closer together than the sensor resolves.
    """
    ordered = np.sort(values)
    count = len(ordered)
    if count < 2 * least:
        return 0.0, 0.0
    sizes = np.arange(1, count)
    sums, squares = np.cumsum(ordered), np.cumsum(ordered**2)
    below, above = sums[:-1] / sizes, (sums[-1] - sums[:-1]) / (count - sizes)
    between = sizes * (count - sizes) * (above - below) ** 2
    between[(sizes < least) | (count - sizes < least) | (np.diff(ordered) == 0)] = 0.0
    at = int(between.argmax())
    if between[at] == 0.0:
        return 0.0, 0.0
    within_below = squares[at] / sizes[at] - below[at] ** 2
    within_above = (squares[-1] - squares[at]) / (count - sizes[at]) - above[at] ** 2
    within = max(float(within_below + within_above), 2 * last_digit(ordered) ** 2)
    separation = float(np.sqrt(2 / within) * (above[at] - below[at]))
    return separation, float(ordered[at] + ordered[at + 1]) / 2


def _proved(baseline: Baseline, rows: Array) -> Baseline:
    """Return the baseline with a reference that its own history does not exceed for `RISING` rows."""
    follower = Follower(baseline, learning=True)
    distances = np.array([follower.assess(row).distance for row in rows])
    lasting = np.lib.stride_tricks.sliding_window_view(distances, RISING).min(axis=1)
    return replace(baseline, reference=baseline.reference * max(1.0, _SPARE * float(lasting.max())))
