"""Randomness that depends on nothing but a name and a minute, so that any instant can be computed again at any time."""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Minutes = NDArray[np.int64]
Booleans = NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def uniform(name: str, ticks: Minutes) -> Floats:
    """Return a number in (0, 1) for each tick: SplitMix64 (Steele, Lea, Flood 2014) used as a hash."""
    key = np.frombuffer(blake2b(name.encode(), digest_size=8).digest(), dtype=np.uint64)[0]
    x = (ticks.astype(np.uint64) + np.uint64(1)) * _GOLDEN + key
    x = (x ^ (x >> np.uint64(30))) * _MIX_1
    x = (x ^ (x >> np.uint64(27))) * _MIX_2
    x = x ^ (x >> np.uint64(31))
    return np.asarray(((x >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53, dtype=np.float64)


def white(name: str, ticks: Minutes) -> Floats:
    """Return standard normal noise, independent from tick to tick (Box-Muller)."""
    radius = np.sqrt(-2.0 * np.log(uniform(f"{name}/radius", ticks)))
    return np.asarray(radius * np.cos(2.0 * np.pi * uniform(f"{name}/angle", ticks)))


def smooth(name: str, minutes: Minutes, period: int) -> Floats:
    """Return noise of unit variance at knots `period` minutes apart, joined without corners."""
    knot, within = np.divmod(minutes, period)
    weight = (1.0 - np.cos(np.pi * within / period)) / 2.0
    return np.asarray(white(name, knot) * (1.0 - weight) + white(name, knot + 1) * weight)
