"""Buckets out: one query whatever the edition, exact to the minute and up to the last reading."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.diagnostics.rollups import queries
from core.diagnostics.summary import Bucket

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def read_series(
    session: AsyncSession, sensors: Sequence[int], begin: datetime, end: datetime, width: timedelta
) -> dict[int, list[Bucket]]:
    """Return per sensor id its good readings from `begin` to `end`, both included, in stretches of `width`.

    `begin` is a whole minute, `width` whole minutes; stretches of hours and more are cut at whole hours, so the first
    may be shorter. A stretch without readings has no bucket.
    """
    hourly = width % _HOUR == timedelta(0)
    first_hour, last_hour = (_ceiled(begin), whole_hour(end)) if hourly else (begin, begin)
    if first_hour >= last_hour:
        first_hour = last_hour = begin
    values = {
        "sensors": list(sensors),
        "begin": begin,
        "end": end,
        "width": width,
        "origin": first_hour,
        "first_hour": first_hour,
        "last_hour": last_hour,
    }
    series: dict[int, list[Bucket]] = defaultdict(list)
    for sensor_id, *columns in await session.execute(queries.SERIES, values):
        series[sensor_id] = list(map(Bucket, *columns))
    return series


def whole_minute(time: datetime) -> datetime:
    """Return the beginning of `time`'s minute."""
    return time - (time - _EPOCH) % _MINUTE


def whole_hour(time: datetime) -> datetime:
    """Return the beginning of `time`'s hour, as UTC counts hours."""
    return time - (time - _EPOCH) % _HOUR


def _ceiled(time: datetime) -> datetime:
    return time + (_EPOCH - time) % _HOUR
