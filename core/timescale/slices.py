"""Where chunks are missing: pure arithmetic on microseconds since 1970, TimescaleDB's own measure of time."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Slice = tuple[int, int]
"""Start (inclusive) and end (exclusive), microseconds since 1970."""


def to_us(moment: datetime) -> int:
    """Return `moment` as microseconds since 1970, exactly."""
    return (moment - EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """Return the moment that is `microseconds` after 1970."""
    return EPOCH + timedelta(microseconds=microseconds)


def aligned_slices(start: int, end: int, interval: int) -> Iterable[Slice]:
    """Yield the slices of TimescaleDB's own grid (multiples of `interval` since 1970) that hold [start, end)."""
    return ((low, low + interval) for low in range(start // interval * interval, end, interval))


def missing_slices(start: int, end: int, interval: int, existing: Iterable[Slice]) -> list[Slice]:
    """Return what must be created so that every moment in [start, end) has a chunk.

    A slice of the grid that exists in part (the interval was changed once) is filled up around what is there:
    overlapping ranges would collide.
    """
    taken = sorted(existing)
    missing: list[Slice] = []
    for low, high in aligned_slices(start, end, interval):
        cursor = low
        for taken_low, taken_high in taken:
            if taken_high <= cursor or taken_low >= high:
                continue
            if taken_low > cursor:
                missing.append((cursor, taken_low))
            cursor = max(cursor, taken_high)
        if cursor < high:
            missing.append((cursor, high))
    return missing
