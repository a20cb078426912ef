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
    WITH loads AS (
        SELECT bucket, date_part('hour', bucket) AS of_day, mean AS load
        FROM sensor_hours WHERE sensor_id = :load AND bucket >= :since AND bucket <= :end
    ), unlike AS (
        SELECT past.bucket
        FROM (SELECT of_day, avg(load) AS load FROM loads WHERE bucket >= :begin GROUP BY 1) AS present
        JOIN loads AS past ON past.of_day = present.of_day AND past.bucket < :begin
            AND abs(past.load - present.load) > :tolerance * abs(present.load)
    ), days AS (
        SELECT sensor_id,
            avg(mean) FILTER (WHERE bucket >= :begin) AS present,
            count(*) FILTER (WHERE bucket >= :begin) AS weight,
            avg(mean) FILTER (WHERE bucket < :begin) AS usual,
            coalesce(var_samp(mean) FILTER (WHERE bucket < :begin), 0) AS variance,
            count(*) FILTER (WHERE bucket < :begin) AS hours
        FROM sensor_hours
        WHERE sensor_id = ANY(:sensors) AND bucket >= :since AND bucket <= :end
            AND bucket NOT IN (SELECT bucket FROM unlike)
        GROUP BY sensor_id, date_part('hour', bucket)
    )
    SELECT sensor_id,
        sum(present * weight) / sum(weight) AS present,
        sum(usual * weight) / sum(weight) AS usual,
        sqrt(sum(variance * weight) / sum(weight)) AS spread,
        CAST(sum(hours) AS bigint) AS hours
    FROM days
    WHERE weight > 0 AND hours > 0
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
