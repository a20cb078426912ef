"""A machine's own quiet behaviour: where its sensors lie together, how they scatter, and how far they wander.

Sensors of one machine move together (a Mahalanobis distance sees what single limits don't), and some of them, oil
temperatures above all, wander slowly without meaning anything. What wanders in quiet history is modelled as a random
walk with a covariance of its own: the longer ago the level was last confirmed, the less such a direction counts, while
those that stay put count as ever. That is what keeps a baseline of minutes valid for hours.

Sources: smoothing as in multivariate EWMA charts (Lowry et al. 1992), shrinkage of covariances after Ledoit and Wolf
(2004), the level as in a local-level model (Durbin and Koopman 2012, chapter 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

SPAN = 15
"""Rows of the moving average: alarms are to be early, single rows are noise."""
BLOCK = 20
"""Rows whose means tell wandering from noise."""
FEWEST_ROWS = 200
_REFERENCE_QUANTILE = 0.99
MARGIN = 7.0
"""Times the distance that quiet history exceeds in one row of a hundred."""
_FLAT = 1e-3
"""A sensor that never moved is taken to move by this share of its value."""
_DECIMALS = 9


class TooLittleHistoryError(ValueError):
    """Fewer rows than a baseline can be learnt from."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was learnt of `sensors` (ids, in the order of columns); matrices are of standardised values.

    `scatter` is the covariance of the moving average, `noise` that of single rows about it, `wander` what the level
    gains in covariance per row; `level` is where the moving average lay; `reference` the distance at the quantile.
    """

    sensors: tuple[int, ...]
    mean: Array
    scale: Array
    level: Array
    scatter: Array
    noise: Array
    wander: Array
    reference: float
    rows: int

    @classmethod
    def learn(cls, sensors: Sequence[int], history: Array) -> Self:
        """Learn from quiet rows, oldest first, shape (rows, sensors), evenly spaced, none missing.

        Raises:
            TooLittleHistoryError: fewer than `FEWEST_ROWS`.
        """
        if len(history) < FEWEST_ROWS:
            raise TooLittleHistoryError(f"{len(history)} rows, {FEWEST_ROWS} are needed")
        mean, spread = history.mean(axis=0), history.std(axis=0)
        scale = np.where(spread > 0, spread, np.maximum(np.abs(mean) * _FLAT, _FLAT))
        rows = (history - mean) / scale
        smooth = moving_average(rows)
        settled = smooth[SPAN:]
        digits = np.diag((resolution(history) / scale) ** 2 / 12)
        scatter, wander, level = shrunk(settled) + digits, _wander(rows), settled.mean(axis=0)
        horizon = len(rows) / 2
        distances = _distances(settled - level, scatter + horizon * wander)
        reference = float(np.quantile(distances, _REFERENCE_QUANTILE))
        noise = shrunk(rows - smooth) + digits
        return cls(tuple(sensors), mean, scale, level, scatter, noise, wander, reference, len(rows))

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        arrays = ("mean", "scale", "level", "scatter", "noise", "wander")
        return {name: getattr(self, name).tolist() for name in arrays} | {
            "sensors": list(self.sensors),
            "reference": self.reference,
            "rows": self.rows,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        arrays = ("mean", "scale", "level", "scatter", "noise", "wander")
        values = {name: np.asarray(stored[name], dtype=np.float64) for name in arrays}
        return cls(tuple(stored["sensors"]), reference=stored["reference"], rows=stored["rows"], **values)


def moving_average(rows: Array) -> Array:
    """Return the exponentially weighted moving average of `SPAN` rows, from the first row on."""
    weight = 2 / (SPAN + 1)
    averages = np.empty_like(rows)
    current = rows[0]
    for number, row in enumerate(rows):
        current = current + weight * (row - current)
        averages[number] = current
    return averages


def resolution(history: Array) -> Array:
    """Return the step of each sensor's last digit, shape (sensors,), in its unit.

    It is the smallest difference between two of its values, or the last decimal of a value that never changed. What
    lies within a step is uniformly distributed, with a variance of a twelfth of its square (Widrow 1956): a code of
    cleanliness that rests at 18 for a week and then shows 19 is no anomaly.
    """
    return np.array([last_digit(column) for column in history.T])


def last_digit(column: Array) -> float:
    """Return the step of one sensor's last digit; see `resolution`."""
    values = np.unique(column.round(_DECIMALS))
    if len(values) > 1:
        return float(np.diff(values).min())
    return next((10.0**-n for n in range(_DECIMALS) if round(float(values[0]), n) == values[0]), 0.0)


def shrunk(rows: Array) -> Array:
    """Return the covariance of `rows`, shrunk towards a multiple of the identity (Ledoit and Wolf 2004, section 3)."""
    centred = rows - rows.mean(axis=0)
    count, size = centred.shape
    sample = centred.T @ centred / count
    target = np.trace(sample) / size * np.eye(size)
    distance = float(((sample - target) ** 2).sum())
    if distance == 0:
        return np.asarray(sample)
    squares = centred**2
    error = float((squares.T @ squares / count - sample**2).sum()) / count
    share = min(error, distance) / distance
    result: Array = (1 - share) * sample + share * target
    return result


def _wander(rows: Array) -> Array:
    """Return the covariance that the level gains per row: what block means differ by beyond what noise explains.

    Averaged over all distances up to half of the history, and never negative in any direction.
    """
    count = len(rows) // BLOCK
    blocks = rows[len(rows) - count * BLOCK :].reshape(count, BLOCK, -1)
    means, noise = blocks.mean(axis=1), np.diag(blocks.var(axis=1, ddof=1).mean(axis=0)) / BLOCK
    gained = np.zeros_like(noise)
    lags = range(1, count // 2 + 1)
    for lag in lags:
        steps = means[lag:] - means[:-lag]
        gained += (steps.T @ steps / len(steps) - 2 * noise) / (lag * BLOCK)
    values, directions = np.linalg.eigh(gained / len(lags))
    result: Array = (directions * np.maximum(values, 0)) @ directions.T
    return result


def _distances(deviations: Array, covariance: Array) -> Array:
    solved = np.linalg.solve(covariance, deviations.T).T
    distances: Array = np.einsum("ij,ij->i", deviations, solved)
    return distances
