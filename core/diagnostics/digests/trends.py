"""Which sensors are on their way to a limit, and when they will be there if nothing changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Names
from core.diagnostics.models import Sensor, System
from core.diagnostics.rollups.reading import read_series, whole_hour
from core.diagnostics.summary import statistics_of, trend_of
from core.diagnostics.trend import Trend

PERIOD = timedelta(days=14)
"""Days enough for a trend to be told from chance (`find_trend` wants six), few enough to be about now."""
HORIZON_DAYS = 30.0
"""A limit that is farther away is nothing to plan for yet."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Approach:
    """A sensor nears a limit: `value` on the last day, by `per_day` a day; there in `days`. In the sensor's unit."""

    machine: str
    machine_names: Names
    sensor: Names
    unit: str
    value: float
    per_day: float
    limit: float
    days: float


async def read_approaches(session: AsyncSession, systems: Sequence[System], now: datetime) -> list[Approach]:
    """Return the sensors of `systems` (loaded with their sensors) that near a limit, the soonest first."""
    watched = [(system, sensor) for system in systems for sensor in system.sensors if _limits(sensor)]
    begin = whole_hour(now - PERIOD)
    series = await read_series(session, [sensor.id for _, sensor in watched], begin, now, _DAY)
    found = []
    for system, sensor in watched:
        days = series.get(sensor.id, [])
        trend = trend_of(days, begin, PERIOD)
        last = statistics_of(days[-1:])
        if trend is not None and last is not None and (near := approach(system, sensor, last.mean, trend)) is not None:
            found.append(near)
    return sorted(found, key=lambda near: near.days)


def approach(system: System, sensor: Sensor, value: float, trend: Trend) -> Approach | None:
    """Return the nearest limit that the trend leads to within `HORIZON_DAYS`; None: to none, or it may be chance."""
    if not trend.certain or trend.per_day == 0:
        return None
    rising = trend.per_day > 0
    sides = (sensor.warning_high, sensor.critical_high) if rising else (sensor.warning_low, sensor.critical_low)
    ahead = [limit for limit in sides if limit is not None and (limit > value if rising else limit < value)]
    if not ahead:
        return None
    limit = min(ahead) if rising else max(ahead)
    days = (limit - value) / trend.per_day
    if days > HORIZON_DAYS:
        return None
    return Approach(system.code, system.names, sensor.names, sensor.unit, value, trend.per_day, limit, days)


def _limits(sensor: Sensor) -> list[float]:
    limits = (sensor.warning_low, sensor.warning_high, sensor.critical_low, sensor.critical_high)
    return [limit for limit in limits if limit is not None]
