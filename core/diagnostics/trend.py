"""Which way a signal goes, how fast, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

_SURE = 0.01
_FEWEST = 6
_ROUNDING = 1e-20
_ONE_SIDED = 1.645
"""The normal deviate of 5 %: an autocorrelation below it, over the root of n, is none."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Slope in units per day and the probability of seeing one as clear by chance."""

    per_day: float
    p_value: float

    @property
    def certain(self) -> bool:
        """Tell whether chance explains it with less than 1 %."""
        return self.p_value < _SURE


def find_trend(days: Sequence[float], values: Sequence[float]) -> Trend | None:
    """Return the trend of `values` over `days`; None where fewer than six points are too few to say.

    Slope: the median of all pairwise slopes (Theil 1950, Sen 1968), which single outliers can't move. Certainty: the
    Mann-Kendall test (Mann 1945, Kendall 1975) with the tie correction, its variance widened by (1 + r) / (1 - r) for
    the lag-1 autocorrelation r of the residuals where that is significant (after Yue and Wang 2004): neighbouring
    values of a machine are alike and prove less than as many independent ones would.
    """
    if len(values) < _FEWEST:
        return None
    x, y = np.asarray(days, dtype=np.float64), np.asarray(values, dtype=np.float64)
    earlier, later = np.triu_indices(len(y), k=1)
    rises = y[later] - y[earlier]
    slope = float(np.median(rises / (x[later] - x[earlier])))
    score = float(np.sign(rises).sum())
    variance = _kendall_variance(y) * _widening(y, y - slope * x)
    if score == 0.0 or variance == 0.0:
        return Trend(slope, 1.0)
    return Trend(slope, erfc((abs(score) - 1.0) / sqrt(2.0 * variance)))


def _kendall_variance(values: NDArray[np.float64]) -> float:
    n = len(values)
    ties = np.unique(values, return_counts=True)[1]
    return float(n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18.0


def _widening(values: NDArray[np.float64], residuals: NDArray[np.float64]) -> float:
    centred = residuals - residuals.mean()
    power = float(centred @ centred)
    if power <= _ROUNDING * float(values @ values):
        return 1.0  # a straight line: what is left is rounding, which repeats itself
    r = float(centred[1:] @ centred[:-1]) / power
    if r <= _ONE_SIDED / sqrt(len(residuals)):
        return 1.0
    r = min(r, 0.9)
    return (1.0 + r) / (1.0 - r)
