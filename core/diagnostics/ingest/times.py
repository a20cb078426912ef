"""Times, values and qualities as devices write them, turned into numbers a column at a time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

Scalar = str | int | float | datetime
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NO_TIME = np.iinfo(np.int64).min
"""Stands for a time that can't be read."""
NO_QUALITY = -1
"""Stands for a quality that can't be read."""

_MICROSECONDS_IN = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3))
"""A number is seconds up to the first bound (the year 5138), then milli-, micro- and nanoseconds of the Unix epoch."""
_QUALITIES: dict[Scalar, int] = {
    **dict.fromkeys(("", 0, "0", "good", "Good", "GOOD"), 0),
    **dict.fromkeys((1, "1", "uncertain", "Uncertain", "UNCERTAIN"), 1),
    **dict.fromkeys((2, "2", "bad", "Bad", "BAD"), 2),
}


def to_microseconds(times: Sequence[Scalar], zone: tzinfo | None = None) -> NDArray[np.int64]:
    """Return times (ISO 8601 with an offset, numbers, datetimes) as microseconds of the Unix epoch.

    `zone` is meant where an offset is missing; without it such a time is none (`NO_TIME`): guessing moves readings
    by hours.
    """
    known = {time: _microseconds(time, zone) for time in set(times)}
    return np.fromiter((known[time] for time in times), np.int64, len(times))


def to_floats(values: Sequence[Scalar]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return values as numbers, and which of them could be read."""
    try:
        return np.array(values, np.float64), np.ones(len(values), bool)
    except (ValueError, TypeError, OverflowError):
        numbers = [_number(value) for value in values]
    readable = np.fromiter((number is not None for number in numbers), bool, len(numbers))
    return np.array([np.nan if number is None else number for number in numbers], np.float64), readable


def to_qualities(qualities: Sequence[Scalar]) -> NDArray[np.int16]:
    """Return qualities by OPC UA's three classes: 0 good (also where none is said), 1 uncertain, 2 bad."""
    return np.fromiter((_QUALITIES.get(quality, NO_QUALITY) for quality in qualities), np.int16, len(qualities))


def _microseconds(time: Scalar, zone: tzinfo | None) -> int:
    try:
        moment = time if isinstance(time, datetime) else _moment(time)
        if isinstance(moment, float):
            return _scaled(moment)
        if moment.tzinfo is None:
            if zone is None:
                return NO_TIME
            moment = moment.replace(tzinfo=zone)
        return (moment - EPOCH) // MICROSECOND
    except (ValueError, OverflowError):
        return NO_TIME


def _moment(time: str | float) -> datetime | float:
    try:
        return float(time)
    except ValueError:
        return datetime.fromisoformat(str(time).strip())


def _scaled(number: float) -> int:
    for bound, factor in _MICROSECONDS_IN:
        if abs(number) < bound:
            return round(number * factor)
    return NO_TIME


def _number(value: Scalar) -> float | None:
    try:
        return float(value.replace(",", ".")) if isinstance(value, str) else float(value)  # type: ignore[arg-type]
    except (ValueError, TypeError, OverflowError):
        return None
