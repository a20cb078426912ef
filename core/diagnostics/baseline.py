"""What is usual for a machine: its own past, at the same hours of the day and under the same load where that is known.

The baseline is the 28 days before the period. Of it count the hours of the day that the period covers and, where the
machine has a sensor of power, those in which the load was within 15 % of what it is now at that hour. A sensor is
unusual where the mean of its hours is farther from the baseline's than twice the spread of single hours (95 % of them,
were they normal): an hour, a shift or a week is told apart from the same hours before it, not from a textbook.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.diagnostics.models import Quantity, Sensor

LENGTH = timedelta(days=28)
FEWEST_HOURS = 5
"""Hours of the past that are too few to call anything usual."""
_SAME_LOAD = 0.15
_UNUSUAL = 2.0

_BASELINE = text(
    """
    WITH hours AS (
        SELECT h.sensor_id, h.bucket, h.mean, extract(hour FROM h.bucket) AS of_day, l.mean AS load,
            h.bucket >= :begin AS now
        FROM sensor_hours AS h
        LEFT JOIN sensor_hours AS l ON l.sensor_id = :load AND l.bucket = h.bucket
            AND l.bucket >= :since AND l.bucket <= :end
        WHERE h.sensor_id = ANY(:sensors) AND h.bucket >= :since AND h.bucket <= :end
    ), present AS (
        SELECT sensor_id, of_day, avg(mean) AS mean, avg(load) AS load, count(*) AS hours
        FROM hours WHERE now GROUP BY 1, 2
    ), past AS (
        SELECT p.sensor_id, p.of_day, p.mean AS present, p.hours AS weight,
            avg(h.mean) AS mean, coalesce(var_samp(h.mean), 0) AS variance, count(*) AS hours
        FROM present AS p
        JOIN hours AS h ON NOT h.now AND h.sensor_id = p.sensor_id AND h.of_day = p.of_day
            AND (p.load IS NULL OR h.load IS NULL OR abs(h.load - p.load) <= :tolerance * abs(p.load))
        GROUP BY 1, 2, 3, 4
    )
    SELECT sensor_id,
        sum(present * weight) / sum(weight) AS present,
        sum(mean * weight) / sum(weight) AS usual,
        sqrt(sum(variance * weight) / sum(weight)) AS spread,
        CAST(sum(hours) AS bigint) AS hours
    FROM past
    GROUP BY 1
    """
)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The mean of a sensor at comparable hours, then and now, and the spread (1 sigma) of single hours then."""

    present: float
    usual: float
    spread: float
    hours: int

    @property
    def unusual(self) -> bool:
        """Tell whether the period stands out from the machine's own past."""
        return self.hours >= FEWEST_HOURS and abs(self.present - self.usual) > _UNUSUAL * self.spread


async def read_baselines(
    session: AsyncSession, sensors: Sequence[Sensor], begin: datetime, end: datetime
) -> dict[int, Baseline]:
    """Return per sensor id how the period compares; no entry where there is nothing to compare with."""
    load = next((sensor.id for sensor in sensors if sensor.quantity == Quantity.POWER), None)
    values = {
        "sensors": [sensor.id for sensor in sensors],
        "load": load,
        "since": begin - LENGTH,
        "begin": begin,
        "end": end,
        "tolerance": _SAME_LOAD,
    }
    rows = await session.execute(_BASELINE, values)
    return {sensor_id: Baseline(*numbers) for sensor_id, *numbers in rows}
